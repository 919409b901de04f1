package cpu

import "slices"

// windows are the contents of a window over a tensor of images (NHWC) as the numbers of a side: i
// is a place of the window in a grid, row by row, image by image; k is a tap of the window and a
// channel, channel fastest. Taps outside the image are absent.
type windows struct {
	images, h, w int
	src          []float32 // from the first channel on
	pitch        int       // floats per pixel
	channels     int
	ys, xs       []int // of the window's places in the grid
	taps         []tap
}

// tap is an element of a window: its place less the window's.
type tap struct{ dy, dx int }

func (windows) sparse() bool { return true }

func (w windows) absent(i, k int) bool {
	t := w.taps[k/w.channels]
	y, x := w.ys[i/len(w.xs)%len(w.ys)]+t.dy, w.xs[i%len(w.xs)]+t.dx
	return uint(y) >= uint(w.h) || uint(x) >= uint(w.w)
}

// rows calls do for places i to i+n-1, the part of a row of the grid at a time:
// the row's image and place in the grid, count places from gx on, the first of them
// number r of all.
func (w windows) rows(i, n int, do func(image, gy, gx, r, count int)) {
	for r := 0; r < n; {
		gx, gy, image := (i+r)%len(w.xs), (i+r)/len(w.xs)%len(w.ys), (i+r)/(len(w.xs)*len(w.ys))
		count := min(n-r, len(w.xs)-gx)
		do(image, gy, gx, r, count)
		r += count
	}
}

// patches are windows whose channels are lines.
type patches struct{ windows }

func (p patches) load(i, n, k, terms int, dst []float32, sr, st int) {
	var lines [lineBlock]int
	for r := 0; r < n; r += lineBlock {
		some := lines[:min(n-r, lineBlock)]
		for t := 0; t < terms; {
			at, channel := p.taps[(k+t)/p.channels], (k+t)%p.channels
			count := min(terms-t, p.channels-channel)
			p.pixels(at, i+r, some)
			loadLines(p.src[channel:], some, count, dst[r*sr+t*st:], sr, st)
			t += count
		}
	}
}

// pixels sets lines to where the pixels begin that a tap sees from place i on.
func (p patches) pixels(at tap, i int, lines []int) {
	p.rows(i, len(lines), func(image, gy, gx, r, count int) {
		y := p.ys[gy] + at.dy
		row := (image*p.h + y) * p.w
		outside := uint(y) >= uint(p.h)
		for j, x := range p.xs[gx : gx+count] {
			x += at.dx
			lines[r+j] = (row + x) * p.pitch
			if outside || uint(x) >= uint(p.w) {
				lines[r+j] = -1
			}
		}
	})
}

// planes are windows whose places are lines, for images of few channels. Each
// channel of the images is copied for that, the padding with it; what lies step
// columns apart, as the places do, comes side by side.
type planes struct {
	windows
	x     []float32
	lines []int // of the taps' channels, for the first place
	tops  []int // of the places' rows
	image int   // floats from one image to the next
}

// fewChannels is below how many channels planes are worth it.
const fewChannels = 8

// side returns the side of windows.
func (w windows) side(d *Device) side {
	if w.channels < fewChannels && len(w.taps) > 0 {
		if step := w.step(); step > 0 {
			return w.planes(d, step)
		}
	}
	return patches{w}
}

// step is the number of columns from each place to the next, 0 if they differ.
func (w windows) step() int {
	if len(w.xs) == 1 {
		return 1
	}
	step := w.xs[1] - w.xs[0]
	for i := 2; i < len(w.xs); i++ {
		if w.xs[i]-w.xs[i-1] != step {
			return 0
		}
	}
	return max(step, 0)
}

func (w windows) planes(d *Device, step int) planes {
	from, to := w.taps[0], w.taps[0]
	for _, t := range w.taps {
		from = tap{min(from.dy, t.dy), min(from.dx, t.dx)}
		to = tap{max(to.dy, t.dy), max(to.dx, t.dx)}
	}
	top, bottom := slices.Min(w.ys), slices.Max(w.ys)
	columns := len(w.xs) + (to.dx-from.dx)/step // of those step apart
	row := columns * step
	p := planes{windows: w, image: (bottom + to.dy - top - from.dy + 1) * row}
	plane := p.image * w.images
	for _, t := range w.taps {
		at := (t.dy-from.dy)*row + (t.dx-from.dx)%step*columns + (t.dx-from.dx)/step
		for c := range w.channels {
			p.lines = append(p.lines, at+c*plane)
		}
	}
	for _, y := range w.ys {
		p.tops = append(p.tops, (y-top)*row)
	}
	if n := plane * w.channels; cap(d.tiles.planes) < n {
		d.tiles.planes = make([]float32, n)
	}
	p.x = d.tiles.planes[:plane*w.channels]
	d.each(w.images*w.channels, func(_, i int) {
		image, channel := i/w.channels, i%w.channels
		dst := p.x[channel*plane+image*p.image:][:p.image]
		for y := top + from.dy; y <= bottom+to.dy; y++ {
			var line []float32
			line, dst = dst[:row], dst[row:]
			if uint(y) >= uint(w.h) {
				clear(line)
				continue
			}
			src := w.src[(image*w.h+y)*w.w*w.pitch+channel:]
			for j := range line {
				x := w.xs[0] + from.dx + j/columns + j%columns*step
				line[j] = 0
				if uint(x) < uint(w.w) {
					line[j] = src[x*w.pitch]
				}
			}
		}
	})
	return p
}

func (p planes) load(i, n, k, terms int, dst []float32, sr, st int) {
	p.rows(i, n, func(image, gy, gx, r, count int) {
		loadLines(p.x[image*p.image+p.tops[gy]+gx:], p.lines[k:k+terms], count, dst[r*sr:], st, sr)
	})
}
