package bench

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lutgen"
)

// rounds is the number of rounds of a rate; the best one counts.
const rounds = 7

// sweepRate returns the best rate in M products/s at which one instance sweeps a
// rectangle.
func sweepRate(ctx context.Context, o cosim.Opener, r cosim.Rect) (float64, error) {
	d, err := o.Open(ctx)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	best := 0.0
	for range rounds {
		start := time.Now()
		if _, err := d.Sweep(ctx, r, cosim.RowMajor); err != nil {
			return 0, err
		}
		best = max(best, float64(r.Pairs())/time.Since(start).Seconds()/1e6)
	}
	return best, nil
}

// floatRows is a rectangle of bfloat16 operands: 256 values of A around 1.0, all
// of B.
var floatRows = cosim.Rect{A0: cosim.One << 7, NA: 256, NB: 1 << 16}

// openFast opens a built-in in Verilator, built for long sweeps.
func openFast(ctx context.Context, name, variant string) (*proof.Design, error) {
	return proof.OpenBuiltin(ctx, name, variant, cosim.Options{Optimise: true},
		witness.Options{Simulators: witness.Verilator})
}

func benchVerilated(ctx context.Context, b *session) (Figure, error) {
	o, err := openFast(ctx, "mitchell_e8m7", "")
	if err != nil {
		return Figure{}, err
	}
	b.verilate, err = sweepRate(ctx, o, floatRows)
	return Figure{Value: b.verilate, Unit: "M/s", Target: 100}, err
}

//go:embed models/mitchell.c
var mitchellC []byte

func benchModel(ctx context.Context, b *session) (Figure, error) {
	dir, err := b.scratch()
	if err != nil {
		return Figure{}, err
	}
	file := filepath.Join(dir, "mitchell.c")
	if err := os.WriteFile(file, mitchellC, 0o644); err != nil {
		return Figure{}, err
	}
	m, err := cosim.OpenModel(ctx, cosim.ModelSource{File: file, Func: "mitchell", Mantissa: 7}, cosim.Options{})
	if err != nil {
		return Figure{}, err
	}
	rate, err := sweepRate(ctx, m, floatRows)
	f := Figure{Value: rate, Unit: "M/s"}
	f.compare("sweep-verilated", b.verilate, 0)
	return f, err
}

func benchPipelined(ctx context.Context, b *session) (Figure, error) {
	o, err := openFast(ctx, "mitchell_e8m7", "pipelined")
	if err != nil {
		return Figure{}, err
	}
	return b.clocked(ctx, o, cosim.Rect{A0: cosim.One << 7, NA: 64, NB: 1 << 16})
}

func benchSequential(ctx context.Context, b *session) (Figure, error) {
	o, err := openFast(ctx, "exact_u8", "sequential")
	if err != nil {
		return Figure{}, err
	}
	return b.clocked(ctx, o, cosim.Rect{NA: 1 << 8, NB: 1 << 8})
}

func (b *session) clocked(ctx context.Context, o cosim.Opener, r cosim.Rect) (Figure, error) {
	rate, err := sweepRate(ctx, o, r)
	f := Figure{Value: rate, Unit: "M/s"}
	f.compare("sweep-verilated", b.verilate, 0)
	return f, err
}

// timeLut runs approxtrain as a user does and returns the seconds it took.
func (b *session) timeLut(ctx context.Context, cache string) (float64, error) {
	if b.self == "" {
		return 0, fmt.Errorf("%w: the program approxtrain", errNotHere)
	}
	cmd := exec.CommandContext(ctx, b.self, "lut", "drum6_u8", "-o", filepath.Join(b.dir, "drum6_u8.lut"))
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache)
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, out)
	}
	return time.Since(start).Seconds(), nil
}

func benchCold(ctx context.Context, b *session) (Figure, error) {
	dir, err := b.scratch()
	if err != nil {
		return Figure{}, err
	}
	s, err := b.timeLut(ctx, filepath.Join(dir, "cache"))
	return Figure{Value: s, Unit: "s", Target: 10, Less: true}, err
}

func benchWarm(ctx context.Context, b *session) (Figure, error) {
	dir, err := b.scratch()
	if err != nil {
		return Figure{}, err
	}
	best := 0.0
	for i := range rounds { // the first one may still be cold
		s, err := b.timeLut(ctx, filepath.Join(dir, "cache"))
		if err != nil {
			return Figure{}, err
		}
		if i > 0 && (best == 0 || s < best) {
			best = s
		}
	}
	return Figure{Value: best, Unit: "s", Target: 0.5, Less: true}, nil
}

func benchFull(ctx context.Context, b *session) (Figure, error) {
	o, err := openFast(ctx, "mitchell_e8m7", "")
	if err != nil {
		return Figure{}, err
	}
	set, finish := b.watch.Begin("all pairs", "products")
	defer finish()
	start := time.Now()
	c, err := lutgen.Full(ctx, o.Opener, o.Golden.Table(), lutgen.Options{Progress: set})
	if err != nil {
		return Figure{}, err
	}
	if !c.Equal() || c.Compared != 1<<32 {
		return Figure{}, fmt.Errorf("%d of %d products differ", c.Mismatched, c.Compared)
	}
	return Figure{Value: time.Since(start).Seconds(), Unit: "s", Target: 60, Less: true}, nil
}

// benchExhaustive compares every pair of a built-in of 16 × 16 bits.
func benchExhaustive(name string) func(ctx context.Context, b *session) (Figure, error) {
	return func(ctx context.Context, b *session) (Figure, error) {
		m, err := golden.LookupInteger(name)
		if err != nil {
			return Figure{}, err
		}
		o, err := witness.OpenBuiltin(ctx, m.RTL, true, cosim.Options{}, witness.Options{Simulators: witness.Both})
		if err != nil {
			return Figure{}, err
		}
		if o.Netlist == nil {
			return Figure{}, fmt.Errorf("%w: %s", errNotHere, o.Alone)
		}
		ref := lutgen.Reference{}
		if name != "exact_u16" {
			ref.Row = m.Row
		}
		set, finish := b.watch.Begin("all pairs", "products")
		defer finish()
		start := time.Now()
		r, err := lutgen.Exhaustive(ctx, o.Side(false), ref, lutgen.ExhaustiveOptions{Progress: set})
		if err != nil {
			return Figure{}, err
		}
		if !r.Equal() || r.Pairs.Compared != 1<<32 {
			return Figure{}, fmt.Errorf("%d of %d products differ", r.Pairs.Mismatched, r.Pairs.Compared)
		}
		return Figure{Value: time.Since(start).Seconds(), Unit: "s", Target: 60, Less: true}, nil
	}
}
