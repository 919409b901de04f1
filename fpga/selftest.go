package fpga

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/approxtrain/approxtrain/fpga/link"
)

// SelfTestOptions says how much is measured.
type SelfTestOptions struct {
	Pings  int // echoes of one byte, one after the other, for the latency
	Echoes int // of long payloads, three at once
	// Progress, if not nil, is called with the number of echoes so far.
	Progress func(done, total uint64)
}

// SelfTestResult holds the measured properties of a link. Times include this machine, the port and
// the board.
type SelfTestResult struct {
	Minimum time.Duration `json:"latency_min_ns"`
	Median  time.Duration `json:"latency_median_ns"`
	P99     time.Duration `json:"latency_p99_ns"`
	Pings   int           `json:"pings"`
	Echoes  int           `json:"echoes"`
	// Up and Down are bytes of frames a second while echoes go both ways, Stream
	// the bytes a second while the board sends rows.
	Up     float64 `json:"up_bytes_per_second"`
	Down   float64 `json:"down_bytes_per_second"`
	Stream float64 `json:"stream_bytes_per_second"`
	Line   float64 `json:"line_bytes_per_second"` // at most, one way
	// Lost is the share of echoes that were repeated.
	Lost    float64       `json:"lost_share"`
	Retries int           `json:"retries"`
	Link    link.Stats    `json:"link"`
	Board   link.Counters `json:"lost_by_board"`
}

// SelfTest measures a link.
func (b *Board) SelfTest(ctx context.Context, o SelfTestOptions) (*SelfTestResult, error) {
	r := &SelfTestResult{Pings: o.Pings, Echoes: o.Echoes, Line: float64(b.Baud()) / 10}
	total, done := uint64(o.Pings+o.Echoes), uint64(0)
	tell := func() {
		if done++; o.Progress != nil {
			o.Progress(done, total)
		}
	}
	var times []time.Duration
	for i := range o.Pings {
		start := time.Now()
		if err := b.conn.Ask(ctx, link.Echo([]byte{byte(i)}, func() { times = append(times, time.Since(start)) })); err != nil {
			return nil, b.name(err)
		}
		tell()
	}
	slices.Sort(times)
	r.Minimum, r.Median, r.P99 = times[0], times[len(times)/2], times[len(times)*99/100]

	random := rand.New(rand.NewPCG(1, 2))
	length := max(1, min(link.MaxRequest, b.Identity.Queue/3-link.RequestCost)) // three on their way at once
	left := o.Echoes
	before, start := b.Stats(), time.Now()
	err := b.conn.Do(ctx, func() *link.Request {
		if left == 0 {
			return nil
		}
		left--
		payload := make([]byte, length)
		for i := range payload {
			payload[i] = byte(random.Uint32())
		}
		return link.Echo(payload, tell)
	})
	if err != nil {
		return nil, b.name(err)
	}
	took, after := time.Since(start).Seconds(), b.Stats()
	r.Up, r.Down = float64(after.Sent-before.Sent)/took, float64(after.Received-before.Received)/took
	r.Retries = after.Retries - before.Retries
	r.Lost = float64(r.Retries) / float64(max(1, after.Requests-before.Requests))

	var rows []int
	for row := range min(b.Format().Rows(), max(1, 64*1024/(b.Format().Cols()*b.Layout.EntryBytes()))) {
		rows = append(rows, row)
	}
	before, start = b.Stats(), time.Now()
	if err := b.stream(ctx, rows, func(int, int, []uint32, link.Status) {}); err != nil {
		return nil, b.name(err)
	}
	r.Stream = float64(b.Stats().Received-before.Received) / time.Since(start).Seconds()
	now, err := b.Refresh(ctx)
	if err != nil {
		return nil, b.name(err)
	}
	r.Board = now.Minus(b.Identity.Counters)
	r.Link = b.Stats()
	return r, nil
}
