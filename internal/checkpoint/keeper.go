package checkpoint

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// Keeper keeps the last two checkpoints of one network's training. One process at a
// time may use it.
type Keeper struct{ Path string }

func (k Keeper) previous() string { return k.Path + ".previous" }
func (k Keeper) fresh() string    { return k.Path + ".new" }

// Save writes a checkpoint, which becomes the newest when it is on the disk. On an
// error both older ones are as they were.
func (k Keeper) Save(c *Checkpoint) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing %s: %w", k.Path, err)
		}
	}()
	if err := k.write(c); err != nil {
		os.Remove(k.fresh())
		return err
	}
	if err := os.Rename(k.Path, k.previous()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(k.fresh(), k.Path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(k.Path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// write writes the file that is not yet the newest. It is always the same one: a
// process that is killed leaves at most one, which the next overwrites.
func (k Keeper) write(c *Checkpoint) error {
	f, err := os.OpenFile(k.fresh(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer leftovers.Add(k.fresh())()
	w := bufio.NewWriterSize(f, 1<<16)
	err = c.Write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Load returns the newest checkpoint, nil if there is none. If it is damaged, Load warns, renames
// it and returns the one before. If it cannot rename it, nothing changes.
func (k Keeper) Load(warn func(error)) (*Checkpoint, error) {
	newest, err := ReadFile(k.Path)
	var bad *DamagedError
	if errors.As(err, &bad) {
		c, failed := ReadFile(k.previous())
		if failed != nil {
			return nil, fault.Failedf("%w, and the one before: %w; to begin anew, remove %s", err, failed, k.Path)
		}
		if err := os.Rename(k.Path, k.Path+".damaged"); err != nil {
			return nil, err
		}
		warn(fmt.Errorf("%w; it is now %s.damaged, and the one before takes its place", err, k.Path))
		return c, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return newest, err
	}
	c, err := ReadFile(k.previous()) // there if the process ended between two renamings
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return c, err
}

// ReadFile reads a checkpoint. The error names the file.
func ReadFile(path string) (*Checkpoint, error) {
	if err := limits.Regular(path); err != nil { // it is read twice
		return nil, err
	}
	f, err := limits.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := Read(f, f.Info().Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}
