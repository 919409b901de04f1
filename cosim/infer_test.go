package cosim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

// ports reads "in a 8, in signed b 8, out p 16".
func ports(text string) []Port {
	var out []Port
	for item := range strings.SplitSeq(text, ",") {
		f := strings.Fields(item)
		p := Port{Width: 1, Dir: map[string]Direction{"in": In, "out": Out, "inout": InOut}[f[0]]}
		for _, w := range f[1:] {
			switch {
			case w == "signed":
				p.Signed = true
			case w == "array":
				p.Array = true
			case w[0] >= '1' && w[0] <= '9' && p.Name != "":
				p.Width = 0
				for _, c := range w {
					p.Width = 10*p.Width + int(c-'0')
				}
			default:
				p.Name = w
			}
		}
		out = append(out, p)
	}
	return out
}

func scalars(dir, stem string, n int, form string) string {
	var out []string
	for i := range n {
		out = append(out, dir+" "+strings.NewReplacer("S", stem, "N", string(rune('0'+i))).Replace(form))
	}
	return strings.Join(out, ",")
}

var inferCases = []struct {
	name  string
	ports string
	over  Overrides
	want  func(i *Interface) // changes to what the shape says
	shape Shape
	a, b  string
	p     string
}{
	{name: "EvoApproxLib's names", ports: "in A 8, in B 8, out O 16", shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "A", b: "B", p: "O"},
	{name: "operands of unequal width", ports: "in x 8, in y 6, out z 14", shape: Shape{Kind: Unsigned, A: 8, B: 6, P: 14}, a: "x", b: "y", p: "z"},
	{name: "declared signed", ports: "in signed a 8, in signed b 8, out signed p 16", shape: Shape{Kind: Signed, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p"},
	{name: "bfloat16", ports: "in a_i 16, in b_i 16, out p_o 16", shape: Shape{Kind: Float, A: 16, B: 16, P: 16}, a: "a_i", b: "b_i", p: "p_o"},
	{name: "bfloat16 with the whole product", ports: "in a 16, in b 16, out p 24", shape: Shape{Kind: Float, A: 16, B: 16, P: 24}, a: "a", b: "b", p: "p"},
	{name: "mantissas", ports: "in x 7, in y 7, out z 8", shape: Shape{Kind: Mantissa, A: 7, B: 7, P: 8}, a: "x", b: "y", p: "z"},
	{name: "carry and fraction", ports: "in x_i 7, in y_i 7, out carry_o 1, out frac_o 7", shape: Shape{Kind: Mantissa, A: 7, B: 7, P: 8},
		a: "x_i", b: "y_i", p: "carry_o frac_o"},
	{name: "operands the other way round", ports: "in b 4, in a 4, out p 8", shape: Shape{Kind: Unsigned, A: 4, B: 4, P: 8}, a: "a", b: "b", p: "p"},
	{name: "unrelated names keep their order", ports: "in weight 4, in act 4, out p 8", shape: Shape{Kind: Unsigned, A: 4, B: 4, P: 8}, a: "weight", b: "act", p: "p"},
	{name: "bits in brackets", ports: scalars("in", "a", 3, "S[N]") + "," + scalars("in", "b", 3, "S[N]") + "," + scalars("out", "p", 6, "S[N]"),
		shape: Shape{Kind: Unsigned, A: 3, B: 3, P: 6}, a: "a[2] a[1] a[0]", b: "b[2] b[1] b[0]", p: "p[5] p[4] p[3] p[2] p[1] p[0]"},
	{name: "numbered bits", ports: scalars("in", "x", 2, "SN") + "," + scalars("in", "y", 2, "S_N_") + "," + scalars("out", "z", 4, "SN"),
		shape: Shape{Kind: Unsigned, A: 2, B: 2, P: 4}, a: "x1 x0", b: "y_1_ y_0_", p: "z3 z2 z1 z0"},
	{name: "clock and reset", ports: "in clk_i, in rst_ni, in a 8, in b 8, out p 16", shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.Clock, i.Reset, i.ResetLow = "clk_i", "rst_ni", true }},
	{name: "reset active high, enable", ports: "in clock, in reset, in ce, in a 8, in b 8, out p 16", shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.Clock, i.Reset, i.Tied = "clock", "reset", []Tie{Tied("ce", "1")} }},
	{name: "valid and ready", ports: "in clk, in valid_i, out ready_o, in a 8, in b 8, out valid_o, in ready_i, out p 16",
		shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p",
		want: func(i *Interface) {
			i.Clock, i.InValid, i.InReady, i.OutValid, i.OutReady = "clk", "valid_i", "ready_o", "valid_o", "ready_i"
		}},
	{name: "start, busy and done", ports: "in clk, in start, out busy, out done, in a 8, in b 8, out p 16",
		shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p",
		want: func(i *Interface) {
			i.Clock, i.InValid, i.InReady, i.OutValid, i.Busy = "clk", "start", "busy", "done", true
		}},
	{name: "start and busy", ports: "in clk, in start, out busy, in a 8, in b 8, out p 16",
		shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.Clock, i.InValid, i.OutValid, i.Idle = "clk", "start", "busy", true }},
	{name: "start and busy, with a reset", ports: "in clk, in rst, in start, out busy, in a 8, in b 8, out p 16",
		shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p",
		want: func(i *Interface) {
			i.Clock, i.Reset, i.InValid, i.InReady, i.OutValid, i.Busy, i.Idle = "clk", "rst", "start", "busy", "busy", true, true
		}},
	{name: "a done that passes through", ports: "in start, in a 8, in b 8, out done, out p 16",
		shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.Tied, i.Open = []Tie{Tied("start", "1")}, []string{"done"} }},
	{name: "a busy that means nothing", ports: "in a 8, in b 8, out busy, out p 16", shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.Open = []string{"busy"} }},
	{name: "reset by the user's word", ports: "in clk, in rst_n, in a 8, in b 8, out p 16", over: Overrides{Reset: "rst_n"},
		shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p", want: func(i *Interface) { i.Clock, i.Reset = "clk", "rst_n" }},
	{name: "a flip-flop's pin names", ports: "in CK, in RN, in a 8, in b 8, out p 16", shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.Clock, i.Reset, i.ResetLow = "CK", "RN", true }},
	{name: "a start without a done is always there", ports: "in clk, in start, in a 8, in b 8, out p 16", shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16},
		a: "a", b: "b", p: "p", want: func(i *Interface) { i.Clock, i.Tied = "clk", []Tie{Tied("start", "1")} }},
	{name: "more outputs than the product", ports: "in a 8, in b 8, out ovf, out p 16", shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.Open = []string{"ovf"} }},
	{name: "named", ports: "in u 8, in v 8, in w 8, out p 16, out q 16",
		over:  Overrides{A: "w", B: "u", P: "q", Tie: []string{"v=8'h3"}, Kind: Signed},
		shape: Shape{Kind: Signed, A: 8, B: 8, P: 16}, a: "w", b: "u", p: "q",
		want: func(i *Interface) { i.Tied, i.Open = []Tie{Tied("v", "8'h3")}, []string{"p"} }},
	{name: "supply and ground pins", ports: "inout VPWR, inout VGND, in vdd, inout x, in a 8, in b 8, out p 16", over: Overrides{Tie: []string{"x=1"}},
		shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, a: "a", b: "b", p: "p",
		want: func(i *Interface) {
			i.Tied = []Tie{Tied("VPWR", "1"), Tied("VGND", "0"), Tied("vdd", "1"), Tied("x", "1")}
		}},
	{name: "kind decides", ports: "in a 10, in b 10, out p 11", over: Overrides{Kind: Float}, shape: Shape{Kind: Float, A: 10, B: 10, P: 11}, a: "a", b: "b", p: "p"},
	{name: "mantissa bits decide", ports: "in a 1, in b 1, out p 2", over: Overrides{Mantissa: 1}, shape: Shape{Kind: Mantissa, A: 1, B: 1, P: 2}, a: "a", b: "b", p: "p"},
	{name: "a product cut short", ports: "in a 8, in b 8, out p 12", over: Overrides{Kind: Unsigned}, shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 12}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.PartOpen = true }},
	{name: "a part that products tell", ports: "in a 8, in b 8, out p 8", shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 8}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.PartOpen = true }},
	{name: "a part beside flags", ports: "in signed a 8, in signed b 8, out ovf, out zero, out signed p 8", shape: Shape{Kind: Signed, A: 8, B: 8, P: 8}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.PartOpen, i.Open = true, []string{"ovf", "zero"} }},
	{name: "a given part beside flags", ports: "in a 8, in b 8, out ovf, out zero, out p 8", over: Overrides{LSB: 8, LSBGiven: true},
		shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 8, Part: lut.Part{LSB: 8}}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.Open = []string{"ovf", "zero"} }},
	{name: "the high half", ports: "in a 8, in b 8, out p 8", over: Overrides{LSB: 8, LSBGiven: true},
		shape: Shape{Kind: Unsigned, A: 8, B: 8, P: 8, Part: lut.Part{LSB: 8}}, a: "a", b: "b", p: "p"},
	{name: "the low half of what could be floats", ports: "in a 16, in b 16, out p 16", over: Overrides{LSBGiven: true, Wide: true},
		shape: Shape{Kind: Unsigned, A: 16, B: 16, P: 16, Part: lut.Part{Modulo: true}}, a: "a", b: "b", p: "p"},
	{name: "signed ports are no floats", ports: "in signed a 11, in signed b 11, out signed p 11, out ovf", shape: Shape{Kind: Signed, A: 11, B: 11, P: 11}, a: "a", b: "b", p: "p",
		want: func(i *Interface) { i.PartOpen, i.Open = true, []string{"ovf"} }},
	{name: "signed by unsigned", ports: "in signed w 8, in x 8, out signed p 16", shape: Shape{Kind: SignedByUnsigned, A: 8, B: 8, P: 16}, a: "w", b: "x", p: "p",
		want: func(i *Interface) { i.KindOpen = true }},
	{name: "unsigned by signed", ports: "in u 8, in signed w 4, out p 12", shape: Shape{Kind: UnsignedBySigned, A: 8, B: 4, P: 12}, a: "u", b: "w", p: "p",
		want: func(i *Interface) { i.KindOpen = true }},
	{name: "an accumulator", ports: "in signed a 8, in signed b 8, out signed acc 32", shape: Shape{Kind: Signed, A: 8, B: 8, P: 32}, a: "a", b: "b", p: "acc"},
}

func TestInfer(t *testing.T) {
	for _, c := range inferCases {
		t.Run(c.name, func(t *testing.T) {
			got, err := infer(ports(c.ports), c.over)
			require.NoError(t, err)
			want := &Interface{Shape: c.shape, A: Whole(strings.Fields(c.a)...), B: Whole(strings.Fields(c.b)...), P: Whole(strings.Fields(c.p)...)}
			want.KindOpen = c.shape.Kind == Unsigned && c.over.Kind == ""
			if c.want != nil {
				c.want(want)
			}
			assert.Equal(t, want, got)
		})
	}
}

func TestInferRefuses(t *testing.T) {
	for _, c := range []struct {
		ports string
		over  Overrides
		says  []string
	}{
		{"in a 8, out p 16", Overrides{}, []string{"1 operand(s) too few", "option b", "if a has both, name their bits: option a 'a[7:4]' option b 'a[3:0]'"}},
		{"in a 8, in b 8, out hi 8, out lo 8", Overrides{}, []string{"hi (8 bit), lo (8 bit)", "two that are the halves of the product option p high,low"}},
		{"in a 8, in b 8", Overrides{}, []string{"no product port"}},
		{"in a 8, in b 8, out p 16, out q 16", Overrides{}, []string{"p (16 bit), q (16 bit)", "option p"}},
		{"in a 8, in b 8, in c 8, out p 16", Overrides{}, []string{"a (8 bit), b (8 bit), c (8 bit)", "option a and option b", "option tie"}},
		{"in a 8, in b 8, in mode, out p 16", Overrides{}, []string{"mode (1 bit)", "option tie mode=0"}},
		{"in a 8, in b 17, out p 13", Overrides{}, []string{"fit no format", "option kind"}},
		{"in a 8, in b 8, out p 33", Overrides{}, []string{"at most 32 are read"}},
		{"in a 8, in b 8, out p 33", Overrides{Kind: Signed}, []string{"at most 32 are read", "option p 'acc[15:0]'"}},
		{"in a 8, in b 8, out p 8", Overrides{LSB: 16, LSBGiven: true}, []string{"option lsb 16", "bits 0 to 15"}},
		{"in a 16, in b 16, out p 16", Overrides{LSB: 16, LSBGiven: true, Kind: Float}, []string{"option lsb 16", "read as fp"}},
		{"in a 8, in b 8, out s 16, out c 16", Overrides{}, []string{"two that are to be added are option p x+y"}},
		{"in a 16, in b 16, out p 32", Overrides{}, []string{"a table ends there"}},
		{"in a 1, in b 1, out p 2", Overrides{}, []string{"2 ways", "option kind mant (e8m1)", "option kind uint (u1)"}},
		{"in a 8 array, in b 8, out p 16", Overrides{}, []string{"unpacked array"}},
		{"inout a 8, in b 8, out p 16", Overrides{}, []string{"inout", "option tie a=0"}},
		{"in clk, in x_valid, in y_valid, in a 8, in b 8, out v_o, out p 16", Overrides{},
			[]string{"x_valid, y_valid could each be the operand valid", "option in-valid x_valid,y_valid"}},
		{"in clk, in a_valid, in c_valid, in a_data 8, in b_data 8, out v_o, out p 16", Overrides{}, []string{"could each be"}},
		{"in clk, in a_valid, in b_valid, out a_ready, in a_data 8, in b_data 8, out v_o, out p 16", Overrides{}, []string{"could each be"}},
		{"in clk, in u, in v, out w, in a 8, in b 8, out v_o, out p 16", Overrides{InValid: "u,v", InReady: "w"}, []string{"each channel needs one of both"}},
		{"in clk, in u, in v, out w, out x, in a 8, in b 8, out p 16", Overrides{InValid: "u,v", InReady: "!w,!x", OutValid: "x"},
			[]string{"a channel of several has a valid and a ready, which are high"}},
		{"in clk, in u, in a 8, in b 8, out p 16", Overrides{InValid: "u,u"}, []string{"the port has two parts"}},
		{"in clk, in a 8, in b 8, in go 2, out p 16", Overrides{A: "a", B: "b", InValid: "go"}, []string{"2 bits, expected 1"}},
		{"in x 16, out p 16", Overrides{A: "x[15:8]", B: "x[8:1]"}, []string{"option a and option b both name x[8]"}},
		{"in x 16, out p 15", Overrides{A: "x[15:8]", B: "x[6:0]"}, []string{"input x[7] has no part", "option tie 'x[7]=VALUE'"}},
		{"in x 16, out p 16", Overrides{A: "x[15:8]", B: "x[7:0]", Tie: []string{"x[0]=1"}}, []string{"both name x[0]"}},
		{"in x 16, out p 16", Overrides{A: "x[15:8],x[15:8]", B: "x[7:0]"}, []string{"names x[8] twice"}},
		{"in x 16, out p 16", Overrides{A: "x[15:8]", B: "x[7:0]", P: "p[7:0],p[8:1]"}, []string{"option p names p[1] twice"}},
		{"in clk, in clk2, in a 8, in b 8, out p 16", Overrides{}, []string{"clk, clk2", "option clk"}},
		{"in start, in a 8, in b 8, out done, out p 16", Overrides{OutValid: "done"}, []string{"no clock", "option clk"}},
		{"in a 8, in b 8, out p 16", Overrides{A: "aa"}, []string{"did you mean a?"}},
		{"in a 8, in b 8, out p 16", Overrides{A: "p"}, []string{"is an output, expected an input"}},
		{"in a 8, in b 8, out p 16", Overrides{Clock: "a"}, []string{"8 bits, expected 1"}},
		{"in a 8, in b 8, out p 16", Overrides{Tie: []string{"a"}}, []string{"option tie", "NAME=value"}},
		{"in a 8, in b 8, in mode, out p 16", Overrides{Tie: []string{"mode=2"}}, []string{"option tie mode=2", "does not fit", "1 bits"}},
		{"in a 8, in b 8, in mode 4, out p 16", Overrides{Tie: []string{"mode=8'h10"}}, []string{"does not fit"}},
		{"in ab 8, in c 8, out p 16", Overrides{A: "ab", B: "ab"}, []string{"both name ab"}},
		{"in a 13, in b 13, out p 26", Overrides{Kind: Unsigned}, []string{"1 to 12 bits"}},
		{"in a 16, in b 16, out p 16", Overrides{Mantissa: 6}, []string{"fit no format"}},
		{"in a 16, in b 16, out p 16", Overrides{Mantissa: 6, Kind: Float}, []string{"option mant 6 does not fit"}},
	} {
		_, err := infer(ports(c.ports), c.over)
		require.Error(t, err, c.ports)
		for _, s := range c.says {
			assert.ErrorContains(t, err, s, c.ports)
		}
	}
}

func TestRoles(t *testing.T) {
	for role, names := range map[string]string{
		roleClock:    "clk clock clk_i i_clk CLK ck aclk sys_clk clk_in",
		roleReset:    "rst reset rst_n rst_ni RSTN resetn aresetn nrst i_rst_n reset_i clr",
		roleEnable:   "en enable ce clk_en ena_i",
		roleInValid:  "valid in_valid valid_i i_valid vld start start_i go s_axis_tvalid req i_stb v_in v_i vin ap_start ld load EN_start EN_put BTNC bus.valid",
		roleOutReady: "ready_i out_ready m_ready rdy_i ack yumi_i",
		"":           "a b x0 c d clkx rest valu multiplier carry mode sel v vout en_x bus.a",
	} {
		for n := range strings.FieldsSeq(names) {
			assert.Equal(t, role, roleOf(n, In), n)
		}
	}
	for role, names := range map[string]string{
		roleOutValid: "valid valid_o done o_done ap_done END_MULT enableOutput v_o v_out vout LED0 o_stb finish bus.done",
		roleInReady:  "ready rdy ready_and_o busy s_axis_tready",
		"":           "p z v vin ovf sign overflow led1 product",
	} {
		for n := range strings.FieldsSeq(names) {
			assert.Equal(t, role, roleOf(n, Out), n)
		}
	}
	for n := range strings.FieldsSeq("rst_n rst_ni RSTN resetn aresetn nrst i_rst_n rst_b") {
		assert.True(t, activeLow(n), n)
	}
	for n := range strings.FieldsSeq("rst reset i_reset reset_i clr") {
		assert.False(t, activeLow(n), n)
	}
}

// FuzzInfer feeds any port list: whatever is inferred uses every input once,
// and gives the operands and the product the widths that the shape says.
func FuzzInfer(f *testing.F) {
	f.Add("in a 8,in b 8,out p 16", "", "", "")
	f.Add("in clk,in rst_n,in a 16,in b 16,out p 16,out v", "a", "p", "fp")
	f.Add("in a0,in a1,in b0,in b1,out p0,out p1,out p2,out p3", "", "", "uint")
	f.Fuzz(func(t *testing.T, text, a, p, kind string) {
		var list []Port
		names := map[string]bool{}
		for item := range strings.SplitSeq(text, ",") {
			if len(strings.Fields(item)) < 2 {
				return
			}
			q := ports(item)[0]
			if q.Name == "" || names[q.Name] || q.Dir == "" || q.Width > 64 {
				return
			}
			names[q.Name] = true
			list = append(list, q)
		}
		i, err := infer(list, Overrides{A: a, P: p, Kind: Kind(kind)})
		if err != nil {
			return
		}
		// Every input bit is driven once, and the operands and the product are of the shape's widths.
		_, err = Wiring(&Design{Top: "m", Ports: list}, Source{}, i)
		assert.NoError(t, err)
		_, err = i.Shape.Format()
		assert.NoError(t, err)
		used := map[string]bool{i.Clock: true, i.Reset: true, i.InValid: true, i.OutReady: true}
		for _, l := range [][]Slice{i.A, i.B} {
			for _, s := range l {
				used[s.Port] = true
			}
		}
		for _, t := range i.Tied {
			used[t.Port] = true
		}
		for _, q := range list {
			if q.Dir == In {
				assert.True(t, used[q.Name], "input %s of %q", q.Name, text)
			}
		}
	})
}
