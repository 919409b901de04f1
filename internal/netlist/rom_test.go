package netlist

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
)

// romModule is a netlist with a memory, as JSON: a and b choose a word, p is a bit of it. The parameters and connections
// that are given replace others.
func romModule(init string, width, size, offset, address int, replaced ...string) string {
	bits := func(v int) string { return fmt.Sprintf("%032b", v) }
	data := []string{"4", "5", "6"}[:width]
	cell := fmt.Sprintf(`"r": {"type": "$mem_v2", "attributes": {"src": "m.v:7"}, "parameters": {"INIT": %q, "WIDTH": %q, "SIZE": %q, "OFFSET": %q, "ABITS": %q, `+
		`"RD_PORTS": %q, "WR_PORTS": %q, "RD_CLK_ENABLE": "0", "RD_WIDE_CONTINUATION": "0"}, "port_directions": {"RD_ADDR": "input", "RD_DATA": "output", "RD_EN": "input"}, `+
		`"connections": {"RD_ADDR": [%s], "RD_DATA": [%s], "RD_EN": ["1"]}}`,
		init, bits(width), bits(size), bits(offset), bits(address), bits(1), bits(0), strings.Join([]string{"3", "2", `"0"`, `"1"`}[:address], ", "), strings.Join(data, ", "))
	return strings.NewReplacer(replaced...).Replace(module(portsAB, cell, ""))
}

func TestROMCells(t *testing.T) {
	for _, c := range []struct {
		name, netlist string
		want          [4]string // the product of a, b = 00, 01, 10, 11: 0, 1, or x
	}{
		// word 0 is the last of INIT; its lowest bit is p
		{"words", romModule("1000", 1, 4, 0, 2), [4]string{"0", "0", "0", "1"}},
		{"lowest bit of three", romModule("110"+"001"+"111"+"010", 3, 4, 0, 2), [4]string{"0", "1", "1", "0"}},
		{"from address 1 on", romModule("011", 1, 3, 1, 2), [4]string{"x", "1", "1", "0"}},
		{"three words", romModule("011", 1, 3, 0, 2), [4]string{"1", "1", "0", "x"}},
		{"a word without a value", romModule("x01z", 1, 4, 0, 2), [4]string{"x", "1", "0", "x"}},
		{"a high bit of the address that is 0", romModule("1000", 1, 4, 0, 3), [4]string{"0", "0", "0", "1"}},
		{"a high bit of the address that is 1", romModule("1000"+"0110"+"0000"+"0000", 1, 16, 0, 4), [4]string{"0", "1", "1", "0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			circuit, err := circuitOf(c.netlist)
			require.NoError(t, err)
			for i, want := range c.want {
				zeros, ones := eval(t, circuit, cosim.FillZeros, uint32(i>>1), uint32(i&1)), eval(t, circuit, cosim.FillOnes, uint32(i>>1), uint32(i&1))
				got := fmt.Sprint(zeros)
				if zeros != ones {
					got = "x"
				}
				assert.Equal(t, want, got, "a, b = %02b", i)
			}
			assert.Equal(t, strings.Contains(strings.Join(c.want[:], ""), "x"), len(circuit.Structure.Open) > 0, "%v", circuit.Structure.Open)
		})
	}
	for _, c := range []struct{ name, netlist, says string }{
		{"written", romModule("1000", 1, 4, 0, 2, `"WR_PORTS": "`+fmt.Sprintf("%032b", 0), `"WR_PORTS": "1`), "memory r (m.v:7) is written"},
		{"clocked", romModule("1000", 1, 4, 0, 2, `"RD_CLK_ENABLE": "0"`, `"RD_CLK_ENABLE": "1"`), "is read by a clock"},
		{"of words of several widths", romModule("1000", 1, 4, 0, 2, `"RD_WIDE_CONTINUATION": "0"`, `"RD_WIDE_CONTINUATION": "10"`), "several widths"},
		{"with an enable", romModule("1000", 1, 4, 0, 2, `"RD_EN": ["1"]`, `"RD_EN": [2]`), "is read by an enable"},
		{"too short", romModule("100", 1, 4, 0, 2), "has 3 bits stored"},
		{"without a width", romModule("1000", 1, 4, 0, 2, `"WIDTH": "`, `"WIDTH": "x`), "has a WIDTH of"},
		{"large", romModule("1", 1, 1<<25, 0, 2), "memory r (m.v:7) of 33554432 words of 1 bits, read at 1 ports; up to 16777216 bits times ports are simulated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := circuitOf(c.netlist)
			var unsupported *UnsupportedError
			require.ErrorAs(t, err, &unsupported)
			assert.ErrorContains(t, err, c.says)
		})
	}
	var many []string
	for range 1<<16 + 1 {
		many = append(many, "x")
	}
	_, err := circuitOf(romModule(strings.Repeat("0", 1<<17-len(many))+strings.Join(many, ""), 1, 1<<17, 0, 2, `"RD_ADDR": [3, 2]`,
		`"RD_ADDR": [3, 2, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]`, fmt.Sprintf("%032b", 2), fmt.Sprintf("%032b", 17)))
	assert.ErrorContains(t, err, "more than 65536 bits without a value")
}

// TestROM has a multiplier that reads its products, of 2^20 bits, from a memory: as $readmemh fills it, and read after a
// register.
func TestROM(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 20))
	words := make([]uint32, 1<<16)
	var text strings.Builder
	for i := range words {
		words[i] = uint32(i>>8*(i&255))&0xffff ^ rng.Uint32N(8)
		fmt.Fprintf(&text, "%04x\n", words[i])
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "products.hex"), []byte(text.String()), 0o644))
	t.Chdir(dir)
	for name, verilog := range map[string]string{
		"combinational": `module m(input [7:0] a, b, output [15:0] p);
  reg [15:0] products [0:65535];
  initial $readmemh("products.hex", products);
  assign p = products[{a, b}];
endmodule`,
		"clocked": `module m(input clk, input [7:0] a, b, output reg [15:0] p);
  reg [15:0] products [0:65535];
  reg [15:0] at;
  initial $readmemh("products.hex", products);
  always @(posedge clk) begin at <= {a, b}; p <= products[at]; end
endmodule`,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, "m.v")
			require.NoError(t, os.WriteFile(file, []byte(verilog), 0o644))
			r, err := cosim.ElaborateRTL(t.Context(), cosim.Source{Files: []string{file}}, cosim.Overrides{}, cosim.Options{})
			require.NoError(t, err)
			c, err := Open(t.Context(), r)
			require.NoError(t, err)
			d, err := c.open(t.Context())
			require.NoError(t, err)
			if r.TimingOpen() {
				require.NoError(t, r.MeasureTiming(t.Context(), d, c.SetTiming))
				assert.Equal(t, 2, r.Timing.Latency)
			}
			assert.Less(t, c.Structure.Gates, 1<<19)
			got, err := d.Sweep(t.Context(), cosim.Rect{NA: 256, NB: 256}, cosim.RowMajor)
			require.NoError(t, err)
			for i, w := range words {
				require.Equal(t, w, got.At(i), "word %d", i)
			}
		})
	}
}

// TestGatesTooLarge: a netlist beyond the limit is one that is not simulated, so that the design has one witness less.
func TestGatesTooLarge(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gates.json")
	require.NoError(t, os.WriteFile(file, make([]byte, 3<<20+1), 0o644))
	_, err := readGates(file, 3<<20)
	var unsupported *UnsupportedError
	require.ErrorAs(t, err, &unsupported)
	assert.EqualError(t, err, "the netlist has what is not simulated: gates and registers that take 3.0 MiB as JSON; up to 3 MiB are read "+
		"(a memory that is written is a register for each of its bits)")
	_, err = readGates(file, 3<<20+1)
	assert.NoError(t, err)
}
