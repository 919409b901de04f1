// Package design holds the flags that name a design under test, its golden model or the port of a board, which several
// commands have, and opens what they name.
//
// Errors name the flag. Start reading at [Flags].
package design

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
)

// Flags name a design under test: a built-in multiplier, RTL, a function in C or a board.
type Flags struct {
	Jobs   int  // processes side by side, 0 for the default
	Wide   bool // integers that no table holds are designs too
	Sample bool // so are wider ones, and floats, of which a sample is compared
	// AllPairs: all pairs of floats will be compared, and not only those of their fractions.
	AllPairs bool

	source  cosim.Source
	over    cosim.Overrides
	cells   []string // files of -v
	suffix  string   // of a table's name, for a value of Each
	folders []string // of -y
	c       cFlag
	kind    string
	format  string
	bias    int
	decode  decodeFlags
	width   string
	timeout time.Duration
	boards  bool // a board may be the design
	sum     accumulating

	simulators         string
	strict, allowState bool
	board              Port
}

// RegisterBoard defines the flags of a board, which may be the design then.
func (d *Flags) RegisterBoard(c *cobra.Command) {
	d.boards = true
	d.board.Register(c.Flags(), "")
}

// Register defines the flags of all designs but boards.
func (d *Flags) Register(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&d.source.Files, "rtl", nil,
		"Verilog, SystemVerilog, BLIF or VHDL `FILE.v[:module]`, with its top module (repeat for several files)")
	f.StringVar(&d.source.Top, "top", "", "top `module` (default: the one that no other instantiates)")
	f.StringArrayVarP(&d.source.Lists, "file-list", "f", nil, "list of files `FILE.f`, as other tools take it; --rtl takes one too")
	f.StringArrayVarP(&d.cells, "library-file", "v", nil, "`FILE.v` of cells: its modules are no tops")
	f.StringArrayVarP(&d.folders, "library-folder", "y", nil, "the same as -I `folder`")
	f.StringArrayVar(&d.source.Libraries, "lib", nil, "cell library `FILE.lib` (Liberty): functions and areas of a netlist's cells")
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
	f.StringVar(&d.over.Beats, "beats", "", "clock `cycles` in which operands and product pass through their ports: a=2,b=2,p=4,lsb (or msb: high bits first; turns: a part of a, then one of b)")
	f.StringArrayVar(&d.over.Tie, "tie", nil, "constant for an input without a part, `NAME=value` (lut, check: NAME=0,1,2, a run for each)")
	command.NumberVar(f, &d.over.Latency, "latency", "", limits.Range[int]{Most: 65_536},
		"clock `edges` from operands to product (default: measured)")
	f.StringVar(&d.kind, "kind", "", "how ports are read: `fp|mant|uint|sint|sxu|uxs` (sxu: signed a by unsigned b)")
	registerLSB(f, &d.over.LSB)
	command.NumberVar(f, &d.over.Mantissa, "mant", "", mantissaRange, "mantissa `bits` of the operands")
	d.registerFormat(f)
	d.decode.register(f)
	d.c.register(f)
	f.StringVar(&d.width, "width", "", "integer operands of a C function, in `bits`: 8 or 8x6")
	f.StringVar(&d.simulators, "simulator", string(witness.Both),
		"what computes the products of RTL: `verilator|netlist|both`")
	f.BoolVar(&d.strict, "strict", false, "refuse a design that only one simulator reads")
	f.BoolVar(&d.allowState, "allow-state", false,
		"sample RTL whose product depends on registers that feed back, instead of refusing it")
	d.timeout = cosim.DefaultTimeout
	command.NumberVar(f, &d.timeout, "timeout", "", timeoutRange, "longest `time` without a product")
	command.NumberVar(f, &d.Jobs, "jobs", "j", limits.Threads,
		"`processes` side by side (default: one per core; three for two cores where no table is made)")
}

// RegisterRuns defines the flags that change what a run of a command that makes a table or compares all products is, once
// the command's run is known: it takes a design that adds up products (--kind mac), and goes through the values of
// accuracy knobs (--each).
func (d *Flags) RegisterRuns(c *cobra.Command) {
	d.registerAccumulator(c)
	d.registerEach(c)
}

// Named returns the design as the flags and the argument name it, for reports: files with the top module, and
// the values that make another design of them. It needs no tool, so that it is there whatever the outcome is.
func (d *Flags) Named(args []string) string {
	name := strings.Join(slices.Concat(args, d.source.Files, d.source.Lists), " ")
	switch {
	case d.source.Top != "":
		name += ":" + d.source.Top
	case d.c.given():
		name += d.c.text + d.c.model
	case d.board.name != "":
		name += d.board.Named()
	}
	if values := slices.Concat(d.source.Params, d.source.Defines, d.over.Tie); len(values) > 0 {
		name += " (" + strings.Join(values, ", ") + ")"
	}
	if name == "" {
		return "no design"
	}
	return name
}

// registerLSB defines --lsb.
func registerLSB(f *pflag.FlagSet, bit *int) {
	command.NumberVar(f, bit, "lsb", "", limits.Range[int]{Most: cosim.MaxSampledProduct - 1},
		"lowest `bit` of an integer product that its port has: 0 low part, 8 high half of 8 x 8 bits (default: a sample tells)")
}

// Ranges of flags.
var (
	mantissaRange = limits.Range[int]{Least: 1, Most: lut.MaxMantissa, Zero: "what the ports say"}
	timeoutRange  = limits.Range[time.Duration]{Least: time.Millisecond, Most: 24 * time.Hour}
)

// checkKind takes --kind.
func (d *Flags) checkKind() error {
	if d.over.Kind = cosim.Kind(d.kind); d.sum.open {
		d.over.Kind = ""
	}
	kinds := []cosim.Kind{"", cosim.Float, cosim.Mantissa, cosim.Unsigned, cosim.Signed,
		cosim.SignedByUnsigned, cosim.UnsignedBySigned}
	if k := d.over.Kind; !slices.Contains(kinds, k) {
		return fault.Usagef("--kind %s: expected fp, mant, uint, sint, sxu or uxs, or mac of lut and check", k)
	}
	return nil
}

// parse finds out what the flags name, and refuses those that mean nothing together.
func (d *Flags) parse(c *cobra.Command, args []string) error {
	changed := c.Flags().Changed
	d.over.LatencyGiven, d.over.LSBGiven = changed("latency"), changed("lsb")
	d.over.Wide, d.over.Sample = d.Wide, d.Sample
	if err := d.checkKind(); err != nil {
		return err
	}
	if err := d.parseFormat(); err != nil {
		return err
	}
	if err := d.parseDecode(); err != nil {
		return err
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
	for _, is := range []bool{len(args) > 0, d.rtl(), d.c.given(), d.board.name != ""} {
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
func (d *Flags) others() string {
	if d.boards {
		return ", --c file.c, or --port of a board"
	}
	return ", or --c file.c"
}

// Flags that say something of one sort of design only.
var (
	rtlFlags = strings.Fields("top file-list library-file library-folder lib include define param a b p clk rst in-valid in-ready out-valid out-ready beats tie latency " +
		"lsb allow-state")
	simFlags   = strings.Fields("simulator strict")
	modelFlags = strings.Fields("func width")
	bothFlags  = strings.Fields("kind mant format bias trust decode decode-a decode-b decode-p")
)

// check refuses flags that would have no effect.
func (d *Flags) check(c *cobra.Command, builtin bool) error {
	refuse := func(names []string, what string) error {
		for _, n := range names {
			if c.Flags().Changed(n) {
				return fault.Usagef("--%s has no meaning for %s", n, what)
			}
		}
		return nil
	}
	simulators := []witness.Simulators{witness.Both, witness.Verilator, witness.Netlist}
	var err error
	switch {
	case builtin:
		err = refuse(slices.Concat(rtlFlags, modelFlags, bothFlags), "a built-in multiplier: its name says everything")
	case d.c.given():
		err = refuse(slices.Concat(rtlFlags, simFlags), "a function in C")
	case d.rtl():
		err = refuse(modelFlags, "RTL")
	case d.board.name != "":
		err = refuse(slices.Concat(rtlFlags, modelFlags, bothFlags, simFlags, []string{"jobs"}),
			"a board: it says what it is")
	}
	switch {
	case err != nil:
		return err
	case !slices.Contains(simulators, witness.Simulators(d.simulators)):
		return fault.Usagef("--simulator %s: expected verilator, netlist or both", d.simulators)
	}
	return nil
}
