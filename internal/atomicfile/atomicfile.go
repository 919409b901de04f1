// Package atomicfile writes files that are complete or absent. It is a thin
// layer over renameio, which does the work.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// WriteBytes is Write for bytes in memory.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// temporary begins the names of folders for files that are being written. Whatever ends the
// process, package leftovers removes the folder: after kill -9, the next process that writes
// a file beside it.
const temporary = ".approxtrain-writing-"

// Write creates the file through a temporary one on the same file system, which
// write fills. The file takes its name when write has succeeded; else nothing
// is left behind and a previous file stays as it was. A symbolic link stays,
// the file that it leads to is replaced; folders, devices and pipes are refused.
func Write(path string, write func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing %s: %w", path, err)
		}
	}()
	target := path
	if t, err := filepath.EvalSymlinks(path); err == nil {
		target = t
	}
	if base := filepath.Base(target); len(base) > limits.LongestFile {
		return fault.Usagef("the name has %d bytes, expected at most %d, since a temporary file has some more", len(base), limits.LongestFile)
	}
	if st, err := os.Stat(target); err == nil && !st.Mode().IsRegular() {
		return fault.Usagef("it is no regular file but a %s", limits.Kind(st.Mode()))
	}
	if _, err := os.Stat(filepath.Dir(target)); err != nil {
		return fault.Usagef("%w", err)
	}
	dir, remove, err := leftovers.Dir(filepath.Dir(target), temporary)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	f, err := renameio.NewPendingFile(target, renameio.WithTempDir(dir),
		renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Cleanup()) }() // nothing left to do after a replacement
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}
