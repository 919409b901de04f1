package link

import "time"

// pace learns how long responses take beyond the time their bytes need on the
// line: USB, the multiplier, a board that is a simulation. The time-out is that
// plus four times its deviation, doubled for each time that nothing came.
type pace struct {
	mean, deviation time.Duration
	samples         int
	backoff         int
}

const (
	firstWait  = 150 * time.Millisecond // before anything is known
	floor      = 100 * time.Millisecond // what a busy machine may be late
	maxBackoff = 4
	ceiling    = 2 * time.Second // of what backing off adds
)

// byteTime is how long n bytes take at a rate.
func byteTime(n, baud int) time.Duration {
	return time.Duration(n) * 10 * time.Second / time.Duration(max(1, baud))
}

// sample takes how long a response came after its bytes could have.
func (p *pace) sample(excess time.Duration) {
	excess = max(0, excess)
	if p.samples++; p.samples == 1 {
		p.mean, p.deviation = excess, excess/2
		return
	}
	diff := excess - p.mean
	p.mean += diff / 8
	p.deviation += (max(diff, -diff) - p.deviation) / 4
}

// late takes a response that was given up too early.
func (p *pace) late(excess time.Duration) {
	if excess > p.mean {
		p.mean = excess
	}
}

// timeout is how long to wait for bytes that need a time on the line.
func (p *pace) timeout(onLine time.Duration) time.Duration {
	wait := firstWait
	if p.samples > 0 {
		wait = p.mean + 4*p.deviation
	}
	base := onLine*5/4 + wait + floor
	return base + min(base*time.Duration(1<<p.backoff-1), max(ceiling, base))
}
