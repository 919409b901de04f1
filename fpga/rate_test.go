package fpga_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link/linktest"
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

// losing is a line that loses the first answers at another rate.
type losing struct {
	*linktest.Line
	changed bool
	lose    int
}

func (l *losing) SetBaud(rate int) error {
	l.changed = l.changed || rate != fpga.PowerUpBaud
	return l.Line.SetBaud(rate)
}

func (l *losing) Read(p []byte) (int, error) {
	n, err := l.Line.Read(p)
	if n > 0 && l.changed && l.lose > 0 {
		l.lose--
		return 0, err
	}
	return n, err
}

// A board that hears the host at the new rate stays there. If its answers are lost, the
// host finds it there.
func TestUnconfirmedChangeOfRate(t *testing.T) {
	b := &linktest.Board{Table: table(t, "mbm_e8m5")}
	for lose := range 6 {
		bubble(t, fmt.Sprint(lose), b, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
			board, err := fpga.Connect(t.Context(), &losing{Line: l, lose: lose}, "test", fpga.Options{Baud: 750_000})
			require.NoError(t, err)
			assert.Equal(t, 750_000, board.Baud())
			assert.Equal(t, 750_000, b.Rate())
			require.NoError(t, board.Disconnect())
			assert.Equal(t, fpga.PowerUpBaud, b.Rate())
		})
	}
}
