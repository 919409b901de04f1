package emulator

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Link makes a symbolic link to a port. It replaces a link to a pseudo-terminal that no longer exists, which an
// emulator that was killed has left. Anything else of that name is an error that is fs.ErrExist.
func Link(port, link string) error {
	err := os.Symlink(port, link)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	old, e := os.Readlink(link)
	if e != nil || filepath.Dir(old) != filepath.Dir(port) {
		return err
	}
	if _, e := os.Stat(old); !errors.Is(e, fs.ErrNotExist) {
		return err
	}
	return errors.Join(os.Remove(link), os.Symlink(port, link))
}
