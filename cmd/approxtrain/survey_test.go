package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/survey"
)

// surveyed is a design of 4 × 4 bits for a survey: its Verilog and its function, or a part of the reason why it fails.
type surveyed struct {
	name, verilog string
	signed        bool
	f             func(a, b int) int
	fails         string
}

// many returns 60 designs: truncated ones, broken arrays, ones with leading-one detection and with constants in the
// place of low bits, signed ones, pipelines, and ten that cannot be measured.
func many() (all []surveyed) {
	const ports = "input [3:0] a, input [3:0] b, output [7:0] p"
	add := func(name, body string, f func(a, b int) int) {
		all = append(all, surveyed{name: name, verilog: fmt.Sprintf("module %s (%s);\n%s\nendmodule\n", name, ports, body), f: f})
	}
	for s := range 4 {
		for t := range 4 {
			add(fmt.Sprintf("trunc%d%d", s, t), fmt.Sprintf("wire [3:0] x = (a >> %d) << %d, y = (b >> %d) << %d; assign p = x * y;", s, s, t, t),
				func(a, b int) int { return (a >> s << s) * (b >> t << t) })
		}
	}
	for h := range 3 {
		for v := range 6 {
			terms := []string{"8'd0"}
			for i := range 4 {
				for j := h; j < 4; j++ {
					if i+j >= v {
						terms = append(terms, fmt.Sprintf("({7'd0, a[%d] & b[%d]} << %d)", i, j, i+j))
					}
				}
			}
			add(fmt.Sprintf("array%d%d", h, v), "assign p = "+strings.Join(terms, " + ")+";", func(a, b int) (p int) {
				for i := range 4 {
					for j := h; j < 4; j++ {
						if i+j >= v {
							p += a >> i & 1 * (b >> j & 1) << (i + j)
						}
					}
				}
				return p
			})
		}
	}
	for k := 2; k <= 3; k++ {
		near := func(x int) int {
			for l := 3; l >= k; l-- {
				if x>>l == 1 {
					return (x>>(l-k+1) | 1) << (l - k + 1)
				}
			}
			return x
		}
		var body strings.Builder
		for _, w := range []string{"a", "b"} {
			fmt.Fprintf(&body, "reg [3:0] %s_; always @* begin %s_ = %s;\n", w, w, w)
			for l := k; l <= 3; l++ {
				fmt.Fprintf(&body, "if (%s[%d]) %s_ = ((%s >> %d) | 4'd1) << %d;\n", w, l, w, w, l-k+1, l-k+1)
			}
			body.WriteString("end\n")
		}
		add(fmt.Sprintf("leading%d", k), body.String()+"assign p = a_ * b_;", func(a, b int) int { return near(a) * near(b) })
	}
	for n := 1; n <= 6; n++ {
		add(fmt.Sprintf("low%d", n), fmt.Sprintf("wire [7:0] q = a * b; assign p = {q[7:%d], %d'd%d};", n, n, 1<<n-1),
			func(a, b int) int { return a*b | (1<<n - 1) })
	}
	for t := range 6 {
		all = append(all, surveyed{name: fmt.Sprintf("signed%d", t), signed: true,
			verilog: fmt.Sprintf("module signed%d (input signed [3:0] a, input signed [3:0] b, output signed [7:0] p);\n"+
				"wire signed [7:0] q = a * b; assign p = (q >>> %d) <<< %d;\nendmodule\n", t, t, t),
			f: func(a, b int) int { return a * b >> t << t }})
	}
	const clocked = "module %s (input clk, input [3:0] a, input [3:0] b, output reg [7:0] p);\n%s\nendmodule\n"
	for n, body := range []string{"always @(posedge clk) p <= a * b;",
		"reg [3:0] c, d; always @(posedge clk) begin c <= a; d <= b; p <= c * d; end"} {
		name := fmt.Sprintf("pipe%d", n+1)
		all = append(all, surveyed{name: name, verilog: fmt.Sprintf(clocked, name, body), f: func(a, b int) int { return a * b }})
	}
	bad := func(name, verilog, fails string) {
		all = append(all, surveyed{name: name, verilog: verilog, fails: fails})
	}
	comb := func(name, body string) string {
		return fmt.Sprintf("module %s (%s);\n%s\nendmodule\n", name, ports, body)
	}
	bad("syntax", comb("syntax", "assign p = a *;"), "syntax error")
	bad("missing", comb("missing", "AND2X1 u (.A(a[0]), .B(b[0]), .Y(p[0]));"), "AND2X1")
	bad("two", comb("two_a", "assign p = a * b;")+comb("two_b", "assign p = a * b;"), "choose one with --top")
	bad("one_operand", "module one_operand (input [3:0] a, output [7:0] p);\nassign p = a * a;\nendmodule\n", "one_operand.v:1")
	bad("state", fmt.Sprintf(clocked, "state", "always @(posedge clk) p <= p + a * b;"), "feed back")
	bad("undriven", comb("undriven", "wire [7:0] q; assign p = q;"), "nothing drives")
	bad("unknown", comb("unknown", "assign p = a == 3 ? 8'bx : a * b;"), "x")
	bad("loop", comb("loop", "wire [7:0] q = ~q & {8{a[0]}}; assign p = q ^ (a * b);"), "loop")
	bad("never", "module never (input clk, input rst, input start, input [3:0] a, input [3:0] b, output done, output [7:0] p);\n"+
		"assign done = 1'b0; assign p = a * b;\nendmodule\n", "handshake")
	bad("include", comb("include", "`include \"missing.vh\"\nassign p = a * b;"), "missing.vh")
	return all
}

// mred computes the mean relative error and the number of wrong products of a design.
func (d surveyed) mred() (mean float64, wrong int) {
	n, sum := 0, 0.0
	for i := range 16 {
		for j := range 16 {
			a, b := i, j
			if d.signed {
				a, b = (i^8)-8, (j^8)-8
			}
			e := d.f(a, b) - a*b
			if e != 0 {
				wrong++
			}
			if a*b != 0 {
				sum += math.Abs(float64(e) / float64(a*b))
				n++
			}
		}
	}
	return sum / float64(n), wrong
}

// rowFiles returns the stamps of the rows of all surveys in a cache.
func rowFiles(t *testing.T, cache string) map[string]string {
	all, err := filepath.Glob(filepath.Join(cache, "approxtrain", "v2", "survey", "*", "row.json"))
	require.NoError(t, err)
	stamps := map[string]string{}
	for _, path := range all {
		var st unix.Stat_t
		if unix.Stat(path, &st) == nil {
			stamps[path] = fmt.Sprint(st.Ino, st.Mtim, st.Ctim)
		}
	}
	return stamps
}

var keptRows = regexp.MustCompile(`(\d+) of 60 rows are those of an earlier survey`)

// TestSurveyKilledLong surveys 60 designs and kills the process with kill -9, again and again. It goes on each time, and
// no row is made twice. In the end every design has a row: its errors are those of a function in Go, or it failed for
// the reason that was built into it.
func TestSurveyKilledLong(t *testing.T) {
	designs := many()
	require.Len(t, designs, 60)
	dir, cache := t.TempDir(), t.TempDir()
	require.NoError(t, os.Chmod(cache, 0o700))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "designs"), 0o755))
	for _, d := range designs {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "designs", d.name+".v"), []byte(d.verilog), 0o644))
	}
	program, err := os.Executable()
	require.NoError(t, err)
	var stdout, stderr bytes.Buffer // of the latest process
	start := func() (*exec.Cmd, chan error) {
		stdout.Reset()
		stderr.Reset()
		c := exec.Command(program)
		c.Args = strings.Fields("approxtrain survey designs --simulator netlist --board none -j 2 --golden exact --json")
		c.Dir, c.Stdout, c.Stderr = dir, &stdout, &stderr
		c.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache)
		require.NoError(t, c.Start())
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		return c, ended
	}
	first := map[string]string{} // stamps of the rows when they were first seen
	see := func() {
		for path, stamp := range rowFiles(t, cache) {
			if was, known := first[path]; known {
				require.Equal(t, was, stamp, "a finished design was measured again")
			}
			first[path] = stamp
		}
	}
	for _, rows := range []int{3, 20, 38} {
		c, ended := start()
		require.Eventually(t, func() bool { return len(rowFiles(t, cache)) >= rows || len(ended) > 0 }, 10*time.Minute, 20*time.Millisecond)
		require.Empty(t, ended, "it ended before it was killed: %s", &stderr)
		require.NoError(t, c.Process.Kill())
		require.Error(t, <-ended)
		see()
		require.Empty(t, stdout.String())
		require.GreaterOrEqual(t, len(first), rows)
	}
	finished := len(first)
	c, ended := start()
	<-ended
	require.Equal(t, 1, c.ProcessState.ExitCode(), "designs failed: %s", &stderr)
	see()
	g := keptRows.FindStringSubmatch(stderr.String())
	require.NotNil(t, g, "%s", &stderr)
	kept, _ := strconv.Atoi(g[1])
	assert.Equal(t, finished, kept)

	var r survey.Result
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &r))
	rows := map[string]survey.Row{}
	for _, row := range r.Rows {
		rows[row.Name] = row
	}
	require.Len(t, rows, 60)
	measured, equal := 0, 0
	for _, d := range designs {
		row, known := rows[d.name]
		require.True(t, known, d.name)
		if d.fails != "" {
			assert.Contains(t, row.Error, d.fails, d.name)
			assert.Nil(t, row.Metrics, d.name)
			continue
		}
		if !assert.Empty(t, row.Error, d.name) {
			continue
		}
		mean, wrong := d.mred()
		assert.InDelta(t, mean, row.Metrics.MRED, 1e-12, d.name)
		assert.Equal(t, wrong, row.Metrics.Wrong, d.name)
		require.NotNil(t, row.Golden, d.name)
		assert.Equal(t, uint64(256), row.Golden.Compared, d.name)
		assert.Equal(t, wrong == 0, row.Golden.Equal(), d.name)
		measured++
		if wrong == 0 {
			equal++
		}
	}
	assert.Equal(t, 50, measured)
	assert.Equal(t, survey.Totals{Designs: 60, Failed: 10, Unequal: 50 - equal, Agreed: r.Totals.Agreed, Compared: 50 * 256}, r.Totals)
	assert.Contains(t, strings.Join(r.Equal[0], " "), "array00")
	t.Logf("killed after %d rows; %d groups of equal tables", finished, len(r.Equal))
}
