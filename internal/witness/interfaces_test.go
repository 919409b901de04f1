package witness_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// The designs of testdata/interfaces multiply 4 bits by 4. Their rule does not commute and uses every bit, so
// operands that are exchanged, and bits that are dropped or constant, are seen.
func interfaceRule(a, b uint32) uint32 {
	p := a * b
	if b == 3 {
		p--
	}
	return p & 0xff
}

type interfaceCase struct {
	files  string // of testdata/interfaces, with blanks between them
	over   cosim.Overrides
	params string // with blanks between them
	says   string // in the description, parts with | between them
	// oneReads: Yosys does not read the design, so Verilator is asked.
	oneReads bool
	// long: only the long test has it.
	long bool
	// both: Verilator is asked by the short test too.
	both bool
}

var interfaceCases = []interfaceCase{
	{files: "one_bus.v", over: cosim.Overrides{A: "bus[8:5]", B: "bus[3:0]", Tie: []string{"bus[9]=1", "bus[4]=0"}},
		says: "a = bus[8:5], b = bus[3:0], product = p", both: true},
	{files: "ascending.v", over: cosim.Overrides{A: "x[2:5]", B: "y[7:4]", P: "z[1:8]", Tie: []string{"x[1]=0", "x[6]=1", "y[9:8]=2'b10", "y[3]=1"}},
		says: "a = x[2:5], b = y[7:4], product = z[1:8]", long: true},
	{files: "pieces.v", over: cosim.Overrides{A: "a_sign,a_exp,a_man", B: "{b_low[0], b_high, b_low[2:1]}", P: "p_high,p_low"},
		says: "a = {a_sign, a_exp, a_man}, b = {b_low[0], b_high, b_low[2:1]}", long: true},
	{files: "members.sv formats_pkg.sv", over: cosim.Overrides{A: "request.a.high,request.a.low", B: "request.b", P: "result.product", Tie: []string{"request.tag=1"}},
		says: "a = {request.a.high, request.a.low}, b = request.b, product = result"},
	{files: "members.sv", over: cosim.Overrides{A: "request.a", B: "request.b", P: "result.parts[3:0]", Tie: []string{"request.tag=0"}},
		says: "a = request.a, b = request.b|packages found in ", long: true},
	{files: "through_if.sv", says: "a = bus.a, b = bus.b, product = bus.p, clock bus.clk, latency 1", long: true},
	{files: "unpacked.sv", over: cosim.Overrides{P: "z[0],z[1]", A: "x[1]", B: "x[0]"}, says: "a = x[1], b = x[0], product = {z[0], z[1]}", oneReads: true, long: true},
	{files: "channels.v", says: "handshake s_a_tvalid,s_b_tvalid s_a_tready,s_b_tready m_tvalid m_tready", both: true},
	{files: "channels.v", over: cosim.Overrides{InValid: "s_b_tvalid,s_a_tvalid", InReady: "s_b_tready,s_a_tready"}, says: "handshake s_b_tvalid,s_a_tvalid s_b_tready,s_a_tready", long: true},
	{files: "four_phase.v", over: cosim.Overrides{InValid: "start", InReady: "done", OutValid: "done"}, says: "handshake start done done, idle for 256 cycles", long: true},
	{files: "four_phase.v", says: "handshake start done done, idle for 256 cycles at first since it has no reset, start stays until done"},
	{files: "pulse.v", says: "handshake start !busy, idle for 256 cycles at first since it has no reset", long: true},
	{files: "pulse.v", over: cosim.Overrides{InValid: "start", InReady: "none", OutValid: "!busy"}, says: "handshake start !busy", long: true},
	{files: "stall.v", says: "handshake start done, unused busy, busy rises with start and is not waited for", long: true},
	{files: "stall.v", over: cosim.Overrides{InReady: "none"}, says: "handshake start done, unused busy", long: true},
	{files: "valids.v", says: "handshake v_in v_out, idle for 256 cycles"},
	{files: "low_reset.v", says: "reset RESET (active low)|reset RESET is active low in spite of its name", long: true},
	{files: "passed.v", says: "combinational, start = 1, unused done", long: true},
	{files: "flag.v", over: cosim.Overrides{Kind: cosim.Unsigned}, says: "product = p, clock clk, latency 1|unused vout", long: true},
	{files: "around.sv", says: "top nested ("},
	{files: "near/outer.v near/other.v", says: "top outer (|modules found in ", long: true},
	{files: "held.v", says: "top held (testdata/interfaces/held.v:3)|handshake start rdy rdy|start stays until rdy", long: true},
	{files: "netlist.blif", says: "top rule (testdata/interfaces/netlist.blif:2)", long: true},
	{files: "clocked.blif", says: "top clocked (testdata/interfaces/clocked.blif:2)|latency 2", long: true},
	{files: "mapped.v cells.lib", says: "top rule (testdata/interfaces/mapped.v:2)|area 106.5 of 113 library cells", long: true},
	{files: "mapped.blif cells.lib", says: "top rule (|area 106.5 of 113 library cells", both: true},
	{files: "mapped_clocked.v cells.lib", says: "top piped (|reset rst_n (active low)|latency 2|area ", long: true},
	{files: "vhdl_top.vhd vhdl_part.vhd", says: "top vhdl_top (testdata/interfaces/vhdl_top.vhd:7)|latency 1", long: true},
	{files: "vhdl_part.vhd", params: "CUT=true", says: "top vhdl_part ("},
	{files: "near/list.f", says: "top outer (|modules found in ", long: true},
}

func (c interfaceCase) open(t *testing.T, s witness.Simulators) *witness.Design {
	t.Helper()
	var source cosim.Source
	for f := range strings.FieldsSeq(c.files) {
		path := filepath.Join("testdata/interfaces", f)
		if filepath.Ext(f) == ".lib" {
			source.Libraries = append(source.Libraries, path)
			continue
		}
		source.Files = append(source.Files, path)
		if filepath.Ext(f) == ".vhd" {
			if _, err := exec.LookPath("ghdl"); err != nil {
				t.Skip("ghdl is not installed: scripts/bootstrap --tests installs it")
			}
		}
	}
	source.Params = strings.Fields(c.params)
	r, err := cosim.ElaborateRTL(t.Context(), source, c.over, cosim.Options{})
	require.NoError(t, err)
	d, err := witness.Open(t.Context(), r, witness.Options{Simulators: s})
	require.NoError(t, err)
	for part := range strings.SplitSeq(c.says, "|") {
		assert.Contains(t, d.Describe(), part)
	}
	return d
}

// allPairs compares every product of a simulator with the rule, with open bits as zeros, ones and random.
func allPairs(t *testing.T, o cosim.Opener) {
	t.Helper()
	d, err := o.Open(t.Context())
	require.NoError(t, err)
	defer d.Close()
	n := 0
	for _, fill := range []cosim.Fill{cosim.FillZeros, cosim.FillOnes, cosim.FillRandom} {
		require.NoError(t, d.Reset(t.Context(), fill))
		p, err := d.Sweep(t.Context(), cosim.Rect{NA: 16, NB: 16}, cosim.RowMajor)
		require.NoError(t, err)
		for a := range uint32(16) {
			for b := range uint32(16) {
				if got := p.At(int(a<<4 | b)); got != interfaceRule(a, b) {
					t.Fatalf("%v: a = %d, b = %d: %d, expected %d", o, a, b, got, interfaceRule(a, b))
				}
				n++
			}
		}
	}
	assert.Equal(t, 3*256, n)
}

// TestInterfaces multiplies all pairs by designs whose ports are not tidy, with the netlist, some with Verilator as
// well.
func TestInterfaces(t *testing.T) {
	for _, c := range interfaceCases {
		if c.long {
			continue
		}
		t.Run(c.files, func(t *testing.T) {
			switch {
			case c.both:
				d := c.open(t, witness.Both)
				require.NotNil(t, d.Netlist, d.Alone)
				allPairs(t, d.RTL)
				allPairs(t, d.Netlist)
			case !c.oneReads:
				allPairs(t, c.open(t, witness.Netlist).Netlist)
			}
		})
	}
}

// TestInterfacesLong makes a table of each with both simulators. The wrapper of each has the same table.
func TestInterfacesLong(t *testing.T) {
	want, err := lut.New("rule", lut.UintFormat(4, 4))
	require.NoError(t, err)
	for a := range uint32(16) {
		for b := range uint32(16) {
			want.Set(a, b, interfaceRule(a, b))
		}
	}
	check := func(t *testing.T, d *witness.Design) {
		tab, err := lutgen.Make(t.Context(), d, lutgen.Options{Jobs: 1, Others: d.Others(), Explain: d.Explain, Function: d.Function()})
		require.NoError(t, err)
		assert.Equal(t, want.Digest(), tab.Digest())
	}
	for _, c := range interfaceCases {
		t.Run(c.files, func(t *testing.T) {
			d := c.open(t, witness.Both)
			assert.Equal(t, c.oneReads, d.Netlist == nil, d.NoNetlist)
			allPairs(t, d.RTL)
			check(t, d)

			text, err := d.RTL.Wrapper()
			require.NoError(t, err)
			path := filepath.Join(t.TempDir(), "wrapped.sv")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
			s := d.RTL.Source()
			s.Files, s.Params = append([]string{path}, s.Files...), nil
			var over cosim.Overrides
			if f := d.RTL.Iface; f.OutValid != "" && f.OutValid == f.InReady && f.Busy == f.Idle {
				over = cosim.Overrides{InValid: "in_valid", InReady: "in_ready", OutValid: "in_ready"}
			}
			r, err := cosim.ElaborateRTL(t.Context(), s, over, cosim.Options{})
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(r.Design.Top, "wrapped_"), r.Design.Top)
			w, err := witness.Open(t.Context(), r, witness.Options{})
			require.NoError(t, err)
			assert.Equal(t, c.oneReads, w.Netlist == nil, w.NoNetlist)
			check(t, w)
		})
	}
}

// TestInterfacesRefused has bindings that a table must not rest on.
func TestInterfacesRefused(t *testing.T) {
	for _, c := range []struct {
		file string
		over cosim.Overrides
		says string
	}{
		{"one_bus.v", cosim.Overrides{}, "operand(s) too few"},
		{"one_bus.v", cosim.Overrides{A: "bus[8:5]", B: "bus[3:0]"}, "input bus[4] has no part"},
		{"one_bus.v", cosim.Overrides{A: "bus[8:5]", B: "bus[5:2]"}, "both name bus[5]"},
		{"one_bus.v", cosim.Overrides{A: "bus[8:5]", B: "bus[3:0]", Tie: []string{"bus[9:8]=0", "bus[4]=0"}}, "both name bus[8]"},
		{"one_bus.v", cosim.Overrides{A: "bus[5:8]", B: "bus[3:0]"}, "runs against its range [9:0]"},
		{"one_bus.v", cosim.Overrides{A: "bus[10:7]", B: "bus[3:0]"}, "outside of its range [9:0]"},
		{"one_bus.v", cosim.Overrides{A: "bus.a", B: "bus[3:0]"}, "no member a"},
		{"ascending.v", cosim.Overrides{A: "x[5:2]", B: "y[7:4]"}, "runs against its range [1:6]"},
		{"members.sv", cosim.Overrides{A: "request.c", B: "request.b"}, "its members are tag (1 bit), b (4 bit), a (4 bit)"},
		{"members.sv", cosim.Overrides{}, "request.tag (1 bit), request.b (4 bit), request.a"},
		{"four_phase.v", cosim.Overrides{InReady: "none"}, "valid within"},
		{"part_reset.v", cosim.Overrides{}, "whether reset rst rests high or low"},
		{"passed.v", cosim.Overrides{OutValid: "done"}, "no clock was found"},
	} {
		s := cosim.Source{Files: []string{filepath.Join("testdata/interfaces", c.file)}}
		r, err := cosim.ElaborateRTL(t.Context(), s, c.over, cosim.Options{})
		if err == nil {
			var d *witness.Design
			if d, err = witness.Open(t.Context(), r, witness.Options{Simulators: witness.Netlist}); err == nil {
				var tab *lut.Table
				if tab, err = lutgen.Make(t.Context(), d, lutgen.Options{Jobs: 1}); err == nil {
					t.Errorf("%s: a table %v", c.file, tab.Name)
				}
			}
		}
		assert.ErrorContains(t, err, c.says, c.file)
	}
}
