package golden

import "github.com/approxtrain/approxtrain/lut"

// Listed is a built-in multiplier in a list.
type Listed struct {
	Name    string       `json:"name"`
	Format  string       `json:"format"`
	Pairs   int          `json:"pairs,omitempty"`
	RTL     string       `json:"rtl,omitempty"`
	Model   string       `json:"model,omitempty"` // in C, of one without a table
	Metrics *lut.Metrics `json:"metrics,omitempty"`
}

// List lists the rows of the manifest whose names match, then the multipliers without a table. With figures it
// measures the errors of the former, and leaves out the latter.
func List(match func(name string) bool, figures bool) (all []Listed, err error) {
	rows, err := Manifest()
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if !match(r.String()) {
			continue
		}
		m, err := r.Multiplier()
		if err != nil {
			return nil, err
		}
		l := Listed{Name: r.String(), Format: m.Format.String(), Pairs: m.Format.Pairs(), RTL: m.RTL.File}
		if figures {
			metrics := lut.Measure(m.Table())
			l.Metrics = &metrics
		}
		all = append(all, l)
	}
	if !figures { // those of the others are taken over all pairs
		all = append(all, listWide(match)...)
	}
	return all, nil
}

// listWide lists the multipliers that have no table.
func listWide(match func(name string) bool) []Listed {
	var all []Listed
	for _, name := range WideNames() {
		if w, err := LookupWide(name); err == nil && match(name) {
			all = append(all, Listed{Name: name, Format: lut.FloatFormat(w.Mantissa, w.Mantissa).String(),
				Model: w.Design + ".c"})
		}
	}
	return all
}
