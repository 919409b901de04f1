package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// bwrapArguments returns the options of bubblewrap for a job: name spaces of its own, no
// capabilities, the user nobody; the whole tree is read only but for its own folders.
func bwrapArguments(j *job) []string {
	const nobody = "65534"
	args := []string{
		"--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--disable-userns", "--cap-drop", "ALL",
		"--uid", nobody, "--gid", nobody, "--hostname", "sandbox", "--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev",
	}
	for _, d := range []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"} { // links into /usr on most
		if to, err := os.Readlink(d); err == nil {
			args = append(args, "--symlink", to, d)
		}
	}
	made := map[string]bool{}
	for _, l := range j.Links {
		if !made[l.Path] && !within(l.Path, j.Read) && !within(l.Path, j.Write) && !within(l.Path, systemFolders) {
			args = append(args, "--symlink", l.Target, l.Path)
		}
		made[l.Path] = true
	}
	// Mounts from the root down, so that none hides another.
	type mount struct {
		path  string
		write bool
	}
	var mounts []mount
	for _, p := range j.Read {
		mounts = append(mounts, mount{p, false})
	}
	for _, p := range j.Write {
		mounts = append(mounts, mount{p, true})
	}
	slices.SortStableFunc(mounts, func(a, b mount) int {
		return strings.Count(a.path, "/") - strings.Count(b.path, "/")
	})
	for _, m := range mounts {
		st, err := os.Lstat(m.path)
		if err != nil || st.Mode()&os.ModeSymlink != 0 {
			continue
		}
		if m.write {
			args = append(args, "--bind", m.path, m.path)
		} else {
			args = append(args, "--ro-bind", m.path, m.path)
		}
	}
	if !within(j.Dir, j.Read) && !within(j.Dir, j.Write) {
		args = append(args, "--dir", j.Dir)
	}
	return append(args, "--remount-ro", "/", "--chdir", filepath.Clean(j.Dir))
}
