package digits

import "math"

// canvas holds the ink of every pixel, row by row from the top left: 0 none, 1
// full. The centre of pixel (x, y) is the point (x, y).
type canvas [Size * Size]float64

// line puts down ink along a straight piece, with a round pen of radius pen pixels
// and an edge one pixel wide. A pixel keeps the most ink it was given.
func (c *canvas) line(a, b point, pen float64) {
	reach := pen + .5
	x0, x1 := pixels(min(a.x, b.x)-reach, max(a.x, b.x)+reach)
	y0, y1 := pixels(min(a.y, b.y)-reach, max(a.y, b.y)+reach)
	dx, dy := b.x-a.x, b.y-a.y
	length := mul(dx, dx) + mul(dy, dy)
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			px, py := float64(x)-a.x, float64(y)-a.y
			if length > 0 {
				t := min(max((mul(px, dx)+mul(py, dy))/length, 0), 1)
				px -= mul(t, dx)
				py -= mul(t, dy)
			}
			d := mul(px, px) + mul(py, py)
			if d >= mul(reach, reach) {
				continue
			}
			p := &c[y*Size+x]
			*p = max(*p, min(reach-math.Sqrt(d), 1))
		}
	}
}

// pixels returns the first and last pixel between two coordinates that is on the
// canvas; last < first if none is.
func pixels(lo, hi float64) (int, int) {
	if hi < 0 || lo > Size-1 {
		return 0, -1
	}
	return int(math.Ceil(max(lo, 0))), int(min(hi, Size-1))
}

// blur mixes each pixel with the binomial mean of its 3 × 3 neighbourhood.
func (c *canvas) blur(amount float64) {
	var rows canvas
	for i, v := range c {
		left, right := 0., 0.
		if i%Size > 0 {
			left = c[i-1]
		}
		if i%Size < Size-1 {
			right = c[i+1]
		}
		rows[i] = mul(.25, left+mul(2, v)+right)
	}
	for i, v := range rows {
		up, down := 0., 0.
		if i >= Size {
			up = rows[i-Size]
		}
		if i < Size*(Size-1) {
			down = rows[i+Size]
		}
		c[i] += mul(amount, mul(.25, up+mul(2, v)+down)-c[i])
	}
}
