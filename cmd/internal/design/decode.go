package design

import (
	"cmp"

	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// decodeFlags are --decode, --decode-a, --decode-b and --decode-p: what the codes of a design stand for.
type decodeFlags struct {
	all, a, b, p string
	codes        lut.Codings // the zero value: without the flags
}

func (d *decodeFlags) register(f *pflag.FlagSet) {
	f.StringVar(&d.all, "decode", "", "operands and product are codes of up to 8 bits of a `coding`: "+
		"posit8es1, fp8e4m3, fp4e2m1, lns8, …, or file.csv of code and value")
	f.StringVar(&d.a, "decode-a", "", "the `coding` of operand A, in place of --decode")
	f.StringVar(&d.b, "decode-b", "", "the `coding` of operand B")
	f.StringVar(&d.p, "decode-p", "", "the `coding` of the product, of up to 16 bits: also bf16, fp16")
}

// given says whether one of the flags is there.
func (d *decodeFlags) given() bool { return d.all+d.a+d.b+d.p != "" }

// parseDecode reads the codings, or those that --format names. Ports are then unsigned integers of as many bits.
func (d *Flags) parseDecode() error {
	c := &d.decode
	given := c.given()
	f := d.over.Format
	switch coded := f != nil && f.Kind == lut.Coded; {
	case coded && given:
		return fault.Usagef("--format %v names the codings already: give it or --decode", f)
	case coded:
		c.codes = f.Codes
	case !given:
		return nil
	case f != nil || d.bias != 0:
		return fault.Usagef("--decode says what the ports hold: --format and --bias have no meaning with it")
	default:
		for _, x := range []struct {
			flag, text string
			to         *lut.Coding
		}{{"a", c.a, &c.codes.A}, {"b", c.b, &c.codes.B}, {"p", c.p, &c.codes.P}} {
			text, flag := cmp.Or(x.text, c.all), "--decode-"+x.flag
			if text == "" {
				return fault.Usagef("%s: name the coding of each operand and of the product, or --decode for all of them", flag)
			}
			if x.text == "" {
				flag = "--decode"
			}
			var err error
			if *x.to, err = lut.FindCoding(text); err != nil {
				return fault.Usagef("%s: %w", flag, err)
			}
		}
	}
	g := lut.CodedFormat(c.codes)
	if err := g.Validate(); err != nil {
		return fault.Usagef("--decode: %w", err)
	}
	switch {
	case d.over.Kind != "" && d.over.Kind != cosim.Unsigned:
		return fault.Usagef("--kind %s has no meaning with codings: a port holds a code", d.over.Kind)
	case d.over.Mantissa != 0 || d.width != "":
		return fault.Usagef("--mant and --width have no meaning with codings, which say how wide the ports are")
	case d.over.LSBGiven:
		return fault.Usagef("--lsb has no meaning with codings: a port holds a whole code")
	}
	d.over.Kind = cosim.Unsigned // also of ports that are declared signed
	d.over.Format = &lut.Format{Kind: lut.Unsigned, A: g.A, B: g.B, P: g.P}
	return nil
}
