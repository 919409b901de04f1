package proof

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Limit is the largest value that an error figure of a design may have.
type Limit struct {
	Figure string  // as in the JSON of lut.Metrics: mred, mae, mae_percent
	Most   float64 // in the unit of that field
	Text   string  // as the user wrote it: "3%"
}

// figure is an error figure that can have a limit.
type figure struct {
	name   string                     // for the user, and in the JSON of the metrics
	number func(*lut.Metrics) float64 // nil: it is a share, given in percent
	share  func(*lut.Metrics) float64 // in percent; nil: it is a number only
	field  string                     // of the share, if not the name
	scale  float64                    // of the share's field: 100 if that holds a fraction
}

var figures = []figure{
	{name: "mred", share: func(m *lut.Metrics) float64 { return m.MRED }, scale: 100},
	{name: "wcre", share: func(m *lut.Metrics) float64 { return m.WCRE }, scale: 100},
	{name: "ep", share: func(m *lut.Metrics) float64 { return m.EP }, scale: 100},
	{name: "nmed", share: func(m *lut.Metrics) float64 { return m.NMED }, scale: 100},
	{name: "bias", share: func(m *lut.Metrics) float64 { return math.Abs(m.Bias) }, scale: 100},
	{name: "mae", number: func(m *lut.Metrics) float64 { return m.MAE },
		share: func(m *lut.Metrics) float64 { return m.MAEPercent }, field: "mae_percent", scale: 1},
	{name: "wce", number: func(m *lut.Metrics) float64 { return m.WCE },
		share: func(m *lut.Metrics) float64 { return m.WCEPercent }, field: "wce_percent", scale: 1},
	{name: "mse", number: func(m *lut.Metrics) float64 { return m.MSE }},
	{name: "wrong_zero", number: func(m *lut.Metrics) float64 { return float64(m.WrongZero) }},
}

// LimitedFigures returns the names of the figures that can have a limit.
func LimitedFigures() []string {
	var names []string
	for _, f := range figures {
		names = append(names, f.name)
	}
	return names
}

// ParseLimits reads limits as mred=3%,wce=12. A figure that is a share of something is given in percent, so that 3 is
// never taken for 300 %; mae and wce are numbers, or percent of the range of the product. "" has no limits.
func ParseLimits(text string) ([]Limit, error) {
	if text == "" {
		return nil, nil
	}
	var all []Limit
	for _, part := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		i := slices.IndexFunc(figures, func(f figure) bool { return f.name == name })
		if i < 0 {
			return nil, fault.Usagef("%s: expected FIGURE=VALUE with one of the figures %s, as in mred=3%%",
				limits.Quote(part), strings.Join(LimitedFigures(), ", "))
		}
		f := figures[i]
		digits, percent := strings.CutSuffix(value, "%")
		most, err := strconv.ParseFloat(digits, 64)
		switch {
		case err != nil, !(most >= 0) || math.IsInf(most, 0):
			return nil, fault.Usagef("%s: expected a number from 0 up, as in %s", limits.Quote(part), f.example())
		case !percent && f.number == nil:
			return nil, fault.Usagef("%s: expected percent, as in %s", limits.Quote(part), f.example())
		case percent && f.share == nil:
			return nil, fault.Usagef("%s: expected a number, as in %s", limits.Quote(part), f.example())
		case slices.ContainsFunc(all, func(l Limit) bool { return strings.TrimSuffix(l.Figure, "_percent") == name }):
			return nil, fault.Usagef("%s is given twice", name)
		}
		l := Limit{Figure: name, Most: most, Text: value}
		if percent {
			l.Most /= f.scale
			if f.field != "" {
				l.Figure = f.field
			}
		}
		all = append(all, l)
	}
	return all, nil
}

func (f figure) example() string {
	if f.number == nil {
		return f.name + "=3%"
	}
	return f.name + "=12"
}

// value returns the figure that a limit is for, in the unit of the limit; NaN if there is none. There is no error of a
// product that is no finite number where one is expected, or the other way round: only such products can be counted.
func (l Limit) value(m *lut.Metrics) float64 {
	if m.WrongSpecial > 0 && l.Figure != "ep" && l.Figure != "wrong_zero" {
		return math.NaN()
	}
	for _, f := range figures {
		switch l.Figure {
		case f.field:
			return f.share(m)
		case f.name:
			if f.number != nil {
				return f.number(m)
			}
			return f.share(m)
		}
	}
	return math.NaN()
}

// Judged is a figure of a design next to its limit.
type Judged struct {
	Figure string   `json:"figure"` // as in the metrics
	Most   float64  `json:"limit"`
	Value  *float64 `json:"value"` // nil if it is no number
	Within bool     `json:"within"`

	Limit Limit `json:"-"`
}

// String says the figure and its limit: "mred 3.849 % (limit 3 %)".
func (j Judged) String() string {
	percent := strings.HasSuffix(j.Limit.Text, "%")
	value := "no number"
	if j.Value != nil {
		v := *j.Value
		if percent && !strings.HasSuffix(j.Figure, "_percent") {
			v *= 100
		}
		most, _ := strconv.ParseFloat(strings.TrimSuffix(j.Limit.Text, "%"), 64)
		for digits := 4; digits <= 17; digits++ { // a figure beyond its limit is never rounded down to it
			value = strconv.FormatFloat(v, 'g', digits, 64)
			if shown, _ := strconv.ParseFloat(value, 64); j.Within || shown > most {
				break
			}
		}
		if percent {
			value += " %"
		}
	}
	return strings.TrimSuffix(j.Figure, "_percent") + " " + value +
		" (limit " + strings.Replace(j.Limit.Text, "%", " %", 1) + ")"
}

// Limited is a check of the error figures of a design, against the exact products alone: the design passes if each is
// a number that does not exceed its limit. It proves nothing about what a product should be.
type Limited struct {
	Compared uint64      `json:"compared"` // products, with the exact ones
	Figures  []Judged    `json:"figures"`
	Metrics  lut.Metrics `json:"metrics"`

	Format    lut.Format    `json:"-"`
	Errors    lutgen.Spread `json:"errors,omitempty"` // of integers that no table holds
	Unchecked string        `json:"unchecked,omitempty"`

	// Where the figures come from: a table, or a map of the errors if it was asked for.
	Table *lut.Table    `json:"-"`
	Map   *lut.ErrorMap `json:"-"`
}

// Within says whether there are figures, of at least one product, and each is within its limit.
func (l *Limited) Within() bool {
	return l.Compared > 0 && len(l.Figures) > 0 && len(l.Beyond()) == 0
}

// Beyond returns the figures that are not within their limits.
func (l *Limited) Beyond() []Judged {
	return slices.DeleteFunc(slices.Clone(l.Figures), func(j Judged) bool { return j.Within })
}

// judge compares the figures with their limits.
func (l *Limited) judge(all []Limit) {
	for _, limit := range all {
		j := Judged{Figure: limit.Figure, Most: limit.Most, Limit: limit}
		v := limit.value(&l.Metrics)
		j.Within = v <= limit.Most // false for NaN
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			j.Value = &v
		}
		l.Figures = append(l.Figures, j)
	}
}

// limited compares the error figures of a design with limits.
func (o *Options) limited(ctx context.Context, d *Design, c CheckOptions, out *Outcome) error {
	l := &Limited{Format: d.Shape().Numbers()}
	out.Golden = "exact products, limits " + LimitsText(c.Limits)
	if d.Shape().Wide() {
		r, err := o.allPairs(ctx, d, exactReference(d.Shape().Numbers()), c)
		if err != nil {
			return err
		}
		l.Metrics, l.Errors, l.Compared, l.Map = *r.Metrics, r.Errors, r.Pairs.Compared, r.Map
		out.Witnesses = r.Witnesses
		out.agreeAll(d, r)
	} else {
		t, err := o.Sweep(ctx, d, 0, &lutgen.Visits{})
		if err != nil {
			return err
		}
		l.Metrics, l.Compared, l.Format, l.Table = lut.Measure(t), uint64(t.Format.Pairs()), t.Format, t
		out.Witnesses, out.Agreement, out.Function = t.Witnesses, d.Agreement(t), t.Function
		if d.Shape().Kind == lut.FloatPorts {
			l.Unchecked = "signs, exponents and special values"
		}
	}
	l.judge(c.Limits)
	out.Limited, out.Passed = l, l.Within()
	return nil
}

// LimitsText returns limits as ParseLimits reads them.
func LimitsText(all []Limit) string {
	var parts []string
	for _, l := range all {
		parts = append(parts, strings.TrimSuffix(l.Figure, "_percent")+"="+l.Text)
	}
	return strings.Join(parts, ",")
}
