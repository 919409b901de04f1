package cosim

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// file writes a source below a test's folder.
func file(t *testing.T, dir, name, text string) string {
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// eval opens a design and multiplies a few pairs.
func eval(t *testing.T, r Opener, a, b []uint32) []uint32 {
	d, err := r.Open(t.Context())
	require.NoError(t, err)
	defer d.Close()
	p := make([]uint32, len(a))
	require.NoError(t, d.Eval(t.Context(), a, b, p))
	return p
}

// A build is found again as long as nothing that went in has changed: neither
// the sources, nor an include, nor a parameter, nor a macro.
func TestBuildIsCachedByContentLong(t *testing.T) {
	emptyCache(t)
	dir := t.TempDir()
	top := file(t, dir, "mul.v", "`include \"add.vh\"\nmodule mul #(parameter K = 0) (input [3:0] a, b, output [7:0] p);\n assign p = a * b + `ADD + K; endmodule\n")
	file(t, dir, "add.vh", "`define ADD 1\n")
	open := func(params, defines []string) (uint32, bool) {
		r, err := OpenRTL(t.Context(), Source{Files: []string{top}, Params: params, Defines: defines}, Overrides{}, Options{})
		require.NoError(t, err)
		return eval(t, r, []uint32{3}, []uint32{5})[0], r.Cached
	}
	for i, step := range []struct {
		change func()
		params []string
		want   uint32
		cached bool
	}{
		{nil, nil, 16, false},
		{nil, nil, 16, true},
		{func() { file(t, dir, "add.vh", "`define ADD 2\n") }, nil, 17, false},
		{nil, []string{"K=4"}, 21, false},
		{func() { file(t, dir, "add.vh", "`define ADD 1\n") }, nil, 16, true}, // what was built first
	} {
		if step.change != nil {
			step.change()
		}
		got, cached := open(step.params, nil)
		assert.Equal(t, step.want, got, "step %d", i)
		assert.Equal(t, step.cached, cached, "step %d", i)
	}
}

// The latency of a pipeline is measured; a wrong one that the user insists on is
// refused.
func TestLatency(t *testing.T) {
	dir := t.TempDir()
	pipe := file(t, dir, "pipe.v", `module pipe(input ck, input [3:0] x, y, output reg [7:0] z);
  reg [7:0] s; always @(posedge ck) begin s <= x * y; z <= s; end
endmodule`)
	r, err := OpenRTL(t.Context(), Source{Files: []string{pipe}}, Overrides{}, Options{})
	require.NoError(t, err)
	assert.Equal(t, Timing{Latency: 2}, r.Timing)
	a, b := []uint32{}, []uint32{}
	for i := range uint32(256) {
		a, b = append(a, i>>4), append(b, i&15)
	}
	p := eval(t, r, a, b)
	right := 0
	for i := range p {
		if p[i] == a[i]*b[i] {
			right++
		}
	}
	assert.Equal(t, 256, right)

	// A clock that plays no part leaves the design combinational.
	plain := file(t, dir, "plain.v", "module plain(input clk, input [3:0] x, y, output [7:0] z); assign z = x * y; endmodule\n")
	r, err = OpenRTL(t.Context(), Source{Files: []string{plain}}, Overrides{}, Options{})
	require.NoError(t, err)
	assert.Equal(t, Timing{}, r.Timing)

	_, err = OpenRTL(t.Context(), Source{Files: []string{pipe}}, Overrides{Latency: 1, LatencyGiven: true}, Options{})
	assert.ErrorContains(t, err, "measured: 2")
}

// A process that hangs, crashes or ends the simulation is an error of the call,
// with the operands; a cancelled context ends it at once.
func TestProcessFaults(t *testing.T) {
	dir := t.TempDir()
	model := file(t, dir, "m.c", `#include <stdlib.h>
#include <stdint.h>
uint64_t f(uint64_t a, uint64_t b) {
    if (a == 2 && b == 3) for (;;) __asm__ volatile("");
    if (a == 3 && b == 1) abort();
    return a * b;
}`)
	const limit = 2 * time.Second // on a busy machine a process needs a while to crash
	m, err := OpenModel(t.Context(), ModelSource{File: model, A: 2, B: 2}, Options{Timeout: limit})
	require.NoError(t, err)
	hurry := false
	run := func(a0, na uint32) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		d, err := m.Open(ctx)
		require.NoError(t, err)
		defer d.Close()
		if hurry {
			time.AfterFunc(50*time.Millisecond, cancel)
		}
		_, err = d.Sweep(ctx, Rect{A0: a0, NA: na, NB: 4}, RowMajor)
		return err
	}
	assert.NoError(t, run(0, 2))
	var e *DesignError
	require.ErrorAs(t, run(2, 1), &e)
	assert.Equal(t, limit, e.Hang)
	assert.Equal(t, [2]uint64{2, 3}, [2]uint64{e.A, e.B})
	require.ErrorAs(t, run(3, 1), &e)
	assert.Contains(t, e.Crash, "abort")
	assert.Equal(t, [2]uint64{3, 1}, [2]uint64{e.A, e.B})
	hurry = true
	assert.ErrorIs(t, run(2, 1), context.Canceled)
}
