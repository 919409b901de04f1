package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/baseline"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/lut"
)

// session keeps the things that several benchmarks share.
type session struct {
	watch    Watcher
	self     string // approxtrain, "" if there is none
	dir      string // scratch
	remove   func() error
	verilate float64 // M/s of the Verilated combinational multiplier
	x, y     []float32
	programs *baseline.Process
	missing  error // why there are no programs
}

func (b *session) close() {
	if b.programs != nil {
		b.programs.Close()
	}
	if b.dir != "" {
		b.remove()
	}
}

func (b *session) scratch() (string, error) {
	var err error
	if b.dir == "" {
		b.dir, b.remove, err = leftovers.Dir(os.TempDir(), "approxtrain-bench-")
	}
	return b.dir, err
}

// gemmShape is the shape of every matrix product that is measured.
var gemmShape = device.Gemm{M: 384, N: 512, K: 1152}

// operands returns those of gemmShape.
func (b *session) operands() (x, y []float32) {
	if b.x == nil {
		rng := rand.New(rand.NewPCG(1, 2))
		b.x, b.y = normals(rng, gemmShape.M*gemmShape.K), normals(rng, gemmShape.K*gemmShape.N)
	}
	return b.x, b.y
}

// normals returns n numbers of the standard normal distribution.
func normals(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// benchedTable is the table that products are measured with.
func benchedTable() (*lut.Table, error) {
	g, err := golden.Lookup("mitchell_e8m7")
	if err != nil {
		return nil, err
	}
	return g.Table(), nil
}

// baseline returns the comparison programs with operands and table, or
// errNotHere.
func (b *session) baseline(ctx context.Context) (*baseline.Process, error) {
	if b.programs != nil || b.missing != nil {
		return b.programs, b.missing
	}
	p, err := b.startBaseline(ctx)
	if errors.Is(err, baseline.ErrNoCompiler) {
		b.watch.Logf("no comparison with programs in C: %v", err)
		err = fmt.Errorf("%w: %w", errNotHere, err)
	}
	b.programs, b.missing = p, err
	return p, err
}

func (b *session) startBaseline(ctx context.Context) (*baseline.Process, error) {
	dir, err := b.scratch()
	if err != nil {
		return nil, err
	}
	path, err := baseline.Build(ctx, dir)
	if err != nil {
		return nil, err
	}
	p, err := baseline.Start(ctx, path)
	if err != nil {
		return nil, err
	}
	t, err := benchedTable()
	if err == nil {
		err = p.Table(t)
	}
	if err == nil {
		x, y := b.operands()
		err = p.Load(gemmShape, x, y)
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}
