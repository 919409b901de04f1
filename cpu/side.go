package cpu

// side is one operand of a product as a matrix X[i][k]: i counts the rows of A or
// the columns of B, k the terms of a sum.
type side interface {
	// load copies X[i+r][k+t], r < n, t < terms, to dst[r·sr + t·st]; one of the
	// strides is 1. What is absent is +0.
	load(i, n, k, terms int, dst []float32, sr, st int)
	// sparse says whether some of X may be absent, absent whether X[i][k] is:
	// there is no product with it then.
	sparse() bool
	absent(i, k int) bool
}

// strided is a side in memory: X[i][k] = x[i·si + k·sk].
type strided struct {
	x      []float32
	si, sk int
}

func (strided) sparse() bool         { return false }
func (strided) absent(_, _ int) bool { return false }

func (m strided) load(i, n, k, terms int, dst []float32, sr, st int) {
	if n == 0 || terms == 0 {
		return
	}
	src := m.x[i*m.si+k*m.sk:]
	switch {
	case m.sk == 1 && st == 1:
		for r := range n {
			copy(dst[r*sr:][:terms], src[r*m.si:])
		}
	case m.si == 1 && sr == 1:
		for t := range terms {
			copy(dst[t*st:][:n], src[t*m.sk:])
		}
	case m.sk == 1:
		for r := range n {
			d := dst[r*sr:]
			for t, v := range src[r*m.si:][:terms] {
				d[t*st] = v
			}
		}
	default:
		for t := range terms {
			s, d := src[t*m.sk:], dst[t*st:]
			for r := range n {
				d[r*sr] = s[r*m.si]
			}
		}
	}
}

// blocks is a side whose k runs over blocks of a width, each a matrix of its own:
// X[i][b·width + k'] = x[begin[b] + i·si + k'·sk].
type blocks struct {
	strided
	width int
	begin []int
}

func (s blocks) load(i, n, k, terms int, dst []float32, sr, st int) {
	for t := 0; t < terms; {
		b, first := (k+t)/s.width, (k+t)%s.width
		count := min(terms-t, s.width-first)
		strided{s.x[s.begin[b]:], s.si, s.sk}.load(i, n, first, count, dst[t*st:], sr, st)
		t += count
	}
}

// patches is a side that a window cuts out of an image tensor (NHWC): i is a place
// of the window in a grid, row by row, image by image; k a tap of the window and a
// channel, channel fastest. Taps that lie outside the image are absent.
type patches struct {
	src         []float32 // from the first channel on
	h, w, pitch int       // of an image; pitch is the number of floats per pixel
	channels    int
	ys, xs      []int // of the window's places in the grid
	taps        []tap
	step        int // from one of xs to the next, 0 if they are irregular
}

// place sets the window's places.
func (p *patches) place(ys, xs []int) {
	p.ys, p.xs, p.step = ys, xs, 1
	for i := 1; i < len(xs); i++ {
		if d := xs[i] - xs[i-1]; i == 1 {
			p.step = d
		} else if d != p.step {
			p.step = 0
		}
	}
}

// tap is an element of a window: its place less the window's.
type tap struct{ dy, dx int }

func (patches) sparse() bool { return true }

func (p patches) absent(i, k int) bool {
	t := p.taps[k/p.channels]
	y, x := p.ys[i/len(p.xs)%len(p.ys)]+t.dy, p.xs[i%len(p.xs)]+t.dx
	return uint(y) >= uint(p.h) || uint(x) >= uint(p.w)
}

func (p patches) load(i, n, k, terms int, dst []float32, sr, st int) {
	if st == 1 {
		p.loadWindows(i, n, k, terms, dst, sr)
	} else {
		p.loadTaps(i, n, k, terms, dst, st)
	}
}

// loadWindows loads window by window.
func (p patches) loadWindows(i, n, k, terms int, dst []float32, sr int) {
	image, gy, gx := i/(len(p.ys)*len(p.xs)), i/len(p.xs)%len(p.ys), i%len(p.xs)
	for r := range n {
		row := dst[r*sr:][:terms]
		b, first := k/p.channels, k%p.channels
		if p.channels == 1 {
			p.loadWindow(image, p.ys[gy], p.xs[gx], b, row)
			row = nil
		}
		for len(row) > 0 {
			count := min(len(row), p.channels-first)
			y, x := p.ys[gy]+p.taps[b].dy, p.xs[gx]+p.taps[b].dx
			if uint(y) < uint(p.h) && uint(x) < uint(p.w) {
				copy(row[:count], p.src[((image*p.h+y)*p.w+x)*p.pitch+first:])
			} else {
				clear(row[:count])
			}
			row, b, first = row[count:], b+1, 0
		}
		if gx++; gx == len(p.xs) {
			if gx, gy = 0, gy+1; gy == len(p.ys) {
				gy, image = 0, image+1
			}
		}
	}
}

// loadWindow loads taps from t on of a window of one channel.
func (p patches) loadWindow(image, y0, x0, t int, row []float32) {
	for j, at := range p.taps[t:][:len(row)] {
		y, x := y0+at.dy, x0+at.dx
		row[j] = 0
		if uint(y) < uint(p.h) && uint(x) < uint(p.w) {
			row[j] = p.src[((image*p.h+y)*p.w+x)*p.pitch]
		}
	}
}

// loadTaps loads tap by tap, all windows at once.
func (p patches) loadTaps(i, n, k, terms int, dst []float32, st int) {
	image0, gy0, gx0 := i/(len(p.ys)*len(p.xs)), i/len(p.xs)%len(p.ys), i%len(p.xs)
	step := p.step * p.pitch
	for t := 0; t < terms; {
		at, channel := p.taps[(k+t)/p.channels], (k+t)%p.channels
		channels := min(terms-t, p.channels-channel)
		image, gy, gx := image0, gy0, gx0
		for r := 0; r < n; { // the places in a line of the grid
			count := min(n-r, len(p.xs)-gx)
			if p.step == 0 {
				count = 1
			}
			y, x := p.ys[gy]+at.dy, p.xs[gx]+at.dx
			first, end := 0, 0 // those inside
			if uint(y) < uint(p.h) {
				for first < count && x+first*p.step < 0 {
					first++
				}
				end = count
				for end > first && x+(end-1)*p.step >= p.w {
					end--
				}
			}
			if end-first < count {
				for c := range channels {
					line := dst[(t+c)*st+r:][:count]
					clear(line[:first])
					clear(line[end:])
				}
			}
			if end > first {
				src := p.src[((image*p.h+y)*p.w+x+first*p.step)*p.pitch+channel:]
				to := dst[t*st+r+first:]
				if step == 1 {
					copy(to[:end-first], src)
				} else {
					for j := range end - first {
						for c, v := range src[j*step:][:channels] {
							to[c*st+j] = v
						}
					}
				}
			}
			r += count
			if gx += count; gx == len(p.xs) {
				if gx, gy = 0, gy+1; gy == len(p.ys) {
					gy, image = 0, image+1
				}
			}
		}
		t += channels
	}
}

// picked is a side whose k are some of another's.
type picked struct {
	side
	k []int
}

func (picked) sparse() bool         { return false }
func (picked) absent(_, _ int) bool { return false }

func (s picked) load(i, n, k, terms int, dst []float32, sr, st int) {
	for t := 0; t < terms; {
		first, run := s.k[k+t], 1
		for t+run < terms && s.k[k+t+run] == first+run {
			run++
		}
		s.side.load(i, n, first, run, dst[t*st:], sr, st)
		t += run
	}
}

// transposed is a side with i and k exchanged.
type transposed struct{ side }

func (s transposed) absent(i, k int) bool { return s.side.absent(k, i) }

func (s transposed) load(i, n, k, terms int, dst []float32, sr, st int) {
	s.side.load(k, terms, i, n, dst, st, sr)
}
