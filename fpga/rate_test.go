package fpga_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/fpga"
	"approxtrain/fpga/link/linktest"
)

// interrupting is a line on which somebody presses Ctrl-C at the first bytes that
// come at another rate.
type interrupting struct {
	*linktest.Line
	changed bool
	cancel  context.CancelFunc
}

func (l *interrupting) SetBaud(rate int) error {
	l.changed = true
	return l.Line.SetBaud(rate)
}

func (l *interrupting) Read(p []byte) (int, error) {
	n, err := l.Line.Read(p)
	if n > 0 && l.changed {
		l.cancel()
	}
	return n, err
}

// Who is interrupted while the rate changes leaves the board as it was found.
func TestInterruptedChangeOfRate(t *testing.T) {
	b := &linktest.Board{Table: table(t, "mbm_e8m5")}
	bubble(t, "interrupted", b, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := fpga.Connect(ctx, &interrupting{Line: l, cancel: cancel}, "test", fpga.Options{Baud: 750_000})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, fpga.PowerUpBaud, b.Rate())
	})
}
