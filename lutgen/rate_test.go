package lutgen

import (
	"syscall"
	"testing"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/lut"
)

// BenchmarkMeasure measures the comparison alone, in products: a row of 16 × 16 bits
// that is exact, and one that is not.
func BenchmarkMeasure(b *testing.B) {
	s := cosim.Shape{Kind: cosim.Unsigned, A: 16, B: 16, P: 32}
	x := &exhaustive{shape: s, format: s.Numbers(), figures: lut.NewFigures(s.Numbers()), exchange: newExchange(1 << 16)}
	w := &comparer{x: x, columns: make([]uint64, 1<<16)}
	row := make([]uint32, 1<<16)
	for name, lost := range map[string]uint32{"exact": 0, "approximate": 0x3} {
		b.Run(name, func(b *testing.B) {
			const a = 0xbeef
			for i := range row {
				row[i] = (a &^ lost) * uint32(i)
			}
			var from, to syscall.Rusage
			syscall.Getrusage(syscall.RUSAGE_SELF, &from)
			for b.Loop() {
				w.measure(a, cosim.Products{U32: row})
			}
			syscall.Getrusage(syscall.RUSAGE_SELF, &to)
			b.ReportMetric(float64(to.Utime.Nano()-from.Utime.Nano())/float64(b.N)/(1<<16), "ns/product")
		})
	}
}
