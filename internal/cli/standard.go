// Package cli holds what every command of a command line needs: outputs, signals and progress.
//
// It knows no command and no flag. Start reading at [UntilStopped], which is how a process ends.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/term"
)

// Standard output and error. Everything that a command prints goes through them.
var (
	Stdout = &Standard{file: os.Stdout, name: "standard output"}
	Stderr = &Standard{file: os.Stderr, name: "standard error"}
)

// Standard is an output of the process. A write never fails: main reports the first error
// when the command has ended. Work of hours is not lost for a report that could not be
// printed, and a command need not look.
type Standard struct {
	file *os.File
	name string
	mu   sync.Mutex
	err  error
	stop func(syscall.Signal) // told when nobody reads
}

// Write writes unless an earlier write failed, so that no report has a hole.
func (s *Standard) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return len(p), nil
	}
	if _, err := s.file.Write(p); err != nil {
		s.err = fmt.Errorf("%s is not complete: %w", s.name, err)
		if errors.Is(err, syscall.EPIPE) && s.stop != nil {
			s.stop(syscall.SIGPIPE)
		}
	}
	return len(p), nil
}

// Failed returns the first error.
func (s *Standard) Failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// ForProgram is the output of another program: the terminal itself, whose properties the program
// may query, or else the writer.
func (s *Standard) ForProgram() io.Writer {
	if term.IsTerminal(int(s.file.Fd())) {
		return s.file
	}
	return s
}
