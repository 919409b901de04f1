package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
	"github.com/approxtrain/approxtrain/witness"
)

// designFlags name a design under test: built-in RTL, the user's RTL, or a C
// model.
type designFlags struct {
	source  cosim.Source
	over    cosim.Overrides
	c       cFlag
	kind    string
	width   string
	timeout time.Duration
	jobs    int
	boards  bool // a board may be the design

	simulators         string
	strict, allowState bool
	board              portFlags
}

// registerBoard lets a board be the design.
func (d *designFlags) registerBoard(c *cobra.Command) {
	d.boards = true
	d.board.register(c.Flags(), "")
}

func (d *designFlags) register(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&d.source.Files, "rtl", nil,
		"Verilog or SystemVerilog `FILE.v[:module]`, with its top module (repeat for several files)")
	f.StringVar(&d.source.Top, "top", "", "top `module` (default: the one that no other instantiates)")
	f.StringArrayVarP(&d.source.Include, "include", "I", nil, "`folder` searched for includes and modules")
	f.StringArrayVarP(&d.source.Defines, "define", "D", nil, "macro `NAME[=value]`")
	f.StringArrayVarP(&d.source.Params, "param", "G", nil, "parameter of the top, `NAME=value`")
	f.BoolVar(&d.source.Trust, "trust", false, "let the design run commands and C++, and read and write files: no sandbox")
	f.StringVar(&d.over.A, "a", "", "`port` of operand A (several, most significant first: hi,lo)")
	f.StringVar(&d.over.B, "b", "", "`port` of operand B")
	f.StringVar(&d.over.P, "p", "", "`port` of the product (carry_o,frac_o joins two)")
	f.StringVar(&d.over.Clock, "clk", "", "clock `port`")
	f.StringVar(&d.over.Reset, "rst", "", "reset `port` (!port: active low)")
	f.StringVar(&d.over.InValid, "in-valid", "", "`port` that says operands are valid (start)")
	f.StringVar(&d.over.InReady, "in-ready", "", "`port` that says operands are taken (!port: busy)")
	f.StringVar(&d.over.OutValid, "out-valid", "", "`port` that says the product is valid (done)")
	f.StringVar(&d.over.OutReady, "out-ready", "", "`port` that says the product is taken")
	f.StringArrayVar(&d.over.Tie, "tie", nil, "constant for an input without a part, `NAME=value`")
	cli.NumberVar(f, &d.over.Latency, "latency", "", limits.Range[int]{Most: 65_536}, "clock `edges` from operands to product (default: measured)")
	f.StringVar(&d.kind, "kind", "", "how ports are read: `fp|mant|uint|sint`")
	cli.NumberVar(f, &d.over.Mantissa, "mant", "", limits.Range[int]{Least: 1, Most: lut.MaxMantissa, Zero: "what the ports say"}, "mantissa `bits` of the operands")
	d.c.register(f)
	f.StringVar(&d.width, "width", "", "integer operands of a C function, in `bits`: 8 or 8x6")
	f.StringVar(&d.simulators, "simulator", string(witness.Both), "what computes the products of RTL: `verilator|netlist|both`")
	f.BoolVar(&d.strict, "strict", false, "refuse a design that only one simulator reads")
	f.BoolVar(&d.allowState, "allow-state", false, "sample RTL whose product depends on registers that feed back, instead of refusing it")
	d.timeout = cosim.DefaultTimeout
	cli.NumberVar(f, &d.timeout, "timeout", "", limits.Range[time.Duration]{Least: time.Millisecond, Most: 24 * time.Hour}, "longest `time` without a product")
	cli.NumberVar(f, &d.jobs, "jobs", "j", limits.Threads, "`processes` side by side (default: one per core)")
}

// opened is a design, ready to start, and what is known of it.
type opened struct {
	cosim.Opener
	rtl    *cosim.RTL         // nil for a function in C or a board
	design *witness.Design    // of RTL: its simulators
	name   string             // for the table
	golden *golden.Multiplier // the model of a built-in design
	wide   *golden.Integer    // of one that no table holds
	close  func() error       // of a board

	sandbox string // what it runs in, unless it came with this program
}

// openedRTL builds RTL in its simulators.
func openedRTL(ctx context.Context, r *cosim.RTL, opts witness.Options, name string) (*opened, error) {
	w, err := witness.Open(ctx, r, opts)
	if err != nil {
		return nil, err
	}
	return &opened{Opener: w, rtl: r, design: w, name: name}, nil
}

// sweep returns the options of a sweep with every simulator there is.
func (o *opened) sweep(jobs int) lutgen.Options {
	opts := lutgen.Options{Jobs: jobs}
	if o.design != nil {
		opts.Others, opts.Explain, opts.Function = o.design.Others(), o.design.Explain, o.design.Function()
		opts.Proven = o.design.Proven()
		opts.Sampled = o.design.Sampled()
		if o.design.Pure() {
			opts.Histories = lutgen.HistoriesPure
		}
	}
	return opts
}

// witnesses is the line that says which simulators agree; empty for a board or a
// model in C.
func (o *opened) witnesses(t *lut.Table) string {
	if o.design == nil {
		return ""
	}
	s := lutgen.AgreementOf(t.Witnesses).String()
	if o.design.Alone != "" {
		s += "; only one tool reads the source, because " + o.design.Alone
	}
	if o.design.NoNetlist != "" {
		s += "; no netlist: " + o.design.NoNetlist
	}
	return s + "\na function of its operands: " + t.Function + "; " + o.design.FourState()
}

// done leaves a board as it was.
func (o *opened) done() {
	if o.close != nil {
		o.close()
	}
}

// open makes the design that the flags and the arguments name.
func (d *designFlags) open(ctx context.Context, c *cobra.Command, args []string) (*opened, error) {
	d.over.Kind, d.over.LatencyGiven = cosim.Kind(d.kind), c.Flags().Changed("latency")
	if k := d.over.Kind; k != "" && !slices.Contains([]cosim.Kind{cosim.Float, cosim.Mantissa, cosim.Unsigned, cosim.Signed}, k) {
		return nil, fault.Usagef("--kind %s: expected fp, mant, uint or sint", k)
	}
	if len(args) > 0 {
		if _, err := builtinName(args[0]); err != nil {
			return nil, err
		}
	}
	if err := d.c.parse(); err != nil {
		return nil, err
	}
	if err := d.parseRTL(); err != nil {
		return nil, err
	}
	if err := d.check(c, len(args) > 0); err != nil {
		return nil, err
	}
	given := 0
	for _, is := range []bool{len(args) > 0, len(d.source.Files) > 0, d.c.given(), d.board.port != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		return nil, fault.Usagef("name one design: a built-in (mitchell_e8m7), --rtl file.v%s", d.others())
	}
	opts := cosim.Options{Timeout: d.timeout}
	switch {
	case len(args) > 0:
		if m, err := golden.LookupInteger(args[0]); err == nil && d.over.Wide {
			return openWide(ctx, m, opts, d.witness())
		}
		return openBuiltin(ctx, args[0], "", opts, d.witness())
	case d.board.port != "":
		b, err := d.board.open(ctx)
		if err != nil {
			return nil, err
		}
		d.jobs = 1
		return &opened{Opener: b, name: tableName("board", b.Shape()), close: b.Disconnect}, nil
	case d.c.given():
		m, err := d.openModel(ctx, opts)
		if err != nil {
			return nil, err
		}
		name := tableName(stem(d.c.ref.Path), m.Shape())
		return &opened{Opener: m, name: name, sandbox: sandbox.Summary(d.source.Trust)}, nil
	default:
		r, err := cosim.ElaborateRTL(ctx, d.source, d.over, opts)
		if err != nil {
			return nil, err
		}
		o, err := openedRTL(ctx, r, d.witness(), tableName(r.Design.Top, r.Shape()))
		if err == nil {
			o.sandbox = sandbox.Summary(d.source.Trust)
		}
		return o, err
	}
}

// witness returns what the flags say of simulators.
func (d *designFlags) witness() witness.Options {
	return witness.Options{Simulators: witness.Simulators(d.simulators), Strict: d.strict, AllowState: d.allowState}
}

// others names the designs beside the first two.
func (d *designFlags) others() string {
	if d.boards {
		return ", --c file.c, or --port of a board"
	}
	return ", or --c file.c"
}

// Flags that say something of one sort of design only.
var (
	rtlFlags   = strings.Fields("top include define param a b p clk rst in-valid in-ready out-valid out-ready tie latency allow-state")
	simFlags   = strings.Fields("simulator strict")
	modelFlags = strings.Fields("func width")
	bothFlags  = strings.Fields("kind mant trust")
)

// check refuses flags that would have no effect.
func (d *designFlags) check(c *cobra.Command, builtin bool) error {
	refuse := func(names []string, what string) error {
		for _, n := range names {
			if c.Flags().Changed(n) {
				return fault.Usagef("--%s has no meaning for %s", n, what)
			}
		}
		return nil
	}
	var err error
	switch {
	case builtin:
		err = refuse(slices.Concat(rtlFlags, modelFlags, bothFlags), "a built-in multiplier: its name says everything")
	case d.c.given():
		err = refuse(slices.Concat(rtlFlags, simFlags), "a function in C")
	case len(d.source.Files) > 0:
		err = refuse(modelFlags, "RTL")
	case d.board.port != "":
		err = refuse(slices.Concat(rtlFlags, modelFlags, bothFlags, simFlags, []string{"jobs"}), "a board: it says what it is")
	}
	switch {
	case err != nil:
		return err
	case !slices.Contains([]witness.Simulators{witness.Both, witness.Verilator, witness.Netlist}, d.witness().Simulators):
		return fault.Usagef("--simulator %s: expected verilator, netlist or both", d.simulators)
	}
	return nil
}

// isNoSource refuses an output file that is a source of the design.
func (d *designFlags) isNoSource(out string) error {
	to, err := os.Stat(out)
	if err != nil {
		return nil // it is not there yet
	}
	d.parseRTL() // which open does again, and reports
	for _, f := range append(slices.Clone(d.source.Files), d.c.file()) {
		if from, err := os.Stat(f); err == nil && os.SameFile(from, to) {
			return fault.Usagef("-o %s would overwrite a source of the design", out)
		}
	}
	return nil
}

// openModel opens the C function that the flags name.
func (d *designFlags) openModel(ctx context.Context, opts cosim.Options) (*cosim.Model, error) {
	s := cosim.ModelSource{File: d.c.ref.Path, Func: d.c.ref.Func, Kind: d.over.Kind, Mantissa: d.over.Mantissa,
		Wide: d.over.Wide, Trust: d.source.Trust}
	if d.width != "" {
		a, b, two := strings.Cut(d.width, "x")
		if !two {
			b = a
		}
		var errA, errB error
		s.A, errA = strconv.Atoi(a)
		s.B, errB = strconv.Atoi(b)
		if errA != nil || errB != nil {
			return nil, fault.Usagef("--width %s: expected bits, such as 8 or 8x6", d.width)
		}
	}
	return cosim.OpenModel(ctx, s, opts)
}

// openBuiltin opens the built-in RTL of a multiplier by name.
func openBuiltin(ctx context.Context, name, variant string, opts cosim.Options, w witness.Options) (*opened, error) {
	m, err := golden.Lookup(name)
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	if m, err = m.Variant(variant); err != nil {
		return nil, fault.Usagef("%w", err)
	}
	s, err := cosim.Builtin(m.RTL.File, m.RTL.Top, m.RTL.Params)
	if err != nil {
		return nil, err
	}
	r, err := cosim.ElaborateRTL(ctx, s, cosim.Overrides{Kind: m.RTL.Kind}, opts)
	if err != nil {
		return nil, err
	}
	o, err := openedRTL(ctx, r, w, m.Name)
	if err != nil {
		return nil, err
	}
	o.golden = &m
	return o, nil
}

// openWide opens the built-in RTL of an integer multiplier that no table holds.
func openWide(ctx context.Context, m golden.Integer, opts cosim.Options, w witness.Options) (*opened, error) {
	s, err := cosim.Builtin(m.RTL.File, m.RTL.Top, m.RTL.Params)
	if err != nil {
		return nil, err
	}
	r, err := cosim.ElaborateRTL(ctx, s, cosim.Overrides{Kind: m.RTL.Kind, Wide: true}, opts)
	if err != nil {
		return nil, err
	}
	o, err := openedRTL(ctx, r, w, m.Name)
	if err != nil {
		return nil, err
	}
	o.wide = &m
	return o, nil
}

func stem(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

var unfit = regexp.MustCompile(`[^A-Za-z0-9._+-]+`)

// tableName returns <design>_<format>, unless the design is called so already.
func tableName(design string, s cosim.Shape) string {
	design = unfit.ReplaceAllString(design, "-")
	f, err := s.Format()
	if err != nil {
		return design
	}
	suffix := "_" + baseFormat(f)
	return strings.TrimSuffix(design, suffix) + suffix
}

// baseFormat returns a format's name without the width of its product, as the
// names of multipliers have it.
func baseFormat(f lut.Format) string {
	if f.Kind == lut.Mantissa {
		f.P = f.A
	} else {
		f.P = f.A + f.B
	}
	return f.String()
}

// report is the line that says what was inferred.
func (o *opened) report() {
	fmt.Fprintln(cli.Stdout, o.Describe())
	if o.sandbox != "" {
		fmt.Fprintln(cli.Stdout, "sandbox: "+o.sandbox)
	}
	if o.design != nil {
		for _, n := range o.design.Notes {
			cli.Logf("warning: %s", n)
		}
	}
}
