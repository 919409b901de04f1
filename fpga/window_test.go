package fpga_test

import (
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link/linktest"
)

// usbLatency is what the usual USB converter holds bytes back for.
const usbLatency = 16 * time.Millisecond

// usb is a line whose bytes come later, and no more slowly.
type usb struct {
	*linktest.Line
	held chan piece
	rest []byte
}

type piece struct {
	due   time.Time
	bytes []byte
}

func newUSB(l *linktest.Line) *usb {
	u := &usb{Line: l, held: make(chan piece, 1<<16)}
	go func() {
		defer close(u.held)
		buffer := make([]byte, 4096)
		for {
			n, err := l.Read(buffer)
			if err != nil {
				return
			}
			u.held <- piece{time.Now().Add(usbLatency), slices.Clone(buffer[:n])}
		}
	}()
	return u
}

func (u *usb) Read(p []byte) (int, error) {
	if len(u.rest) == 0 {
		next, ok := <-u.held
		if !ok {
			return 0, io.EOF
		}
		time.Sleep(time.Until(next.due))
		u.rest = next.bytes
	}
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}

// However products are read, the line does not wait for USB.
func TestLatencyDoesNotCount(t *testing.T) {
	want := table(t, "drum6_u8")
	for _, c := range []struct {
		name string
		read func(t *testing.T, b *fpga.Board)
	}{
		{"stream", func(t *testing.T, b *fpga.Board) {
			r, err := fpga.Check(t.Context(), b, want, fpga.CheckOptions{Mode: fpga.Stream})
			require.NoError(t, err)
			assert.True(t, r.Equal())
		}},
		{"batch", func(t *testing.T, b *fpga.Board) {
			r, err := fpga.Check(t.Context(), b, want, fpga.CheckOptions{Mode: fpga.Batch})
			require.NoError(t, err)
			assert.True(t, r.Equal())
		}},
		{"scattered sweep", func(t *testing.T, b *fpga.Board) {
			d, err := b.Open(t.Context())
			require.NoError(t, err)
			_, err = d.Sweep(t.Context(), cosim.Rect{NA: 256, NB: 256}, cosim.Scattered(1<<16))
			require.NoError(t, err)
		}},
	} {
		bubble(t, c.name, &linktest.Board{Table: want}, linktest.Faults{}, func(t *testing.T, l *linktest.Line) {
			b, err := fpga.Connect(t.Context(), newUSB(l), "test", fpga.Options{})
			require.NoError(t, err)
			before, start := b.Stats(), time.Now()
			c.read(t, b)
			took, s := time.Since(start), b.Stats()
			busy := time.Duration(max(s.Received-before.Received, s.Sent-before.Sent)) * 10 * time.Second / 115200
			t.Logf("%v for what takes %v on the line: %.3f", took, busy, float64(took)/float64(busy))
			assert.Zero(t, s.Retries)
			assert.Less(t, float64(took), 1.03*float64(busy))
			b.Disconnect()
		})
	}
}
