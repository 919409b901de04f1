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
		t := tableAVX2{m}
		if m.m <= 7 && m.lut.Format.P <= 7 {
			return newShuffled(t)
		}
		return t
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
	half, odd := t.rounder()
	addTableAVX2(&b[0], &acc[0], whole, &row[0], x, e^signBit, uint32(len(row)-1), half, odd, uint64(shift))
	t.table.addRow(a, b[whole:], acc[whole:])
}

// rounder returns what the assembly rounds operands with.
func (t *table) rounder() (half, odd uint32) {
	if drop := 23 - t.m; t.rounding == lut.NearestEven && drop > 0 {
		return 1<<(drop-1) - 1, 1
	}
	return 0, 0
}

// shuffled is a table whose rows take at most 128 bytes: its panel kernels look
// up 32 entries at once in eight parts of a row.
type shuffled struct {
	tableAVX2
	bytes  []byte // 128 per row; see panel in _asm/main.go
	kernel func(table *byte, a *float32, b *byte, n int, c0, c1 *float32)
}

func newShuffled(t tableAVX2) *shuffled {
	s := &shuffled{t, make([]byte, rowBytes<<t.m), panel8AVX2}
	for i, e := range t.entries {
		a, b := i>>t.m, i&(1<<t.m-1)
		if b >= 16 {
			e ^= t.entries[i-16]
		}
		s.bytes[a*rowBytes+b] = byte(e >> 16)
	}
	switch {
	case t.m <= 4:
		s.kernel = panel1AVX2
	case t.m == 5:
		s.kernel = panel2AVX2
	case t.m == 6:
		s.kernel = panel4AVX2
	}
	return s
}

func (s *shuffled) packing() *table { return s.table }

func (s *shuffled) addChunk(a []pair, b []column, c0, c1 []float32) {
	_, _ = c0[panelWidth-1], c1[panelWidth-1]
	_ = a[2*len(b)-1]
	s.kernel(&s.bytes[0], &a[0].scale, &b[0].index[0], len(b), &c0[0], &c1[0])
}

func (s *shuffled) packPairs(x0, x1 []float32, dst []pair) bounds {
	x1, dst = x1[:len(x0)], dst[:2*len(x0)]
	whole := len(x0) &^ 7
	if whole == 0 {
		return s.table.packPairs(x0, x1, dst)
	}
	half, odd := s.rounder()
	span := newSpans()
	packPairsAVX2(&x0[0], &x1[0], &dst[0].scale, whole, &span[0], half, odd, uint64(23-s.m))
	return span.join(s.table.packPairs(x0[whole:], x1[whole:], dst[2*whole:]))
}

func (s *shuffled) packColumns(x []float32, dst []column) bounds {
	if len(dst) == 0 {
		return noBounds()
	}
	_ = x[len(dst)*panelWidth-1]
	half, odd := s.rounder()
	span := newSpans()
	packColumnsAVX2(&x[0], &dst[0].index[0], len(dst), &span[0], half, odd, uint64(23-s.m))
	return span.join(noBounds())
}

// spans are bounds of eight lanes as the assembly has them: eight least
// exponents, then eight greatest, in place.
type spans [16]uint32

func newSpans() *spans {
	s := &spans{}
	for i := range s[:8] {
		s[i] = infinity
	}
	return s
}

func (s *spans) join(b bounds) bounds {
	for i := range 8 {
		b.least, b.most = min(b.least, s[i]>>23&0xff), max(b.most, s[8+i]>>23&0xff)
	}
	return b
}
