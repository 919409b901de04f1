package cosim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
)

// operands takes what inputs are left.
func (f *inference) operands() error {
	free := f.free(In, false)
	var need []**signal
	var names []string
	if f.a == nil {
		need, names = append(need, &f.a), append(names, option.A.String())
	}
	if f.b == nil {
		need, names = append(need, &f.b), append(names, option.B.String())
	}
	if len(f.ports) == 0 {
		return fault.Usagef("the top has no ports, as a testbench has none: choose the multiplier with %v", option.Top)
	}
	if len(free) < len(need) {
		m := f.members(free)
		if len(m) == len(need) && !slices.ContainsFunc(m, func(s *signal) bool { return s.width == 1 }) {
			free = m
		}
	}
	if len(need) == 0 && len(free) > 0 {
		if len(free) == 1 {
			return fault.Usagef("input %s has no part: give it a value with %v %s=VALUE", f.list(free), option.Tie, free[0].name)
		}
		return fault.Usagef("inputs %s have no part: give each a value with %v %s=VALUE", f.list(free), option.Tie, free[0].name)
	}
	if len(free) < len(need) {
		if m := f.members(free); len(m) >= len(need) {
			return fault.Usagef("cannot tell the operands among the members %s: choose with %s, "+
				"and give the rest a value with %v NAME=value", f.list(m), strings.Join(names, " and "), option.Tie)
		}
		both := ""
		if w := vectors(free); len(need) == 2 && len(w) == 1 && w[0].width%2 == 0 && len(w[0].parts) == 1 {
			n := w[0].width
			both = fmt.Sprintf("; if %[1]s has both, name their bits: %[2]v '%[1]s[%[3]d:%[4]d]' %[5]v '%[1]s[%[6]d:0]'",
				w[0].name, option.A, n-1, n/2, option.B, n/2-1)
		}
		return fault.Usagef("the design has %d operand(s) too few: inputs without a part are %s; a multiplier needs two operands (%s)%s",
			len(need)-len(free), f.list(free), strings.Join(names, ", "), both)
	}
	wide := slices.DeleteFunc(slices.Clone(free), func(s *signal) bool { return s.width == 1 })
	if len(free) > len(need) {
		if len(wide) != len(need) || len(need) == 0 {
			return fault.Usagef("cannot tell the operands among the inputs %s: choose with %s, "+
				"and give the rest a value with %v NAME=value", f.list(free), strings.Join(names, " and "), option.Tie)
		}
		var rest []*signal
		for _, s := range free {
			if s.width == 1 {
				rest = append(rest, s)
			}
		}
		return fault.Usagef("no part is known for the input(s) %s beside the operands %s: "+
			"give a value with %v %s=0, or a part with %v, %v, %v or %v", f.list(rest), f.list(wide),
			option.Tie, rest[0].name, option.Clock, option.Reset, option.InValid, option.OutReady)
	}
	if len(need) == 2 && inverted(free[0].name, free[1].name) {
		free[0], free[1] = free[1], free[0]
	}
	for n, to := range need {
		*to = free[n]
		f.take(free[n])
	}
	f.iface.A, f.iface.B = f.a.parts, f.b.parts
	return nil
}

// product takes the output that fits; others stay open.
func (f *inference) product() error {
	if f.p == nil {
		free := f.free(Out, false)
		if len(free) == 0 {
			return fault.Usagef("no product port: the design has no output that could be one (%v)", option.P)
		}
		fits := slices.DeleteFunc(slices.Clone(free), func(s *signal) bool {
			return len(f.kinds(s.width)) == 0
		})
		switch {
		case len(free) == 1:
			f.p = free[0]
		case len(free) == 2 && carryAndFraction(free) != nil:
			f.p = carryAndFraction(free)
		case len(fits) == 1:
			f.p = fits[0]
		case len(f.natural(fits)) == 1:
			f.p = f.natural(fits)[0]
		case len(f.natural(fits)) == 0 && len(vectors(free)) == 1: // flags beside a part of a product
			f.p = vectors(free)[0]
		default:
			return fault.Usagef("cannot tell the product among the outputs %s for operands of %d and %d bits: choose with %v; "+
				"two that are to be added are %[4]v x+y, two that are the halves of the product %[4]v high,low",
				f.list(free), f.a.width, f.b.width, option.P)
		}
		f.take(f.p)
	}
	if f.sum != nil {
		f.p = f.sum.product(f.p, f.a.width+f.b.width)
	}
	f.iface.P = f.p.parts
	for _, s := range f.free(Out, true) {
		f.iface.Open = append(f.iface.Open, s.name)
	}
	return nil
}

// vectors returns the signals of more than one bit.
func vectors(all []*signal) []*signal {
	return slices.DeleteFunc(slices.Clone(all), func(s *signal) bool { return s.width == 1 })
}

// natural returns the outputs that would fit if the user had not said how ports are read, or how wide a mantissa is: a
// flag beside the product is as wide as an integer product that is cut to one bit.
func (f *inference) natural(fits []*signal) (out []*signal) {
	free := *f
	free.over.Kind, free.over.Mantissa, free.over.LSBGiven = "", 0, false
	for _, s := range fits {
		if len(free.kinds(s.width)) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// carryAndFraction joins the two outputs of a mantissa multiplier.
func carryAndFraction(s []*signal) *signal {
	c, r := s[0], s[1]
	if c.width != 1 {
		c, r = r, c
	}
	if c.width != 1 || r.width == 1 || !strings.HasPrefix(strings.ToLower(trimSides(c.name)), "c") {
		return nil
	}
	return &signal{name: c.name + "," + r.name, parts: append(slices.Clone(c.parts), r.parts...), width: 1 + r.width}
}

// kinds returns the readings that the widths admit for a product of p bits.
func (f *inference) kinds(p int) []Shape {
	a, b := f.a.width, f.b.width
	if f.over.Format != nil {
		return f.formatted(p)
	}
	var out []Shape
	add := func(k Kind) {
		s := Shape{Kind: k, A: a, B: b, P: p}
		if (k == Float || k == Mantissa) && s.format().A < 1 {
			return
		}
		if s.check(f.over.Wide, f.over.Sample) == nil && (f.over.Mantissa == 0 || (k == Float || k == Mantissa) && s.format().A == f.over.Mantissa) {
			out = append(out, s)
		}
	}
	if k := f.over.Kind; k != "" {
		add(k)
		return out
	}
	if f.over.LSBGiven { // which only an integer has
		add(f.declared())
		return out
	}
	m := a - lut.FloatExtra
	// Floats and fractions are not declared signed.
	plain := !f.over.Integers && (f.declared() == Unsigned || f.over.Mantissa != 0)
	if plain && a == b && (p == a || p == lut.FloatExtra+2*m+1) {
		add(Float)
	}
	if plain && a == b && (p == a+1 || p == 2*a+2) {
		add(Mantissa)
	}
	if p == a+b {
		add(f.declared())
	}
	return out
}

// declared returns the kind of integers as which the operands are declared.
func (f *inference) declared() Kind {
	switch {
	case f.a.signed && f.b.signed:
		return Signed
	case f.a.signed:
		return SignedByUnsigned
	case f.b.signed:
		return UnsignedBySigned
	}
	return Unsigned
}

// part says which bits of an integer product the port has. Fewer bits than the operands have together may be the low
// ones or the high ones; the products tell.
func (f *inference) part() error {
	s := &f.iface.Shape
	if f.over.Format != nil {
		return nil
	}
	if _, ok := s.Kind.Integer(); !ok {
		if f.over.LSBGiven {
			return fault.Usagef("%v %d is the lowest bit of an integer product, the ports are read as %s", option.LSB, f.over.LSB, s.Kind)
		}
		return nil
	}
	f.iface.PartOpen = s.P < s.A+s.B && !f.over.LSBGiven
	if f.over.LSBGiven {
		if f.over.LSB < 0 || f.over.LSB >= s.A+s.B {
			return fault.Usagef("%v %d: the product of operands of %d and %d bits has bits 0 to %d",
				option.LSB, f.over.LSB, s.A, s.B, s.A+s.B-1)
		}
		s.Part = s.format().PartOf(f.over.LSB)
	}
	return s.check(f.over.Wide, f.over.Sample)
}

// formatted returns the reading of ports of the format that the user named, for a product of p bits: of floats
// whole numbers, or fractions in, and carry and fraction out. There is one at most.
func (f *inference) formatted(p int) []Shape {
	g := *f.over.Format
	kinds := []Kind{Float, Mantissa}
	if g.Kind != lut.Mantissa {
		kinds = []Kind{g.Kind.Ports()}
	}
	for _, k := range kinds {
		s := Shape{Kind: k, A: f.a.width, B: f.b.width, P: p, Float: g.Float, Part: g.Part}
		is := s.format()
		if table, err := s.Format(); err == nil && table == g { // with bits above the product
			is = g
		}
		// A float's name leaves the width of the product to the port, unless it has one.
		if g.Kind == lut.Mantissa && g.P == g.A {
			is.P = g.P
		}
		if is == g && s.check(f.over.Wide, f.over.Sample) == nil && (f.over.Kind == "" || f.over.Kind == k) {
			return []Shape{s}
		}
	}
	return nil
}

// unfit is the error for ports that the named format does not fit.
func (f *inference) unfit() error {
	g := *f.over.Format
	ports := fmt.Sprintf("operands of %d and %d bits and a product of %d bits", f.a.width, f.b.width, f.p.width)
	if g.Kind != lut.Mantissa {
		return fault.Usagef("%v %v does not fit %s: expected %d, %d and %d bits", option.Format, g, ports, g.A, g.B, g.P)
	}
	extra := g.FloatExtra()
	return fault.Usagef("%v %v does not fit %s: expected operands of %d bits and a product of %d bits or more, "+
		"or fractions of %d bits and a product of carry and fraction",
		option.Format, g, ports, extra+g.A, extra+max(g.P, min(1, g.A)), g.A)
}

// unread is the error for ports that no reading fits. It advises nothing that the user has said already.
func (f *inference) unread() error {
	more := ""
	if !f.over.Wide {
		more = fmt.Sprintf("up to %d bits in approxtrain check, which needs no table", MaxExhaustive)
	}
	if !f.over.Sample {
		if more != "" {
			more += ", and "
		}
		more += fmt.Sprintf("with %v wider ones and binary32", option.Sample)
	} else {
		more = fmt.Sprintf("a sample has integers of up to %d bits, products of up to %d and binary32", MaxSampled,
			MaxSampledProduct)
	}
	var ports []string
	for _, p := range []struct {
		by    option.Option
		given string
	}{{option.A, f.over.A}, {option.B, f.over.B}, {option.P, f.over.P}} {
		if p.given == "" {
			ports = append(ports, p.by.String())
		}
	}
	choose := ""
	if len(ports) > 0 {
		choose = ", or choose ports with " + strings.Join(ports, ", ")
	}
	return fault.Usagef("operands of %d and %d bits with a product of %d bits fit no format a table can hold: "+
		"floats have 9+m bits (m up to 11; of other formats, name it with %v e5m10), mantissas m bits in and m+1 out, "+
		"integers up to 12 bits in and the sum of the widths out (%s); force a reading with %v%s",
		f.a.width, f.b.width, f.p.width, option.Format, more, option.Kind, choose)
}

// kind decides how the ports are read.
func (f *inference) kind() error {
	a, b, p := f.a.width, f.b.width, f.p.width
	shapes := f.kinds(p)
	if o := f.over; len(shapes) == 0 && o.Format == nil && o.Kind == "" && o.Mantissa == 0 {
		if s := (Shape{Kind: f.declared(), A: a, B: b, P: p}); s.check(o.Wide, o.Sample) == nil {
			shapes = []Shape{s}
		}
	}
	switch len(shapes) {
	case 1:
		f.iface.Shape = shapes[0]
		f.iface.KindOpen = f.over.Kind == "" && f.over.Format == nil && slices.Contains(
			[]Kind{Unsigned, SignedByUnsigned, UnsignedBySigned}, shapes[0].Kind)
		return f.part()
	case 0:
		if f.over.Format != nil {
			return f.unfit()
		}
		if k := f.over.Kind; k != "" {
			s := Shape{Kind: k, A: a, B: b, P: p}
			if err := s.check(f.over.Wide, f.over.Sample); err != nil {
				return err
			}
			return fault.Usagef("%v %d does not fit operands of %d bits read as %s", option.Mantissa, f.over.Mantissa, a, k)
		}
		if a <= MaxExhaustive && b <= MaxExhaustive && p > MaxProduct {
			return Shape{Kind: Unsigned, A: a, B: b, P: p}.check(f.over.Wide, f.over.Sample)
		}
		if s := (Shape{Kind: Unsigned, A: a, B: b, P: p}); p == a+b && (s.Wide() || s.Sampled()) {
			if err := s.check(f.over.Wide, f.over.Sample); err != nil {
				return err
			}
		}
		return f.unread()
	default:
		var names []string
		for _, s := range shapes {
			names = append(names, fmt.Sprintf("%v %s (%v)", option.Kind, s.Kind, s.format()))
		}
		return fault.Usagef("operands of %d and %d bits with a product of %d bits can be read in %d ways: choose with %s",
			a, b, p, len(shapes), strings.Join(names, " or "))
	}
}
