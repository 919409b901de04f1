package gpu

import (
	"errors"

	"github.com/approxtrain/approxtrain/device"
)

// fetchSide is FETCH_SIDE of kernels/fetch.cu.
const fetchSide = 16

// FetchGemm implements device.FetchGemmer, with the same bits, in the way of published simulators of
// approximate multipliers; see kernels/fetch.cu. It is for measurements. Operands are
// not transposed, and the multiplier has a table of up to 7 bits.
func (d *Device) FetchGemm(m device.Multiplier, g device.Gemm, a, b, c device.Buffer) {
	err := g.Check(a.Len(), b.Len(), c.Len())
	mul, failed := d.own(m)
	switch {
	case err != nil:
	case failed != nil:
		err = failed
	case mul.kernel != "bytes" || g.TransA || g.TransB:
		err = errors.New("expected a table of bytes, and operands that are not transposed")
	}
	o, ok := d.begin("gemm by fetches", g, err, a, b, c)
	if !ok {
		return
	}
	table, err := mul.side(false)
	if err != nil {
		d.fail(o.what, err)
		return
	}
	rowTiles, colTiles := (g.M+fetchSide-1)/fetchSide, (g.N+fetchSide-1)/fetchSide
	o.launch("gemm_fetch", rowTiles*colTiles, fetchSide*fetchSide, int32(g.M), int32(g.N), int32(g.K), newDivider(colTiles),
		table.layout, table.entries, a, b, c)
}
