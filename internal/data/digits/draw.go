package digits

// Size is the number of rows and columns of an image, in pixels.
const Size = 28

// How hard the images are. The numbers were chosen by trying: trained on 20,000 of
// them, LeNet-5 in FP32 recognizes 97.5 % of the others after three epochs. Lengths
// are in pixels; "spread" is a standard deviation; of a range, each value is as
// likely as the others.
const (
	minHeight, maxHeight = 14, 22
	minAspect, maxAspect = .45, .95 // width by height
	shearSpread          = .15      // pixels to the side per pixel down
	turnSpread           = .15      // rotation, in radians
	shiftSpread          = 1.2      // of the middle
	wobbleSpread         = .025     // of each point of a template, by its size
	maxBend              = 1.5      // spread of the elastic displacement's lattice
	minPen, maxPen       = .6, 1.8  // radius
	minInk               = .55      // brightness of the ink, to 1
	maxNoise             = .1       // spread, of full brightness
	eraseChance          = .06
	scribbleChance       = .2
)

// Part keeps images for training and for tests apart.
type Part uint64

// The parts of a set.
const (
	Train Part = iota
	Test
)

// Draw draws an image of the digit label, 0 to 9, into dst, Size² pixels row by
// row from the top left, 0 (paper) to 255 (full ink). The image follows from the
// arguments alone.
func Draw(dst []uint8, label int, seed uint64, part Part, index uint64) {
	r := newRandom(seed, uint64(part), index)
	var c canvas
	bend := newElastic(r, r.between(0, maxBend))
	pen := r.between(minPen, maxPen)
	c.digit(r, label, slant(r), bend, pen)
	if r.chance(eraseChance) {
		c.erase(r)
	}
	if r.chance(scribbleChance) {
		c.scribble(r, bend, pen)
	}
	c.blur(r.unit())
	c.expose(dst[:Size*Size], r)
}

// digit writes one of the templates of a digit, its points moved a little.
func (c *canvas) digit(r *random, label int, m *affine, bend *elastic, pen float64) {
	ways := templates[label]
	for _, s := range ways[r.below(len(ways))] {
		hand := make(stroke, len(s))
		for i, p := range s {
			if i > 0 && p == s[i-1] { // a corner stays one
				hand[i] = hand[i-1]
				continue
			}
			hand[i] = point{p.x + mul(wobbleSpread, r.normal()), p.y + mul(wobbleSpread, r.normal())}
		}
		c.stroke(r, hand, m, bend, pen)
	}
}

// stroke draws a stroke with a pen whose pressure changes from its start to its end.
func (c *canvas) stroke(r *random, s stroke, m *affine, bend *elastic, pen float64) {
	const steps = 5
	from, to := r.between(.75, 1.2), r.between(.75, 1.2)
	var last point
	n := 0
	s.spline(steps, func(p point) {
		p = bend.apply(m.apply(p))
		if n > 0 {
			along := float64(n) / float64(steps*(len(s)-1))
			c.line(last, p, mul(pen, from+mul(along, to-from)))
		}
		last = p
		n++
	})
}

// erase takes away the ink under a band of 1.4 to 3.6 pixels across the image.
func (c *canvas) erase(r *random) {
	// The band is where |a·x + b·y − at| < half; (a, b) is a unit vector.
	t := r.between(-1, 1)
	n := 1 + mul(t, t)
	a, b := (1-mul(t, t))/n, mul(2, t)/n
	if r.chance(.5) {
		a, b = b, a
	}
	half := r.between(.7, 1.8)
	at := mul(a, r.between(8, 20)) + mul(b, r.between(8, 20))
	for y := range Size {
		for x := range Size {
			d := mul(a, float64(x)) + mul(b, float64(y)) - at
			if d < half && d > -half {
				c[y*Size+x] = 0
			}
		}
	}
}

// scribble puts the rim of a neighbour's digit at a side of the image.
func (c *canvas) scribble(r *random, bend *elastic, pen float64) {
	ways := templates[r.below(len(templates))]
	way := ways[r.below(len(ways))]
	size := r.between(10, 22)
	side := r.below(4)
	inside := mul(size, r.between(.05, .25))
	along := r.between(-8, 18)
	m := &affine{right: point{size, 0}, down: point{0, size}}
	switch side {
	case 0:
		m.origin = point{inside - size, along}
	case 1:
		m.origin = point{Size - inside, along}
	case 2:
		m.origin = point{along, inside - size}
	default:
		m.origin = point{along, Size - inside}
	}
	for _, s := range way {
		c.stroke(r, s, m, bend, pen)
	}
}

// expose turns ink into pixels, with the brightness and the noise of a camera.
func (c *canvas) expose(dst []uint8, r *random) {
	full := r.between(minInk, 1)
	noise := r.between(0, maxNoise)
	for i, v := range c {
		v = mul(v, full) + mul(noise, r.normal())
		dst[i] = uint8(mul(255, min(max(v, 0), 1)) + .5)
	}
}
