package cosim

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/rtl"
)

// Library returns a folder that holds the built-in Verilog, extracted into the
// cache under the digest of its content.
func Library() (string, error) {
	key := &buildcache.Key{}
	err := fs.WalkDir(rtl.Verilog, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(rtl.Verilog, path)
		key.Add(path, string(data))
		return err
	})
	if err != nil {
		return "", err
	}
	dir, _, err := buildcache.Entry("rtl", key.Sum(), func(dir string) error {
		if err := os.CopyFS(dir, rtl.Verilog); err != nil {
			return fmt.Errorf("extracting the Verilog library: %w", err)
		}
		return nil
	})
	return dir, err
}

// Builtin returns the source of a built-in design: a file of the library, its top
// module and that one's parameters.
func Builtin(file, top string, params map[string]string) (Source, error) {
	dir, err := Library()
	s := Source{Files: []string{filepath.Join(dir, file)}, Top: top, Include: []string{dir}, builtin: true}
	for _, p := range slices.Sorted(maps.Keys(params)) {
		s.Params = append(s.Params, p+"="+params[p])
	}
	return s, err
}

// shownPath returns a path as a message should have it: of an extracted built-in
// where it is in the repository, else relative to the working folder if that is
// shorter.
func shownPath(path string) string {
	if !filepath.IsAbs(path) {
		return path
	}
	if library, err := buildcache.Folder("rtl"); err == nil {
		if inside, ok := strings.CutPrefix(path, library+"/"); ok {
			_, file, _ := strings.Cut(inside, "/")
			return "rtl/verilog/" + file
		}
	}
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, path); err == nil && len(rel) < len(path) {
			return rel
		}
	}
	return path
}
