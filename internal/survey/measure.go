package survey

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/yosys"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// measure measures a design. read lists the files that the tools read for it; it is empty for a row that is not to be
// kept. The error ends the survey.
func (s *survey) measure(ctx context.Context, j *job) (row Row, read []buildcache.File, err error) {
	m := &measuring{survey: s, job: j, row: Row{Name: j.name}}
	switch err := m.all(ctx); {
	case err == nil:
	case ended(ctx, err) || fault.Status(err) == fault.Missing:
		return m.row, nil, err
	default:
		m.row = Row{Name: j.name, Error: oneLine(err.Error())}
		if !keeps(err) {
			m.read = nil
		}
	}
	return m.row, m.read, nil
}

// measuring is a design under measurement.
type measuring struct {
	*survey
	*job
	row  Row
	read []buildcache.File
	o    proof.Options
}

// all measures everything.
func (m *measuring) all(ctx context.Context) error {
	text, err := limits.ReadFile(m.path, limits.Source)
	if err != nil {
		return err
	}
	if m.err != nil {
		return m.err
	}
	m.o = m.Proof
	m.o.Over.Wide, m.o.Progress = true, nil
	m.o.Over.Tie = slices.Concat(m.Proof.Over.Tie, m.ties)
	m.o.Jobs = max(1, runtime.GOMAXPROCS(0)/m.Jobs)
	if !m.c {
		m.o.Source = m.source(&m.Proof)
	}
	d, err := m.products(ctx)
	if err != nil {
		return err
	}
	m.describe(d)
	if d.RTL != nil {
		if err := m.area(ctx, d); err != nil {
			return err
		}
	}
	if m.turned { // a file does not say of which value of the knob its figures are
		return nil
	}
	m.row.Published = Published(text)
	for i := range m.row.Published {
		m.row.Published[i].compare(m.row.Metrics)
	}
	return nil
}

// open opens the design, read as o.Over says.
func (m *measuring) open(ctx context.Context) (d *proof.Design, err error) {
	if m.c {
		ref := multiplier.Ref{Kind: multiplier.CFunc, Text: m.path, Path: m.path, Func: m.part}
		if d, err = m.o.OpenC(ctx, ref, m.A, m.B); err != nil {
			return nil, err
		}
		if c, ok := d.Opener.(*cosim.Model); ok {
			m.read = append(m.read, c.Read()...)
		}
		return d, nil
	}
	if d, err = m.o.OpenRTL(ctx); err != nil {
		m.read = nil
		if keeps(err) {
			m.refused(ctx)
		}
		return nil, err
	}
	m.reads(d.RTL)
	if n := d.Witnesses.Netlist; n != nil {
		m.read = append(m.read, n.Read()...)
	}
	return d, nil
}

// reads adds the files that Verilator read, and the memory images.
func (m *measuring) reads(r *cosim.RTL) {
	m.read = append(m.read, r.Design.Deps...)
	for _, f := range r.Design.Data {
		m.read = append(m.read, buildcache.File{Path: f.Path, SHA256: f.SHA256})
	}
}

// refused finds out what the tools read of a design that could not be opened. It leaves that open unless it is known
// of every tool. The build cache answers at once.
func (m *measuring) refused(ctx context.Context) {
	r, err := cosim.ElaborateRTL(ctx, m.o.Source, m.o.Over, cosim.Options{Timeout: m.o.Timeout})
	if err != nil {
		return
	}
	tool, err := yosys.Find(ctx)
	if err != nil {
		return
	}
	if made, err := tool.Gates(ctx, r.YosysSource()); err == nil {
		m.reads(r)
		m.read = append(m.read, made.Read...)
	}
}

// products forms all products of the design. If the error of a design of integers is absurd and that of the other
// reading of its bits is not, the design is one of the other: unsigned numbers, say, at ports that are declared signed.
// Package proof has seen to ports that are not declared so.
func (m *measuring) products(ctx context.Context) (*proof.Design, error) {
	d, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	other, err := m.compare(ctx, d)
	if err != nil || other == "" || m.Proof.Over.Kind != "" {
		m.row.Kind = d.ReadByProducts()
		return d, err
	}
	first := m.row
	m.o.Over.Kind = other
	again, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := m.compare(ctx, again); err != nil {
		return nil, err
	}
	if !(m.row.Metrics.MRED < first.Metrics.MRED/10) {
		m.row = first
		return d, nil
	}
	m.row.Kind = other
	return again, nil
}

// compare forms the products, measures their errors, and compares them with the golden model. other is the kind of
// integers that the design may be of instead.
func (m *measuring) compare(ctx context.Context, d *proof.Design) (other cosim.Kind, err error) {
	if s := d.Shape(); s.Wide() {
		return m.wide(ctx, d, s)
	}
	made, err := m.o.Make(ctx, d, "", 0, multiplier.Ref{})
	if err != nil {
		return "", err
	}
	m.row = Row{Name: m.name, Digest: made.Digest, Metrics: &made.Metrics, Agreed: agreed(made.Witnesses)}
	m.row.setFormat(made.Table.Format)
	if made.Proof != nil && made.Proof.Equal() {
		m.row.Known = strings.TrimPrefix(made.What, "golden model ")
	}
	m.row.Agreed += uint64(len(made.Builds) * made.Metrics.Pairs)
	if m.Golden.Kind != multiplier.Unknown {
		want, what, err := m.o.GoldenTable(ctx, m.Golden, d)
		if err != nil {
			return "", err
		}
		c, err := lutgen.CompareTables(made.Table, want)
		if err != nil {
			return "", err
		}
		if err := m.verdict(what, c); err != nil {
			return "", err
		}
	}
	if k, _, ok := lut.Misread(made.Table, made.Metrics); ok {
		other = k.Ports()
	}
	return other, nil
}

// wide is compare for integers that no table holds. Their error figures come from a comparison of all pairs.
func (m *measuring) wide(ctx context.Context, d *proof.Design, s cosim.Shape) (other cosim.Kind, err error) {
	ref := m.Golden
	if ref.Kind == multiplier.Unknown {
		if ref, err = multiplier.Parse(proof.ExactDesign, multiplier.Design); err != nil {
			return "", err
		}
	}
	out, err := m.o.Check(ctx, d, proof.CheckOptions{Golden: ref})
	if err != nil {
		return "", err
	}
	m.row = Row{Name: m.name, Metrics: out.Metrics, Agreed: agreed(out.CheckResult.Witnesses)}
	m.row.setFormat(out.Format)
	if m.Golden.Kind != multiplier.Unknown {
		if err := m.verdict(out.Golden, out.Pairs); err != nil {
			return "", err
		}
	}
	if whole := out.Format == out.Format.Whole(); out.Metrics.MRED > 0.5 && whole && !out.Format.Kind.Mixed() { // as lut.Misread has it
		other = cosim.Signed
		if s.Kind == cosim.Signed {
			other = cosim.Unsigned
		}
	}
	return other, nil
}

// verdict keeps a comparison with the golden model. Exact integer products make an error rate of 0, and the other way
// round: the two are computed in different ways.
func (m *measuring) verdict(model string, c *lutgen.Comparison) error {
	m.row.Golden = &Verdict{Model: model, Compared: c.Compared, Mismatched: c.Mismatched}
	exact := m.Golden.Name == proof.ExactDesign || strings.HasPrefix(m.Golden.Name, proof.ExactDesign+"_")
	f, _ := lut.ParseFormat(m.row.Format) // it is read though no table may hold it
	// Of a port without the lowest bits the error figures are against the number, the comparison is with its bits.
	// A port without the highest bits, and the code of a rounded product, differ from the number too.
	if integer := f.Kind != lut.Mantissa && f.Kind != lut.Coded && f.Part == (lut.Part{}); exact && integer && uint64(m.row.Metrics.Wrong) != c.Mismatched {
		return fmt.Errorf("%s products differ from %s, but %d are in error: this is a fault of the program",
			fmt.Sprint(c.Mismatched), model, m.row.Metrics.Wrong)
	}
	return nil
}

// agreed counts the products that simulators formed after the first one.
func agreed(all []lut.Witness) (n uint64) {
	var most uint64
	for _, w := range all {
		n += w.Products
		most = max(most, w.Products)
	}
	return n - most
}

// setFormat sets the number format.
func (r *Row) setFormat(f lut.Format) { r.Format, r.Group = f.String(), proof.FormatName(f) }

// describe keeps what was inferred, and the tools' warnings.
func (m *measuring) describe(d *proof.Design) {
	m.row.Inferred = d.Describe()
	for _, n := range d.Notes() {
		m.row.Notes = append(m.row.Notes, oneLine(n))
	}
	if d.Witnesses != nil && m.both() {
		m.row.Alone = oneLine(d.Witnesses.Alone)
	}
}

// area measures gates, depth, cells and delay. An area that cannot be measured is a note.
func (m *measuring) area(ctx context.Context, d *proof.Design) error {
	a := &Area{}
	if n := d.Witnesses.Netlist; n != nil {
		a.Operators, a.Depth = &n.Structure.Gates, &n.Structure.Depth
	}
	made, err := gateware.Synthesize(ctx, d.RTL, m.Boards)
	switch {
	case errors.Is(err, gateware.ErrNoGates): // constants and wires
		m.row.Area = a
		return nil
	case err != nil && (ended(ctx, err) || fault.Status(err) == fault.Missing):
		return err
	case err != nil:
		m.row.Notes = append(m.row.Notes, "no area: "+oneLine(err.Error()))
		m.read = nil
		return nil
	}
	a.Gates = made.Gates
	m.read = append(m.read, made.Read...)
	m.row.Area = a
	for _, b := range m.Boards {
		r, fits := made.Boards[b.Name]
		if !fits {
			m.row.Notes = append(m.row.Notes, fmt.Sprintf("no room for it on the FPGA of %v %s", option.BoardName, b.Name))
			continue
		}
		delay := 1000 / r.Fmax
		a.Board, a.Cells, a.Delay = b.Name, &r.Cells.Used, &delay
	}
	m.read = slices.Clip(m.read)
	return nil
}
