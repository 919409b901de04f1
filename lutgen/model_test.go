package lutgen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/lutgen"
)

// fakeModel is a design with builds.
type fakeModel struct {
	*fake
	others []*fake
}

func (m *fakeModel) Builds() (all []cosim.Opener) {
	for _, o := range m.others {
		all = append(all, o)
	}
	return all
}

// Each build forms every product, and the first one all of them again.
func TestMakeModelFormsEveryProduct(t *testing.T) {
	var formed, told atomic.Int64
	product := func(a, b uint32) uint32 { formed.Add(1); return a * b }
	m := &fakeModel{pure(u(5, 3, 8), product), []*fake{pure(u(5, 3, 8), product), pure(u(5, 3, 8), product)}}
	var visits lutgen.Visits
	var of atomic.Int64
	tab, err := lutgen.Table(t.Context(), m, lutgen.Options{Visits: &visits, Progress: func(done, total uint64) {
		of.Store(int64(total))
		told.Store(max(told.Load(), int64(done)))
	}})
	require.NoError(t, err)
	assert.Equal(t, uint32(31*7), tab.At(31, 7))
	assert.GreaterOrEqual(t, formed.Load(), int64(visits.Sweeps+6)<<8+int64(visits.Sampled))
	assert.Equal(t, of.Load(), told.Load())
	for _, f := range append(m.others, m.fake) {
		assert.Equal(t, f.opened.Load(), f.closed.Load(), "instances left open")
	}
}

// A single product of one build that differs is found, at the floating-point port as
// well, where the table does not hold the whole product.
func TestMakeModelComparesBuilds(t *testing.T) {
	for i := range 2 {
		right := func(a, b uint32) uint32 { return cosim.One<<23 + (a&7+b&7)<<15 }
		wrong := func(a, b uint32) uint32 {
			if a&7 == 6 && b&7 == 3 {
				return right(a, b) + 1
			}
			return right(a, b)
		}
		m := &fakeModel{pure(fp(3, 23), right), []*fake{pure(fp(3, 23), right), pure(fp(3, 23), right)}}
		_, err := lutgen.MakeModel(t.Context(), m, lutgen.Options{})
		require.NoError(t, err)
		m.others[i] = pure(fp(3, 23), wrong)
		_, err = lutgen.MakeModel(t.Context(), m, lutgen.Options{})
		var e *lutgen.BuildError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, [2]uint32{cosim.One<<3 + 6, cosim.One<<3 + 3}, [2]uint32{e.A, e.B})
		assert.Equal(t, e.First+1, e.Other)
		assert.False(t, e.State)
	}
}

func open(t *testing.T, s cosim.ModelSource) *cosim.Model {
	if _, err := exec.LookPath("g++"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("no C++ compiler")
	}
	m, err := cosim.OpenModel(t.Context(), s, cosim.Options{})
	require.NoError(t, err)
	return m
}

// Models that must not become a table, each with the reason.
func TestModelsRefusedLong(t *testing.T) {
	const state = `^the product is no function of the operands: a = 0x[0-9a-f]+, b = 0x[0-9a-f]+ gave .*it depends on earlier operands`
	const changes = `^function f \(testdata/models/.*\.c\) changes the floating-point environment, `
	for _, c := range []struct{ name, want string }{
		{"memo_a.c", state},
		{"memo_b.c", state},
		{"twice.c", state},
		{"unset.c", `a = 0xd, b = 0x[0-9a-f]+ gave .*(optimization changes it.*variable that is never set|earlier operands)`},
		{"shift.c", `^the model does what C leaves undefined: testdata/models/shift\.c:3: shift exponent -1 is negative; operands a = 0x9, b = `},
		{"index.c", `undefined: testdata/models/index\.c:2: index 15 out of bounds for type 'int \[15\]'; operands a = 0xf, b = 0xf `},
		{"pointer.c", `undefined: testdata/models/pointer\.c:6: global-buffer-overflow in f; operands a = 0xf, b = `},
		{"optimized.c", `a = 0x5, b = 0x6 gave 0x1f, and 0x1e when compiled by \S+ -O0; the compiler's optimization changes it`},
		{"division.c", `undefined: testdata/models/division\.c:1: division by zero; operands a = `},
		{"cast.c", `undefined: testdata/models/cast\.c:3: [23][0-9.]+ is outside the range of representable values of type 'unsigned char'; operands a = 0x7f[5-9a-f], b = `},
		{"rounding.c", changes + `the rounding mode: it was to nearest and is toward zero; operands a = 0x7f9, b = 0x7f9 `},
		{"subnormals.c", changes + `what is made of subnormals \(FTZ, DAZ\): MXCSR was 0x1f80 and is 0x9fc0; operands a = 0x7f0, b = 0x7f0 `},
		{"x87.c", changes + `the control word of the x87: it was 0x37f and is 0x27f; operands `},
	} {
		if runtime.GOARCH != "amd64" && (c.name == "subnormals.c" || c.name == "x87.c") {
			continue
		}
		s := cosim.ModelSource{File: filepath.Join("testdata", "models", c.name), A: 4, B: 4}
		switch c.name {
		case "division.c", "cast.c", "rounding.c", "subnormals.c", "x87.c":
			s.A, s.B, s.Mantissa = 0, 0, 4
		}
		_, err := lutgen.Table(t.Context(), open(t, s), lutgen.Options{})
		require.Error(t, err, c.name)
		assert.Regexp(t, c.want, err.Error(), c.name)
	}
}

// A pure model has the same table as before, whose header says how it was built.
func TestModelAccepted(t *testing.T) {
	m := open(t, cosim.ModelSource{File: filepath.Join("testdata", "models", "product.c"), A: 8, B: 8})
	require.Len(t, m.Builds(), 2)
	tab, err := lutgen.Table(t.Context(), m, lutgen.Options{})
	require.NoError(t, err)
	right := 0
	for a := range uint32(256) {
		for b := range uint32(256) {
			if tab.At(a, b) == a*b {
				right++
			}
		}
	}
	assert.Equal(t, 65536, right)
	require.Len(t, tab.Tools, 3)
	assert.Regexp(t, ` -O0$`, tab.Tools[1])
	assert.Regexp(t, ` -O1 -fsanitize=undefined,address$`, tab.Tools[2])
}

func TestSharedCases(t *testing.T) {
	for name, want := range map[string]string{
		"trust/f01d_memo.c": "it depends on earlier operands",
		"trust/f13_ub.c":    "f13_ub.c:3: signed integer overflow: .*; operands a = 0x",
	} {
		m := open(t, cosim.ModelSource{File: cases.File(t, name), A: 8, B: 8})
		_, err := lutgen.Table(t.Context(), m, lutgen.Options{})
		require.Error(t, err, name)
		assert.Regexp(t, want, err.Error(), name)
	}
	_, err := lutgen.Table(t.Context(), open(t, cosim.ModelSource{File: cases.File(t, "trust/f15_fesetround.c"), Mantissa: 7}), lutgen.Options{})
	require.ErrorContains(t, err, "f15_fesetround.c) changes the floating-point environment, the rounding mode")
}
