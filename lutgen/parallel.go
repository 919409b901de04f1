package lutgen

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/approxtrain/approxtrain/cosim"
)

// parallel works through items 0 … n−1 with up to jobs instances of a design.
// Items are handed out in order; the error returned is the one of the lowest
// item that failed, so that the same input gives the same message.
func parallel(ctx context.Context, o cosim.Opener, jobs, n int, observe func(context.Context, cosim.DUT) error,
	work func(ctx context.Context, d cosim.DUT, i int) error) error {
	jobs = max(1, min(jobs, n))
	errs := make([]error, n)
	var next, failed atomic.Int64
	failed.Store(int64(n))
	g, ctx := errgroup.WithContext(ctx)
	for range jobs {
		g.Go(func() (err error) {
			d, err := o.Open(ctx)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			for {
				i := next.Add(1) - 1
				// An item below a failed one still runs: it may fail as well.
				if i >= failed.Load() {
					break
				}
				if errs[i] = work(ctx, d, int(i)); errs[i] != nil {
					for f := failed.Load(); i < f && !failed.CompareAndSwap(f, i); f = failed.Load() {
					}
					return nil // the process may be gone
				}
			}
			if observe != nil && failed.Load() == int64(n) {
				return observe(ctx, d)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// counter tells a progress function of a growing sum.
type counter struct {
	done  atomic.Uint64
	total atomic.Uint64
	tell  func(done, total uint64)
}

func newCounter(tell func(done, total uint64), total uint64) *counter {
	c := &counter{tell: tell}
	c.expect(total)
	return c
}

// expect tells of more to come.
func (c *counter) expect(n uint64) { c.total.Add(n) }

func (c *counter) add(n uint64) {
	done := c.done.Add(n)
	if c.tell != nil {
		c.tell(done, c.total.Load())
	}
}
