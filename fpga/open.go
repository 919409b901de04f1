package fpga

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"time"

	"approxtrain/fpga/link"
	"approxtrain/internal/fault"

	"github.com/dustin/go-humanize"
)

// PowerUpBaud is a board's rate until it is told another one.
const PowerUpBaud = 115200

// usualRates are tried, most likely first, where nothing answers. At the last ones
// GPS receivers, modems and consoles are recognised.
var usualRates = []int{115200, 1_000_000, 2_000_000, 3_000_000, 921600, 460800, 230400, 57600, 500_000, 9600, 38400}

// Limits of time. Together they bound every command that uses a board, whatever is at
// the other end of the line:
//
//   - FindTime to find a board, at all rates;
//   - RateTime to go over to another rate;
//   - WorkTime, and WorkSlack times the time that its requests and their responses
//     take on a line without errors, for all work of a connection together. A response
//     takes the time of its bytes, the board's computing, and the latency that was
//     measured, of which at most a second counts;
//   - a second to leave the board.
//
// After an interruption one more second passes at most, in all.
const (
	FindTime  = 15 * time.Second
	RateTime  = 15 * time.Second
	WorkTime  = 60 * time.Second
	WorkSlack = 10
)

// Of the ways to find a board: time-outs at the first rate and at others, and how long
// a board may take that is told another rate. All of them together take less than
// FindTime.
const (
	findTries  = 3
	otherTries = 2
	lastTries  = 4 // at the first rate again, if bytes came there
	settleTime = 1200 * time.Millisecond
	rateTries  = 3
)

// Options of a connection.
type Options struct {
	// Baud is the rate to work at; 0 stays at the one the board has.
	Baud int
	// OpenBaud is the rate that the board has now; 0 is PowerUpBaud, and then
	// other usual rates are tried if nothing answers.
	OpenBaud int
	// Log, if not nil, is told of what was not as expected.
	Log func(format string, args ...any)
}

func (o Options) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}

// Open opens a serial port and asks the board there what it is.
func Open(ctx context.Context, name string, o Options) (*Board, error) {
	rate := PowerUpBaud
	if o.OpenBaud > 0 {
		rate = o.OpenBaud
	}
	p, err := OpenPort(ctx, name, rate)
	if err != nil {
		return nil, err
	}
	return Connect(ctx, p, name, o)
}

// Connect asks the board at a port what it is. On an error the port is closed.
func Connect(ctx context.Context, p Port, name string, o Options) (*Board, error) {
	b := &Board{Name: name, port: p, home: PowerUpBaud}
	if o.OpenBaud > 0 {
		b.home = o.OpenBaud
	}
	b.conn = link.NewConn(p, b.home)
	b.conn.SetLimit(FindTime, 0)
	err := b.find(ctx, o)
	if err == nil && o.Baud > 0 && o.Baud != b.Baud() {
		if err = b.changeBaud(ctx, o); err != nil {
			b.Disconnect() // the board may have changed
			return nil, err
		}
	}
	if err != nil {
		b.conn.Close()
		return nil, err
	}
	b.conn.SetLimit(WorkTime, WorkSlack)
	return b, nil
}

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

// identify asks what the board is until two answers in a row are the same: a
// damaged one may have a right CRC.
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

func (b *Board) setBaud(rate int) error {
	err := b.port.SetBaud(rate)
	if errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.ENODEV) {
		return b.name(&link.Error{Cause: link.Disconnected, Err: err, Stats: b.Stats()})
	}
	if err != nil {
		return fault.Usagef("%s cannot have %s baud: %w", b.Name, comma(rate), err)
	}
	b.conn.SetBaud(rate)
	return nil
}

// step is what the protocol says of a rate, and whether the board's clock can
// make it.
func (b *Board) step(rate int) (uint32, error) {
	clock := b.Identity.Clock
	step := (int64(rate)<<24 + int64(clock)/2) / int64(clock)
	if step < 1 || 4*int64(rate) > int64(clock) {
		return 0, fault.Usagef("--baud %d: the board's clock of %s Hz makes at most %s baud", rate, comma(clock), comma(clock/4))
	}
	return uint32(step), nil
}

// changeBaud goes over to another rate. Where that does not work, the board goes
// back by itself after a second, and so does the host.
func (b *Board) changeBaud(ctx context.Context, o Options) error {
	b.conn.SetLimit(RateTime-rateTries*settleTime, 0)
	step, err := b.step(o.Baud)
	if err != nil {
		return err
	}
	old := b.Baud()
	for range rateTries {
		ok := false
		b.conn.Tries = 1 // this request is not to be repeated
		err := b.conn.Ask(ctx, link.Baud(step, func() { ok = true }))
		b.conn.Tries = 0
		var e *link.Error
		if err != nil && (!errors.As(err, &e) || e.Cause == link.Disconnected) {
			return err
		}
		if e != nil && e.Cause == link.Refused {
			return fault.Usagef("--baud %d: %w", o.Baud, e)
		}
		// Its answer may be lost: whether the board has changed, it says.
		if err := errors.Join(pause(ctx, 5*time.Millisecond), b.setBaud(o.Baud)); err != nil {
			return err
		}
		b.conn.Tries = 3
		err = b.identify(ctx)
		b.conn.Tries = 0
		if err == nil || ctx.Err() != nil {
			return err
		}
		if err := errors.Join(pause(ctx, settleTime), b.setBaud(old)); err != nil {
			return err
		}
		if err := b.identify(ctx); err != nil {
			if old == PowerUpBaud {
				return fault.Failedf("%s: after the attempt to go over to %s baud: %w", b.Name, comma(o.Baud), err)
			}
			if err := errors.Join(b.setBaud(PowerUpBaud), b.identify(ctx)); err != nil {
				return fault.Failedf("%s: after the attempt to go over to %s baud: %w", b.Name, comma(o.Baud), err)
			}
			old = PowerUpBaud
		}
		if ok { // it was willing, and could not be understood
			break
		}
	}
	o.log("%s: the board does not answer at %s baud; going on at %s", b.Name, comma(o.Baud), comma(old))
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func comma[T int | int64](n T) string { return humanize.Comma(int64(n)) }
