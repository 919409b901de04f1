package cpu

//go:generate go run -C _asm . -out ../zkernels_amd64.s -stubs ../zkernels_amd64.go -pkg cpu

import (
	"math"
	"sync"

	"golang.org/x/sys/cpu"

	"github.com/approxtrain/approxtrain/lut"
)

func fastLevels() []level {
	var have []level
	x := &cpu.X86
	if x.HasAVX2 && x.HasFMA {
		have = []level{avx2}
		if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512VBMI {
			have = []level{avx512, avx2}
		}
	}
	return have
}

func accelerate(l level, m multiplier) multiplier {
	if l == generic {
		return m
	}
	switch m := m.(type) {
	case native:
		return nativeFast{tiles: nativeKernel(l)}
	case *table:
		return newTableFast(l, m)
	case *integers:
		if m.zeros() {
			return newIntegersFast(m)
		}
	}
	return m
}

type nativeFast struct {
	native
	tiles *kernel
}

func (n nativeFast) addRow(a float32, b, acc []float32) {
	acc = acc[:len(b)]
	whole := len(b) &^ 7
	if whole > 0 {
		addNativeAVX2(a, &b[0], &acc[0], whole)
	}
	n.native.addRow(a, b[whole:], acc[whole:])
}

func (n nativeFast) kernel() *kernel { return n.tiles }
func (n nativeFast) flipped() tiled  { return n } // binary32's multiplication commutes

// tableFast looks up eight entries at once.
type tableFast struct {
	*table
	tiles *kernel
	other func() *tableFast // with the operands exchanged
}

func newTableFast(l level, t *table) *tableFast {
	f := &tableFast{table: t, tiles: tableKernel(l, t)}
	f.other = sync.OnceValue(func() *tableFast {
		o := newTableFast(l, t.transpose())
		o.other = func() *tableFast { return f }
		return o
	})
	return f
}

func (t *tableFast) kernel() *kernel { return t.tiles }
func (t *tableFast) flipped() tiled  { return t.other() }

func (t *tableFast) addRow(a float32, b, acc []float32) {
	acc = acc[:len(b)]
	x := lut.RoundOperand(math.Float32bits(a), t.m, t.rounding)
	e := x & infinity
	whole := len(b) &^ 7
	if whole == 0 || e == 0 || e == infinity {
		t.table.addRow(a, b, acc)
		return
	}
	shift := 23 - t.m
	row := t.entries[x<<9>>9>>shift<<t.m:][:1<<t.m]
	half, odd := t.rounder()
	addTableAVX2(&b[0], &acc[0], whole, &row[0], x, e^signBit, uint32(len(row)-1), half, odd, uint64(shift))
	t.table.addRow(a, b[whole:], acc[whole:])
}

func (t *tableFast) addEach(a, b, acc []float32) {
	a, acc = a[:len(b)], acc[:len(b)]
	half, odd := t.rounder()
	for len(b) > 0 {
		done := 0
		if whole := len(b) &^ 7; whole > 0 {
			done = addEachTableAVX2(&a[0], &b[0], &acc[0], whole, &t.entries[0], half, odd, uint64(t.m), uint64(23-t.m))
		}
		slow := min(8, len(b)-done)
		t.table.addEach(a[done:done+slow], b[done:done+slow], acc[done:done+slow])
		a, b, acc = a[done+slow:], b[done+slow:], acc[done+slow:]
	}
}

// rounder returns the assembly's parameters for rounding operands.
func (t *table) rounder() (half, odd uint32) {
	if drop := 23 - t.m; t.rounding == lut.NearestEven && drop > 0 {
		return 1<<(drop-1) - 1, 1
	}
	return 0, 0
}

// integersFast has a kernel; tiles take absent operands for zeros.
type integersFast struct {
	*integers
	tiles *kernel
	other func() *integersFast // with the operands exchanged
}

func newIntegersFast(m *integers) *integersFast {
	f := &integersFast{integers: m, tiles: integerKernel(m)}
	f.other = sync.OnceValue(func() *integersFast {
		o := newIntegersFast(newIntegers(m.given, m.lut.Transposed()))
		o.other = func() *integersFast { return f }
		return o
	})
	return f
}

func (m *integersFast) kernel() *kernel { return m.tiles }
func (m *integersFast) flipped() tiled  { return m.other() }

// zeros says whether a zero times anything is zero, but for what is no finite number: the kernel leaves such operands to
// the portable code.
func (m *integers) zeros() bool {
	for i, p := range m.products {
		a, b := i/m.cols, i%m.cols
		if p != 0 && (a == 0 || b == 0) && (m.special == nil || !m.special[a] && !m.special[b]) {
			return false
		}
	}
	return true
}
