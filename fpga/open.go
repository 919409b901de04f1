package fpga

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"

	"github.com/dustin/go-humanize"
)

// PowerUpBaud is a board's rate after power-up.
const PowerUpBaud = 115200

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

// Time-outs of the search for a board, at the first rate and at others, and the time that a board
// may take to change its rate. All of them together take less than FindTime.
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
	// Log, if not nil, receives messages about unexpected events.
	Log func(format string, args ...any)
}

func (o Options) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}

// Open opens a serial port and asks the board there for its identity.
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

// Connect asks the board at a port for its identity. On an error the port is closed.
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

// step returns the protocol's step for a rate. It is an error if the board's clock cannot make the
// rate.
func (b *Board) step(rate int) (uint32, error) {
	clock := b.Identity.Clock
	step := (int64(rate)<<24 + int64(clock)/2) / int64(clock)
	if step < 1 || 4*int64(rate) > int64(clock) {
		return 0, fault.Usagef("%v %d: the board's clock of %s Hz makes at most %s baud",
			option.Baud, rate, comma(clock), comma(clock/4))
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
			return fault.Usagef("%v %d: %w", option.Baud, o.Baud, e)
		}
		// Its answer may be lost: whether the board has changed, it says.
		if err := errors.Join(pause(ctx, 5*time.Millisecond), b.setBaud(o.Baud)); err != nil {
			return err
		}
		b.conn.Tries = findTries
		if err = b.identify(ctx); err == nil || ctx.Err() != nil {
			b.conn.Tries = 0
			return err
		}
		// If a frame arrived at the new rate and its answers were lost, the board is
		// there still.
		pause(ctx, settleTime)
		for _, rate := range []int{old, o.Baud, PowerUpBaud} {
			if err = errors.Join(ctx.Err(), b.setBaud(rate)); err == nil {
				err = b.identify(ctx)
			}
			if err == nil || ctx.Err() != nil {
				break
			}
		}
		b.conn.Tries = 0
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fault.Failedf("%s: after the attempt to go over to %s baud: %w", b.Name, comma(o.Baud), err)
		case b.Baud() == o.Baud:
			return nil
		}
		old = b.Baud()
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
