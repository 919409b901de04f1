package devicetest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
)

// testExtremes goes through the elements of a channel in reverse.
func testExtremes(t *testing.T, b *gradientBattery) {
	s := newSource(66)
	for _, shape := range [][2]int{{1, 1}, {1, 20_000}, {5, 1}, {7, 3000}, {64, 1}, {3, 4097}, {5000, 2}} {
		channels, rows := shape[0], shape[1]
		for _, x := range [][]float32{s.plain(channels * rows), s.rough(channels * rows)} {
			for _, special := range []float32{x[0], float32(math.Inf(-1)), float32(math.NaN())} {
				x[s.IntN(len(x))] = special
				want := make([]float32, 2*channels)
				for c := range channels {
					lo, hi := x[c], x[c]
					for r := rows - 1; r >= 0; r-- {
						switch v := x[r*channels+c]; {
						case v != v || lo != lo:
							lo, hi = float32(math.NaN()), float32(math.NaN())
						case v < lo:
							lo = v
						case v > hi:
							hi = v
						}
					}
					want[c], want[channels+c] = lo, hi
				}
				out := b.dirty(2 * channels)
				b.Extremes(channels, b.put(x), out)
				got := b.read(t, out)
				for i := range want {
					require.True(t, want[i] == got[i] || want[i] != want[i] && got[i] != got[i], "%d channels, %d rows: %v, expected %v", channels, rows, got[i], want[i])
				}
				b.compared += len(want)
			}
		}
	}
	for i := range 15 { // each of few elements may be the greatest, or the least
		x := make([]float32, 15)
		x[i] = 1
		want := make([]float32, 6)
		want[3+i%3] = 1
		out := b.dirty(6)
		b.Extremes(3, b.put(x), out)
		b.equal(t, want, out, "element %d is 1, others 0", i)
		x[i], want[3+i%3], want[i%3] = -1, 0, -1
		b.Extremes(3, b.put(x), out)
		b.equal(t, want, out, "element %d is -1, others 0", i)
	}
	for want, run := range map[string]func(){
		"extremes: 7 elements are no whole number of rows of 2 channels": func() { b.Extremes(2, b.dirty(7), b.dirty(4)) },
		"extremes: 3 numbers for the extremes of 2 channels":             func() { b.Extremes(2, b.dirty(8), b.dirty(3)) },
		"extremes: no numbers": func() { b.Extremes(2, b.dirty(0), b.dirty(4)) },
	} {
		run()
		require.ErrorContains(t, b.Sync(), want)
	}
}

// testScaleGrad collects the terms of each scale, with quotients and differences in binary64, rounded.
func testScaleGrad(t *testing.T, b *gradientBattery) {
	s := newSource(67)
	for _, rows := range []int{1, 300, 1500} {
		for _, channels := range []int{1, 7} {
			for _, q := range quantizers(s, channels) {
				n := rows * channels
				x, g := s.plain(n), s.plain(n)
				for i := range x { // some are clamped, some lie on an end
					scale, zero := parameters(q, i)
					switch s.IntN(4) {
					case 0:
						x[i] = float32(float64(scale) * (float64(q.Hi) - float64(zero) + float64(s.IntN(3))))
					case 1:
						x[i] = float32(float64(scale) * (float64(q.Lo) - float64(zero) - float64(s.IntN(3))))
					default:
						x[i] = float32(float64(scale) * (float64(q.Hi) - float64(q.Lo)) * (s.Float64() - 0.5))
					}
				}
				scales := len(q.Scale)
				all := make(terms, n)
				for i, v := range x {
					scale, zero := parameters(q, i)
					r := float32(float64(v) / float64(scale))
					lo, hi := float32(float64(q.Lo)-float64(zero)), float32(float64(q.Hi)-float64(zero))
					var slope float32
					switch {
					case r > hi:
						slope = hi
					case r < lo:
						slope = lo
					default:
						slope = float32(math.RoundToEven(float64(r)) - float64(r))
					}
					all[i%scales*(n/scales):][:n/scales].set(i/scales, float32(float64(g[i])*float64(slope)))
				}
				var want []float32
				for c := range scales {
					want = append(want, float32(float64(float32(0.3))*float64(all[c*(n/scales):][:n/scales].sum())))
				}
				out := b.dirty(scales)
				b.ScaleGrad(q, 0.3, b.put(x), b.put(g), out)
				b.equal(t, want, out, "gradients of the scales of %v, %d rows", q, rows)
			}
		}
	}
	q := device.PerTensor(0, 255, 1, 0)
	for want, run := range map[string]func(){
		"gradient of scales: 2 gradients for 1 scales":            func() { b.ScaleGrad(q, 1, b.dirty(3), b.dirty(3), b.dirty(2)) },
		"gradient of scales: a buffer has 4 elements, expected 3": func() { b.ScaleGrad(q, 1, b.dirty(3), b.dirty(4), b.dirty(1)) },
		"gradient of scales: the scale of channel 0 is 0": func() {
			b.ScaleGrad(device.PerTensor(0, 255, 0, 0), 1, b.dirty(3), b.dirty(3), b.dirty(1))
		},
	} {
		run()
		require.ErrorContains(t, b.Sync(), want)
	}
}
