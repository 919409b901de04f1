package cpu

// codeKernel has the loops of quantizers for eight elements at a time. The assembly says what they compute;
// quantizerloops.go and extremes.go, in Go, define it.
type codeKernel struct {
	quantize     func(x *float32, codes *int16, n int, pattern *float32, period int) uint32
	dequantize   func(codes *int16, x *float32, n int, pattern *float32, period int)
	quantizeGrad func(x, g, dx *float32, n int, pattern *float32, period int)
	rescale      func(sums *int64, y *float32, n int, pattern *float32, period int) uint32
	extremes     func(x *float32, n int, pattern *float32, period int) uint32
}

const (
	codeLanes       = 8
	patternElements = 64      // at least: so many are done without going back to the start
	longestPattern  = 1 << 14 // elements
)

// codePattern holds what a kernel needs to know of each channel, laid out as the elements are: groups of vectors of
// eight elements. It ends where both a row of channels and a group do. Nil: there is no kernel, or too few elements.
type codePattern struct {
	kernel   *codeKernel
	values   []float32
	period   int // groups
	elements int
}

// pattern returns the pattern for n elements of so many channels. of sets the values of a channel, one for each vector
// of a group.
func (d *Device) pattern(channels, n, vectors int, of func(channel int, values []float32)) *codePattern {
	kernel, elements := codeLoops(d.level), channels
	for elements%codeLanes != 0 || elements < patternElements {
		elements += channels
	}
	if kernel == nil || elements > longestPattern || n < elements {
		return nil
	}
	p := &codePattern{kernel, make([]float32, vectors*elements), elements / codeLanes, elements}
	one := make([]float32, vectors)
	for i := range elements {
		of(i%channels, one)
		for v, value := range one {
			p.values[(i/codeLanes*vectors+v)*codeLanes+i%codeLanes] = value
		}
	}
	return p
}

// whole returns how many of n elements the kernel computes.
func (p *codePattern) whole(n int) int {
	if p == nil {
		return 0
	}
	return n / p.elements * p.elements
}
