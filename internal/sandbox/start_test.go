package sandbox

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A command whose context ends while it starts ends too: also before the supervisor knows what to run.
func TestEndsWhileStarting(t *testing.T) {
	for i := range 60 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- (&Command{Kind: Tool, Path: "/bin/sleep", Args: []string{"60"}}).Run(ctx) }()
		time.AfterFunc(time.Duration(i)*50*time.Microsecond, cancel)
		select {
		case err := <-ended:
			assert.ErrorIs(t, err, context.Canceled)
		case <-time.After(20 * time.Second):
			require.Fail(t, "the command does not end", "context ended after %d µs", 50*i)
		}
	}
}
