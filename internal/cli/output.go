package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/report"
)

// CanWrite refuses, before the work, an output file whose folder is not there,
// or that is something else than a file. With makes, folders will be made.
func CanWrite(flag, path string, makes bool) error {
	if path == "" {
		return nil
	}
	if base := filepath.Base(path); len(base) > limits.LongestFile {
		return fault.Usagef("%s %s: the name has %d bytes, expected at most %d, since a temporary file has some more",
			flag, limits.Show(base), len(base), limits.LongestFile)
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

// ErrNotEqual ends a command whose comparison failed and was printed.
var ErrNotEqual = errors.New("the products differ")

// WriteJUnit writes a report, if a file is given. It returns err, or what kept
// the report from being written; of two errors that one is printed.
func WriteJUnit(path, suite string, cases []report.JUnitCase, err error) error {
	if path == "" {
		return err
	}
	e := report.WriteJUnit(path, suite, cases)
	if e == nil || err == nil {
		return errors.Join(err, e)
	}
	Logf("approxtrain: %v", e)
	return err
}
