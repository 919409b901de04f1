package bench

// Result is what Run returns and what approxtrain bench --json prints. Figures stand in the order of the
// benchmarks.
type Result struct {
	Machine
	Figures []Figure `json:"figures"`
}

// Figure is what a benchmark measured. Units are "M/s" (10^6 products a second), "G/s" (10^9 operations a second),
// "GMAC/s" (10^9 products and their sums a second), "images/s", "s", "GB" (10^9 bytes) and "%".
type Figure struct {
	Name    string       `json:"name"` // of the benchmark
	Value   float64      `json:"value"`
	Unit    string       `json:"unit"`
	Target  float64      `json:"target,omitempty"` // that the project promises, in Unit; 0 is none
	Less    bool         `json:"less_is_better"`   // the target is the most that Value may be, else the least
	Against []Comparison `json:"against,omitempty"`
	Parts   []Part       `json:"parts,omitempty"`
}

// Comparison compares a figure with that of a reference.
type Comparison struct {
	Name   string  `json:"name"`             // of the reference
	Value  float64 `json:"value"`            // the reference's figure, in the same unit
	Ratio  float64 `json:"ratio"`            // the figure over it
	Target float64 `json:"target,omitempty"` // the least ratio that the project promises; 0 is none
}

// Part is one of several things that a figure sums up: the shape of a layer or of a product.
type Part struct {
	Name  string  `json:"name"`
	Count int     `json:"count"` // how often it is in the sum
	Terms float64 `json:"terms"` // the share of its products that are not with padding, 0 to 1
	Value float64 `json:"value"` // its rate, in the figure's unit
	Ratio float64 `json:"ratio"` // its rate over the value of the figure's first reference
}

// Met reports whether the figure reaches its target.
func (f Figure) Met() bool {
	if f.Less {
		return f.Value <= f.Target
	}
	return f.Value >= f.Target
}

// Met reports whether the ratio reaches its target.
func (c Comparison) Met() bool { return c.Ratio >= c.Target }

// compare adds a reference whose figure is known; target 0 is none.
func (f *Figure) compare(name string, value, target float64) {
	if value > 0 {
		f.Against = append(f.Against, Comparison{name, value, f.Value / value, target})
	}
}
