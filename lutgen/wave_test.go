package lutgen_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// waveform is a VCD file: the values of the signals of approxtrain's scope after each time, in order.
type waveform []map[string]uint64

var waveVar = regexp.MustCompile(`^\$var wire +\d+ (\S+) (\w+)`)

func readWave(t *testing.T, path string) (w waveform) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	names := map[string]string{} // of codes
	var scopes []string
	now := map[string]uint64{}
	keep := func() {
		at := map[string]uint64{}
		for k, v := range now {
			at[k] = v
		}
		w = append(w, at)
	}
	begun := false
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		words := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "$scope"):
			scopes = append(scopes, words[2])
		case strings.HasPrefix(line, "$upscope"):
			scopes = scopes[:len(scopes)-1]
		case strings.HasPrefix(line, "$var"):
			if g := waveVar.FindStringSubmatch(line); g != nil && scopes[len(scopes)-1] == cosim.WaveScope {
				names[g[1]] = g[2]
			}
		case strings.HasPrefix(line, "#"):
			if begun {
				keep()
			}
			begun = true
		case strings.HasPrefix(line, "b"):
			if name := names[words[1]]; name != "" {
				now[name], err = strconv.ParseUint(words[0][1:], 2, 64)
				require.NoError(t, err, line)
			}
		case strings.HasPrefix(line, "0"), strings.HasPrefix(line, "1"):
			if name := names[line[1:]]; name != "" {
				now[name] = uint64(line[0] - '0')
			}
		}
	}
	keep()
	return w
}

// wave checks a design that fails, and returns the waveform.
func wave(t *testing.T, verilog string, want *lut.Table) (waveform, *lutgen.CheckResult) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "m.v")
	require.NoError(t, os.WriteFile(file, []byte(verilog), 0o644))
	r, err := cosim.OpenRTL(t.Context(), cosim.Source{Files: []string{file}}, cosim.Overrides{}, cosim.Options{})
	require.NoError(t, err)
	path := filepath.Join(filepath.Dir(file), "fail.vcd")
	c, err := lutgen.Check(t.Context(), r, want, lutgen.CheckOptions{RTL: r, Wave: path})
	require.NoError(t, err)
	require.False(t, c.Equal())
	return readWave(t, path), c
}

// The expected product is in the waveform next to that of the design, at the time of the product: a pipeline of two
// stages, whose products are one off where a is 3. All 8 pairs are seen, each with its own expected product.
func TestWaveExpected(t *testing.T) {
	w, r := wave(t, `module m (input clk, input [2:0] a, b, output reg [5:0] p);
  reg [2:0] x, y;
  always @(posedge clk) begin
    x <= a; y <= b;
    p <= x * y ^ {5'd0, x == 3};
  end
endmodule`, model(t, "exact_u3"))
	assert.Equal(t, 8, r.Wave)
	assert.Equal(t, 0, r.WaveExtra)
	var seen []uint64
	for i, at := range w {
		if i == 0 || at["clk"] != 1 || w[i-1]["clk"] != 0 {
			continue
		}
		if n := len(seen); n > 0 || at["expected"] != w[i-1]["expected"] || at["p"] == 1 {
			seen = append(seen, at["expected"])
			assert.Equal(t, at["expected"]^1, at["p"], "after edge %d", i)
		}
	}
	assert.Equal(t, []uint64{0, 3, 6, 9, 12, 15, 18, 21}, seen)
}

// The same of a combinational float, whose golden model keeps more fraction bits than its port, and of a handshake.
func TestWaveExpectedLong(t *testing.T) {
	m, err := golden.Lookup("exact-full_e8m2") // p = 5
	require.NoError(t, err)
	w, r := wave(t, `module m (input [10:0] a, b, output [10:0] p);
  wire [7:0] e = a[9:2] + b[9:2] - 8'd127;
  assign p = {a[10] ^ b[10], e, 2'd0};
endmodule`, m.Table())
	assert.Equal(t, 3, r.WaveExtra)
	require.Positive(t, r.Wave)
	pairs := map[[2]uint64]bool{}
	for _, at := range w {
		x, y := uint32(at["a"]), uint32(at["b"])
		if at["a"]>>2 != 127 || at["b"]>>2 != 127 {
			continue // before the first pair
		}
		pairs[[2]uint64{at["a"], at["b"]}] = true
		assert.Equal(t, uint64(m.Table().MulNarrow(x, y)), at["expected"], "%#x × %#x", x, y)
		assert.NotEqual(t, at["expected"], at["p"]<<3)
	}
	assert.Len(t, pairs, r.Wave)

	w, r = wave(t, `module m (input clk, rst, start, input [2:0] a, b, output reg done, output reg [5:0] p);
  reg [2:0] x, y; reg busy;
  always @(posedge clk)
    if (rst) {busy, done, p} <= 0;
    else begin
      done <= busy; busy <= start;
      if (start) {x, y} <= {a, b};
      if (busy) p <= x * y ^ {5'd0, x == 3};
    end
endmodule`, model(t, "exact_u3"))
	assert.Equal(t, 8, r.Wave)
	seen := map[uint64]bool{}
	for _, at := range w {
		if at["out_valid"] == 1 {
			seen[at["expected"]] = true
			assert.Equal(t, 3*at["b"], at["expected"])
			assert.Equal(t, at["expected"]^1, at["p"])
		}
	}
	assert.Len(t, seen, 8)
}
