package link

import "time"

// SetLimit bounds the time of all calls of Do from now on, together: by a time, and a
// multiple (slack) of the time that their requests and responses take on a line
// without errors. A limit of 0 is none.
func (c *Conn) SetLimit(limit time.Duration, slack int) {
	c.limit, c.left, c.slack = limit, limit, slack
}

// Limit returns the limit, with what requests have added to it so far.
func (c *Conn) Limit() time.Duration { return c.limit }

// mostLatency is what a response is at most expected to be late on a good line.
const mostLatency = time.Second

// extend adds a request to the limit.
func (c *Conn) extend(r *Request) {
	if c.limit > 0 {
		clean := byteTime(len(r.Payload)+overhead+r.Bytes, c.stats.Baud) + r.Work + min(c.pace.mean, mostLatency)
		more := time.Duration(c.slack) * clean
		c.limit, c.until = c.limit+more, c.until.Add(more)
	}
}
