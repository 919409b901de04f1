package design

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/mac"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/text"
)

// accumulator is the --kind of a design that adds up products.
const accumulator = "mac"

// accumulating says that the command takes a design that adds up products.
type accumulating struct {
	clear string
	pairs int
	open  bool // a design that does so is being opened

	junit, wave string // files
}

// registerAccumulator defines the flags of a design that adds up products, and makes the command take one.
func (d *Flags) registerAccumulator(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&d.sum.clear, "clr", "", "`port` that clears the sum of --kind mac (!port: active low)")
	command.NumberVar(f, &d.sum.pairs, "pairs", "", limits.Range[int]{Least: mac.LeastPairs, Most: mac.MostPairs, Zero: "what takes seconds"},
		"`N` pairs that --kind mac adds up, in all sequences")
	f.Lookup("kind").Usage = strings.Replace(f.Lookup("kind").Usage, "|uxs`", "|uxs|mac`", 1) + ", or mac: the port has the sum of products"
	own := []string{"clr", "pairs"} // flags that only such a design has
	if c.Name() == "lut" {
		f.String("junit", "", "write the outcome of --kind mac as JUnit XML: `file.xml`")
		f.String("wave", "", "write a waveform of the first wrong sum of --kind mac: `file.vcd or .fst`")
		own = append(own, "junit", "wave")
	}
	c.Long += `

With --kind mac the design is an accumulator: a port clears the sum (--clr), and each clock cycle
adds the product of a pair. Every product is compared alone in the sum, then the sums of seeded
sequences with those of a table, in Verilator and in the netlist. The output names the
accumulator's width and what it does when a sum does not fit.`
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if d.kind == accumulator {
			return d.accumulating(c, args)
		}
		for _, name := range own {
			if f.Changed(name) {
				return fault.Usagef("--%s has no meaning without --kind mac", name)
			}
		}
		return run(c, args)
	}
}

// accumulating is accumulate, with a JUnit report of the outcome.
func (d *Flags) accumulating(c *cobra.Command, args []string) error {
	start := time.Now()
	value := func(name string) string { return c.Flags().Lookup(name).Value.String() }
	d.sum.junit, d.sum.wave = value("junit"), value("wave")
	if err := cli.CanWrite("--junit", d.sum.junit, false); err != nil {
		return err
	}
	r, err := d.accumulate(c, args)
	against := ""
	if golden := value("golden"); golden != "" {
		against = " against " + golden
	}
	cases := text.SumCases(d.Named(args)+against, c.Name(), r, shownSums, err, c.Context().Err() != nil, time.Since(start))
	return cli.WriteJUnit(d.sum.junit, "approxtrain "+c.Name(), cases, err)
}

// shownSums is the number of wrong products that are listed.
const shownSums = 10

// accumulate checks a design that adds up products. The command lut writes the table of its products. The result is nil
// if nothing was compared.
func (d *Flags) accumulate(c *cobra.Command, args []string) (*mac.Result, error) {
	f := c.Flags()
	if len(args) > 0 || d.c.given() || d.board.name != "" {
		return nil, fault.Usagef("--kind mac: only RTL adds up products: name it with --rtl")
	}
	for _, name := range strings.Fields("full sample limit plot coverage lcov simulator strict allow-state mant lsb decode decode-a decode-b " +
		"decode-p bias frac") {
		if f.Changed(name) {
			return nil, fault.Usagef("--%s has no meaning for --kind mac", name)
		}
	}
	value := func(name string) string {
		if l := f.Lookup(name); l != nil {
			return l.Value.String()
		}
		return ""
	}
	g := Golden{Text: value("golden"), function: value("golden-func")}
	if err := g.Parse(); err != nil {
		return nil, err
	}
	lut := c.Name() == "lut"
	if !lut && g.Ref.Kind == multiplier.Unknown {
		return nil, GoldenError(proof.ErrNoGolden)
	}
	d.sum.open = true
	defer func() { d.sum.open = false }()
	if err := d.parse(c, args); err != nil {
		return nil, err
	}
	o := d.Options()
	a, err := o.OpenAccumulator(c.Context(), d.sum.clear)
	if err != nil {
		return nil, err
	}
	a.Name = cmp.Or(value("name"), a.Name+d.suffix)
	path := cmp.Or(value("out"), a.Name+".lut")
	if lut {
		if err := errors.Join(d.IsNoSource(path), cli.CanWrite("-o", path, true)); err != nil {
			return nil, err
		}
		if err := a.CanReplace(path); err != nil && !f.Changed("force") {
			return nil, err
		}
	}
	if d.sum.wave != "" {
		if _, err := cosim.TraceOf(d.sum.wave); err != nil {
			return nil, err
		}
		if err := cli.CanWrite("--wave", d.sum.wave, false); err != nil {
			return nil, err
		}
	}
	opts := mac.Options{Pairs: d.sum.pairs, Seed: 1}
	if f.Changed("seed") {
		if _, err := fmt.Sscan(value("seed"), &opts.Seed); err != nil {
			return nil, fault.Usagef("--seed %s: %w", value("seed"), err)
		}
	}
	asJSON := f.Changed("json")
	if !asJSON {
		fmt.Fprintln(cli.Stdout, a.Describe())
	}
	r, err := o.Accumulate(c.Context(), a, g.Ref, opts, d.sum.wave)
	if r == nil {
		return nil, GoldenError(err)
	}
	if verdict := d.accumulated(c, r, lut, path, asJSON); err == nil {
		err = verdict
	}
	return r, err
}

// accumulated prints the outcome, and writes the table if that is asked for and was proven.
func (d *Flags) accumulated(c *cobra.Command, r *mac.Result, write bool, path string, asJSON bool) error {
	if asJSON {
		if err := cli.WriteJSON(c.OutOrStdout(), r); err != nil {
			return err
		}
	} else {
		text.Sums(cli.Stdout, r, shownSums)
		if r.Wave != nil {
			fmt.Fprintf(cli.Stdout, "wrote %s: %s\n", d.sum.wave, text.Wave(r.Wave))
		}
	}
	if !r.Equal() {
		return cli.ErrNotEqual
	}
	if !write {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fault.Usagef("writing the table: %w", err)
	}
	if err := r.Table.WriteFile(path); err != nil {
		return err
	}
	if !asJSON {
		fmt.Fprintf(cli.Stdout, "wrote %s: %s products of format %v\n", path, cli.Count(r.Products), r.Table.Format)
	}
	return nil
}
