package digits

// spline calls visit with points along the stroke: a Catmull-Rom spline through
// its points, steps pieces from each to the next.
func (s stroke) spline(steps int, visit func(point)) {
	at := func(i int) point { return s[min(max(i, 0), len(s)-1)] }
	visit(s[0])
	for i := range len(s) - 1 {
		if s[i] == s[i+1] {
			continue
		}
		a, b, c, d := at(i-1), at(i), at(i+1), at(i+2)
		for k := 1; k <= steps; k++ {
			t := float64(k) / float64(steps)
			visit(point{catmullRom(a.x, b.x, c.x, d.x, t), catmullRom(a.y, b.y, c.y, d.y, t)})
		}
	}
}

// catmullRom is the cubic that goes from b at t = 0 to c at t = 1, with the slope
// at either that of the line between its neighbours.
func catmullRom(a, b, c, d, t float64) float64 {
	c1 := mul(.5, c-a)
	c2 := a - mul(2.5, b) + mul(2, c) - mul(.5, d)
	c3 := mul(1.5, b-c) + mul(.5, d-a)
	return b + mul(t, c1+mul(t, c2+mul(t, c3)))
}

// affine maps a template to the canvas: origin + (x·right + y·down).
type affine struct{ origin, right, down point }

// slant draws the affine map of one image: size, aspect, rotation, shear, place.
func slant(r *random) *affine {
	height := r.between(minHeight, maxHeight)
	width := mul(height, r.between(minAspect, maxAspect))
	shear := mul(shearSpread, r.normal())
	// Rotation by the angle whose half has the tangent t.
	t := mul(turnSpread/2, r.normal())
	n := 1 + mul(t, t)
	cos, sin := (1-mul(t, t))/n, mul(2, t)/n
	m := &affine{
		right: point{mul(width, cos), mul(width, sin)},
		down:  point{mul(height, mul(shear, cos)-sin), mul(height, mul(shear, sin)+cos)},
	}
	const middle = float64(Size-1) / 2
	m.origin.x = middle + mul(shiftSpread, r.normal()) - mul(.5, m.right.x+m.down.x)
	m.origin.y = middle + mul(shiftSpread, r.normal()) - mul(.5, m.right.y+m.down.y)
	return m
}

func (m *affine) apply(p point) point {
	return point{
		m.origin.x + mul(p.x, m.right.x) + mul(p.y, m.down.x),
		m.origin.y + mul(p.x, m.right.y) + mul(p.y, m.down.y),
	}
}

// elastic is a smooth random displacement of the plane, in pixels: normal noise
// on a lattice, smoothed by a cubic B-spline, which has nearly the shape of a Gaussian.
type elastic [lattice][lattice]point

const (
	spacing = 8                            // of the lattice, in pixels
	lattice = (Size+spacing-1)/spacing + 3 // points on a side
)

func newElastic(r *random, amount float64) *elastic {
	var e elastic
	for i := range e {
		for j := range e[i] {
			e[i][j] = point{mul(amount, r.normal()), mul(amount, r.normal())}
		}
	}
	return &e
}

func (e *elastic) apply(p point) point {
	x, wx := weights(p.x)
	y, wy := weights(p.y)
	for i, u := range wy {
		for j, v := range wx {
			w := mul(u, v)
			p.x += mul(w, e[y+i][x+j].x)
			p.y += mul(w, e[y+i][x+j].y)
		}
	}
	return p
}

// weights returns the lattice cell of a coordinate and the weights of the four lattice points
// around it. Points off the canvas move like its edge.
func weights(x float64) (cell int, w [4]float64) {
	x = mul(min(max(x, 0), Size-1), 1./spacing)
	cell = int(x)
	t := x - float64(cell)
	s := 1 - t
	tt, ss := mul(t, t), mul(s, s)
	w[0] = mul(ss, s) / 6
	w[3] = mul(tt, t) / 6
	w[1] = (4 - mul(6, tt) + mul(3, mul(tt, t))) / 6
	w[2] = (4 - mul(6, ss) + mul(3, mul(ss, s))) / 6
	return cell, w
}
