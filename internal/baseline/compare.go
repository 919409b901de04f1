package baseline

import (
	"fmt"
	"math"

	"github.com/approxtrain/approxtrain/device"
)

// CompareNative says whether c is the product of a and b as far as binary32 can
// tell, whatever the order of its sums.
func CompareNative(g device.Gemm, a, b, c []float32) error {
	if err := g.Check(len(a), len(b), len(c)); err != nil {
		return err
	}
	sum, size := make([]float64, g.N), make([]float64, g.N)
	for i := range g.M {
		clear(sum)
		clear(size)
		for k := range g.K {
			x := float64(a[g.A(i, k)])
			for j := range sum {
				p := x * float64(b[g.B(k, j)])
				sum[j] += p
				size[j] += math.Abs(p)
			}
		}
		for j, want := range sum {
			got := float64(c[i*g.N+j])
			// Half a unit in the last place for each of the K additions, at most.
			tol := size[j] * 0x1p-24 * float64(g.K)
			if !(math.Abs(got-want) <= tol) {
				return fmt.Errorf("element %d, %d of a native product %+v is %v, expected %v ± %g", i, j, g, got, want, tol)
			}
		}
	}
	return nil
}
