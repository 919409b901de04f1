package sandbox

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Grant lists what a program may reach besides the system's programs and libraries.
type Grant struct {
	Read  []string // files and folders that it may read
	Write []string // folders of its own
	// Trusted: the user vouches for it. It sees all files and the network; limits and the
	// end of all descendants stay.
	Trusted bool
}

type grantKey struct{}

// With returns a context in which programs have a further grant: the functions that run
// tools lie deep, and those that know which files a design consists of do not.
func With(ctx context.Context, g Grant) context.Context {
	all := of(ctx)
	return context.WithValue(ctx, grantKey{}, Grant{
		Read:    append(slices.Clip(all.Read), g.Read...),
		Write:   append(slices.Clip(all.Write), g.Write...),
		Trusted: all.Trusted || g.Trusted,
	})
}

func of(ctx context.Context) Grant {
	g, _ := ctx.Value(grantKey{}).(Grant)
	return g
}

// systemFolders hold programs, libraries and headers on every Linux.
var systemFolders = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix", "/gnu", "/snap"}

// systemFiles are read by the loader, the C library and shells.
var systemFiles = []string{
	"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload", "/etc/localtime", "/etc/nsswitch.conf",
	"/etc/passwd", "/etc/group", "/etc/locale.alias", "/etc/perl",
}

// openDevices may be opened, for writing too.
var openDevices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// broad folders hold so much that no program may read all of them because a source lies
// there; of those under a home, the files that are not hidden may be read.
func broad(dir, home string) bool {
	switch dir {
	case "/", "/etc", "/var", "/tmp", "/var/tmp", "/home", "/root", "/mnt", "/media", "/srv", "/run", "/dev", "/proc", "/sys", home:
		return true
	}
	return home != "" && strings.HasPrefix(home+"/", dir+"/")
}

// Project returns the folder that the sources in a folder belong to: the nearest one from
// there up with a repository, else the parent. Includes lead there ("../include/x.vh").
func Project(dir string) string {
	for d := dir; d != "/" && d != "."; d = filepath.Dir(d) {
		for _, repository := range []string{".git", ".hg", ".svn", ".jj"} {
			if _, err := os.Lstat(filepath.Join(d, repository)); err == nil {
				return d
			}
		}
	}
	return filepath.Dir(dir)
}

// narrow returns the effective grant of a path: the path with links resolved, or for a broad
// folder its visible files that all users may read.
func narrow(path string) (out []string) {
	if !filepath.IsAbs(path) {
		return nil
	}
	path = filepath.Clean(path)
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil // not there
	}
	home := os.Getenv("HOME")
	if r, err := filepath.EvalSymlinks(home); err == nil {
		home = r
	}
	if !broad(real, home) {
		return []string{real}
	}
	entries, _ := os.ReadDir(real)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0 && !strings.HasPrefix(e.Name(), ".") && real != "/etc" {
			out = append(out, filepath.Join(real, e.Name()))
		}
	}
	return out
}

// astray reports whether symbolic links, which another user may have made, lead a path of the
// user's to something private: below a hidden folder that the path does not name, or to a file
// that not all users may read.
func astray(path string) bool {
	path = filepath.Clean(path)
	real, err := filepath.EvalSymlinks(path)
	if err != nil || real == path {
		return false
	}
	named := strings.Split(path, "/")
	for _, part := range strings.Split(real, "/") {
		if strings.HasPrefix(part, ".") && !slices.Contains(named, part) {
			return true
		}
	}
	st, err := os.Stat(real)
	return err == nil && !st.IsDir() && st.Mode().Perm()&0o004 == 0
}

// linksTo returns the symbolic links on the way of a path: a tool receives the path as the user
// wrote it.
func linksTo(path string) (out []symlink) {
	const most = 40 // as the kernel
	for rest, at := strings.Split(filepath.Clean(path), "/"), "/"; len(rest) > 0 && len(out) < most; {
		next := filepath.Join(at, rest[0])
		rest = rest[1:]
		target, err := os.Readlink(next)
		if err != nil { // no link
			at = next
			continue
		}
		out = append(out, symlink{next, target})
		if filepath.IsAbs(target) {
			at = "/"
		}
		rest = append(strings.Split(filepath.Clean(target), "/"), rest...)
	}
	return out
}

// passed are the variables that programs see; a * at the end stands for anything. Others
// may hold secrets.
var passed = []string{
	"PATH", "LANG", "LANGUAGE", "LC_*", "TZ", "TERM", "COLUMNS", "LD_LIBRARY_PATH", "LD_RUN_PATH", "LD_PRELOAD", "LDEMULATION", "GNUTARGET",
	"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_*", "CCC_*", "COLLECT_*", "CC", "CXX", "SDKROOT",
	"VERILATOR_*", "SYSTEMC*", "YOSYS*", "ABC*", "NIX_*", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "GODEBUG", "GORACE", "GOCOVERDIR", "SOURCE_DATE_EPOCH",
}

// environment returns the variables of a program: those of this one that may pass, a
// TMPDIR and a HOME of its own, and more. Of two with a name the last one counts. Folders
// are what they name.
func environment(more []string, tmp string) (env, folders []string) {
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		if !slices.ContainsFunc(passed, func(pattern string) bool {
			stem, any := strings.CutSuffix(pattern, "*")
			return name == pattern || any && strings.HasPrefix(name, stem)
		}) {
			continue
		}
		env = append(env, v)
		for _, p := range filepath.SplitList(value) {
			if filepath.IsAbs(p) {
				folders = append(folders, p)
			}
		}
	}
	return append(append(env, "TMPDIR="+tmp, "TMP="+tmp, "TEMP="+tmp, "HOME="+tmp), more...), folders
}

// within says whether a path is one of some, or below one.
func within(path string, some []string) bool {
	return slices.ContainsFunc(some, func(s string) bool { return path == s || s == "/" || strings.HasPrefix(path, s+"/") })
}
