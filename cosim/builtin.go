package cosim

import (
	"io/fs"
	"path/filepath"
	"strings"

	"approxtrain/rtl"
)

// Library returns a folder that holds the built-in Verilog, extracted into the
// cache under the digest of its content.
func Library() (string, error) {
	key := &digest{}
	err := fs.WalkDir(rtl.Verilog, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(rtl.Verilog, path)
		key.add(path, string(data))
		return err
	})
	if err != nil {
		return "", err
	}
	root, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "rtl", key.sum())
	return dir, rtl.Extract(dir)
}

// shownPath returns a path as a message should have it: of an extracted built-in
// where it is in the repository.
func shownPath(path string) string {
	root, err := cacheDir()
	if err != nil {
		return path
	}
	if _, file, ok := strings.Cut(strings.TrimPrefix(path, filepath.Join(root, "rtl")+"/"), "/"); ok && strings.HasPrefix(path, root) {
		return "rtl/verilog/" + file
	}
	return path
}
