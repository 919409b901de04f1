package link

import "time"

// SetLimit bounds the total time of all later calls of Do: by a time, plus a multiple (slack) of
// the time that their requests and responses take on a line without errors. 0 means no limit.
func (c *Conn) SetLimit(limit time.Duration, slack int) {
	c.limit, c.left, c.slack = limit, limit, slack
}

// Limit returns the limit, with what requests have added to it so far.
func (c *Conn) Limit() time.Duration { return c.limit }

// mostLatency is the largest latency of a response that a good line is expected to have.
const mostLatency = time.Second

// extend adds a request to the limit.
func (c *Conn) extend(r *Request) {
	if c.limit > 0 {
		clean := byteTime(len(r.Payload)+overhead+r.Bytes, c.stats.Baud) + r.Work + min(c.pace.mean, mostLatency)
		more := time.Duration(c.slack) * clean
		c.limit, c.until = c.limit+more, c.until.Add(more)
	}
}
