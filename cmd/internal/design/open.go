package design

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/witness"
)

// Open opens the design that the flags or the argument name. done leaves a board as it was; it is never nil.
func (d *Flags) Open(ctx context.Context, c *cobra.Command, args []string) (o *proof.Design, done func(), err error) {
	done = func() {}
	if err := d.parse(c, args); err != nil {
		return nil, done, err
	}
	p := d.Options()
	switch {
	case len(args) > 0:
		o, err = p.OpenBuiltin(ctx, args[0])
	case d.board.name != "":
		b, err := d.board.Open(ctx)
		if err != nil {
			return nil, done, err
		}
		d.Jobs = 1
		return proof.Board(b), func() { b.Disconnect() }, nil
	case d.c.given():
		a, b, err := d.widths()
		if err != nil {
			return nil, done, err
		}
		o, err := p.OpenC(ctx, d.c.ref, a, b)
		return o, done, err
	default:
		if o, err = p.OpenRTL(ctx); err == nil {
			o.Name += d.suffix
		}
	}
	return o, done, err
}

// Options returns what the flags say of opening a design and running it, after Open.
func (d *Flags) Options() *proof.Options {
	return &proof.Options{Source: d.source, Over: d.over, Codes: d.decode.codes, Timeout: d.timeout, Jobs: d.Jobs, Progress: cli.Begin,
		AllPairs: d.AllPairs,
		Witness:  witness.Options{Simulators: witness.Simulators(d.simulators), Strict: d.strict, AllowState: d.allowState}}
}

// widths returns the bits of integer operands that --width says, 0 without it.
func (d *Flags) widths() (a, b int, err error) {
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

// Print prints the line that says what was inferred, and the warnings of the tools.
func Print(o *proof.Design) {
	fmt.Fprintln(cli.Stdout, o.Describe())
	if o.Reading != "" {
		fmt.Fprintln(cli.Stdout, o.Reading)
	}
	if o.Sandbox != "" {
		fmt.Fprintln(cli.Stdout, "sandbox: "+o.Sandbox)
	}
	for _, n := range o.Notes() {
		cli.Logf("warning: %s", n)
	}
}
