package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lutgen"
	"github.com/approxtrain/approxtrain/multiplier"
)

// exhaustive compares all pairs of integers that no table holds, and prints.
func (k *checkFlags) exhaustive(ctx context.Context, c *cobra.Command, d *designFlags, o *opened) (*lutgen.CheckResult, error) {
	switch s := o.Shape(); {
	case k.full:
		return nil, fault.Usagef("--full is for floating-point designs; of %v every pair is compared anyway", s)
	case k.coverage || k.lcov != "":
		return nil, fault.Usagef("--coverage: the lines and toggles of %v are not collected, since most of its products come from the netlist", s)
	}
	ref, what, err := k.goldenOfAll(ctx, d, o)
	if err != nil {
		return nil, err
	}
	k.what = what
	if ref.Side != nil {
		k.note = sharedSources(ref.Side.Sources(), o.Sources())
		k.sayNote()
	}
	p := cli.NewProgress("all pairs", "products")
	r, err := lutgen.Exhaustive(ctx, o.side(k.everything), ref, lutgen.ExhaustiveOptions{Jobs: d.jobs, Progress: p.Set})
	p.Finish()
	if err != nil {
		return nil, err
	}
	if o.design != nil {
		k.proof = o.design.Function()
		if k.proof == "" {
			k.proof = "sampled: 3 sweeps in different orders"
		}
		r.Witnesses = append(r.Witnesses, o.design.Sampled()...)
		k.said = lutgen.Said(r.Witnesses)
		if o.design.Alone != "" {
			k.said += "; only one tool reads the source, because " + o.design.Alone
		}
		k.said += "\na function of its operands: " + k.proof + "; " + o.design.FourState()
	}
	if len(r.RefWitnesses) > 0 && k.golden.ref.Kind == multiplier.RTL {
		k.said += "\ngolden design: " + lutgen.Said(r.RefWitnesses)
	}
	var late error
	if k.wave != "" && !r.Equal() {
		if o.rtl == nil {
			return nil, fault.Usagef("waveforms and coverage are only there for RTL")
		}
		a, b := r.Failing()
		if err := cosim.WriteWave(ctx, o.rtl, a, b, k.wave); err != nil {
			late = fault.Failedf("%w", err)
		} else {
			r.Wave = len(a)
		}
	}
	return r, k.report(c, r, nil, late)
}
