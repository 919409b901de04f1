// Package digits draws the images of the generated data set: the digits 0 to 9 in handwriting.
// Strokes, pens and paper vary. The package draws single images; package data makes
// sets of them.
//
// Start reading at draw.go. templates.go holds the shapes, path.go turns them
// into bent lines, canvas.go into ink, random.go is the only source of chance.
//
// # The same bits everywhere
//
// An image follows from (seed, part, index, label) alone. Chance comes from a PCG
// stream of the image's own, so the order of drawing does not matter. Arithmetic
// is in float64 with the operations that IEEE 754 rounds in one way only: + − × ÷
// and square root, no sine, exponential or logarithm. A product that is added to
// something goes through mul, because a compiler may otherwise fuse the two into
// one rounding on some architectures. A test reads the arm64 machine code for such
// instructions.
package digits

// mul returns x·y rounded to float64: the conversion forbids fusing it with an
// addition that follows.
func mul(x, y float64) float64 { return float64(x * y) }
