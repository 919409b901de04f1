package cpu

import "github.com/approxtrain/approxtrain/device"

// gradientSums are the gradients of a convolution of codes.
type gradientSums struct {
	device.Conv
	x, w   []int16 // codes
	dy     []float32
	dx, dw []float32 // nil if not wanted

	loA, loB int
	width    int       // codes of operand B
	zeroA    int       // the code of 0 of operand A, less loA
	a        []float32 // ∂T/∂a: that of the codes a and b at (a − loA) · width + b − loB
	scaleB   []float32 // of each output channel
	zeroB    []float32
	b        []float32 // ScaleA · (∂T/∂b − ZeroA), likewise
	exact    []bool    // ∂T/∂b of ZeroA and a code b is ZeroA
}

// gradient computes gradients from the derivatives of a product.
func (d *Device) gradient(s *gradientSums, p device.IntegerProduct, t device.Derivatives) {
	s.loA, s.loB, s.width = int(p.A.Lo), int(p.B.Lo), int(p.B.Hi-p.B.Lo)+1
	s.a = t.A
	for co := range s.OutC {
		s.scaleB, s.zeroB = append(s.scaleB, p.B.ScaleOf(co)), append(s.zeroB, float32(p.B.ZeroOf(co)))
	}
	scale, zero := p.A.ScaleOf(0), float32(p.A.ZeroOf(0))
	s.zeroA = int(p.A.ZeroOf(0)) - s.loA
	s.b = make([]float32, len(t.B))
	for i, v := range t.B {
		s.b[i] = scale * (v - zero)
	}
	for _, v := range t.B[s.zeroA*s.width:][:s.width] {
		s.exact = append(s.exact, v == zero)
	}
	codes := int(p.A.Hi-p.A.Lo) + 1
	if kernel := lines(d.level); kernel != nil && s.fits(codes) {
		s.byLines(d, kernel, codes)
		return
	}
	if s.dx != nil {
		s.input(d)
	}
	if s.dw != nil {
		s.weights(d)
	}
}

// input computes dX: pixel by pixel, the terms of one k for all channels at a time.
func (s *gradientSums) input(d *Device) {
	oh, ow, gi, per := s.OutH(), s.OutW(), s.C/s.Groups, s.OutC/s.Groups
	// The codes of the weights as [tap][output channel of the group][input channel]: for each k a line as long as a
	// pixel, whatever the groups.
	weights := make([]int, s.KH*s.KW*per*s.C)
	first := make([]int, s.C) // output channel of each input channel's group
	for c := range s.C {
		first[c] = c / gi * per
		for k := range s.KH * s.KW * per {
			weights[k*s.C+c] = int(s.w[(k/per*gi+c%gi)*s.OutC+first[c]+k%per]) - s.loB
		}
	}
	d.split(s.N*s.H, 1, func(from, to int) {
		var acc sums
		rows := make([]int, s.C) // of the derivatives
		for row := from; row < to; row++ {
			n, y := row/s.H, row%s.H
			for x := range s.W {
				acc.begin(s.C)
				pixel := (row*s.W + x) * s.C
				for c, code := range s.x[pixel:][:s.C] {
					rows[c] = (int(code) - s.loA) * s.width
				}
				for tap := range s.KH * s.KW {
					oy, hitY := reached(y, s.PadH, tap/s.KW*s.DilationH, s.StrideH, oh)
					ox, hitX := reached(x, s.PadW, tap%s.KW*s.DilationW, s.StrideW, ow)
					if !hitY || !hitX {
						continue
					}
					dy := s.dy[((n*oh+oy)*ow+ox)*s.OutC:][:s.OutC]
					for k := tap * per; k < (tap+1)*per; k++ {
						sum, codes := acc.at(k)[:s.C], weights[k*s.C:][:s.C]
						for c, b := range codes {
							co := first[c] + k - tap*per
							factor := s.scaleB[co] * (s.a[rows[c]+b] - s.zeroB[co])
							sum[c] += float32(dy[co] * factor)
						}
					}
				}
				acc.store(s.dx[pixel:][:s.C])
			}
		}
	})
}

// weights computes dW: by tap and input channel of the group, all output channels at once.
func (s *gradientSums) weights(d *Device) {
	oh, ow, gi, per := s.OutH(), s.OutW(), s.C/s.Groups, s.OutC/s.Groups
	d.split(s.KH*s.KW*gi, 1, func(from, to int) {
		var acc sums
		codes := make([]int, s.OutC)  // of the weights
		inputs := make([]int, s.OutC) // the input channel of each
		for row := from; row < to; row++ {
			ky, kx, ci := row/gi/s.KW, row/gi%s.KW, row%gi
			for co, w := range s.w[row*s.OutC:][:s.OutC] {
				codes[co], inputs[co] = int(w)-s.loB, co/per*gi+ci
			}
			acc.begin(s.OutC)
			for k := range s.N * oh * ow {
				n, oy, ox := k/(oh*ow), k/ow%oh, k%ow
				iy, ix := oy*s.StrideH-s.PadH+ky*s.DilationH, ox*s.StrideW-s.PadW+kx*s.DilationW
				sum, dy := acc.at(k)[:s.OutC], s.dy[k*s.OutC:][:s.OutC]
				if iy < 0 || iy >= s.H || ix < 0 || ix >= s.W {
					for co, b := range codes {
						if !s.exact[b] {
							sum[co] += float32(dy[co] * s.b[s.zeroA*s.width+b])
						}
					}
					continue
				}
				x := s.x[((n*s.H+iy)*s.W+ix)*s.C:][:s.C]
				for co, b := range codes {
					sum[co] += float32(dy[co] * s.b[(int(x[inputs[co]])-s.loA)*s.width+b])
				}
			}
			acc.store(s.dw[row*s.OutC:][:s.OutC])
		}
	})
}
