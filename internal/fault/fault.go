// Package fault sorts errors by the exit status of the command line.
// It is not an error library: messages are written where they arise.
package fault

import (
	"errors"
	"fmt"
)

// Exit statuses of every command.
const (
	Failed  = 1 // the comparison or the run failed
	Usage   = 2 // wrong usage or input
	Missing = 3 // a tool or device is missing
)

type fault struct {
	status int
	err    error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// Usagef returns an error about the user's input: arguments, files, sources.
func Usagef(format string, args ...any) error {
	return &fault{Usage, fmt.Errorf(format, args...)}
}

// Missingf returns an error about a tool or device that is not there.
func Missingf(format string, args ...any) error {
	return &fault{Missing, fmt.Errorf(format, args...)}
}

// Failedf returns an error about a run that failed, where its cause may itself
// carry another status.
func Failedf(format string, args ...any) error {
	return &fault{Failed, fmt.Errorf(format, args...)}
}

// Status returns the exit status for err: 0 for nil, the status that err or
// the outermost wrapped error carries, else Failed.
func Status(err error) int {
	if err == nil {
		return 0
	}
	var f *fault
	if errors.As(err, &f) {
		return f.status
	}
	return Failed
}
