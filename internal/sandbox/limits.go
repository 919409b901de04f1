package sandbox

import (
	"math"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Limits bound a program together with all its descendants; 0 means no limit.
type Limits struct {
	Memory    uint64        // bytes resident at a time
	Processor time.Duration // of all processors
	Output    uint64        // bytes printed, and bytes of each file
	Processes int           // at a time
}

// Variables that set limits, for programs of every kind.
const (
	memoryVariable    = "APPROXTRAIN_LIMIT_MEMORY"
	processorVariable = "APPROXTRAIN_LIMIT_PROCESSOR"
	outputVariable    = "APPROXTRAIN_LIMIT_OUTPUT"
)

// DefaultMemory is the limit of memory without APPROXTRAIN_LIMIT_MEMORY.
const DefaultMemory = 4 << 30

// Designs compute for as long as a sweep of 2^32 pairs needs; an hour is long for a tool.
var (
	toolLimits   = Limits{Memory: DefaultMemory, Processor: time.Hour, Output: 256 << 20, Processes: 512}
	designLimits = Limits{Memory: DefaultMemory, Processor: 7 * 24 * time.Hour, Output: 256 << 20, Processes: 64}
)

// settings are the limits that variables set; -1 where they do not.
var settings = sync.OnceValues(func() (s struct{ memory, processor, output int64 }, err error) {
	s.memory, s.processor, s.output = -1, -1, -1
	bytes := func(name string, to *int64, least uint64) {
		v := os.Getenv(name)
		if v == "" || err != nil {
			return
		}
		n, e := humanize.ParseBytes(v)
		if e != nil || n != 0 && n < least || n > math.MaxInt64 {
			err = fault.Usagef("%s=%q: expected a size from %s on, such as 8GiB, or 0 for no limit", name, v, humanize.IBytes(least))
			return
		}
		*to = int64(n)
	}
	bytes(memoryVariable, &s.memory, 64<<20)
	bytes(outputVariable, &s.output, 1<<20)
	if v := os.Getenv(processorVariable); v != "" && err == nil {
		d, e := time.ParseDuration(v)
		if n, ne := strconv.ParseUint(v, 10, 32); ne == nil {
			d, e = time.Duration(n)*time.Second, nil
		}
		if e != nil || d < 0 || d > 0 && d < time.Second {
			err = fault.Usagef("%s=%q: expected a time from 1s on, such as 90s or 2h, or 0 for no limit", processorVariable, v)
		}
		s.processor = int64(d)
	}
	return s, err
})

// ProcessorSet reports whether APPROXTRAIN_LIMIT_PROCESSOR sets the limit of processor time.
func ProcessorSet() bool {
	s, _ := settings()
	return s.processor >= 0
}

// set returns the limits with those that variables set.
func (l Limits) set() (Limits, error) {
	s, err := settings()
	if s.memory >= 0 {
		l.Memory = uint64(s.memory)
	}
	if s.output >= 0 {
		l.Output = uint64(s.output)
	}
	if s.processor >= 0 {
		l.Processor = time.Duration(s.processor)
	}
	return l, err
}
