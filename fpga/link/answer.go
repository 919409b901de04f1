package link

import (
	"context"
	"slices"
	"time"
)

// take finds the request that a frame answers.
func (c *Conn) take(f Frame) {
	i := slices.IndexFunc(c.pending, func(p *sent) bool { return p.sequence == f.Sequence })
	switch {
	case i < 0:
		c.late(f)
		return
	case f.Version != Version:
		c.refuse(i, f, 0)
		return
	case f.Command == CmdError && len(f.Payload) == 1:
		c.refuse(i, f, f.Payload[0])
		return
	case f.Command != c.pending[i].Command:
		return
	case f.Command == CmdIdentify && len(f.Payload) == 0: // the request: no board describes itself in no bytes
		if c.echoes++; c.echoes > 1 {
			c.fault = &Error{Cause: Echoed}
		}
		return
	}
	p := c.pending[i]
	fit := p.Accept(f.Payload, p.crc)
	if fit == Foreign {
		return
	}
	now := time.Now()
	c.pace.sample(now.Sub(c.since(p)) - byteTime(p.bytes+len(f.Payload)+overhead, c.stats.Baud) - p.Work)
	c.lastGood, c.silent, c.noisy, c.pace.backoff, c.versions, c.stats.Unanswered = now, 0, 0, 0, 0, 0
	c.good++
	p.some = true
	if fit == Last {
		c.stats.Answered++
		i++
		if p.Rest != nil {
			c.ask(p, p.Rest())
		}
	}
	// The board answers in order: earlier requests will not be answered any more.
	for _, q := range c.pending[:i] {
		if q != p {
			c.lose(q)
		}
	}
	c.pending = slices.Delete(c.pending, 0, i)
}

// lose repeats the part of a request that is still missing.
func (c *Conn) lose(p *sent) {
	c.retired[p.sequence] = retired{p.at, byteTime(p.bytes+p.Bytes, c.stats.Baud) + p.Work}
	rest := []*Request{p.Request}
	if p.Rest != nil {
		rest = p.Rest()
	}
	c.stats.Unanswered += max(1, len(rest)) // as many as ask counts
	c.ask(p, rest)
}

// ask puts requests before all others, unless they were asked too often.
func (c *Conn) ask(p *sent, rest []*Request) {
	for _, r := range rest {
		r.tries, r.refused = p.tries+1, p.refused
		if p.some || len(rest) > 1 {
			r.tries = 1
		}
		if r.tries > maxTries {
			c.fault = &Error{Cause: Noisy}
		}
		c.stats.Retries++
	}
	c.again = append(c.again, rest...)
}

// refuse takes an error, or a frame of another version. Both are believed when
// they come twice.
func (c *Conn) refuse(i int, f Frame, code byte) {
	p := c.pending[i]
	c.lastGood, c.silent = time.Now(), 0
	for _, q := range c.pending[:i] {
		c.lose(q)
	}
	c.pending = slices.Delete(c.pending, 0, i+1)
	switch {
	case f.Version != Version:
		if c.versions++; c.versions > 1 {
			c.fault = &Error{Cause: OtherVersion, Version: int(f.Version)}
		}
	default:
		if p.refused++; p.refused > 1 {
			c.fault = &Error{Cause: Refused, Code: code}
		}
	}
	c.lose(p)
}

// late takes a frame that no request waits for: its time teaches to wait longer.
func (c *Conn) late(f Frame) {
	c.stats.Late++
	if r, ok := c.retired[f.Sequence]; ok {
		c.pace.late(time.Since(r.at) - r.onLine)
		delete(c.retired, f.Sequence)
	}
}

// expire gives up all that is on its way, to ask again.
func (c *Conn) expire() {
	c.stats.Timeouts++
	c.decoder.Idle()
	if c.good > 0 && c.decoder.Bad() > c.heard { // it is there
		c.noisy++
	} else {
		c.silent++
		c.pace.backoff = min(c.pace.backoff+1, maxBackoff)
	}
	c.heard = c.decoder.Bad()
	lost := c.pending
	c.pending = nil
	for _, p := range lost {
		c.lose(p)
	}
}

// giveUp forgets all requests in flight.
func (c *Conn) giveUp() {
	for _, p := range c.pending {
		c.retired[p.sequence] = retired{at: p.at}
	}
	c.pending, c.again, c.outbox = nil, nil, nil
}

// DrainTime is how long Do waits for responses in flight after the context's end: half a second of
// responses is more than Do ever requests.
const DrainTime = 700 * time.Millisecond

// drain waits, after an interruption, for the responses in flight. It returns the context's error,
// if any.
func (c *Conn) drain(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	defer c.giveUp()
	c.outbox = nil
	c.stopped = time.Now()
	end := c.stopped.Add(DrainTime)
	for len(c.pending) > 0 {
		wait := min(time.Until(c.deadline()), time.Until(end))
		if wait <= 0 {
			break
		}
		timer := time.NewTimer(wait)
		select {
		case p := <-c.rx:
			c.receive(p)
		case c.gone = <-c.failed:
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		timer.Stop()
	}
	return ctx.Err()
}

// Interrupted returns when the context of the last call of Do ended it; zero if it did
// not.
func (c *Conn) Interrupted() time.Time { return c.stopped }

// diagnose says why nothing came, or why it took too long.
func (c *Conn) diagnose(before Stats, overdue bool) *Error {
	s := c.Stats()
	bytes, frames, damaged := s.Received-before.Received, s.Frames-before.Frames, s.Bad()-before.Bad()
	lost := s.Bad() + max(0, s.Retries-s.Unanswered) // in all its time, but for the end
	tail := c.decoder.Tail()
	e := &Error{Stats: s}
	if overdue {
		e.Limit = c.limit
	}
	program, text := recognise(tail)
	switch {
	case s.Answered > 0 && 20*lost > s.Frames:
		e.Cause = Noisy
	case overdue && c.good > 0:
		e.Cause = Overdue
	case c.good > 0 || s.Answered > 0 && bytes == 0:
		e.Cause = Stopped
	case bytes == 0:
		e.Cause = Silent
	case c.echoes > 0 || slices.ContainsFunc(c.bodies, func(body []byte) bool { return sentBack(body, tail) }):
		e.Cause = Echoed
	case frames > 0 && 20*frames > damaged: // in noise, one body in 65,536 has a right CRC
		e.Cause = Unfit
	case text:
		e.Cause, e.Program, e.Text = OtherProgram, program, lastText(tail)
	default:
		e.Cause, e.Text = Unreadable, lastBytes(tail)
	}
	return e
}
