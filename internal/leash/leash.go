// Package leash runs programs so that no process they start outlives them: neither
// one in the background nor a daemon in a session of its own. A small program in C,
// compiled once, is the parent of what runs and kills its descendants (program/leash.c).
//
// It isolates nothing: a program on a leash can read and write what its user can.
//
// Start reading at Build.
package leash

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"approxtrain/internal/buildcache"
	"approxtrain/internal/tool"
)

//go:embed program/leash.c
var source string

// Leash is the compiled program.
type Leash struct{ path string }

// Build makes the program with a compiler of a language, c or c++. It is cached by
// the compiler's path and version.
func Build(compiler, version, language string) (Leash, error) {
	key := &buildcache.Key{}
	key.Add("leash 1", compiler, version, language, source)
	dir, _, err := buildcache.Entry("leash", key.Sum(), func(dir string) error {
		c := exec.Command(compiler, "-O1", "-w", "-x", language, "-", "-o", filepath.Join(dir, "leash"))
		c.Stdin = strings.NewReader(source)
		var messages bytes.Buffer
		c.Stderr = &messages
		if err := c.Run(); err != nil {
			return fmt.Errorf("compiling the program that ends a design's processes: %w\n%s", err, tool.FirstLines(messages.String(), 10))
		}
		return nil
	})
	return Leash{filepath.Join(dir, "leash")}, err
}

// patience is how long a program has to end after it was killed. program/leash.c gives up
// sooner.
const patience = 8 * time.Second

// Start starts a command that exec.CommandContext made and that has not been started.
// When the command ends, when its context ends or when cut is called, every descendant
// is killed; Wait returns after that, as the program has ended.
func (l Leash) Start(c *exec.Cmd) (cut func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	defer r.Close()
	c.ExtraFiles = append(c.ExtraFiles, r)
	// The first extra file is descriptor 3.
	c.Args = append([]string{l.path, strconv.Itoa(2 + len(c.ExtraFiles)), c.Path}, c.Args[1:]...)
	c.Path = l.path
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = w.Close
	c.WaitDelay = patience
	if err := c.Start(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return func() { w.Close() }, nil
}

// Run is Start and Wait.
func (l Leash) Run(c *exec.Cmd) error {
	cut, err := l.Start(c)
	if err != nil {
		return err
	}
	defer cut()
	return c.Wait()
}
