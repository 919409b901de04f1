package golden

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

func codedFormat(t *testing.T, name string) lut.Format {
	t.Helper()
	f, err := lut.ParseFormat(name)
	require.NoError(t, err)
	return f
}

// Products that binary32 holds are rounded as operands are, by the thresholds of package lut: two roads to the codes.
func TestCodedAgainstEncoder(t *testing.T) {
	for _, name := range []string{"posit8es0", "posit8es1", "posit8es2", "posit5es1", "posit6es3", "fp8e4m3", "fp8e3m4", "fp6e2m3", "fp6e3m2",
		"fp4e2m1", "fp4e2m1-fp6e3m2-posit8es2", "fp4e2m1-posit5es1-fp8e4m3"} {
		m, err := Coded(codedFormat(t, name))
		require.NoError(t, err)
		f := m.Format
		e := f.Codes.P.Encoder()
		n := 0
		for a := range uint32(f.Rows()) {
			for b := range uint32(f.Cols()) {
				p := float64(f.Codes.A.Value(a)) * float64(f.Codes.B.Value(b))
				got := f.Codes.P.Value(m.Entry(a, b))
				switch {
				case p != p:
					require.True(t, got != got, "%s: %#x × %#x", name, a, b)
				case math.IsInf(p, 0):
					require.Equal(t, p > 0, got > 0)
				default:
					require.Equal(t, p, float64(float32(p)), "binary32 holds it")
					want := f.Codes.P.Value(e.Encode(float32(p)))
					require.Equal(t, want, got, "%s: %#x × %#x = %v", name, a, b, p)
					if got == 0 && name[:2] == "fp" && f.Codes.P == f.Codes.A {
						require.Equal(t, math.Signbit(p), math.Signbit(float64(got)), "the sign of zero")
					}
				}
				n++
			}
		}
		require.Equal(t, f.Pairs(), n)
	}
}

// Those of OFP8 are the ones of exact-rne, which is computed in another way; signs of NaN and zeros aside.
func TestCodedAgainstFloats(t *testing.T) {
	for name, other := range map[string]string{"fp8e4m3": "exact-rne_e4m3fn-ieee-rne-saturate", "fp8e5m2": "exact-rne_e5m2-ieee-rne-saturate"} {
		m, err := Coded(codedFormat(t, name))
		require.NoError(t, err)
		float, err := Lookup(other)
		require.NoError(t, err)
		for a := range uint32(256) {
			for b := range uint32(256) {
				want, got := float.Product(a, b), m.Entry(a, b)
				c := m.Format.Codes.P
				v, w := c.Value(want), c.Value(got)
				require.True(t, v == w || v != v && w != w, "%s: %#x × %#x: %#x, %#x", name, a, b, got, want)
			}
		}
	}
}

// The product of logarithms is their sum.
func TestCodedLogarithms(t *testing.T) {
	m, err := Lookup("exact_lns8")
	require.NoError(t, err)
	for a := range uint32(256) {
		for b := range uint32(256) {
			sign := (a ^ b) & 0x80
			want := sign | 0x40
			if x, y := int(int8(a<<1))>>1, int(int8(b<<1))>>1; x != -64 && y != -64 {
				want = sign | uint32(max(-63, min(63, x+y)))&0x7f
			}
			require.Equal(t, want, m.Entry(a, b), "%#x × %#x", a, b)
		}
	}
}

func TestCodedNames(t *testing.T) {
	assert.True(t, IsName("exact_posit8es1"))
	assert.True(t, IsName("exact_fp4e2m1-fp4e2m1-bf16"))
	assert.False(t, IsName("mitchell_posit8es1"))
	assert.False(t, IsName("exact_fp8e4m3-fp8e4m3-fp4e2m1"))
	for name, want := range map[string]string{"mitchell_posit8es1": "only exact_posit8es1 is built in",
		"exact_fp8e4m3-fp8e4m3-fp4e2m1": "a product can be no number", "exact_posit8es4": "no number format",
		"exact_bf16": "at most 8 bits"} {
		_, err := Lookup(name)
		assert.ErrorContains(t, err, want)
	}
	m, err := Lookup("exact_posit8es1")
	require.NoError(t, err)
	assert.Equal(t, uint32(0x80), m.Entry(0x80, 0), "NaR times zero")
	assert.Equal(t, "exact_posit8es1", m.Table().Name)
	assert.Empty(t, m.RTL.File)
}
