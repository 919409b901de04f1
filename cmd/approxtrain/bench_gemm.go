package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"approxtrain/cpu"
	"approxtrain/device"
	"approxtrain/golden"
	"approxtrain/lut"
)

// gemm returns the benchmark of one matrix product on one thread, at a level of
// package cpu.
func gemm(level string, table bool) func(context.Context, *benchRun) (figure, error) {
	return func(ctx context.Context, b *benchRun) (figure, error) {
		rate, err := gemmRate(ctx, level, table)
		f := figure{Value: rate, Unit: "GMAC/s"}
		switch {
		case level == "generic":
			b.generic = rate
		case b.generic > 0:
			f.Against, f.Ratio = "gemm-table-generic", rate/b.generic
		}
		return f, err
	}
}

// gemmRate returns the best rate in 10^9 multiply-accumulates per second.
func gemmRate(ctx context.Context, level string, table bool) (float64, error) {
	d, err := cpu.NewLevel(1, level)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errNotHere, err)
	}
	var t *lut.Table
	if table {
		g, err := golden.Lookup("mitchell_e8m7")
		if err != nil {
			return 0, err
		}
		t = g.Table()
	}
	m, err := d.Multiplier(t)
	if err != nil {
		return 0, err
	}
	g := device.Gemm{M: 384, N: 512, K: 1152}
	rng := rand.New(rand.NewPCG(1, 2))
	operands := func(n int) device.Buffer {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		buf := d.Alloc(n)
		buf.Write(x)
		return buf
	}
	x, y, z := operands(g.M*g.K), operands(g.K*g.N), d.Alloc(g.M*g.N)
	best := 0.0
	for range rounds {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start := time.Now()
		d.Gemm(m, g, x, y, z)
		if err := d.Sync(); err != nil {
			return 0, err
		}
		best = max(best, float64(g.M*g.N*g.K)/time.Since(start).Seconds()/1e9)
	}
	return best, nil
}
