package fpga

import (
	"context"
	"fmt"
	"time"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/lut"
)

// Board is a board whose identity is known. One goroutine at a time uses it.
type Board struct {
	Name     string // of its port
	Identity link.Identity
	Layout   link.Layout

	port Port
	conn *link.Conn
	home int // the rate to leave it at

	sumRows int           // rows that one request for digests asks for; 0: not known yet
	sumTime time.Duration // that the board needs for one
}

// Format is that of the multiplier's table.
func (b *Board) Format() lut.Format { return b.Identity.Format }

// Digest is the digest of the multiplier's sources and options.
func (b *Board) Digest() BuildDigest { return b.Identity.Digest }

// Baud is the rate now.
func (b *Board) Baud() int { return b.conn.Stats().Baud }

// Stats counts the bytes, frames and faults on the line.
func (b *Board) Stats() link.Stats { return b.conn.Stats() }

// Limit is the time that all requests so far may take together: see [WorkTime].
func (b *Board) Limit() time.Duration { return b.conn.Limit() }

// Describe describes the board in one line.
func (b *Board) Describe() string {
	i := b.Identity
	timing := "combinational"
	switch {
	case i.Handshake:
		timing = "handshake"
	case i.Latency > 0 && i.Pipelined:
		timing = fmt.Sprintf("latency %d, a pair each cycle", i.Latency)
	case i.Latency > 0:
		timing = fmt.Sprintf("latency %d", i.Latency)
	}
	return fmt.Sprintf("board at %s: %v, %s, clock %s MHz, build %v, %s baud", b.Name, i.Format, timing,
		trim(float64(i.Clock)/1e6), b.Digest(), comma(b.Baud()))
}

func trim(x float64) string { return fmt.Sprintf("%.6g", x) }

// Refresh asks for the board's counters.
func (b *Board) Refresh(ctx context.Context) (link.Counters, error) {
	var i link.Identity
	var bad error
	err := b.conn.Ask(ctx, link.Identify(func(p []byte) { i, bad = link.ParseIdentity(p) }))
	if err == nil {
		err = bad
	}
	return i.Counters, err
}

// leaveTime bounds the time to leave a board. After an interruption, hurryTime bounds
// it from there, and the host waits for leastTime at least.
const (
	leaveTime = time.Second
	hurryTime = 900 * time.Millisecond
	leastTime = 50 * time.Millisecond
)

// Disconnect leaves the board at the rate that it has after power-up, or that it
// was found at if that was given, and closes the port.
func (b *Board) Disconnect() error {
	if b.Baud() != b.home {
		if step, err := b.step(b.home); err == nil {
			wait := leaveTime
			if at := b.conn.Interrupted(); !at.IsZero() {
				wait = max(leastTime, hurryTime-time.Since(at))
			}
			b.conn.Tries = 1
			b.conn.SetLimit(wait, 0)
			b.conn.Ask(context.Background(), link.Baud(step, func() {})) // if it does not hear, the next one finds it at this rate
		}
	}
	return b.conn.Close()
}

// sums asks for the digests of rows lo … hi−1.
func (b *Board) sums(ctx context.Context, k link.Key, lo, hi int, got func(first int, sums []uint32, s link.Status)) error {
	if b.sumRows == 0 {
		if err := b.paceSums(ctx, k, lo); err != nil {
			return err
		}
	}
	return b.conn.Do(ctx, func() *link.Request {
		if lo >= hi {
			return nil
		}
		first, n := lo, min(b.sumRows-lo%b.sumRows, hi-lo)
		lo += n
		return link.Sums(k, first, n, b.sumTime, func(sums []uint32, s link.Status) { got(first, sums, s) })
	})
}

// mostSumming is how long a board is to work on one request for digests: shorter
// than the time after which a connection takes a request for lost.
const mostSumming = 40 * time.Millisecond

// paceSums measures how long a board needs for a row's digest, and sets how many rows, a power of
// two, one request asks for. The time of a multiplier with a handshake is unknown, so paceSums
// asks the board for one row, twice.
func (b *Board) paceSums(ctx context.Context, k link.Key, row int) error {
	i, f := b.Identity, b.Format()
	cycles := 1
	if !i.Pipelined {
		cycles = i.Latency + 2
	}
	pairs := f.Cols() * f.EntryBits() // the board sweeps a row once for each bit
	b.sumTime = time.Duration(float64(cycles*pairs) / float64(i.Clock) * float64(time.Second))
	if i.Handshake {
		var took [2]time.Duration // the line may damage one
		for n := range took {
			start := time.Now()
			if err := b.conn.Ask(ctx, link.Sums(k, row, 1, b.sumTime, func([]uint32, link.Status) {})); err != nil {
				return err
			}
			took[n] = time.Since(start)
		}
		b.sumTime = min(took[0], took[1])
	}
	b.sumRows = link.SumRows
	for b.sumRows > 1 && time.Duration(b.sumRows)*b.sumTime > mostSumming {
		b.sumRows /= 2
	}
	return nil
}

// streamBytes is about what one request for rows is to be answered with: a
// connection keeps several on their way, and may be interrupted after each.
const streamBytes = 1024

// stream asks for whole rows, ascending.
func (b *Board) stream(ctx context.Context, rows []int, got func(row, column int, products []uint32, s link.Status)) error {
	most := max(1, streamBytes/(b.Format().Cols()*b.Layout.EntryBytes()))
	return b.conn.Do(ctx, func() *link.Request {
		if len(rows) == 0 {
			return nil
		}
		first, n := rows[0], 1
		for n < len(rows) && n < most && rows[n] == first+n {
			n++
		}
		rows = rows[n:]
		return link.Stream(b.Layout, first, n, got)
	})
}

// multiply requests products, a number of pairs in each request. It passes the index of a
// response's first product to got.
func (b *Board) multiply(ctx context.Context, x, y []uint32, each int, got func(first int, products []uint32, s link.Status)) error {
	next := 0
	return b.conn.Do(ctx, func() *link.Request {
		if next >= len(x) {
			return nil
		}
		first, n := next, min(each, len(x)-next)
		next += n
		return link.Multiply(b.Layout, x[first:next], y[first:next], func(i int, p []uint32, s link.Status) { got(first+i, p, s) })
	})
}
