package cosim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// Sources that the user did not name: packages by their names, modules in folders beside.

const sourceSize = 64 * limits.MiB

var (
	packageDeclared = regexp.MustCompile(`(?m)\bpackage\s+(?:automatic\s+|static\s+)?([A-Za-z_][A-Za-z0-9_$]*)\s*;`)
	packageUsed     = regexp.MustCompile(`\b([A-Za-z_][A-Za-z0-9_$]*)\s*::`)
	comment         = regexp.MustCompile(`(?s)//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"`)
)

// inOrder returns the source with its packages before what uses them, and with the files of packages that are used and
// not given, if a searched folder has them under their names. found lists those.
func (s Source) inOrder() (out Source, found []string) {
	type file struct {
		path           string
		declares, uses []string
	}
	read := func(path string) file {
		text, err := limits.ReadFile(path, sourceSize)
		if err != nil { // which Verilator reports
			return file{path: path}
		}
		plain := comment.ReplaceAllString(string(text), " ")
		f := file{path: path}
		for _, g := range packageDeclared.FindAllStringSubmatch(plain, -1) {
			f.declares = append(f.declares, g[1])
		}
		for _, g := range packageUsed.FindAllStringSubmatch(plain, -1) {
			if !slices.Contains(f.declares, g[1]) && !slices.Contains(f.uses, g[1]) {
				f.uses = append(f.uses, g[1])
			}
		}
		return f
	}
	var files []file
	owner := map[string]int{}
	add := func(path string) {
		f := read(path)
		for _, p := range f.declares {
			if _, known := owner[p]; !known {
				owner[p] = len(files)
			}
		}
		files = append(files, f)
	}
	for _, f := range s.Files {
		add(f)
	}
	for i := 0; i < len(files); i++ { // grows
		for _, p := range files[i].uses {
			if _, known := owner[p]; known {
				continue
			}
			if path := s.packageFile(p); path != "" {
				found = append(found, path)
				add(path)
			}
		}
	}
	out = s
	out.Files = nil
	state := make([]int, len(files)) // 1: on the way, 2: done
	var visit func(i int)
	visit = func(i int) {
		if state[i] != 0 {
			return
		}
		state[i] = 1
		for _, p := range files[i].uses {
			if n, known := owner[p]; known {
				visit(n)
			}
		}
		state[i] = 2
		out.Files = append(out.Files, files[i].path)
	}
	for i := range files {
		visit(i)
	}
	return out, found
}

// packageFile returns the file in a searched folder that is called as a package and declares it, "" without one.
func (s Source) packageFile(name string) string {
	for _, d := range s.Searched() {
		for _, ext := range []string{".sv", ".svh", ".v", ".vh"} {
			path := filepath.Join(d, name+ext)
			text, err := limits.ReadFile(path, sourceSize)
			if err != nil {
				continue
			}
			for _, g := range packageDeclared.FindAllStringSubmatch(comment.ReplaceAllString(string(text), " "), -1) {
				if g[1] == name {
					return path
				}
			}
		}
	}
	return ""
}

// missingError names modules that no searched folder has.
type missingError struct {
	error
	names []string
}

func (e *missingError) Unwrap() error { return e.error }

var missingModule = regexp.MustCompile(`Cannot find file containing module: '([^']+)'`)

// missingModules returns the modules that Verilator did not find.
func missingModules(stderr string) (names []string) {
	for _, g := range missingModule.FindAllStringSubmatch(stderr, -1) {
		if !slices.Contains(names, g[1]) {
			names = append(names, g[1])
		}
	}
	return names
}

// beside returns the file of a module in a folder beside or below a searched one, or in one under a name in another
// case; "" unless there is exactly one.
func (s Source) beside(module string) string {
	const most = 256 // folders
	var dirs []string
	list := func(dir string) {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if d := filepath.Join(dir, e.Name()); e.IsDir() && !strings.HasPrefix(e.Name(), ".") && len(dirs) < most && !slices.Contains(dirs, d) {
				dirs = append(dirs, d)
			}
		}
	}
	for _, f := range s.Files {
		d := filepath.Dir(absolute(f))
		if !slices.Contains(dirs, d) {
			dirs = append(dirs, d)
		}
		list(d)
		list(filepath.Dir(d))
	}
	found, sums := "", map[string]bool{}
	for _, d := range dirs {
		entries, _ := os.ReadDir(d)
		for _, e := range entries {
			ext := filepath.Ext(e.Name())
			if (ext != ".v" && ext != ".sv") || !strings.EqualFold(strings.TrimSuffix(e.Name(), ext), module) || !e.Type().IsRegular() {
				continue
			}
			path := filepath.Join(d, e.Name())
			sum, err := buildcache.HashFile(path)
			if err != nil {
				continue
			}
			if found == "" {
				found = path
			}
			sums[sum] = true
		}
	}
	if len(sums) != 1 {
		return ""
	}
	return found
}

// elaborateFound is elaborate with sources that were found, and says which.
func elaborateFound(ctx context.Context, t toolchain, s Source, typed bool) (*Design, Source, string, error) {
	note := ""
	ordered := false
	const rounds = 64
	var modules []string
	for range rounds {
		d, err := elaborate(ctx, t, s, typed)
		var missing *missingError
		if fault.Status(err) == fault.Usage && !errors.As(err, &missing) && !ordered {
			// Packages may stand behind what uses them. The order that was given is tried first, since macros depend on it.
			ordered = true
			if sorted, found := s.inOrder(); !slices.Equal(sorted.Files, s.Files) {
				if _, e := elaborate(ctx, t, sorted, typed); e == nil || errors.As(e, &missing) {
					if s = sorted; len(found) > 0 {
						note = ", with packages found in " + shownPaths(found)
					}
					continue
				}
			}
		}
		if !errors.As(err, &missing) {
			if len(modules) > 0 {
				note += fmt.Sprintf(", with modules found in %s", shownPaths(modules))
			}
			return d, s, note, err
		}
		more := s
		for _, m := range missing.names {
			if path := s.beside(m); path != "" && !slices.Contains(more.Paths(), path) {
				more.Files = append(slices.Clone(more.Files), path)
				modules = append(modules, path)
			}
		}
		if len(more.Files) == len(s.Files) {
			if path := primitives(ctx, missing.names); path != "" && !slices.Contains(s.Cells, path) {
				s.Files, s.Cells = append(slices.Clone(s.Files), path), append(slices.Clone(s.Cells), path)
				note += fmt.Sprintf(", with models of %s found in %s", strings.Join(missing.names, ", "), path)
				continue
			}
			return nil, s, "", err
		}
		s = more
	}
	return nil, s, "", fmt.Errorf("modules of %v name each other through more than %d files that were not given", s, rounds)
}

func shownPaths(paths []string) string {
	var out []string
	for _, p := range paths {
		out = append(out, shownPath(p))
	}
	return strings.Join(out, ", ")
}
