package link

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"
)

// Stats counts the traffic and the faults of a connection.
type Stats struct {
	Baud     int   `json:"baud"`
	Sent     int64 `json:"bytes_sent"`
	Received int64 `json:"bytes_received"`
	Requests int   `json:"requests"` // frames sent, repetitions included
	Answered int   `json:"answered"` // requests that had their last response
	Frames   int   `json:"frames"`   // good ones that came
	Damage
	Retries  int `json:"retries"`  // requests asked again, whole or in part
	Timeouts int `json:"timeouts"` // times nothing came any more
	Late     int `json:"late"`     // responses that nobody waited for any more
	// Unanswered requests since the last good response.
	Unanswered int `json:"-"`
}

// Clean says whether nothing was damaged, repeated or late.
func (s Stats) Clean() bool { return s.Bad() == 0 && s.Retries == 0 && s.Late == 0 && s.Garbage == 0 }

// String describes the traffic and its damage in one line.
func (s Stats) String() string {
	head := fmt.Sprintf("%s bytes sent, %s received at %s baud", comma(s.Sent), comma(s.Received), comma(s.Baud))
	if s.Clean() {
		return head + "; no errors"
	}
	return head + "; " + list([]counted{
		{s.CRC, "CRC errors"}, {s.Framing, "framing errors"}, {s.Garbage, "garbage bytes"}, {s.Resyncs, "resynchronisations"},
		{s.Retries, "retries"}, {s.Timeouts, "time-outs"}, {s.Late, "late responses"},
	})
}

// String lists the damage.
func (c Counters) String() string {
	return list([]counted{{c.CRC, "frames by CRC or length"}, {c.Framing, "bytes by a framing error"}, {c.Timeouts, "frames by a time-out"},
		{c.Dropped, "frames that did not fit its queue"}})
}

type counted struct {
	n    int
	what string
}

// list names the counts that are not zero.
func list(all []counted) string {
	var parts []string
	for _, c := range all {
		if c.n > 0 {
			parts = append(parts, comma(c.n)+" "+c.what)
		}
	}
	return strings.Join(parts, ", ")
}

func comma[T int | int64](n T) string { return humanize.Comma(int64(n)) }
