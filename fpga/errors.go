package fpga

import (
	"fmt"
	"strings"

	"github.com/approxtrain/approxtrain/fpga/link"
)

// Why a board cannot be asked, for errors.Is. The error itself is a [*link.Error], or
// a [*BusyError].
var (
	ErrSilent       error = link.Silent       // nothing came
	ErrStopped      error = link.Stopped      // the board answered, and then no more
	ErrUnreadable   error = link.Unreadable   // bytes came that are neither frames nor text
	ErrNotABoard    error = link.OtherProgram // text came
	ErrOtherVersion error = link.OtherVersion // the board has another version of the protocol
	ErrUnfit        error = link.Unfit        // frames came that answer nothing
	ErrNoisy        error = link.Noisy        // too many frames are damaged
	ErrDisconnected error = link.Disconnected // the port is gone
	ErrRefused      error = link.Refused      // the board answered with an error
	ErrEcho         error = link.Echoed       // what was sent came back
	ErrOtherRate    error = link.OtherRate    // the board answers at another rate
	ErrOverdue      error = link.Overdue      // the board answers too slowly
)

// StuckError tells of a multiplier that does not answer.
type StuckError struct {
	Board string
	A, B  uint32
}

func (e *StuckError) Error() string {
	return fmt.Sprintf("%s: the multiplier did not answer within 65,535 clock cycles for a = %#x, b = %#x: "+
		"its handshake hangs there", e.Board, e.A, e.B)
}

// UnstableError tells of a product, or a row's digest, that is not always the same.
type UnstableError struct {
	Board string
	A, B  uint32
	Got   []uint32 // in the order in which they came
	Sum   bool     // Got are a row's digests, B has no meaning
}

func (e *UnstableError) Error() string {
	var got []string
	for _, v := range e.Got {
		got = append(got, fmt.Sprintf("%#x", v))
	}
	what := fmt.Sprintf("the product of a = %#x, b = %#x", e.A, e.B)
	if e.Sum {
		what = fmt.Sprintf("the digest of row a = %#x", e.A)
	}
	return fmt.Sprintf("%s: %s is not always the same: %s. The line does not explain it; "+
		"is the clock too fast for the multiplier, does state leak from one product to the next?", e.Board, what, strings.Join(got, ", "))
}

// IrregularError tells of a product that cannot be an entry of a table.
type IrregularError struct {
	Board  string
	A, B   uint32
	Got    uint32
	Format string
}

func (e *IrregularError) Error() string {
	return fmt.Sprintf("%s: the product of a = %#x and b = %#x is no entry of a table of format %s: it is not between 1 and 4, or has bits "+
		"below its last place set (what is left of it is %#x)", e.Board, e.A, e.B, e.Format, e.Got)
}
