package fpga

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// usualRates are tried, most likely first, where nothing answers. At the last ones
// GPS receivers, modems and consoles are recognised.
var usualRates = []int{115200, 1_000_000, 2_000_000, 3_000_000, 921600, 460800, 230400, 57600, 500_000, 9600, 38400}

// elsewhere are the causes that may have to do with the rate.
var elsewhere = []link.Cause{link.Silent, link.Unreadable, link.OtherProgram, link.Unfit}

// find identifies the board, at the usual rates if need be.
func (b *Board) find(ctx context.Context, o Options) error {
	b.conn.Tries = findTries
	defer func() { b.conn.Tries = 0 }()
	err := b.identify(ctx)
	var first *link.Error
	if !errors.As(err, &first) {
		return err
	}
	if !slices.Contains(elsewhere, first.Cause) || first.Program != link.SomeProgram || first.Limit > 0 {
		return b.name(err)
	}
	b.conn.Tries = otherTries
	o.log("%s: no board answers at %s baud; trying other rates", b.Name, comma(b.home))
	tried := []string{comma(b.home)}
	for _, rate := range usualRates {
		if rate == b.home {
			continue
		}
		var e *link.Error
		if err := b.setBaud(rate); errors.As(err, &e) {
			return err
		} else if err != nil {
			continue // not every port has every rate
		}
		again := b.identify(ctx)
		known := errors.As(again, &e)
		switch {
		case again == nil && o.OpenBaud > 0:
			return b.name(&link.Error{Cause: link.OtherRate, Answers: rate, Stats: first.Stats})
		case again == nil:
			o.log("%s: the board answers at %s baud", b.Name, comma(rate))
			return nil
		case ctx.Err() != nil:
			return again
		case !known || !slices.Contains(elsewhere, e.Cause) || e.Program != link.SomeProgram:
			return b.name(again)
		case e.Limit > 0:
			first.Limit = e.Limit
			return b.nowhere(first, tried)
		case e.Cause == link.OtherProgram && first.Cause != link.OtherProgram: // text tells more than nothing, or than garbage
			first = e
		}
		tried = append(tried, comma(rate))
	}
	if first.Cause == link.Unreadable { // or a noisy line damaged every answer
		b.conn.Tries = lastTries
		again := b.setBaud(b.home)
		if again == nil {
			again = b.identify(ctx)
		}
		if again == nil || ctx.Err() != nil {
			return again
		}
	}
	return b.nowhere(first, tried)
}

// nowhere adds to an error at which rates no board answered.
func (b *Board) nowhere(e *link.Error, tried []string) error {
	return fault.Failedf("%s: %w (no board answered at %s baud)", b.Name, e, strings.Join(tried, ", "))
}

// identify asks for the board's identity until two answers in a row are equal: a damaged one may
// have a right CRC.
func (b *Board) identify(ctx context.Context) error {
	var last *link.Identity
	for range 5 {
		var now link.Identity
		var bad error
		if err := b.conn.Ask(ctx, link.Identify(func(p []byte) { now, bad = link.ParseIdentity(p) })); err != nil {
			return err
		}
		counters := now.Counters
		now.Counters = link.Counters{}
		if last != nil && *last == now {
			if bad != nil {
				return fault.Failedf("%s: %w", b.Name, bad)
			}
			now.Counters = counters
			b.Identity = now
			b.Layout = link.Layout{Format: now.Format, Queue: now.Queue}
			b.conn.SetWindow(now.Queue)
			return nil
		}
		last = &now
	}
	return fault.Failedf("%s: the board says something else each time it is asked what it is", b.Name)
}
