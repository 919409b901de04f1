package fpga

import (
	"fmt"
	"strings"
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
