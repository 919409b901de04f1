package bench

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/approxtrain/approxtrain/internal/baseline"
)

// reference is a comparison program, fma for the native product with the best
// instructions, and the least ratio that is promised, 0 for none.
type reference struct {
	program string
	target  float64
}

// directRows is the number of rows of C that the direct model computes. Its rate does not depend on it.
const directRows = 16

// against measures a contestant and those of the comparison programs that this machine has. A program with a table
// must give product, bit by bit.
func (b *session) against(ctx context.Context, n int, own *contestant, product []float32,
	references []reference) (Figure, error) {
	all, targets := []*contestant{own}, []float64{0}
	for _, r := range references {
		var c *contestant
		var err error
		if r.program == "fma" {
			c, err = b.native(ctx)
		} else {
			c, err = b.tabled(ctx, r.program, product)
		}
		if errors.Is(err, errNotHere) {
			continue
		}
		if err != nil {
			return Figure{}, err
		}
		all, targets = append(all, c), append(targets, r.target)
	}
	if err := contest(ctx, n, all...); err != nil {
		return Figure{}, err
	}
	f := Figure{Value: own.best, Unit: "GMAC/s"}
	for i, c := range all[1:] {
		f.compare(c.name, c.best, targets[i+1])
	}
	return f, nil
}

// program returns a comparison program, for the first rows of C.
func (b *session) program(name string, rows int) *contestant {
	return &contestant{name: name, round: func() (float64, error) {
		seconds, macs, err := b.programs.Run(name, rows)
		return macs / seconds / 1e9, err
	}}
}

// native returns the native product with the best instructions, after checking its result.
func (b *session) native(ctx context.Context) (*contestant, error) {
	p, err := b.baseline(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{baseline.FMAAVX512, baseline.FMAAVX2} {
		if !p.Has(name) {
			continue
		}
		c := b.program(name, gemmShape.M)
		product, err := b.try(c, gemmShape.M)
		if err != nil {
			return nil, err
		}
		x, y := b.operands()
		if err := baseline.CompareNative(gemmShape, x, y, product); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return c, nil
	}
	return nil, fmt.Errorf("%w: no AVX2", errNotHere)
}

// tabled returns a program with a table after comparing its product with the
// device's.
func (b *session) tabled(ctx context.Context, name string, want []float32) (*contestant, error) {
	p, err := b.baseline(ctx)
	if err != nil {
		return nil, err
	}
	if !p.Has(name) {
		return nil, fmt.Errorf("%w: %s", errNotHere, name)
	}
	rows := gemmShape.M
	if name == baseline.Direct {
		rows = directRows
	}
	c := b.program(name, rows)
	got, err := b.try(c, rows)
	if err != nil {
		return nil, err
	}
	if err := sameProduct(name, gemmShape.N, got, want); err != nil {
		return nil, err
	}
	return c, nil
}

// sameProduct compares the first rows of a product with the device's.
func sameProduct(name string, cols int, got, want []float32) error {
	for i, g := range got {
		if math.Float32bits(g) != math.Float32bits(want[i]) {
			return fmt.Errorf("%s: element %d, %d of the product is %v (%#08x), the device says %v (%#08x)", name,
				i/cols, i%cols, g, math.Float32bits(g), want[i], math.Float32bits(want[i]))
		}
	}
	return nil
}

// try runs a program once and returns the rows of C.
func (b *session) try(c *contestant, rows int) ([]float32, error) {
	if _, err := c.round(); err != nil {
		return nil, err
	}
	return b.programs.Result(rows)
}
