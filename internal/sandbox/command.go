package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/leftovers"
)

// Kind is the kind of a program. It determines the program's rights.
type Kind int

const (
	// Tool reads designs: a compiler, a simulator's compiler, synthesis. It may start other
	// programs.
	Tool Kind = iota
	// Design was compiled from one, or interprets one. It computes; files other than those
	// that it was granted, other programs, the network and more are forbidden, and an attempt
	// ends it with a *Violation.
	Design
)

// Command is a program to run, much like an exec.Cmd. It may reach the grant of its context and
// its own.
type Command struct {
	Kind           Kind
	Path           string   // absolute
	Args           []string // without the name
	Dir            string   // it runs there; empty: in the current folder
	Env            []string // further variables, which may name a TMPDIR
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	ExtraFiles     []*os.File // its descriptors from 3 on
	Grant          Grant
	Limits         Limits // that are not 0 instead of the usual ones

	ctx      context.Context
	cmd      *exec.Cmd
	control  *net.UnixConn
	tmp      string
	remove   func() error // tmp
	trusted  bool
	reported chan report
	cut      sync.Once
	limits   Limits
	output   counter
}

// ExitError tells how a program ended that did not end with status 0.
type ExitError struct {
	Status int
	Signal syscall.Signal // that ended it, else 0
}

func (e *ExitError) Error() string {
	if e.Signal != 0 {
		return "signal: " + e.Signal.String()
	}
	return "exit status " + strconv.Itoa(e.Status)
}

// Violation reports that a program was ended because it did something forbidden, or exceeded its
// limits.
type Violation struct {
	What      string // "opens /etc/shadow"
	Limit     bool   // a limit was exceeded
	Processor bool   // it was that of processor time
}

func (v *Violation) Error() string {
	if v.Limit {
		return v.What
	}
	return v.What + ", which the sandbox forbids"
}

// patience is how long a supervisor has to end after its descendants were killed. It
// gives up sooner.
const patience = 8 * time.Second

// Run starts the command and waits for its end. Errors are an *ExitError, a *Violation,
// the context's or one of starting it.
func (c *Command) Run(ctx context.Context) error {
	if err := c.Start(ctx); err != nil {
		return err
	}
	return c.Wait()
}

// Start starts the command. The end of the context ends it.
func (c *Command) Start(ctx context.Context) (err error) {
	j, env, err := c.job(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			c.remove()
		}
	}()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("making a pair of sockets: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "control"), os.NewFile(uintptr(pair[1]), "control")
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	ours.Close()
	if err != nil {
		return fmt.Errorf("talking to a supervisor: %w", err)
	}
	c.ctx, c.control, c.reported = ctx, conn.(*net.UnixConn), make(chan report, 1)
	c.cmd = exec.CommandContext(ctx, selfPath)
	c.cmd.Args = []string{supervisorName, strconv.Itoa(j.Files)}
	c.cmd.Env, c.cmd.Stdin = env, c.Stdin
	c.output.left = c.limits.Output
	c.cmd.Stdout, c.cmd.Stderr = c.counted(c.Stdout), c.counted(c.Stderr)
	if c.trusted { // it may ask a terminal
		c.cmd.Stdout, c.cmd.Stderr = c.Stdout, c.Stderr
	}
	if c.Stdout != nil && sameWriter(c.Stdout, c.Stderr) {
		c.cmd.Stderr = c.cmd.Stdout
	}
	c.cmd.ExtraFiles = append(slices.Clone(c.ExtraFiles), theirs)
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.cmd.Cancel = func() error { c.Cut(); return nil }
	c.cmd.WaitDelay = patience
	if err := ctx.Err(); err != nil {
		return errors.Join(err, c.control.Close())
	}
	if err := c.cmd.Start(); err != nil {
		return errors.Join(fmt.Errorf("starting a supervisor of %s: %w", c.Path, err), c.control.Close())
	}
	theirs.Close() // what reads from the other end hears of the supervisor's
	go func() {
		var r report
		if err := receive(c.control, &r); err != nil {
			r = report{Failed: "its supervisor was killed"}
		}
		c.reported <- r
	}()
	if err := send(c.control, j); err != nil {
		c.Cut()
		return errors.Join(fmt.Errorf("telling a supervisor what to run: %w", err), c.Wait())
	}
	return nil
}

func sameWriter(a, b io.Writer) (same bool) {
	defer func() { _ = recover() }() // types that cannot be compared
	return a == b
}

// Cut ends the program and all that it has started; Wait returns then.
func (c *Command) Cut() { c.cut.Do(func() { c.control.CloseWrite() }) }

// Wait waits for the program's end: everything that it started has ended too.
func (c *Command) Wait() error {
	ended := c.cmd.Wait()
	r := <-c.reported
	c.Cut()
	c.control.Close()
	if err := c.remove(); err != nil {
		return fmt.Errorf("removing temporary files of %s: %w", c.Path, err)
	}
	c.output.mu.Lock()
	full := c.output.full
	c.output.mu.Unlock()
	switch {
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	case full:
		return &Violation{What: fmt.Sprintf("prints more than %s (%s sets the limit)", size(c.limits.Output), outputVariable), Limit: true}
	case r.Forbid != "":
		return &Violation{What: r.Forbid}
	case r.Exceeded != "":
		return &Violation{What: r.Exceeded, Limit: true, Processor: r.Exceeded == processorText(c.limits)}
	case r.Failed != "":
		return fmt.Errorf("running %s: %s", c.Path, r.Failed)
	case r.Exited && r.Status == 0 && errors.As(ended, new(*exec.ExitError)):
		return fmt.Errorf("running %s: its supervisor ended: %w", c.Path, ended)
	case r.Exited && r.Status == 0:
		return ended
	case r.Exited:
		return &ExitError{Status: r.Status}
	}
	return &ExitError{Signal: r.Signal}
}

// job returns the supervisor's input, and the program's variables.
func (c *Command) job(ctx context.Context) (*job, []string, error) {
	chosen, err := engine()
	if err != nil {
		return nil, nil, err
	}
	usual := toolLimits
	if c.Kind == Design {
		usual = designLimits
	}
	if c.limits, err = usual.set(); err != nil {
		return nil, nil, err
	}
	if c.Limits.Processor != 0 {
		c.limits.Processor = c.Limits.Processor
	}
	if c.Limits.Memory != 0 {
		c.limits.Memory = c.Limits.Memory
	}
	if c.Limits.Output != 0 {
		c.limits.Output = c.Limits.Output
	}
	if c.Limits.Processes != 0 {
		c.limits.Processes = c.Limits.Processes
	}
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, nil, err
	}
	dir := c.Dir
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, nil, fmt.Errorf("looking for the current folder: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, nil, err
	}
	// In the sandbox, the folder of temporary files is found by the path with links resolved.
	parent, err := filepath.EvalSymlinks(os.TempDir())
	if err != nil {
		return nil, nil, fmt.Errorf("looking for a folder for temporary files: %w", err)
	}
	if c.tmp, c.remove, err = leftovers.Dir(parent, "approxtrain-sandbox-"); err != nil {
		return nil, nil, fmt.Errorf("making a folder for temporary files: %w", err)
	}
	g := of(With(ctx, c.Grant))
	env, folders := environment(c.Env, c.tmp)
	j := &job{
		Engine: chosen.engine, Bwrap: chosen.bwrap, Path: path, Args: c.Args, Dir: dir,
		Limits: c.limits, Filter: chosen.filters && !g.Trusted, Watch: chosen.watches && c.Kind == Design && !g.Trusted, Files: 3 + len(c.ExtraFiles),
	}
	if g.Trusted {
		j.Engine, c.trusted = None, true
		env = append(append(os.Environ(), "TMPDIR="+c.tmp), c.Env...)
	}
	read := slices.Concat(systemFolders, systemFiles)
	granted := slices.Concat(folders, []string{dir, path}, c.homeOf(path), g.Read)
	if root, err := buildcache.Dir(); err == nil {
		granted = append(granted, root)
	}
	for _, p := range granted {
		if filepath.IsAbs(p) && !(slices.Contains(g.Read, p) && astray(p)) {
			read = append(read, narrow(p)...)
			j.Links = append(j.Links, linksTo(p)...)
		}
	}
	for _, p := range append([]string{c.tmp}, g.Write...) {
		real, err := filepath.EvalSymlinks(p)
		if err != nil {
			return nil, nil, errors.Join(err, c.remove())
		}
		j.Write = append(j.Write, real)
		j.Links = append(j.Links, linksTo(p)...)
	}
	slices.Sort(read)
	j.Read = slices.Compact(read)
	return j, env, nil
}

// homeOf returns the folder in which a tool was installed: of /x/bin/tool, /x.
func (c *Command) homeOf(path string) []string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || c.Kind != Tool {
		return nil
	}
	dir := filepath.Dir(real)
	if filepath.Base(dir) == "bin" {
		dir = filepath.Dir(dir)
	}
	return []string{dir}
}

// counter counts the bytes printed.
type counter struct {
	mu   sync.Mutex
	left uint64
	full bool
}

// countedWriter ends a command that prints too much.
type countedWriter struct {
	c *Command
	w io.Writer
}

func (c *Command) counted(w io.Writer) io.Writer {
	if w == nil {
		return nil
	}
	return &countedWriter{c, w}
}

func (w *countedWriter) Write(p []byte) (int, error) {
	n := &w.c.output
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.full:
		return len(p), nil
	case w.c.limits.Output != 0 && uint64(len(p)) > n.left:
		n.full = true
		w.c.Cut()
		return len(p), nil
	}
	n.left -= min(n.left, uint64(len(p)))
	return w.w.Write(p)
}
