package lut

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/npy"

	"github.com/sbinet/npyio"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEncodingsRoundTrip(t *testing.T) {
	n := 0
	for _, e := range Encodings {
		for _, f := range formats {
			if e.Name == "raw" && rawFormat(f) != nil {
				assert.Error(t, e.Write(io.Discard, scrambled(t, f)), "%v", f)
				continue
			}
			for _, tab := range []*Table{scrambled(t, f), lopsidedAny(t, f)} {
				var buf bytes.Buffer
				require.NoError(t, e.Write(&buf, tab), "%s %v", e.Name, f)
				got, err := e.Read(iotest.HalfReader(&buf), f, tab.Name)
				require.NoError(t, err, "%s %v", e.Name, f)
				require.Equal(t, tab, got, "%s %v", e.Name, f)
				n++
			}
		}
	}
	assert.Equal(t, 2*(4*len(formats)+3), n)
}

func lopsidedAny(t *testing.T, f Format) *Table {
	return fill(t, "lopsided-1.x", f, func(a, b uint32) uint32 { return (3*a + b>>1) & (1<<f.ValueBits() - 1) })
}

// Every encoding notices an input that ends early or goes on, at any byte.
func TestEncodingsNoticeTheEnd(t *testing.T) {
	f := FloatFormat(2, 2)
	tab, n := scrambled(t, f), 0
	for _, e := range Encodings {
		var buf bytes.Buffer
		require.NoError(t, e.Write(&buf, tab))
		whole := buf.String()
		for i := range len(whole) {
			got, err := e.Read(strings.NewReader(whole[:i]), f, tab.Name)
			if err == nil { // the loss of a last line end, or of what follows a C array, is none
				require.Equal(t, tab, got, "%s cut at %d of %d", e.Name, i, len(whole))
				require.NotContains(t, []string{"raw", "npy"}, e.Name)
			}
			n++
		}
		if e.Name != "c" {
			_, err := e.Read(strings.NewReader(whole+"7"), f, tab.Name)
			require.Error(t, err, "%s with more", e.Name)
		}
		broken := errors.New("broken")
		_, err := e.Read(io.MultiReader(strings.NewReader(whole[:9]), iotest.ErrReader(broken)), f, tab.Name)
		require.ErrorIs(t, err, broken, e.Name)
		_, err = e.Read(strings.NewReader(whole), Format{Kind: Unsigned, A: 13, B: 13, P: 26}, tab.Name)
		require.Error(t, err)
	}
	assert.Greater(t, n, 500)
}

func TestWriteErrorsArePassedOn(t *testing.T) {
	for _, e := range Encodings {
		path := filepath.Join(t.TempDir(), "x"+e.Ext)
		f, err := os.Create(path)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		assert.ErrorIs(t, e.Write(f, scrambled(t, FloatFormat(7, 7))), os.ErrClosed, e.Name)
	}
}

func TestImportErrors(t *testing.T) {
	u1, s2, m1 := UintFormat(1, 1), SintFormat(2, 2), FloatFormat(1, 1)
	for _, c := range []struct {
		read func(io.Reader, Format, string) (*Table, error)
		f    Format
		text string
		want string
	}{
		{ReadHex, u1, "0 0\n0 4", "line 2: entry 0x4 exceeds the 2 bits of format u1"},
		{ReadHex, u1, "0 0 0\n", "1 of 4 entries of format u1 are missing; the first is that of operands 1, 1"},
		{ReadHex, u1, "0 0 0 1 1", "line 1: entry 4 is beyond the 4"},
		{ReadHex, u1, "// x\n@2 1 @2\n1", "line 3: entry 2, of operands 1, 0, is given twice"},
		{ReadHex, u1, "0 0 0 x", `line 1: "x" is no hex number`},
		{ReadHex, u1, "@ 0", `"@" is no hex`},
		{ReadHex, u1, "0 0\n0 1 /* and", "line 2: the input ends within a comment"},
		{ReadHex, u1, "1ffffffff", "no hex number of 32 bits"},
		{ReadCSV, u1, "", `line 1: found "", expected the column names "a,b,product"`},
		{ReadCSV, m1, "a,b,product\n", `expected the column names "a,b,carry,frac"`},
		{ReadCSV, u1, "a,b,product\n0,0,0\n0,0,1\n", "line 3: entry 0, of operands 0, 0, is given twice"},
		{ReadCSV, u1, "a,b,product\n0,0,0\n0,1\n", "line 3"},
		{ReadCSV, u1, "a,b,product\n2,0,0\n", "line 2: a = 2 is out of the range of 1 bits of format u1"},
		{ReadCSV, u1, "a,b,product\n0,-1,0\n", "line 2: b = -1 is out of the range"},
		{ReadCSV, u1, "a,b,product\n0,0,4\n", "line 2: product 4 is out of the range of 2 bits"},
		{ReadCSV, u1, "a,b,product\n0,0,0x1\n", `line 2: product is "0x1", expected an integer`},
		{ReadCSV, u1, "a,b,product\n0,0,99999999999999999999\n", "expected an integer"},
		{ReadCSV, s2, "a,b,product\n2,0,0\n", "a = 2 is out of the range of 2 bits"},
		{ReadCSV, s2, "a,b,product\n-2,1,-9\n", "product -9 is out of the range of 4 bits"},
		{ReadCSV, s2, "a,b,product\n-2,1,8\n", "product 8 is out of the range of 4 bits"},
		{ReadCSV, s2, "a,b,product\n-2,1,9223372036854775807\n", "out of the range"},
		{ReadCSV, m1, "a,b,carry,frac\n0,0,2,0\n", "line 2: carry 2, frac 0 are out of the range"},
		{ReadCSV, m1, "a,b,carry,frac\n0,0,0,2\n", "line 2: carry 0, frac 2 are out of the range"},
		{ReadCSV, m1, "a,b,carry,frac\n0,0,1,-1\n", "line 2: carry 1, frac -1 are out of the range"},
		{ReadRaw, m1, "\x00\x01\x80", "has 3 bytes, expected 4"},
		{ReadRaw, m1, "\x00\x01\x80\x81\x00", "has more than 4 bytes, expected 4"},
		{ReadRaw, m1, "\x00\x01\x82\x81", "byte 2 is 0x82, of which bits 0x7e must be zero"},
		{ReadRaw, FloatFormat(8, 8), "", "has no ApproxTrain raw table"},
		{ReadCHeader, u1, "static const uint8_t x[4] = {\n1, 0, 0\n", "line 2: the input ends before the array does"},
		{ReadCHeader, u1, "static const uint8_t x[4] = {\n0, 0, 0\n};", "1 of 4 entries"},
		{ReadCHeader, u1, "static const uint8_t x[4] = {\n0, 0, 0, 1, 1\n};", "line 2: entry 4 is beyond"},
		{ReadCHeader, u1, "static const uint8_t x[4] = {\n0, 0, 0, 4\n};", "line 2: entry 0x4 exceeds"},
		{ReadCHeader, u1, "static const uint8_t x[4] = {\n0, 0, 0, y};", `line 2: "y" is no number`},
		{ReadCHeader, u1, "static const uint16_t x[4] = {", "line 1: the array is uint16_t [4], expected uint8_t [4]"},
		{ReadCHeader, u1, "static const uint8_t x[4] = {0,0,0,1};\nstatic const uint8_t y[4] = {", "line 2: a second array"},
		{ReadCHeader, u1, "\n#define X_FORMAT \"s1\"", "line 2: the table has format s1, expected u1"},
		{ReadNPY, u1, "PK", "not a NumPy file"},
		{ReadNPY, u1, npy.Magic + "\x01\x00\xff\xff{}", "expected that of an array of numbers"},
		{ReadNPY, u1, npy.Magic + "\x02\x00\xff\xff\xff\xff{}", "cut off or has 4294967295 bytes"},
		{ReadNPY, u1, npyHead("|u1", "False", "4, 1") + "1234", "has shape (4, 1), expected (2, 2)"},
		{ReadNPY, u1, npyHead("|u1", "False", "2, 2") + "\x00\x00\x00", "3 bytes of data, expected 4"},
		{ReadNPY, u1, npyHead("|u1", "False", "2, 2") + "\x00\x00\x00\x01\x00", "more than 4 bytes of data"},
		{ReadNPY, u1, npyHead("|u1", "False", "2, 2") + "\x00\x00\x04\x01", "element (1, 0) is 4, out of the range of 2 bits"},
		{ReadNPY, u1, npyHead("|u1", "True", "2, 2") + "\x00\x00\x04\x01", "element (0, 1) is 4"},
		{ReadNPY, u1, npyHead("|i1", "False", "2, 2") + "\x00\xff\x00\x01", "element (0, 1) is -1"},
		{ReadNPY, u1, npyHead("<u8", "False", "2, 2") + strings.Repeat("\xff", 32), "element (0, 0) is 9223372036854775807"},
		{ReadNPY, u1, npyHead("<f4", "False", "2, 2"), "two-dimensional array of integers"},
	} {
		_, err := c.read(strings.NewReader(c.text), c.f, "x")
		assert.ErrorContains(t, err, c.want, "%q", c.text)
	}
}

func npyHead(descr, fortran, shape string) string {
	head := "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': (" + shape + "), }\n"
	return npy.Magic + "\x01\x00" + string([]byte{byte(len(head)), 0}) + head
}

func TestRawCarryIsBit7(t *testing.T) {
	tab := exactMantissa(t, 3, 3)
	var buf bytes.Buffer
	require.NoError(t, WriteRaw(&buf, tab))
	raw := buf.Bytes()
	assert.Len(t, raw, 64)
	assert.EqualValues(t, 5, raw[5], "1 × 1.625")
	assert.EqualValues(t, 0x80|1, raw[4<<3|4], "1.5 × 1.5 = 2 · 1.125")
	assert.EqualValues(t, 8|1, tab.At(4, 4))
}

func TestHexSyntax(t *testing.T) {
	tab, err := ReadHex(strings.NewReader(`
		// row 1 first
		@2 00_06 /* of
		two lines */ 0000_0009 /**/ // and
		@0 0/*x*/ f`), UintFormat(1, 1+0), "x")
	assert.ErrorContains(t, err, "exceeds the 2 bits")
	assert.Nil(t, tab)
	tab, err = ReadHex(strings.NewReader("@2 0_2 /* of\ntwo */ 0003 /**/// and\n@0 0/*x*/1\n"), UintFormat(1, 1), "x")
	require.NoError(t, err)
	assert.Equal(t, []uint8{0, 1, 2, 3}, tab.Bytes8())
}

func TestCSVOrderIsFree(t *testing.T) {
	tab := scrambled(t, SintFormat(3, 2))
	var buf bytes.Buffer
	require.NoError(t, WriteCSV(&buf, tab))
	assert.Contains(t, buf.String(), "\n-4,-2,")
	lines := strings.SplitAfter(buf.String(), "\n")
	require.Len(t, lines, 1+32+1)
	rand.New(rand.NewPCG(5, 6)).Shuffle(32, func(i, j int) { lines[1+i], lines[1+j] = lines[1+j], lines[1+i] })
	got, err := ReadCSV(strings.NewReader(strings.Join(lines, "")), tab.Format, tab.Name)
	require.NoError(t, err)
	assert.Equal(t, tab, got)
}

// Another implementation reads our arrays, and we read others' choices.
func TestNPYElsewhere(t *testing.T) {
	tab := scrambled(t, UintFormat(6, 6))
	var buf bytes.Buffer
	require.NoError(t, WriteNPY(&buf, tab))
	assert.Zero(t, (buf.Len()-2*tab.Format.Pairs())%64)
	r, err := npyio.NewReader(&buf)
	require.NoError(t, err)
	assert.Equal(t, []int{64, 64}, r.Header.Descr.Shape)
	var words []uint16
	require.NoError(t, r.Read(&words))
	assert.Equal(t, tab.Words16(), words)

	signed := exactInt(t, SintFormat(8, 8))
	buf.Reset()
	require.NoError(t, WriteNPY(&buf, signed))
	var values []int16
	require.NoError(t, npyio.Read(&buf, &values))
	assert.EqualValues(t, -128*127, values[0x80<<8|0x7f])

	for _, text := range []string{
		npyHead("|u1", "False", "2, 2") + "\x00\x01\x02\x03",
		npyHead("|i1", "True", "2, 2") + "\x00\x02\x01\x03",
		npyHead(">u2", "False", "2, 2") + "\x00\x00\x00\x01\x00\x02\x00\x03",
		npyHead("<i4", "False", "2, 2") + "\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00",
		strings.Replace(npyHead("|u1", "False", "2, 2"), "), }", ")}  ", 1) + "\x00\x01\x02\x03",
	} {
		got, err := ReadNPY(strings.NewReader(text), UintFormat(1, 1), "x")
		require.NoError(t, err, "%q", text)
		assert.Equal(t, []uint8{0, 1, 2, 3}, got.Bytes8())
	}
}

// A C compiler accepts the header and sees the entries.
func TestCHeaderCompiles(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("no C compiler")
	}
	require.NoError(t, err)
	dir, tab := t.TempDir(), scrambled(t, FloatFormat(4, 9))
	tab.Name = "8bit-mul.x"
	require.NoError(t, atomicfile.Write(filepath.Join(dir, "t.h"), func(w io.Writer) error { return WriteCHeader(w, tab) }))
	main := `#include "t.h"
#include "t.h"
#include <stdio.h>
int main(void) {
	for (int i = 0; i < 1 << (LUT_8BIT_MUL_X_A_BITS + LUT_8BIT_MUL_X_B_BITS); i++) printf("%x\n", lut_8bit_mul_x[i]);
	return sizeof lut_8bit_mul_x / 2 != 256 || LUT_8BIT_MUL_X_P_BITS != 9;
}`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.c"), []byte(main), 0o600))
	build := exec.Command(cc, "-std=c99", "-Wall", "-Wextra", "-Werror", "-o", "t", "main.c")
	build.Dir = dir
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.Command(filepath.Join(dir, "t")).Output()
	require.NoError(t, err)
	got, err := ReadHex(bytes.NewReader(out), tab.Format, tab.Name)
	require.NoError(t, err)
	assert.Equal(t, tab, got)
}
