package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/lut"
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

// open makes the design that the flags and the arguments name. done leaves a board as it was.
func (d *designFlags) open(ctx context.Context, c *cobra.Command, args []string) (o *proof.Design, done func(), err error) {
	done = func() {}
	if err := d.parse(c, args); err != nil {
		return nil, done, err
	}
	p := d.options()
	switch {
	case len(args) > 0:
		o, err = p.OpenBuiltin(ctx, args[0])
	case d.board.port != "":
		b, err := d.board.open(ctx)
		if err != nil {
			return nil, done, err
		}
		d.jobs = 1
		return proof.Board(b), func() { b.Disconnect() }, nil
	case d.c.given():
		a, b, err := d.widths()
		if err != nil {
			return nil, done, err
		}
		o, err := p.OpenC(ctx, d.c.ref, a, b)
		return o, done, err
	default:
		o, err = p.OpenRTL(ctx)
	}
	return o, done, err
}

// options returns what the flags say of opening a design and running it.
func (d *designFlags) options() *proof.Options {
	return &proof.Options{Source: d.source, Over: d.over, Timeout: d.timeout, Jobs: d.jobs, Progress: cli.Begin,
		Witness: witness.Options{Simulators: witness.Simulators(d.simulators), Strict: d.strict, AllowState: d.allowState}}
}

// parse finds out what the flags name, and refuses those that mean nothing together.
func (d *designFlags) parse(c *cobra.Command, args []string) error {
	d.over.Kind, d.over.LatencyGiven = cosim.Kind(d.kind), c.Flags().Changed("latency")
	if k := d.over.Kind; k != "" && !slices.Contains([]cosim.Kind{cosim.Float, cosim.Mantissa, cosim.Unsigned, cosim.Signed}, k) {
		return fault.Usagef("--kind %s: expected fp, mant, uint or sint", k)
	}
	if len(args) > 0 {
		if _, err := builtinName(args[0]); err != nil {
			return err
		}
	}
	if err := d.c.parse(); err != nil {
		return err
	}
	if err := d.parseRTL(); err != nil {
		return err
	}
	if err := d.check(c, len(args) > 0); err != nil {
		return err
	}
	given := 0
	for _, is := range []bool{len(args) > 0, len(d.source.Files) > 0, d.c.given(), d.board.port != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		return fault.Usagef("name one design: a built-in (mitchell_e8m7), --rtl file.v%s", d.others())
	}
	return nil
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
	case !slices.Contains([]witness.Simulators{witness.Both, witness.Verilator, witness.Netlist}, witness.Simulators(d.simulators)):
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

// widths returns the bits of integer operands that --width says, 0 without it.
func (d *designFlags) widths() (a, b int, err error) {
	if d.width == "" {
		return 0, 0, nil
	}
	first, second, two := strings.Cut(d.width, "x")
	if !two {
		second = first
	}
	a, errA := strconv.Atoi(first)
	b, errB := strconv.Atoi(second)
	if errA != nil || errB != nil {
		return 0, 0, fault.Usagef("--width %s: expected bits, such as 8 or 8x6", d.width)
	}
	return a, b, nil
}

// printInferred prints the line that says what was inferred, and the warnings of the tools.
func printInferred(o *proof.Design) {
	fmt.Fprintln(cli.Stdout, o.Describe())
	if o.Sandbox != "" {
		fmt.Fprintln(cli.Stdout, "sandbox: "+o.Sandbox)
	}
	for _, n := range o.Notes() {
		cli.Logf("warning: %s", n)
	}
}
