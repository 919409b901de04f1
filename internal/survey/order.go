package survey

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/lut"
)

// column is a number of a row. Relative figures are fractions.
type column struct {
	name string
	of   func(r *Row) (value float64, known bool)
}

// metric is a column of the error figures.
func metric(name string, of func(m *lut.Metrics) float64) column {
	return column{name, func(r *Row) (float64, bool) {
		if r.Metrics == nil {
			return 0, false
		}
		return of(r.Metrics), true
	}}
}

// area is a column of the size.
func area[T int | float64](name string, of func(a *Area) *T) column {
	return column{name, func(r *Row) (float64, bool) {
		if r.Area == nil {
			return 0, false
		}
		v := of(r.Area)
		if v == nil {
			return 0, false
		}
		return float64(*v), true
	}}
}

// columns are the numbers of a row, as CSV has them and by which rows are sorted.
var columns = []column{
	metric("mred", func(m *lut.Metrics) float64 { return m.MRED }),
	metric("wcre", func(m *lut.Metrics) float64 { return m.WCRE }),
	metric("bias", func(m *lut.Metrics) float64 { return m.Bias }),
	metric("variance", func(m *lut.Metrics) float64 { return m.Variance }),
	metric("ep", func(m *lut.Metrics) float64 { return m.EP }),
	metric("mae", func(m *lut.Metrics) float64 { return m.MAE }),
	metric("mae_percent", func(m *lut.Metrics) float64 { return m.MAEPercent }),
	metric("wce", func(m *lut.Metrics) float64 { return m.WCE }),
	metric("wce_percent", func(m *lut.Metrics) float64 { return m.WCEPercent }),
	metric("mse", func(m *lut.Metrics) float64 { return m.MSE }),
	metric("nmed", func(m *lut.Metrics) float64 { return m.NMED }),
	area("nand2", func(a *Area) *float64 { return &a.NAND2 }),
	area("registers", func(a *Area) *int { return &a.Registers }),
	area("operators", func(a *Area) *int { return a.Operators }),
	area("depth", func(a *Area) *int { return a.Depth }),
	area("cells", func(a *Area) *int { return a.Cells }),
	area("delay_ns", func(a *Area) *float64 { return a.Delay }),
	area("library_area", func(a *Area) *float64 {
		if a.Library == nil {
			return nil
		}
		return &a.Library.Area
	}),
}

// byName is the order of the designs' names.
const byName = "name"

// Orders lists what rows can be sorted by.
func Orders() []string {
	all := []string{byName}
	for _, c := range columns {
		all = append(all, c.name)
	}
	return all
}

// Sort sorts rows by a column of [Orders], from the least value on; rows without it come last. Of the bias the
// magnitude counts.
func (r *Result) Sort(by string) {
	slices.SortStableFunc(r.Rows, func(a, b Row) int {
		if (a.Error == "") != (b.Error == "") {
			if a.Error == "" {
				return -1
			}
			return 1
		}
		i := slices.IndexFunc(columns, func(c column) bool { return c.name == by })
		if i < 0 {
			return strings.Compare(a.Name, b.Name)
		}
		x, hasX := columns[i].of(&a)
		y, hasY := columns[i].of(&b)
		switch {
		case hasX != hasY && hasX:
			return -1
		case hasX != hasY:
			return 1
		case by == "bias":
			x, y = max(x, -x), max(y, -y)
		}
		return cmp.Compare(x, y)
	})
}

// CSV writes a line for each design: what it is, all numbers, which are empty where they are not known, and the reason
// of one that failed. Relative figures are fractions.
func (r *Result) CSV(w io.Writer) error {
	c := csv.NewWriter(w)
	head := []string{"name", "file", "format", "error"}
	for _, col := range columns {
		head = append(head, col.name)
	}
	head = append(head, "golden", "compared", "mismatched", "equal_to", "equal_tables", "published_wrong", "sha256")
	c.Write(head)
	for i := range r.Rows {
		row := &r.Rows[i]
		line := []string{row.Name, row.File, row.Format, row.Error}
		for _, col := range columns {
			text := ""
			if v, known := col.of(row); known {
				text = strconv.FormatFloat(v, 'g', -1, 64)
			}
			line = append(line, text)
		}
		golden, compared, mismatched := "", "", ""
		if g := row.Golden; g != nil {
			golden, compared, mismatched = g.Model, fmt.Sprint(g.Compared), fmt.Sprint(g.Mismatched)
		}
		var wrong []string
		for _, f := range row.Untrue() {
			wrong = append(wrong, f.Name)
		}
		c.Write(append(line, golden, compared, mismatched, row.Known, strings.Join(row.Same, " "),
			strings.Join(wrong, " "), row.Digest))
	}
	c.Flush()
	return c.Error()
}

// Untrue returns the published figures that differ from the computed ones.
func (r Row) Untrue() (wrong []Figure) {
	for _, f := range r.Published {
		if f.Computed != nil && !f.Agrees {
			wrong = append(wrong, f)
		}
	}
	return wrong
}

// Points returns the designs of which error and area are known, for a picture. Of designs with equal tables and equal
// areas there is the first.
func (r *Result) Points() (points []report.AreaPoint) {
	type place struct {
		digest, group string
		nand2         float64
		clocked       bool
	}
	seen := map[place]bool{}
	for _, row := range r.Rows {
		if row.Error != "" || row.Area == nil || row.Metrics == nil {
			continue
		}
		clocked := row.Area.Registers > 0
		at := place{row.Digest, row.Group, row.Area.NAND2, clocked}
		if row.Digest != "" && seen[at] {
			continue
		}
		seen[at] = true
		points = append(points, report.AreaPoint{Name: row.Name, Group: row.Group, Area: row.Area.NAND2,
			Error: row.Metrics.MRED, Clocked: clocked})
	}
	return points
}
