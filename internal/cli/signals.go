package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// INT, TERM and HUP end every command within two seconds.
const (
	// Grace is how long a command may take to end by itself, when its context has ended.
	// After that the process ends, whatever the command waits for. leftovers.RemoveAll
	// takes half a second more at most.
	Grace = 1300 * time.Millisecond
	// least is how long it may take when a second signal follows at once. A terminal that
	// goes away may send two.
	least = 100 * time.Millisecond
)

// Stopped is why the context of a command ended.
type Stopped struct{ Signal syscall.Signal }

// Error returns the last line on standard error.
func (s Stopped) Error() string {
	switch s.Signal {
	case syscall.SIGHUP:
		return "hung up"
	case syscall.SIGTERM:
		return "terminated"
	case syscall.SIGPIPE:
		return "nobody reads the output"
	}
	return "interrupted"
}

// Is makes it a kind of context.Canceled, for a package that looks for the cause.
func (s Stopped) Is(target error) bool { return target == context.Canceled }

// Status is the exit status, as shells count.
func (s Stopped) Status() int { return 128 + int(s.Signal) }

// UntilStopped returns a context that the first signal ends, or an output that nobody reads. It then
// sees to it that the process ends in time.
func UntilStopped() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, heeded()...)
	// With a channel of its own, which nobody reads, SIGPIPE ends neither the process nor,
	// when it is inherited, is ignored by a child: a write fails, and Standard sees it.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		s := Stopped{(<-signals).(syscall.Signal)}
		start := time.Now()
		cancel(s)
		select {
		case <-signals:
			time.Sleep(least - time.Since(start))
		case <-time.After(Grace):
		}
		s.end()
	}()
	stop := func(s syscall.Signal) {
		select {
		case signals <- s:
		default: // enough have come
		}
	}
	Stdout.stop, Stderr.stop = stop, stop
	return ctx
}

// AtOnce makes a command that does not look at its context, since all that it does is read,
// compute and write one file, end with it at once.
func AtOnce(c *cobra.Command) *cobra.Command {
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		ended := make(chan error, 1)
		go func() { ended <- run(c, args) }()
		select {
		case err := <-ended:
			return err
		case <-c.Context().Done():
			return c.Context().Err()
		}
	}
	return c
}

// heeded lists the signals that end the program. One that was ignored when the program
// began stays ignored: HUP under nohup, INT in the background of a script. The latter only
// where Ctrl-C of a terminal could be meant for the script; elsewhere INT comes from
// somebody who names this process.
func heeded() []os.Signal {
	list := []os.Signal{syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		list = append(list, syscall.SIGHUP)
	}
	if !signal.Ignored(syscall.SIGINT) || !inForeground() {
		list = append(list, syscall.SIGINT)
	}
	return list
}

// inForeground reports whether the process gets the signals of keys of a terminal.
func inForeground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// end removes what must not be left and ends the process.
func (s Stopped) end() {
	leftovers.RemoveAll()
	said := make(chan struct{})
	go func() { // standard error may be a pipe that nobody reads
		s.Say(nil)
		close(said)
	}()
	select {
	case <-said:
	case <-time.After(50 * time.Millisecond):
	}
	os.Exit(s.Status())
}

// Say prints the last line of a command that was stopped, with the error that is not about
// that.
func (s Stopped) Say(err error) {
	switch {
	case s.Signal == syscall.SIGPIPE: // as other programs
	case err != nil:
		fmt.Fprintf(os.Stderr, "approxtrain: %v: %s\n", s, limits.Escape(err.Error()))
	default:
		fmt.Fprintf(os.Stderr, "approxtrain: %v\n", s)
	}
}
