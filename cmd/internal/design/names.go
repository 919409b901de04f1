package design

import (
	"errors"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/lut"
)

// cFlag is --c, a function in C or C++ as the design. Before there was --c, --model named the
// file and --func the function; these two still work, hidden from the help.
type cFlag struct {
	text            string // FILE.c[:function]
	model, function string // of before
	ref             multiplier.Ref
}

func (c *cFlag) register(f *pflag.FlagSet) {
	f.StringVar(&c.text, "c", "", "function in C or C++, instead of --rtl: `FILE.c[:function]` (default: the only one)")
	f.StringVar(&c.model, "model", "", "the `file` of --c")
	f.StringVar(&c.function, "func", "", "the `function` of --c")
	hide(f, "model", "func")
}

// given reports whether a flag names a function.
func (c *cFlag) given() bool { return c.text != "" || c.model != "" }

// file returns the source file that the flags name, "" without them.
func (c *cFlag) file() string {
	file, _ := cmodel.Split(c.text)
	if file == "" {
		return c.model
	}
	return file
}

// parse finds out what the flags name. It tells the user of flags that are out of date.
func (c *cFlag) parse() (err error) {
	if c.text != "" && c.model != "" {
		return fault.Usagef("--model is what --c was called before: give --c alone")
	}
	text := c.text + c.model
	if text == "" {
		return nil
	}
	if c.function != "" {
		text += ":" + c.function
	}
	if c.model != "" || c.function != "" {
		replaced("--c", text)
	}
	if c.ref, err = multiplier.Parse(text, multiplier.CFunc); err != nil {
		return fault.Usagef("--c: %w", err)
	}
	return nil
}

// builtinName returns the built-in multiplier that an argument names. The error for a file says
// which flag takes it.
func builtinName(arg string) (string, error) {
	ref, err := multiplier.Parse(arg, multiplier.Builtin)
	var other *multiplier.KindError
	if errors.As(err, &other) {
		hint := "use --rtl " + arg
		switch other.Ref.Kind {
		case multiplier.CFunc:
			hint = "use --c " + arg
		case multiplier.Board:
			hint = "use --port " + arg
		case multiplier.Table:
			hint = "approxtrain inspect and convert read it"
		case multiplier.Native:
			hint = "approxtrain train takes it"
		}
		err = fault.Usagef("%w; %s", err, hint)
	}
	return ref.Name, err
}

// registerFormat defines --format and --bias.
func (d *Flags) registerFormat(f *pflag.FlagSet) {
	f.StringVar(&d.format, "format", "",
		"number `format` of operands and product: e8m7, e5m10-ieee, e4m3fn-saturate, u8, s8, s8xu8, u8p8lsb8, posit8es1 "+
			"(default: what the ports say)")
	command.NumberVar(f, &d.bias, "bias", "", limits.Range[int]{Least: 1, Most: 253, Zero: "2^(X-1) - 1"},
		"`bias` of the exponent of --format eXmY")
}

// parseFormat reads --format and --bias.
func (d *Flags) parseFormat() error {
	if d.format == "" {
		if d.bias != 0 {
			return fault.Usagef("--bias %d: name the format too, as in --format e5m10", d.bias)
		}
		return nil
	}
	f, err := lut.ParseFormat(d.format)
	if err == nil && d.bias != 0 {
		if f.Kind != lut.Mantissa || f.Float.Bias != 0 {
			return fault.Usagef("--bias %d has no meaning for --format %v", d.bias, f)
		}
		f = f.WithBias(d.bias)
		err = f.Validate()
	}
	if err != nil && !(d.Wide && f.Kind != lut.Mantissa && f.A > lut.MaxInteger) && !(d.Sample && sampled(f)) {
		return fault.Usagef("--format: %w", err)
	}
	if m := d.over.Mantissa; m != 0 && m != f.A {
		return fault.Usagef("--mant %d contradicts --format %v", m, f)
	}
	d.over.Format = &f
	return nil
}

// sampled says whether a format is one of floats with more fraction bits than a table holds, of which a sample can be
// compared.
func sampled(f lut.Format) bool {
	extra := f.FloatExtra()
	return f.Kind == lut.Mantissa && f.A > lut.MaxMantissa &&
		cosim.Shape{Kind: cosim.Float, A: extra + f.A, B: extra + f.B, P: extra + f.P, Float: f.Float}.Sampled()
}

// OnlyVerilog refuses a function in C, for a command that needs gates.
func (d *Flags) OnlyVerilog() error {
	if !d.c.given() {
		return nil
	}
	if err := d.c.parse(); err != nil {
		return err
	}
	takes := []multiplier.Kind{multiplier.Builtin, multiplier.RTL}
	return fault.Usagef("--c: %w", &multiplier.KindError{Ref: d.c.ref, Takes: takes})
}

// rtl says whether the flags name RTL.
func (d *Flags) rtl() bool { return len(d.source.Files)+len(d.source.Lists) > 0 }

// parseRTL takes the top module from --rtl FILE.v:module, and refuses multipliers of other kinds. A
// Verilog file may have any extension, or none, and may be called like a built-in multiplier.
func (d *Flags) parseRTL() error {
	if d.rtl() {
		d.source.Files = append(d.source.Files, d.cells...)
		d.source.Cells = append(d.source.Cells, d.cells...)
		d.source.Include = append(d.source.Include, d.folders...)
		d.cells, d.folders = nil, nil
	}
	for i, text := range d.source.Files {
		ref, err := multiplier.Parse(text, multiplier.RTL)
		if st, e := os.Stat(text); e == nil && st.Mode().IsRegular() && ref.Path != text {
			continue
		}
		var other *multiplier.KindError
		if errors.As(err, &other) && other.Ref.Kind != multiplier.Unknown {
			return fault.Usagef("--rtl: %w", err)
		}
		if ref.Kind != multiplier.RTL || ref.Func == "" {
			continue
		}
		if top := d.source.Top; top != "" && top != ref.Func {
			return fault.Usagef("--rtl %s: the top module is already %s", text, top)
		}
		d.source.Files[i], d.source.Top = ref.Path, ref.Func
	}
	return nil
}

// hide keeps flags out of the help.
func hide(f *pflag.FlagSet, names ...string) {
	for _, n := range names {
		f.Lookup(n).Hidden = true
	}
}

// replaced says which flag takes the place of the ones that were given, and how.
func replaced(flag, value string) {
	cli.Logf("this flag has a new name and will go: write %s %s", flag, value)
}

// IsNoSource refuses the output file of -o that is a source of the design.
func (d *Flags) IsNoSource(out string) error {
	to, err := os.Stat(out)
	if err != nil {
		return nil // it is not there yet
	}
	d.parseRTL() // which open does again, and reports
	for _, f := range append(slices.Concat(d.source.Files, d.source.Lists, d.source.Libraries), d.c.file()) {
		if from, err := os.Stat(f); err == nil && os.SameFile(from, to) {
			return fault.Usagef("-o %s would overwrite a source of the design", out)
		}
	}
	return nil
}

// IsAll refuses flags and arguments that name a design next to --all.
func (d *Flags) IsAll(c *cobra.Command, args []string) error {
	if len(args) > 0 || d.rtl() || d.c.given() {
		return fault.Usagef("--all takes the built-in multipliers: without a name, --rtl or --c")
	}
	return d.check(c, true)
}

// KindText says in words how integers of a kind are read.
func KindText(k lut.Kind) string {
	side := func(signed bool) string {
		if signed {
			return "two's complement"
		}
		return "unsigned"
	}
	if k.Mixed() {
		return "a " + side(k.SignedA()) + " and b " + side(k.SignedB())
	}
	return side(k.SignedA())
}
