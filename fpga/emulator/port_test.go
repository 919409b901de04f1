package emulator_test

import (
	"bytes"
	"context"
	"math/bits"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/emulator"
	"github.com/approxtrain/approxtrain/fpga/faults"
	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// adapted puts a built-in multiplier into a board.
func adapted(t *testing.T, name, variant string) (*gateware.Multiplier, golden.Multiplier) {
	g, err := golden.Lookup(name)
	require.NoError(t, err)
	g, err = g.Variant(variant)
	require.NoError(t, err)
	s, err := cosim.Builtin(g.RTL.File, g.RTL.Top, g.RTL.Params)
	require.NoError(t, err)
	return opened(t, s, g.RTL.Kind, g.Format), g
}

// source is a design that a test has written.
func source(t *testing.T, text string) cosim.Source {
	dir, err := cosim.Library()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "mul.v")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return cosim.Source{Files: []string{path}, Include: []string{dir, filepath.Join(dir, "fp")}}
}

// opened puts a design into a board.
func opened(t *testing.T, s cosim.Source, kind cosim.Kind, f lut.Format) *gateware.Multiplier {
	r, err := cosim.OpenRTL(t.Context(), s, cosim.Overrides{Kind: kind}, cosim.Options{})
	require.NoError(t, err)
	m, err := gateware.New(r, f)
	require.NoError(t, err)
	return m
}

// plugIn serves an emulated board for the time of a test.
func plugIn(t *testing.T, m *gateware.Multiplier, f faults.Faults) string {
	p, err := emulator.Open(t.Context(), m, emulator.Options{}, f)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; f.CutAfter == 0 {
			assert.NoError(t, err)
		} else {
			assert.ErrorIs(t, err, emulator.ErrCut)
		}
	})
	return p.Path
}

// compare connects and compares, as the command does.
func compare(t *testing.T, path string, o fpga.Options, want *lut.Table, mode fpga.Mode) (*fpga.Result, error) {
	b, err := fpga.Open(t.Context(), path, o)
	if err != nil {
		return nil, err
	}
	r, err := fpga.Check(t.Context(), b, want, fpga.CheckOptions{Mode: mode})
	b.Disconnect()
	return r, err
}

// checkCase is a multiplier, and what a comparison with its table costs on the line.
type checkCase struct {
	name, variant string
	products      uint64
	rows          int
	requests      int     // at most, for digests of all rows
	stream        float64 // bytes on the line for a product
}

// Every product of a handshaking 4-bit and of a pipelined e8m7 multiplier is compared,
// in every way there is, and what that costs on the line. The host times a row of a design with a
// handshake, and asks for fewer rows at a time where that is slow, as on a busy machine: at least one.
func TestCheck(t *testing.T) {
	testCheck(t, checkCase{"exact_u4", "sequential", 256, 16, 8 + 16, 2.7},
		checkCase{"mitchell_e8m7", "pipelined", 16384, 128, 8, 1.15})
}

// TestCheckLong does so for 8 bits: a row or more in a request.
func TestCheckLong(t *testing.T) {
	testCheck(t, checkCase{"exact_u8", "sequential", 65536, 256, 8 + 256, 2.3})
}

func testCheck(t *testing.T, all ...checkCase) {
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, g := adapted(t, c.name, c.variant)
			path := plugIn(t, m, faults.Faults{})
			for _, mode := range []fpga.Mode{fpga.CRC, fpga.Stream, fpga.Batch} {
				r, err := compare(t, path, fpga.Options{Baud: 1_000_000}, g.Table(), mode)
				require.NoError(t, err, mode)
				assert.True(t, r.Equal(), mode)
				assert.Equal(t, c.products, r.Pairs.Compared, mode)
				assert.Equal(t, c.products, r.Total, mode)
				t.Logf("%s: %.2f s, %v, %.2f bytes a product, %d requests", mode, r.Seconds, r.Link, r.BytesPerProduct(), r.Link.Requests)
				if r.Link.Retries > 0 { // a busy machine
					continue
				}
				switch bytes := int(r.Link.Sent + r.Link.Received); mode {
				case fpga.CRC: // a request and its response have 24 bytes, and 4 for each row
					assert.LessOrEqual(t, r.Link.Requests, c.requests)
					assert.LessOrEqual(t, bytes, 24*r.Link.Requests+4*c.rows+100)
				case fpga.Stream:
					assert.LessOrEqual(t, r.BytesPerProduct(), c.stream)
				}
			}
			b, err := fpga.Open(t.Context(), path, fpga.Options{Baud: 1_000_000})
			require.NoError(t, err)
			defer b.Disconnect()
			made, err := lutgen.Make(t.Context(), b, lutgen.Options{Jobs: 1})
			require.NoError(t, err)
			same, err := lutgen.CompareTables(made, g.Table())
			require.NoError(t, err)
			assert.True(t, same.Equal())
			assert.Equal(t, c.products, same.Compared)
		})
	}
}

// A program that asks for more than it reads keeps the board from nothing: what it
// does not read is lost, and the board ends when it is told to.
func TestUnread(t *testing.T) {
	m, _ := adapted(t, "mitchell_e8m7", "pipelined")
	p, err := emulator.Open(t.Context(), m, emulator.Options{Baud: 1_000_000}, faults.Faults{})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx) }()
	port, err := fpga.OpenPort(t.Context(), p.Path, 1_000_000)
	require.NoError(t, err)
	defer port.Close()
	all := link.Frame{Version: link.Version, Command: link.CmdStream, Payload: []byte{0, 0, 128, 0}}.Append(nil)
	_, err = port.Write(bytes.Repeat(all, 3)) // 55 KB; the terminal holds a few
	require.NoError(t, err)
	time.Sleep(time.Second)
	stop()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("the board does not end")
	}
}

// One wrong bit in one product, of Verilog that was changed for it, is found in every
// way there is.
func TestMutatedLong(t *testing.T) {
	for _, c := range []struct {
		golden, source string
		kind           cosim.Kind
		a, b           uint32
	}{
		{"exact_u8", `module mul (input [7:0] a, input [7:0] b, output [15:0] p);
  assign p = a * b ^ (a == 37 && b == 201 ? 16'h0100 : 16'h0);
endmodule`, cosim.Unsigned, 37, 201},
		{"mbm_e8m7", `module mul (input [15:0] a, input [15:0] b, output [15:0] p);
  wire [15:0] right;
  fp_mul #(.M(7), .DESIGN("mbm")) u_mul (.a_i(a), .b_i(b), .p_o(right));
  assign p = right ^ (a[6:0] == 127 && b[6:0] == 0 ? 16'h1 : 16'h0);
endmodule`, cosim.Float, 127, 0},
	} {
		t.Run(c.golden, func(t *testing.T) {
			t.Parallel()
			g, err := golden.Lookup(c.golden)
			require.NoError(t, err)
			m := opened(t, source(t, c.source), c.kind, g.Format)
			path := plugIn(t, m, faults.Faults{})
			want := g.Entry(c.a, c.b)
			for _, mode := range []fpga.Mode{fpga.CRC, fpga.Stream, fpga.Batch} {
				r, err := compare(t, path, fpga.Options{Baud: 1_000_000}, g.Table(), mode)
				require.NoError(t, err, mode)
				assert.False(t, r.Equal(), mode)
				require.Len(t, r.Wrong, 1, mode)
				w := r.Wrong[0]
				assert.Equal(t, [3]uint32{c.a, c.b, want}, [3]uint32{w.A, w.B, w.Want}, mode)
				assert.Equal(t, 1, bits.OnesCount32(w.Got^want), mode)
				assert.EqualValues(t, g.Format.Pairs(), r.Pairs.Compared, mode)
			}
			b, err := fpga.Open(t.Context(), path, fpga.Options{Baud: 1_000_000})
			require.NoError(t, err)
			defer b.Disconnect()
			made, err := lutgen.Make(t.Context(), b, lutgen.Options{Jobs: 1})
			require.NoError(t, err)
			same, err := lutgen.CompareTables(made, g.Table())
			require.NoError(t, err)
			require.Len(t, same.First, 1)
			assert.Equal(t, [2]uint32{c.a, c.b}, [2]uint32{same.First[0].A, same.First[0].B})
		})
	}
}
