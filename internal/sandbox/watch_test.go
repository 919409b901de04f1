package sandbox

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The stage is one until its end of the socket is closed, also while somebody else waits for what it says.
func TestStageEnds(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	ours, theirs := os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
	read := make(chan error)
	go func() {
		_, err := ours.Read(make([]byte, 1))
		read <- err
	}()
	for range 100 {
		require.False(t, ended(ours))
	}
	theirs.Close()
	assert.True(t, ended(ours), "at once")
	assert.Error(t, <-read)
	assert.True(t, ended(ours))
	ours.Close()
	assert.True(t, ended(ours))
}
