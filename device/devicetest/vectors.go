package devicetest

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// VectorHeader is the first line of docs/vectors/requantize.csv.
const VectorHeader = "sum,scale,multiplier,shift,zero,lo,hi,code"

// Vector is a line of docs/vectors/requantize.csv: the code of a sum. Multiplier is 0 in one with a scale.
type Vector struct {
	Sum          int32
	Scale        float32
	Multiplier   int32
	Shift        int
	Zero, Lo, Hi int32
	Code         int32
}

// String returns the line.
func (v Vector) String() string {
	how := fmt.Sprintf("0x%08x,,", math.Float32bits(v.Scale))
	if v.Multiplier != 0 {
		how = fmt.Sprintf(",%d,%d", v.Multiplier, v.Shift)
	}
	return fmt.Sprintf("%d,%s,%d,%d,%d,%d", v.Sum, how, v.Zero, v.Lo, v.Hi, v.Code)
}

// ReadVectors reads the file.
func ReadVectors(t testing.TB, file string) (list []Vector) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	require.Equal(t, VectorHeader, strings.Join(rows[0], ","))
	for _, row := range rows[1:] {
		number := func(column int) int32 {
			n, err := strconv.ParseInt(row[column], 10, 32)
			require.NoError(t, err, "%s: %v", file, row)
			return int32(n)
		}
		v := Vector{Sum: number(0), Zero: number(4), Lo: number(5), Hi: number(6), Code: number(7)}
		if row[1] != "" {
			bits, err := strconv.ParseUint(row[1], 0, 32)
			require.NoError(t, err, "%s: %v", file, row)
			v.Scale = math.Float32frombits(uint32(bits))
		} else {
			v.Multiplier, v.Shift = number(2), int(number(3))
		}
		list = append(list, v)
	}
	return list
}

// RunVectors compares the codes that a device makes of sums with those of docs/vectors/requantize.csv. The sums are those
// of products: of 255 and codes up to 127 as many as it takes, and two of 1 for the rest.
func RunVectors(t *testing.T, d device.IntegerDevice, file string) {
	const k = 1<<31/(255*127) + 3
	a := make([]int16, k)
	for i := range a {
		a[i] = 255
	}
	a[k-2], a[k-1] = 1, 1
	f, err := lut.ParseFormat("u8xs8")
	require.NoError(t, err)
	table, err := lut.New("exact", f)
	require.NoError(t, err)
	for x := range uint32(256) {
		for y := range uint32(256) {
			table.Set(x, y, uint32(int32(x)*int32(int8(y)))&0xffff)
		}
	}
	m, err := d.Multiplier(table)
	require.NoError(t, err)
	p := device.IntegerProduct{Multiplier: m, A: device.PerTensor(0, 255, 1, 0), B: device.PerTensor(-128, 127, 1, 0)}
	b := &integerBattery{battery: &battery{Device: d}, Integers: d}
	left := ReadVectors(t, file)
	fixed, floats := 0, 0
	for len(left) > 0 {
		n := 1 // vectors that share all but sum, scale and code
		for n < len(left) && left[n].like(left[0]) {
			n++
		}
		group := left[:n]
		left = left[n:]
		w, values, codes := make([]int16, k*n), make([]int64, n), make([]int16, n)
		r := device.Requantizer{Lo: group[0].Lo, Hi: group[0].Hi, Zero: group[0].Zero}
		for j, v := range group {
			rest, sign := int64(v.Sum), int64(1)
			if rest < 0 {
				rest, sign = -rest, -1
			}
			for i, x := range a {
				part := min(rest/int64(x), 127)
				w[i*n+j] = int16(sign * part)
				rest -= part * int64(x)
			}
			values[j], codes[j] = int64(v.Sum), int16(v.Code)
			if v.Multiplier == 0 {
				r.Scale = append(r.Scale, v.Scale)
				floats++
				continue
			}
			r.Multiplier, r.Shift = append(r.Multiplier, v.Multiplier), append(r.Shift, v.Shift)
			fixed++
		}
		sums, out := b.AllocSums(n), b.AllocCodes(n)
		b.IntegerGemm(p, device.Gemm{M: 1, N: n, K: k}, b.putCodes(a), b.putCodes(w), sums)
		b.equalSums(t, values, sums)
		b.Requantize(r, sums, out)
		b.equalCodes(t, codes, out)
	}
	require.Greater(t, min(fixed, floats), 100)
	t.Logf("%d codes of scales and %d of multipliers compared", floats, fixed)
}

// like says whether two vectors may be columns of one requantizer.
func (v Vector) like(o Vector) bool {
	return v.Zero == o.Zero && v.Lo == o.Lo && v.Hi == o.Hi && (v.Multiplier == 0) == (o.Multiplier == 0)
}
