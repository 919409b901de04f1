package golden

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"github.com/approxtrain/approxtrain/lut"
)

// MaxWide is the number of mantissa bits of the widest multipliers: binary32 has
// no more.
const MaxWide = 23

// Wide is a built-in multiplier of more mantissa bits than a table can hold, 12 to
// MaxWide. It truncates its operands and returns as many bits as it takes.
type Wide struct {
	Name     string // <design>_e8mM
	Design   string
	Mantissa int // M
	frac     op
}

// Mul returns the product of two binary32 numbers; see lut.Table.MulBits.
func (w Wide) Mul(a, b float32) float32 {
	entry := func(x, y uint32) uint32 { return uint32(w.frac(uint64(x), uint64(y))) }
	return math.Float32frombits(lut.Multiply(math.Float32bits(a), math.Float32bits(b), w.Mantissa, w.Mantissa, lut.Truncate, entry))
}

var wideName = regexp.MustCompile(`^(.*)_e8m([1-9]\d+)$`)

// IsWide says whether a name asks for more mantissa bits than a table holds.
func IsWide(name string) bool {
	g := wideName.FindStringSubmatch(name)
	if g == nil {
		return false
	}
	m, err := strconv.Atoi(g[2])
	return err != nil || m > lut.MaxMantissa
}

// LookupWide returns the multiplier of a name for which IsWide holds. The error
// for any other says what is out of range, or which names come closest.
func LookupWide(name string) (Wide, error) {
	g := wideName.FindStringSubmatch(name)
	if g == nil {
		return Wide{}, fmt.Errorf("multiplier %.64q is not built in; %s", name, nearest(name, wideNames()))
	}
	m, err := strconv.Atoi(g[2])
	if err != nil || m <= lut.MaxMantissa || m > MaxWide {
		return Wide{}, fmt.Errorf("multiplier %.64q: without a table, multipliers have %d to %d mantissa bits; %s",
			name, lut.MaxMantissa+1, MaxWide, nearest(name, wideNames()))
	}
	d, _ := findDesign(g[1])
	if d == nil || !d.wide {
		return Wide{}, fmt.Errorf("multiplier %.64q is not built in with %d mantissa bits; %s", name, m, nearest(name, wideNames()))
	}
	return Wide{name, d.name, m, d.frac(m, nil)}, nil
}

// WideNames lists the names that LookupWide knows.
func WideNames() []string { return slices.Clone(wideNames()) }

var wideNames = sync.OnceValue(func() []string {
	var list []string
	for _, d := range designs {
		for m := lut.MaxMantissa + 1; d.wide && m <= MaxWide; m++ {
			list = append(list, d.name+"_"+lut.FloatFormat(m, m).String())
		}
	}
	return list
})
