package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// contestant is one of several things that are measured against each other.
type contestant struct {
	name  string
	round func() (rate float64, err error)
	best  float64
}

// turn is the time for which a contestant repeats its rounds, so that all but the first of short rounds find their
// data in the caches.
const turn = 25 * time.Millisecond

// contest lets contestants take turns and keeps the rate of the best round of each, because noise only slows a
// round down.
func contest(ctx context.Context, turns int, all ...*contestant) error {
	for range turns {
		for _, c := range all {
			for start := time.Now(); ; {
				if err := ctx.Err(); err != nil {
					return err
				}
				rate, err := c.round()
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				c.best = max(c.best, rate)
				if time.Since(start) > turn {
					break
				}
			}
		}
	}
	return nil
}

// stopwatch does work and returns the seconds that it took.
type stopwatch func(work func()) (seconds float64, err error)

// processorTime returns the seconds of processor time that work takes on this thread. It does not count the time that
// other programs take on the same core, nor work of other goroutines.
func processorTime(work func()) (float64, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var from, to unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &from); err != nil {
		return 0, fmt.Errorf("reading the thread's clock: %w", err)
	}
	work()
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &to); err != nil {
		return 0, fmt.Errorf("reading the thread's clock: %w", err)
	}
	return float64(to.Nano()-from.Nano()) / 1e9, nil
}

// wallTime returns the seconds that work takes.
func wallTime(work func()) (float64, error) {
	start := time.Now()
	work()
	return time.Since(start).Seconds(), nil
}
