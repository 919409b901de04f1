package design

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/lut"
)

// Golden is --golden: what a design should be.
type Golden struct {
	Text     string         // as given
	function string         // of C, or the top module of RTL: in a flag of its own, before FILE:name
	Ref      multiplier.Ref // Unknown without the flag
}

// Register defines the flag, with a text for the help.
func (g *Golden) Register(f *pflag.FlagSet, usage string) {
	f.StringVar(&g.Text, "golden", "", usage)
	f.StringVar(&g.function, "golden-func", "", "the `function` of --golden FILE.c, or the top module of --golden FILE.v")
	hide(f, "golden-func")
}

// Parse finds out, before the work, what the flag names.
func (g *Golden) Parse() (err error) {
	if g.Text == "" {
		return nil
	}
	if g.Ref, err = multiplier.Parse(g.Text, multiplier.Golden...); err != nil {
		return fmt.Errorf("--golden: %w", err)
	}
	if k := g.Ref.Kind; g.function != "" && (k == multiplier.CFunc || k == multiplier.RTL) {
		g.Ref.Func = g.function
		replaced("--golden", g.Ref.Path+":"+g.function)
	}
	return nil
}

// FormatOf takes the format in the name of a golden model for the design's, where neither the flags nor ports say which
// one it is: floats of another format than e8mY, as in exact-rne_e4m3fn-saturate.
func (d *Flags) FormatOf(g *Golden) {
	rtl, c := d.rtl(), d.c.given()
	if !rtl && !c || g.Ref.Kind != multiplier.Builtin || d.format != "" || d.kind != "" || d.over.Mantissa != 0 || d.decode.given() {
		return
	}
	_, name, _ := strings.Cut(g.Ref.Name, "_")
	if f, err := lut.ParseFormat(name); err == nil && f.Kind == lut.Mantissa && !f.AMSim() {
		d.format = name
	}
}

// GoldenError words an error about the golden model with the flag that names it.
func GoldenError(err error) error {
	var named *proof.GoldenError
	var same *proof.SameError
	switch {
	case errors.Is(err, proof.ErrNoGolden):
		return fault.Usagef("say what the design should be: " +
			"--golden NAME, --golden file.lut, --golden file.c or --golden other.v")
	case errors.As(err, &same) && same.Holds != "":
		return fault.Usagef("--golden %s holds the design itself (%s): a comparison with it proves nothing", same.File, same.Holds)
	case errors.As(err, &same):
		return fault.Usagef("--golden %s is the design itself: a comparison with it proves nothing; "+
			"name another file, or another module of it, as in --golden %[1]s:module", same.File)
	case errors.As(err, &named) && named.Name != "":
		return fmt.Errorf("--golden %s: %w", named.Name, named.Err)
	case errors.As(err, &named):
		return fmt.Errorf("--golden: %w", named.Err)
	}
	return err
}
