// Package gradient has the derivatives of a multiplier: how the product of a table of integers changes with each of its
// operands. Networks of integers are trained with them. It trains nothing itself.
//
// A table T[a][b] is a function of whole numbers, so it has no derivatives; there are several ways to say what stands
// for them. Each Kind is one. Operands are numbers here and not bit patterns: those of a signed operand ascend from
// −2^(N−1) to 2^(N−1) − 1. Products are those of device.IntegerProductOf.
//
// All slopes are computed exactly, as quotients of integers, and rounded to binary32 once, to nearest, ties to even. So
// every implementation of the formulas gives the same bits. If T[a][b] = a · b, every slope of every kind is exactly the
// other operand.
//
// Start reading at [Of], which computes the slopes of a table. [Gradient.Derivatives] and [Gradient.Slopes] have them
// by codes, as devices take them; [ReadFile] and [Gradient.WriteFile] have them in files.
package gradient

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/suggest"
	"github.com/approxtrain/approxtrain/lut"
)

// Kind is a way to find the derivatives of products.
type Kind string

const (
	// STE is the straight-through estimator: the derivatives of the exact product, which are the other operand.
	// Products of the backward pass are native. It has no slopes of the table.
	STE Kind = "ste"
	// Table has the same derivatives as STE, and products of the backward pass go through the table too. It has no
	// slopes of the table.
	Table Kind = "table"
	// Difference is the central difference of the smoothed table. A row T[·][b] is smoothed by the mean S of each
	// window of 2h + 1 numbers, h at either side, and
	//
	//	∂T/∂a[a][b] = (S[a+1] − S[a−1]) / 2
	//	            = (T[a+h+1][b] + T[a+h][b] − T[a−h][b] − T[a−h−1][b]) / (2 · (2h + 1))
	//
	// where both windows lie in the range of a, lo … hi, that is lo + h + 1 ≤ a ≤ hi − h − 1. The h + 1 numbers at
	// either end have the slope over the whole row, (T[hi][b] − T[lo][b]) / (hi − lo). ∂T/∂b is the same along b.
	//
	// See C. Meng et al., "Gradient Approximation of Approximate Multipliers for High-Accuracy Deep Neural Network
	// Retraining", DATE 2025. It has (max − min) / 2^N at the ends, which is not the slope of an exact product and
	// has no sign.
	Difference Kind = "difference"
	// Difference1D is the mean of Difference over the operand of the derivative: ∂T/∂a[b] is the mean over all a of
	// ∂T/∂a[a][b], a function of b alone. ∂T/∂b is a function of a. The mean is that of the exact slopes. See C.
	// Meng et al., "Gradient Estimation Methods of Approximate Multipliers for High-Accuracy Retraining of Deep
	// Learning Models", arXiv 2509.10519, 2025.
	Difference1D Kind = "difference-1d"
	// Regression is the slope of the least-squares line: ∂T/∂a[b] is that of the line through the points
	// (a, T[a][b]) of all a, a function of b alone. ∂T/∂b is a function of a.
	Regression Kind = "regression"
	// File has slopes from a file; see ReadFile.
	File Kind = "file"
)

// Kinds are the kinds that have names, in the order of help texts.
var Kinds = []Kind{STE, Table, Difference, Difference1D, Regression}

// HasSlopes says whether a kind needs slopes, which depend on the table: those of STE and Table are the other operand.
func (k Kind) HasSlopes() bool { return k != STE && k != Table }

// OneDimensional says whether the derivatives of a kind with a name are functions of one operand.
func (k Kind) OneDimensional() bool { return k == Difference1D || k == Regression }

// Smooths says whether a kind has a window.
func (k Kind) Smooths() bool { return k == Difference || k == Difference1D }

// LeastHalf is the least half window that is taken if none is given, or the largest one of narrow operands.
const LeastHalf = 4

// Options say which derivatives are wanted.
type Options struct {
	Kind Kind
	// Half is the half window h of kinds that smooth: 1 to MaxHalf of the table's format. 0 is that of DefaultHalf. An
	// operand of N bits has a window of at most 2^(N−2), so that of the narrower operand may be smaller.
	Half int
	Path string // of File
}

// String returns the text that Parse reads, without the half window.
func (o Options) String() string {
	if o.Kind == File {
		return o.Path
	}
	return string(o.Kind)
}

// Usage lists what Parse reads, for help texts: "ste|table|…|FILE".
func Usage(kinds ...Kind) string {
	var b strings.Builder
	for _, k := range kinds {
		b.WriteString(string(k) + "|")
	}
	return b.String() + "FILE"
}

// Parse returns the options that a text stands for: the name of a kind, or a file with the extension .npy or .csv.
// It does not open the file. Its error has the status fault.Usage.
func Parse(text string) (Options, error) {
	for _, k := range Kinds {
		if text == string(k) {
			return Options{Kind: k}, nil
		}
	}
	if formOf(text) != nil {
		return Options{Kind: File, Path: text}, nil
	}
	var names []string
	for _, k := range Kinds {
		names = append(names, string(k))
	}
	near := suggest.Mistyped(text, names)
	if near != "" {
		near = "; did you mean " + near + "?"
	}
	return Options{}, fault.Usagef("gradient %s: expected one of %s, or a file with slopes (.npy, .csv)%s", limits.Quote(text),
		strings.Join(names, ", "), near)
}

// Gradient has the derivatives of the products of a table by each operand, by the values of operands.
type Gradient struct {
	Kind   Kind
	Half   int        // the half window of kinds that smooth, else 0
	Format lut.Format // of the table: its operands are those of the derivatives
	// OneD means that ∂T/∂a is a function of b alone, and ∂T/∂b of a.
	OneD bool
	// A is ∂T/∂a and B is ∂T/∂b, with an element for each pair of operands, row-major: the element of a and b is that
	// of index (a − lo of a) · Cols + b − lo of b. If OneD is true, A has Cols elements, that of b with the index
	// b − lo of b, and B has Rows elements, that of a with the index a − lo of a.
	A, B []float32
}

// rangeOf returns the least and the greatest value of an operand.
func rangeOf(bits int, signed bool) (lo, hi int) {
	if signed {
		return -1 << (bits - 1), 1<<(bits-1) - 1
	}
	return 0, 1<<bits - 1
}

// RangeA returns the least and the greatest value of operand A.
func (g *Gradient) RangeA() (lo, hi int) { return rangeOf(g.Format.A, g.Format.Kind.SignedA()) }

// RangeB is RangeA for operand B.
func (g *Gradient) RangeB() (lo, hi int) { return rangeOf(g.Format.B, g.Format.Kind.SignedB()) }

// ByA returns ∂T/∂a for two operand values.
func (g *Gradient) ByA(a, b int) float32 {
	loA, _ := g.RangeA()
	loB, _ := g.RangeB()
	if g.OneD {
		return g.A[b-loB]
	}
	return g.A[(a-loA)*g.Format.Cols()+b-loB]
}

// ByB returns ∂T/∂b for two operand values.
func (g *Gradient) ByB(a, b int) float32 {
	loA, _ := g.RangeA()
	loB, _ := g.RangeB()
	if g.OneD {
		return g.B[a-loA]
	}
	return g.B[(a-loA)*g.Format.Cols()+b-loB]
}

// MaxHalf returns the largest half window for a table of a format: 2^(N−2), with N the bits of the wider operand, and at
// least 1.
func MaxHalf(f lut.Format) int { return maxHalf(max(f.A, f.B)) }

// maxHalf returns the largest half window of an operand of so many bits.
func maxHalf(bits int) int { return max(1, 1<<bits>>2) }

// Of returns the derivatives of a table of integers, or those of the file of the options. It is an error of status
// fault.Usage if the table is none of whole products of integers, if the half window is outside its range or given for a
// kind that does not smooth, or if the file is not one of derivatives of such a table. The kind must be one that
// HasSlopes.
func Of(t *lut.Table, o Options) (*Gradient, error) {
	if err := device.CheckIntegerTable(t); err != nil {
		return nil, fault.Usagef("derivatives: %w", err)
	}
	most := MaxHalf(t.Format)
	switch {
	case !o.Kind.HasSlopes():
		return nil, fault.Usagef("gradient %s has no slopes: they are those of the exact product", o.Kind)
	case o.Half != 0 && !o.Kind.Smooths():
		return nil, fault.Usagef("gradient %v has no window: expected no half window", o)
	case o.Half < 0 || o.Half > most:
		return nil, fault.Usagef("half window %d: expected 1 to %d for table %s of format %v", o.Half, most, t.Name, t.Format)
	case o.Kind == File:
		return ReadFile(o.Path, t.Format)
	case o.Half == 0 && o.Kind.Smooths():
		o.Half = DefaultHalf(t)
	}
	g := &Gradient{Kind: o.Kind, Half: o.Half, Format: t.Format, OneD: o.Kind.OneDimensional()}
	rows := productsOf(t)
	switch o.Kind {
	case Difference:
		g.B = differences(rows, o.Half)
		g.A = transposed(differences(transpose(rows), o.Half), len(rows[0]), len(rows))
	case Difference1D:
		g.B, g.A = each(rows, o.Half, meanDifference), each(transpose(rows), o.Half, meanDifference)
	case Regression:
		g.B, g.A = each(rows, 0, regression), each(transpose(rows), 0, regression)
	default:
		return nil, fmt.Errorf("gradient kind %q is unknown", o.Kind)
	}
	return g, nil
}

// formOf returns the form of a file by its extension, nil if it has another one.
func formOf(path string) *form {
	for i, f := range forms {
		if strings.EqualFold(filepath.Ext(path), f.ext) {
			return &forms[i]
		}
	}
	return nil
}
