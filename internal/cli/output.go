package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// CanWrite refuses, before the work, an output file whose folder is not there,
// or that is something else than a file. With makes, folders will be made.
func CanWrite(flag, path string, makes bool) error {
	if path == "" {
		return nil
	}
	if base := filepath.Base(path); len(base) > limits.LongestFile {
		return fault.Usagef("%s %s: the name has %d bytes, expected at most %d, since a temporary file has some more", flag, limits.Show(base), len(base), limits.LongestFile)
	}
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		return fault.Usagef("%s %s: it is no regular file but a %s", flag, path, limits.Kind(st.Mode()))
	}
	dir := filepath.Dir(path)
	st, err := os.Stat(dir)
	for makes && errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		st, err = os.Stat(dir)
	}
	switch {
	case err != nil:
		return fault.Usagef("%s %s: %w", flag, path, err)
	case !st.IsDir():
		return fault.Usagef("%s %s: %s is no folder", flag, path, dir)
	}
	return nil
}
