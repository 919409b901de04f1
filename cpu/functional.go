package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"unsafe"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// functional multiplies by a model's own function: the loops of functional/kernel.c compiled
// together with it. The function alone defines products of infinities and NaNs, so no operand is
// special here, and every product goes by tiles. A position in the padding is marked, and gives no
// term.
type functional struct {
	code  *library
	tiles *kernel
	other *functional // with the operands exchanged
}

// library is the compiled model: the addresses of its functions.
type library struct {
	row, each, tile, flipped uintptr
	// changed, if not nil, receives the changes of the floating-point environment that the model
	// made: see kernel.c, which restores it.
	changed func(bits uintptr)
}

// call calls a function of the library; what pointers among the arguments lead to stays
// where it is meanwhile.
//
//go:uintptrescapes
func (l *library) call(function uintptr, args ...uintptr) {
	if bits := call(function, args...); bits != 0 && l.changed != nil {
		l.changed(bits)
	}
}

// Functional implements device.Device.
func (d *Device) Functional(m device.Model) (device.Multiplier, error) {
	if err := canLoad(); err != nil {
		return nil, err
	}
	path, err := compileModel(m, trainedBuild)
	if err != nil {
		return nil, err
	}
	if err := checkLibrary(m, path); err != nil {
		return nil, err
	}
	if _, err := tryModel(m, path); err != nil {
		return nil, err
	}
	code, err := loadLibrary(path)
	if err != nil {
		return nil, fmt.Errorf("loading the compiled model %s: %w", m.File, err)
	}
	code.changed = func(bits uintptr) {
		err := fault.Failedf("the model %s: its function %s has changed %s in the middle of training; it was put back, but products since are in doubt",
			m.File, m.Func, environmentName(int(bits)))
		d.late.CompareAndSwap(nil, &err)
	}
	f := newFunctional(code)
	if a, b, p, q, ok := f.inconsistent(); ok {
		return nil, fault.Usagef("%s: %s(%v, %v) is %v in one place and %v in another: it must depend on nothing but its operands, "+
			"keep no state and read nothing undefined", m.File, m.Func, a, b, p, q)
	}
	return f, nil
}

func newFunctional(code *library) *functional {
	f := &functional{code: code, tiles: functionalKernel(code, code.tile)}
	f.other = &functional{code: code, tiles: functionalKernel(code, code.flipped), other: f}
	return f
}

func (f *functional) Table() *lut.Table { return nil }
func (f *functional) kernel() *kernel   { return f.tiles }
func (f *functional) flipped() tiled    { return f.other }

func (f *functional) addRow(a float32, b, acc []float32) {
	if acc = acc[:len(b)]; len(b) > 0 {
		f.code.call(f.code.row, uintptr(unsafe.Pointer(&a)), uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&acc[0])), uintptr(len(b)))
	}
}

func (f *functional) addEach(a, b, acc []float32) {
	if a, acc = a[:len(b)], acc[:len(b)]; len(b) > 0 {
		f.code.call(f.code.each, uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&acc[0])), uintptr(len(b)))
	}
}

// Of kernel.c: the columns of a panel, and where the marks of a column of it are.
const functionalWidth, functionalMarks = 16, 4 * 16

// functionalKernel returns the kernel of a function of kernel.c. Operands are packed
// with a mark each, all ones where there is one.
func functionalKernel(code *library, function uintptr) *kernel {
	k := &kernel{width: functionalWidth, operand: 8, column: 8 * functionalWidth, always: true, table: make([]byte, 1),
		fit: func(_, _ bounds) bool { return true }}
	for _, rows := range []int{6, 4, 2} {
		k.tiles = append(k.tiles, tile{rows, func(_, a *byte, stride uint64, b *byte, terms int, c *float32, ldc uint64) {
			code.call(function, uintptr(rows), uintptr(unsafe.Pointer(a)), uintptr(stride), uintptr(unsafe.Pointer(b)), uintptr(terms),
				uintptr(unsafe.Pointer(c)), uintptr(ldc))
		}})
	}
	k.packRow = func(x []float32, dst []byte) bounds {
		to := wordsOf(dst)[:2*len(x)]
		for i, v := range x {
			to[2*i], to[2*i+1] = math.Float32bits(v), ^uint32(0)
		}
		return noBounds()
	}
	k.packPanel = func(x []float32, dst []byte) bounds {
		for ; len(x) > 0; x, dst = x[k.width:], dst[k.column:] {
			copy(dst[:functionalMarks], bytesOf(x[:k.width]))
			for j := range dst[functionalMarks:k.column] {
				dst[functionalMarks+j] = 0xff
			}
		}
		return noBounds()
	}
	k.omitRow = func(dst []byte, i int) { clear(dst[8*i+4:][:4]) }
	k.omitPanel = func(dst []byte, i int) {
		clear(dst[i/k.width*k.column+functionalMarks+i%k.width*4:][:4])
	}
	return k
}

// inconsistent returns operands of which the loops do not agree on the product, and
// two products, if it finds any: each pair is multiplied by four copies of the
// function, of which the compiler has made something different each time.
func (f *functional) inconsistent() (a, b, p, q float32, found bool) {
	x, y := consistencyOperands()
	m, n := len(x), len(y)
	same := make([]float32, n)
	var products [4][]float32
	for i := range products {
		products[i] = make([]float32, m*n)
	}
	for i, a := range x {
		f.addRow(a, y, products[0][i*n:][:n])
		for j := range same {
			same[j] = a
		}
		f.addEach(same, y, products[3][i*n:][:n])
	}
	d := &Device{threads: 1}
	d.tiledGemm(f, device.Gemm{M: m, N: n, K: 1, TransA: true}, x, y, products[1]) // flipped
	d.tiledGemm(f, device.Gemm{M: m, N: n, K: 1}, x, y, products[2])
	for i, p := range products[0] {
		for _, other := range products[1:] {
			if q := other[i]; math.Float32bits(p) != math.Float32bits(q) && !(p != p && q != q) {
				return x[i/n], y[i%n], p, q, true
			}
		}
	}
	return 0, 0, 0, 0, false
}

// consistencyOperands are those that inconsistent multiplies.
func consistencyOperands() (x, y []float32) {
	s := rand.New(rand.NewPCG(1, 1))
	special := []float32{0, 1, -1, 1e-40, math.MaxFloat32, 0x1p-126, float32(math.Inf(1)), float32(math.NaN())}
	operands := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			if x[i] = math.Float32frombits(s.Uint32()&0x807fffff | (97+s.Uint32N(60))<<23); i%8 == 0 {
				x[i] = special[i/8%len(special)]
			}
		}
		return x
	}
	return operands(128), operands(64)
}

// wordsOf returns memory as words; it begins at one.
func wordsOf(b []byte) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}
