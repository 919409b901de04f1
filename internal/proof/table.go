package proof

import (
	"context"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Made is what is known of a new table.
type Made struct {
	Name     string             `json:"name"`
	Format   string             `json:"format"`
	Inferred string             `json:"inferred"`
	Sandbox  string             `json:"sandbox,omitempty"` // what the design ran in
	Path     string             `json:"path,omitempty"`
	Digest   string             `json:"sha256"`
	Visits   lutgen.Visits      `json:"visits"`
	Metrics  lut.Metrics        `json:"metrics"`
	What     string             `json:"golden,omitempty"`
	Note     string             `json:"note,omitempty"`
	Proof    *lutgen.Comparison `json:"comparison,omitempty"` // nil if it is equal to no golden table, and none was named

	Witnesses []lut.Witness `json:"witnesses,omitempty"`
	Function  string        `json:"function,omitempty"`

	Table     *lut.Table `json:"-"`
	Agreement string     `json:"-"` // which simulators agree
	Builds    []string   `json:"-"` // of a function in C: further ones
}

// Sweep makes a design's table, of which it keeps so many fraction bits of floating-point products, 0 for all that
// are used.
func (o *Options) Sweep(ctx context.Context, d *Design, fraction int, visits *lutgen.Visits) (*lut.Table, error) {
	opts := d.Sweep(o.Jobs)
	opts.Fraction, opts.Visits = fraction, visits
	set, finish := o.begin("sweep")
	defer finish()
	opts.Progress = set
	return lutgen.Table(ctx, d.Opener, opts)
}

// Make makes a design's table and compares it with a golden model. With a reference of kind Unknown that is the
// model of a built-in design, or else any golden table that it equals. name is that of the table, "" for the design's.
func (o *Options) Make(ctx context.Context, d *Design, name string, fraction int, ref multiplier.Ref) (*Made, error) {
	want, what, err := o.named(ctx, ref, d)
	if err != nil {
		return nil, err
	}
	var visits lutgen.Visits
	t, err := o.Sweep(ctx, d, fraction, &visits)
	if err != nil {
		return nil, err
	}
	t.Name = d.Name
	if name != "" {
		t.Name = name
	}
	agreement := d.Agreement(t)
	t.Function += d.readByOne()
	m := &Made{Name: t.Name, Format: t.Format.String(), Inferred: d.Describe(), Sandbox: d.Sandbox, Digest: t.Digest(),
		Visits: visits, Metrics: lut.Measure(t), Witnesses: t.Witnesses, Function: t.Function,
		Table: t, Agreement: agreement}
	if f, ok := d.Opener.(lutgen.ModelOpener); ok {
		for _, b := range f.Builds() {
			m.Builds = append(m.Builds, b.Tools()...)
		}
	}
	if want == nil {
		m.Proof, m.What, err = recognize(t)
		return m, err
	}
	m.What, m.Note = what, sharedSources(want.Sources, t.Sources)
	m.Proof, err = lutgen.CompareTables(t, want)
	return m, err
}

// named returns the golden table that a reference names, or that of a built-in design; nil if there is neither.
func (o *Options) named(ctx context.Context, ref multiplier.Ref, d *Design) (want *lut.Table, what string, err error) {
	if ref.Kind == multiplier.Unknown && d.Golden == nil {
		return nil, "", nil
	}
	if want, what, err = o.GoldenTable(ctx, ref, d); err == nil {
		d.adopt(want.Format)
	}
	return want, what, err
}

// recognize compares a table with every golden table there is: a design that is a built-in one is recognized.
func recognize(t *lut.Table) (c *lutgen.Comparison, what string, err error) {
	rows, err := golden.Manifest()
	if err != nil {
		return nil, "", err
	}
	digest := t.Digest()
	for _, row := range rows {
		if m, err := row.Multiplier(); row.Digest == digest && err == nil && m.Format == t.Format {
			c, err := lutgen.CompareTables(t, m.Table())
			return c, "golden model " + m.Name, err
		}
	}
	return nil, "", nil
}
