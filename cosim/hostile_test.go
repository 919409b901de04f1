package cosim

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/hostile"
	"github.com/approxtrain/approxtrain/internal/includes"
)

// hostileVerilog are texts that the scanners read before any tool has said whether they are
// Verilog.
func hostileVerilog() hostile.Cases {
	var c hostile.Cases
	rep := strings.Repeat
	good := "`line 1 \"/x/mul.v\" 1\nmodule mul #(parameter W = 8) (input signed [W-1:0] a, b, output reg [15:0] p);\n" +
		"  typedef logic signed [3:0] t; /*verilator lint_off WIDTH*/ sub #(.N(2)) u (a, b);\n  initial $readmemh(\"x.hex\", m); always @(*) case (a) default: p = 1'bx; endcase\nendmodule\n"
	for k := range 120 {
		c.May(fmt.Sprintf("cut after %d", len(good)*k/120), []byte(good[:len(good)*k/120]))
	}
	for _, s := range []string{"(", ")", "[", "]", "{", "}", "begin ", "end ", "module ", "module m;", "endmodule ", "module m; endmodule\n", "function ", "endfunction ", "task ", "typedef ", "typedef struct {", "input ", "input signed a,", "case ", "endcase ", "if (", "else ",
		"\"", "\\", "\\ ", "\\a ", "/*", "*/", "/**/", "//", "//\n", "`", "`line ", "`line 1 \"x\" 1\n", "`line 99999999999999999999 \"x\" 1\n", "`line -1 \"x\" 1\n", "`line 1 \"\n", "`define x\n", "`systemc_header\n", "$", "$system", "$system(", "$readmemh(", "$readmemh(\"a\",",
		"$readmemh(\"", "$$", "#", "#(", "@", "::", "import \"DPI-C\" ", "bind ", "extern module ", "module automatic ", "generate ", "\x00", "\xff", "\xe2\x82", "\ufeff", "\u202e", "é", "\r", "\r\n", "\x1b[2J", "\v", "\f", "\x1a", "1'b", "'", "'h", "'{", "4'bxxxx ", "x ",
		"= ", ", ", "; ", "a ", "/*verilator ", "/*verilator public*/", "assign p = ", "always @(", "for (", "?", ": ", "<= ", "<", ">>> "} {
		for _, n := range []int{1, 3, 10_000, 100_000} {
			c.May(fmt.Sprintf("%d times %q", n, s), []byte(rep(s, n)))
		}
		c.May(fmt.Sprintf("%q in a module", s), []byte(strings.Replace(good, "typedef", s+" typedef", 1)))
		c.May(fmt.Sprintf("%q in front", s), []byte(s+good))
	}
	c.May("a word of a megabyte", []byte("module "+rep("m", 1<<20)+"; endmodule"))
	c.May("a string of a megabyte", []byte("module m; initial $display(\""+rep("m", 1<<20)+"\"); endmodule"))
	c.May("10,000 modules that name each other", func() []byte {
		var b strings.Builder
		for i := range 10_000 {
			fmt.Fprintf(&b, "module m%d; m%d u (); m%d v (); endmodule\n", i, (i+1)%10_000, (i*7)%10_000)
		}
		return []byte(b.String())
	}())
	return c
}

// The scanners of preprocessed Verilog end in time, without a panic, and find nothing that is
// not there.
func TestHostileVerilog(t *testing.T) {
	var all hostile.Cases
	seen := map[string]bool{}
	for _, c := range hostileVerilog() {
		if !seen[string(c.Data)] {
			seen[string(c.Data)] = true
			all = append(all, c)
		}
	}
	type found struct {
		text    string
		modules []module
		effects []effect
	}
	hostile.Reader{Name: "mul.v", Least: 400, Memory: 400 << 20, Read: func(path string) (any, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		f := found{text: string(data)}
		f.modules, f.effects = scanModules(f.text), scanEffects(f.text, "mul")
		scanHazards(f.text)
		parsePorts(f.text)
		parseMessages(f.text)
		if err := includes.Verilog([]string{path}, []string{filepath.Dir(path)}, nil); err != nil {
			return nil, err
		}
		return f, nil
	}, Right: func(read any) error {
		f := read.(found)
		for _, m := range f.modules {
			if m.Name == "" {
				return fmt.Errorf("a module without a name")
			}
		}
		for _, e := range f.effects {
			if word := strings.Fields(strings.TrimLeft(e.What, "`"))[0]; !strings.Contains(f.text, word) {
				return fmt.Errorf("%v is not in the text", e)
			}
		}
		return nil
	}}.Run(t, all)
}

// What Verilator's XML says of memory images is text of the design.
func TestHostileXML(t *testing.T) {
	good := `<?xml version="1.0"?><verilator_xml><files><file id="d" filename="mul.v"/></files><readmem loc="d,3,5,3,9"><const name="&quot;x.hex&quot;"/></readmem></verilator_xml>`
	list, err := memoriesOf(strings.NewReader(good))
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, "x.hex", list[0].Data)
	cases := 0
	read := func(text string) {
		out, err := memoriesOf(strings.NewReader(text))
		for _, e := range out {
			assert.False(t, err == nil && e.Data == "" && !e.Unnamed && strings.Contains(text, "</readmem>"), "%q: a file without a name", text)
		}
		cases++
	}
	for n := range len(good) {
		read(good[:n])
	}
	for _, name := range []string{"", "x", "&quot;", "&quot;&quot;", "32'h", "32'hx", "'h", "'h0", "8'h0", "32'h6_1", "&#10;", "&#x1b;", "&quot;\\x1b[2J&quot;", "'h" + strings.Repeat("61", 100_000), "&lol;", "32'h00000000"} {
		read(strings.Replace(good, "&quot;x.hex&quot;", name, 1))
		read(strings.Replace(good, "d,3,5,3,9", name, 1))
		read(strings.Replace(good, `id="d"`, `id="`+name+`"`, 1))
	}
	read(`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>`)
	read(strings.Repeat("<readmem>", 100_000))
	assert.GreaterOrEqual(t, cases, 200)
}
