package sandbox

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Ends are told apart.
func TestEnds(t *testing.T) {
	engines(t, func(t *testing.T, e Engine) {
		run := func(what, arg string) error {
			command, _ := deed(Design, what, arg)
			return command.Run(t.Context())
		}
		assert.NoError(t, run("status", "0"))
		assert.Equal(t, &ExitError{Status: 3}, run("status", "3"))
		assert.Equal(t, &ExitError{Signal: syscall.SIGKILL}, run("signal", "9"))
		assert.Equal(t, &ExitError{Signal: syscall.SIGTERM}, run("signal", "15"))

		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		command, _ := deed(Design, "sleep", "")
		begun := time.Now()
		assert.Equal(t, context.DeadlineExceeded, command.Run(ctx))
		assert.Less(t, time.Since(begun), 5*time.Second)

		command, _ = deed(Design, "sleep", "")
		require.NoError(t, command.Start(t.Context()))
		time.AfterFunc(200*time.Millisecond, command.Cut)
		assert.Equal(t, &ExitError{Signal: syscall.SIGKILL}, command.Wait())

		command, _ = deed(Tool, "", "")
		command.Path = "/nowhere/tool"
		assert.ErrorContains(t, command.Run(t.Context()), "/nowhere/tool: no such file or directory")
		assert.Empty(t, descendants())
	})
}

// A thread that ends while the watch looks at its call has not made it: that is no violation.
func TestEndsAmidSignals(t *testing.T) {
	engines(t, func(t *testing.T, e Engine) {
		for range 10 {
			command, out := deed(Design, "ending", "")
			require.NoError(t, command.Run(t.Context()), out)
		}
	})
}
