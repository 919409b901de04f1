package link

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"
)

// Conn does requests over a port. It is for one goroutine at a time.
type Conn struct {
	// Tries is how often nothing may come, one time-out after the other,
	// before Do gives up; 0 means DefaultTries.
	Tries int

	port   io.ReadWriteCloser
	rx     chan []byte
	tx     chan []byte
	failed chan error
	done   chan struct{}
	ending sync.Once

	stats   Stats
	decoder Decoder
	pace    pace
	window  int // bytes of the board's queue

	sequence byte
	pending  []*sent          // on their way, oldest first
	again    []*Request       // lost, to be asked before others
	outbox   []byte           // to be written
	retired  map[byte]retired // given up, by sequence number
	lastGood time.Time
	silent   int // time-outs since the last good frame in which nothing came
	noisy    int // and those in which something damaged came
	heard    int // damaged bodies at the last time-out
	good     int // frames that fitted, in this call of Do
	versions int // frames of another version, one after the other
	fault    *Error

	limit   time.Duration // of all calls of Do; 0: none
	left    time.Duration // of it
	until   time.Time     // when this call of Do has used it up
	slack   int           // by which each new request extends it
	echoes  int           // requests that came back, in this call of Do
	bodies  [][]byte      // of the last requests, without flags, until something is answered
	gone    error         // of the port
	stopped time.Time     // when the last call of Do was interrupted
}

// DefaultTries is the number of time-outs in a row that end a call of Do.
const DefaultTries = 6

// noisyTries is DefaultTries for when damaged frames come.
const noisyTries = 40

// maxTries is how often one request may be asked while others are answered.
const maxTries = 100

// maxPending keeps sequence numbers apart from each other.
const maxPending = 64

// mostBodies is how many requests are looked for in what comes back, and one more.
const mostBodies = 3

type sent struct {
	*Request
	sequence byte
	crc      uint16
	at       time.Time
	bytes    int // of the request on the line
	some     bool
}

type retired struct {
	at     time.Time
	onLine time.Duration
}

// NewConn starts a connection at a rate. Closing it closes the port.
//
// Read may return no bytes and no error when none have come for a while. A Read
// or Write that blocks must return when the port is closed.
func NewConn(port io.ReadWriteCloser, baud int) *Conn {
	c := &Conn{
		port: port, rx: make(chan []byte), tx: make(chan []byte), failed: make(chan error, 2), done: make(chan struct{}),
		retired: map[byte]retired{}, window: minQueue,
	}
	c.stats.Baud = baud
	go c.read()
	go c.write()
	return c
}

// SetWindow tells of the board's queue.
func (c *Conn) SetWindow(bytes int) { c.window = bytes }

// SetBaud tells of another rate of the port, after which nothing old counts.
func (c *Conn) SetBaud(baud int) {
	c.stats.Baud = baud
	c.pace.backoff = 0
	c.decoder.Idle()
	c.decoder.tail = nil
}

// Stats returns the counts so far.
func (c *Conn) Stats() Stats {
	s := c.stats
	s.Damage, s.Frames = c.decoder.Damage, c.decoder.Frames
	return s
}

// Close closes the port.
func (c *Conn) Close() error {
	var err error
	c.ending.Do(func() {
		close(c.done)
		err = c.port.Close()
	})
	return err
}

func (c *Conn) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := c.port.Read(buffer)
		if n > 0 {
			select {
			case c.rx <- slices.Clone(buffer[:n]):
			case <-c.done:
				return
			}
		}
		if err != nil {
			c.failed <- err
			return
		}
		select {
		case <-c.done:
			return
		default:
		}
	}
}

func (c *Conn) write() {
	for {
		select {
		case p := <-c.tx:
			for len(p) > 0 {
				n, err := c.port.Write(p)
				if err != nil {
					c.failed <- err
					return
				}
				p = p[n:]
			}
		case <-c.done:
			return
		}
	}
}

// Do makes the requests that next returns, until next returns nil and all are answered. It keeps
// as many requests in flight as the board's queue holds, and repeats lost ones. An error is an
// [*Error], or the context's. After an error Do sends nothing more; it returns within [DrainTime]
// after the context's end, whether or not the responses in flight have come.
func (c *Conn) Do(ctx context.Context, next func() *Request) error {
	c.again, c.silent, c.noisy, c.good, c.versions, c.fault, c.stats.Unanswered = nil, 0, 0, 0, 0, nil, 0
	c.echoes, c.stopped = 0, time.Time{}
	before := c.Stats()
	c.until = time.Now().Add(c.left)
	defer func() { c.left = time.Until(c.until) }()
	ended := false
	take := func() *Request {
		if len(c.again) > 0 {
			r := c.again[0]
			c.again = c.again[1:]
			return r
		}
		if ended {
			return nil
		}
		r := next()
		if ended = r == nil; !ended {
			c.extend(r)
		}
		return r
	}
	for {
		for ctx.Err() == nil {
			r := take()
			if r == nil {
				break
			}
			if !c.fits(r) {
				c.again = slices.Insert(c.again, 0, r)
				break
			}
			c.send(r)
		}
		if len(c.pending) == 0 || ctx.Err() != nil {
			return c.drain(ctx)
		}
		if err := c.step(ctx, before); err != nil {
			c.giveUp()
			return err
		}
	}
}

// Ask does one request.
func (c *Conn) Ask(ctx context.Context, r *Request) error {
	return c.Do(ctx, func() *Request {
		one := r
		r = nil
		return one
	})
}

// fits says whether there is room for a request: in the board's queue, and in
// what should be on its way at once, about half a second of responses.
func (c *Conn) fits(r *Request) bool {
	if len(c.pending) == 0 {
		return true
	}
	queue, response := len(r.Payload)+RequestCost, r.Bytes
	for _, p := range c.pending {
		queue += len(p.Payload) + RequestCost
		response += p.Bytes
	}
	return queue <= c.window && response <= max(4096, c.stats.Baud/20) && len(c.pending) < maxPending
}

func (c *Conn) send(r *Request) {
	c.sequence++
	f := Frame{Version, r.Command, c.sequence, r.Payload}
	n := len(c.outbox)
	c.outbox = f.Append(c.outbox)
	if c.stats.Answered == 0 {
		c.bodies = append(c.bodies[max(0, len(c.bodies)-mostBodies):], f.body())
	}
	c.pending = append(c.pending, &sent{Request: r, sequence: f.Sequence, crc: f.CRC(), at: time.Now(), bytes: len(c.outbox) - n})
	delete(c.retired, f.Sequence)
	c.stats.Requests++
}

// step waits for one thing to happen.
func (c *Conn) step(ctx context.Context, before Stats) error {
	wait := time.Until(c.deadline())
	if c.limit > 0 {
		left := time.Until(c.until)
		if left <= 0 {
			return c.diagnose(before, true)
		}
		wait = min(wait, left)
	}
	if c.gone != nil {
		return &Error{Cause: Disconnected, Err: c.gone, Stats: c.Stats()}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	tx := c.tx
	if len(c.outbox) == 0 {
		tx = nil
	}
	select {
	case tx <- c.outbox:
		c.stats.Sent += int64(len(c.outbox))
		c.outbox = nil
	case p := <-c.rx:
		c.receive(p)
	case c.gone = <-c.failed:
	case <-ctx.Done():
	case <-timer.C:
		if time.Now().Before(c.deadline()) { // the limit
			break
		}
		c.expire()
		if c.fault == nil && (c.silent >= c.tries() || c.noisy >= max(noisyTries, c.tries())) {
			return c.diagnose(before, false)
		}
	}
	if c.fault != nil {
		c.fault.Stats = c.Stats()
		return c.fault
	}
	return nil
}

func (c *Conn) tries() int {
	if c.Tries > 0 {
		return c.Tries
	}
	return DefaultTries
}

// deadline is the time by which a response to the oldest request must have come, counted from the
// last good frame.
func (c *Conn) deadline() time.Time {
	head := c.pending[0]
	up := 0
	for _, p := range c.pending {
		up += p.bytes
	}
	return c.since(head).Add(c.pace.timeout(byteTime(up+2*head.Largest, c.stats.Baud) + 2*head.Work))
}

// since is when the board could begin with a request.
func (c *Conn) since(p *sent) time.Time {
	if c.lastGood.After(p.at) {
		return c.lastGood
	}
	return p.at
}

func (c *Conn) receive(p []byte) {
	c.stats.Received += int64(len(p))
	c.decoder.Decode(p, c.take)
}
