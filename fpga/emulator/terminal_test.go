package emulator_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/emulator"
	"github.com/approxtrain/approxtrain/fpga/faults"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// A bad line in real time, behind a terminal: the right answer, also about a product
// that differs.
func TestFaultyTerminalLong(t *testing.T) {
	m, g := adapted(t, "mitchell_e8m7", "pipelined")
	right := g.Table()
	wrong, err := lut.New("wrong", right.Format)
	require.NoError(t, err)
	for a := range uint32(right.Format.Rows()) {
		for b := range uint32(right.Format.Cols()) {
			wrong.Set(a, b, right.At(a, b))
		}
	}
	wrong.Set(77, 99, right.At(77, 99)^1)
	path := plugIn(t, m, faults.Faults{Flip: usual, Drop: usual, Duplicate: usual, Insert: usual, Stall: 0.01, StallFor: 20 * time.Millisecond, Seed: 8})
	for _, want := range []*lut.Table{right, wrong} {
		r, err := compare(t, path, fpga.Options{}, want, fpga.Stream)
		require.NoError(t, err)
		assert.NotZero(t, r.Link.Bad()+r.Link.Retries)
		assert.EqualValues(t, g.Format.Pairs(), r.Pairs.Compared)
		if want == right {
			assert.True(t, r.Equal())
			continue
		}
		require.Len(t, r.Wrong, 1)
		assert.Equal(t, [2]uint32{77, 99}, [2]uint32{r.Wrong[0].A, r.Wrong[0].B})
	}
}

// Two hosts cannot have one emulated board, and the port of a host that was killed is
// free again.
func TestTwoHosts(t *testing.T) {
	m, _ := adapted(t, "mitchell_e8m7", "pipelined")
	p, err := emulator.Open(t.Context(), m, emulator.Options{}, faults.Faults{})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx) }()
	b, err := fpga.Open(t.Context(), p.Path, fpga.Options{})
	require.NoError(t, err)
	time.Sleep(3 * time.Second) // the board sleeps and looks after its port
	_, err = fpga.Open(t.Context(), p.Path, fpga.Options{})
	assert.ErrorIs(t, err, fpga.ErrBusy)
	assert.Equal(t, fault.Failed, fault.Status(err))
	_, err = b.Refresh(t.Context())
	require.NoError(t, err, "the first host is not disturbed")
	require.NoError(t, b.Disconnect())

	fd, err := unix.Open(p.Path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	require.NoError(t, unix.Flock(fd, unix.LOCK_EX))
	require.NoError(t, unix.IoctlSetInt(fd, unix.TIOCEXCL, 0))
	time.Sleep(time.Second)
	exclusive, err := unix.IoctlGetInt(fd, unix.TIOCGEXCL)
	require.NoError(t, err)
	assert.Equal(t, 1, exclusive, "the board took the port from a host")
	require.NoError(t, unix.Close(fd)) // the lock ends, TIOCEXCL stays, as after a kill
	require.Eventually(t, func() bool {
		b, err := fpga.Open(t.Context(), p.Path, fpga.Options{})
		if err == nil {
			b.Disconnect()
		}
		return err == nil
	}, 10*time.Second, 50*time.Millisecond)
	stop()
	require.NoError(t, <-done)
}
