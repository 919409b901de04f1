package cpu

//go:generate go run -C _asm . -out ../zaddrow_amd64.s -stubs ../zaddrow_amd64.go -pkg cpu

import (
	"math"

	"golang.org/x/sys/cpu"

	"approxtrain/lut"
)

func fastLevels() []level {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		return []level{avx2}
	}
	return nil
}

func accelerate(l level, m multiplier) multiplier {
	if l != avx2 {
		return m
	}
	switch m := m.(type) {
	case native:
		return nativeAVX2{}
	case *table:
		return tableAVX2{m}
	}
	return m
}

type nativeAVX2 struct{ native }

func (n nativeAVX2) addRow(a float32, b, acc []float32) {
	acc = acc[:len(b)]
	whole := len(b) &^ 7
	if whole > 0 {
		addNativeAVX2(a, &b[0], &acc[0], whole)
	}
	n.native.addRow(a, b[whole:], acc[whole:])
}

// tableAVX2 looks up eight entries at once.
type tableAVX2 struct{ *table }

func (t tableAVX2) addRow(a float32, b, acc []float32) {
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
	var half, odd uint32
	if t.rounding == lut.NearestEven && shift > 0 {
		half, odd = 1<<(shift-1)-1, 1
	}
	addTableAVX2(&b[0], &acc[0], whole, &row[0], x, e^signBit, uint32(len(row)-1), half, odd, uint64(shift))
	t.table.addRow(a, b[whole:], acc[whole:])
}
