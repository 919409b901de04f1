package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/multiplier"
)

// goldenFlag is --golden: what a design should be.
type goldenFlag struct {
	text     string
	function string         // of C, or the top module of RTL: in a flag of its own, before FILE:name
	ref      multiplier.Ref // Unknown without the flag
}

func (g *goldenFlag) register(f *pflag.FlagSet, usage string) {
	f.StringVar(&g.text, "golden", "", usage)
	f.StringVar(&g.function, "golden-func", "", "the `function` of --golden FILE.c, or the top module of --golden FILE.v")
	hide(f, "golden-func")
}

// parse finds out, before the work, what the flag names.
func (g *goldenFlag) parse() (err error) {
	if g.text == "" {
		return nil
	}
	if g.ref, err = multiplier.Parse(g.text, multiplier.Golden...); err != nil {
		return fmt.Errorf("--golden: %w", err)
	}
	if k := g.ref.Kind; g.function != "" && (k == multiplier.CFunc || k == multiplier.RTL) {
		g.ref.Func = g.function
		replaced("--golden", g.ref.Path+":"+g.function)
	}
	return nil
}

// goldenError words an error about the golden model with the flag that names it.
func goldenError(err error) error {
	var named *proof.GoldenError
	var same *proof.SameError
	switch {
	case errors.Is(err, proof.ErrNoGolden):
		return fault.Usagef("say what the design should be: " +
			"--golden NAME, --golden file.lut, --golden file.c or --golden other.v")
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
