package lutgen

import "github.com/approxtrain/approxtrain/lut"

// classSame is what can be wrong with a code, besides too small or too large a number and NaN.
const classSame = "another code of the expected number, such as −0 for 0"

// addCode counts a product of another code than the expected one. It is a mismatch unless both codes stand for NaN.
func (c *Comparison) addCode(m Mismatch, p lut.Coding) {
	got, want := p.Value(m.Got), p.Value(m.Want)
	switch {
	case got != got && want != want:
		c.addNaN(m)
	case got != got:
		c.Add(m, 0, classNotNaN)
	case want != want:
		c.Add(m, 0, classNaN)
	case got == want:
		c.Add(m, 0, classSame)
	case got < want:
		c.Add(m, 0, classSmall)
	default:
		c.Add(m, 0, classLarge)
	}
}
