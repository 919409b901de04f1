package golden

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/approxtrain/approxtrain/lut"
)

// exactName is the design whose product is exact.
const exactName = "exact"

// minInteger is the narrowest operand of an integer design.
const minInteger = 2

// design is one multiplier design: everything that its names, the ranges of its
// formats, its models and its RTL follow from.
type design struct {
	name     string                  // in multiplier names, as DESIGN and in uint_<name>
	args     []arg                   // numbers that follow in the name, in order
	example  []int                   // usual values of args, for suggestions
	widths   func(n int) string      // nil, or what is wrong with n-bit integer operands
	minM     int                     // fewest mantissa bits; 0 is 1
	fraction func(m int) int         // bits of the product's fraction; nil is m
	frac     func(m int, v []int) op // mantissa model; nil is the integer core, normalized
	integer  func(n int, v []int) op // unsigned model; nil is a design for floats only
	wide     bool                    // also comes with more mantissa bits than a table holds
	exact    bool                    // a float is the exact product, rounded once
	nearest  bool                    // to nearest, ties to even, instead of truncated
}

// arg is a number in a design's name.
type arg struct {
	letter string            // written before it
	param  string            // the RTL parameter that takes it
	values func(n int) []int // allowed values for n-bit operands (n = m+1), ascending
}

// designs lists every built-in design. Adding one is adding an entry (and its
// module under rtl/verilog/).
var designs = []design{
	{name: exactName, frac: fracOf(fracExact), integer: intOf(intExact), wide: true, exact: true},
	{name: "exact-rne", frac: fracOf(fracExactRNE), exact: true, nearest: true},
	{name: "exact-full", frac: fracOf(fracExactFull), fraction: func(m int) int { return 2*m + 1 }, exact: true},
	{name: "mitchell", frac: fracOf(fracMitchell), integer: intOf(intMitchell), wide: true},
	{name: "mbm", frac: fracOf(fracMBM), integer: intOf(intMBM), wide: true},
	{
		name: "realm", example: []int{8}, minM: 6,
		args: []arg{{param: "K", values: func(int) []int { return []int{4, 8, 16} }}},
		frac: func(m int, v []int) op { return fracREALM(v[0], m) },
	},
	{
		name: "drum", example: []int{6},
		args: []arg{{param: "K", values: func(n int) []int { return span(2, n) }}},
		integer: func(n int, v []int) op {
			return func(a, b uint64) uint64 { return intDRUM(v[0], a, b) }
		},
	},
	{name: "roba", integer: intOf(intRoBA)},
	{
		name: "udm",
		widths: func(n int) string {
			if n&(n-1) != 0 {
				return "a power of two as operand width"
			}
			return ""
		},
		integer: intOf(intUDM),
	},
	{
		name: "trunc", example: []int{2},
		args: []arg{{param: "K", values: func(n int) []int { return span(0, n-1) }}},
		integer: func(n int, v []int) op {
			return func(a, b uint64) uint64 { return intTrunc(v[0], a, b) }
		},
	},
	{
		name: "bam", example: []int{2, 6},
		args: []arg{
			{letter: "h", param: "K", values: func(n int) []int { return span(0, n-1) }},
			{letter: "v", param: "V", values: func(n int) []int { return span(0, 2*n-2) }},
		},
		integer: func(n int, v []int) op {
			return func(a, b uint64) uint64 { return intBAM(n, v[0], v[1], a, b) }
		},
	},
}

// fracOf and intOf make entries of models that take no number from the name.
func fracOf(f func(m int, x, y uint64) uint64) func(int, []int) op {
	return func(m int, _ []int) op { return func(x, y uint64) uint64 { return f(m, x, y) } }
}

func intOf(f func(n int, a, b uint64) uint64) func(int, []int) op {
	return func(n int, _ []int) op { return func(a, b uint64) uint64 { return f(n, a, b) } }
}

func span(lo, hi int) []int {
	var s []int
	for v := lo; v <= hi; v++ {
		s = append(s, v)
	}
	return s
}

// title writes the design with its numbers: drum6, bamh2v6.
func (d *design) title(v []int) string {
	s := d.name
	for i, a := range d.args {
		s += a.letter + strconv.Itoa(v[i])
	}
	return s
}

// parse reads a title; ok is false where it is not one of this design's.
func (d *design) parse(title string) (v []int, ok bool) {
	g := titles()[d.name].FindStringSubmatch(title)
	if g == nil {
		return nil, false
	}
	for _, s := range g[1:] {
		n, _ := strconv.Atoi(s) // the pattern admits numbers only
		v = append(v, n)
	}
	return v, true
}

// titles holds, by the name of a design, the pattern of the design with its numbers.
var titles = sync.OnceValue(func() map[string]*regexp.Regexp {
	all := map[string]*regexp.Regexp{}
	for _, d := range designs {
		expr := "^" + regexp.QuoteMeta(d.name)
		for _, a := range d.args {
			expr += a.letter + `(0|[1-9]\d?)`
		}
		all[d.name] = regexp.MustCompile(expr + "$")
	}
	return all
})

// format completes a format read from a name (eXmY, uN, sN) for this design, or
// says why the design does not come in it.
func (d *design) format(f lut.Format, v []int) (lut.Format, error) {
	if err := d.admits(f, v); err != nil {
		return f, err
	}
	if d.fraction != nil {
		f.P = d.fraction(f.A)
	}
	if g := f.Float.Subnormals; d.exact && g != lut.Flush { // a subnormal result is rounded as others are
		if f.Float.Subnormals = lut.Gradual; d.nearest {
			f.Float.Subnormals = lut.GradualNearest
		} else if g == lut.GradualNearest {
			return f, fmt.Errorf("%s truncates every result, also a subnormal one: expected %v", d.name, f)
		}
	}
	return f, f.Validate()
}

// admits says whether the design comes in a format, of any width.
func (d *design) admits(f lut.Format, v []int) error {
	title, n, what := d.title(v), f.A, "operand"
	if f.Kind == lut.Mantissa {
		n = f.A + 1
		what = "significand"
		if minM := max(d.minM, 1); f.A < minM && !d.exact {
			return fmt.Errorf("%s needs at least %d mantissa bits, %v has %d", title, minM, f, f.A)
		}
	} else if d.integer == nil {
		return fmt.Errorf("%s is a design for floats (e8mM), %v is an integer format", title, f)
	} else if n < minInteger {
		return fmt.Errorf("%s needs operands of at least %d bits, %v has %d", title, minInteger, f, n)
	}
	if d.widths != nil {
		if need := d.widths(n); need != "" {
			return fmt.Errorf("%s needs %s, %v has %d-bit %ss", title, need, f, n, what)
		}
	}
	for i, a := range d.args {
		if allowed := a.values(n); !slices.Contains(allowed, v[i]) {
			return fmt.Errorf("%s has %s%d, with the %d-bit %ss of %v it may be %s",
				title, a.letter, v[i], n, what, f, listing(allowed))
		}
	}
	return nil
}

// listing prints ascending numbers as a range where they are one.
func listing(v []int) string {
	if last := v[len(v)-1]; len(v) > 2 && last-v[0] == len(v)-1 {
		return fmt.Sprintf("%d to %d", v[0], last)
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ", "), "[]")
}

// model returns the function behind the table entries of a format that
// design.format let pass.
func (d *design) model(f lut.Format, v []int) op {
	switch {
	case f.Kind == lut.Unsigned:
		return d.integer(f.A, v)
	case f.Kind == lut.Signed:
		return signed(f.A, d.integer(f.A, v))
	case d.frac != nil:
		return d.frac(f.A, v)
	default:
		return asMantissa(f.A, d.integer(f.A+1, v))
	}
}
