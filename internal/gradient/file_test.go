package gradient

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sbinet/npyio"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/hostile"
	"github.com/approxtrain/approxtrain/internal/npy"
	"github.com/approxtrain/approxtrain/lut"
)

// write writes a file into a new folder and returns its path.
func write(t testing.TB, name string, data []byte) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// encoded returns the bytes of the file of g.
func encoded(t testing.TB, g *Gradient, ext string) []byte {
	path := filepath.Join(t.TempDir(), "x"+ext)
	require.NoError(t, g.WriteFile(path))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// What is written is read again, with the same bits, and as the derivatives of a table's file.
func TestFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, name := range formats {
		f := parse(t, name)
		table := random(t, f, r)
		for _, kind := range []Kind{Difference, Difference1D, Regression} {
			g, err := Of(table, Options{Kind: kind})
			require.NoError(t, err)
			for _, form := range forms {
				path := filepath.Join(t.TempDir(), "slopes"+strings.ToUpper(form.ext))
				require.NoError(t, g.WriteFile(path))
				o, err := Parse(path)
				require.NoError(t, err)
				got, err := Of(table, o)
				require.NoError(t, err, "%s %s %s", name, kind, form.ext)
				want := *g
				want.Kind, want.Half = File, 0
				require.Equal(t, &want, got)
			}
		}
	}
}

// The layouts of .npy are those that the documentation names, for another program that reads them.
func TestLayout(t *testing.T) {
	table := random(t, parse(t, "s2xu3"), rand.New(rand.NewPCG(11, 12)))
	two, err := Of(table, Options{Kind: Difference})
	require.NoError(t, err)
	one, err := Of(table, Options{Kind: Regression})
	require.NoError(t, err)
	square, err := Of(exact(t, parse(t, "s2")), Options{Kind: Regression})
	require.NoError(t, err)
	for _, c := range []struct {
		g     *Gradient
		shape []int
	}{{two, []int{2, 4, 8}}, {one, []int{12}}, {square, []int{2, 4}}} {
		r, err := npyio.NewReader(bytes.NewReader(encoded(t, c.g, ".npy")))
		require.NoError(t, err)
		assert.Equal(t, c.shape, r.Header.Descr.Shape)
		assert.Equal(t, "<f4", r.Header.Descr.Type)
		var values []float32
		require.NoError(t, r.Read(&values))
		assert.Equal(t, slices.Concat(c.g.A, c.g.B), values)
	}
	assert.Equal(t, []float32{-2, -1, 0, 1}, square.A, "the order of values")
	assert.Equal(t, two.A[1*8+5], two.ByA(-1, 5))
	assert.Equal(t, "derivative,at,slope\nda,-2,-2\nda,-1,-1\nda,0,0\nda,1,1\ndb,-2,-2\ndb,-1,-1\ndb,0,0\ndb,1,1\n", string(encoded(t, square, ".csv")))
	text := string(encoded(t, two, ".csv"))
	assert.Contains(t, text, fmt.Sprintf("\n-1,5,%v,%v\n", two.ByA(-1, 5), two.ByB(-1, 5)))
}

// array returns a file of numbers of a type, in the order in which they are given.
func array(typ string, fortran bool, shape []int, values ...float64) []byte {
	h := npy.Header{Order: typ[0], Kind: typ[1], Width: int(typ[2] - '0'), Fortran: fortran, Shape: shape}
	p := h.Append(nil)
	var order binary.AppendByteOrder = binary.LittleEndian
	if h.BigEndian() {
		order = binary.BigEndian
	}
	for _, v := range values {
		switch h.Width {
		case 2:
			p = order.AppendUint16(p, uint16(v))
		case 4:
			p = order.AppendUint32(p, math.Float32bits(float32(v)))
		default:
			p = order.AppendUint64(p, math.Float64bits(v))
		}
	}
	return p
}

// Arrays of other types and orders.
func TestReadNPY(t *testing.T) {
	f := parse(t, "u1x2") // 2 rows of 4
	values := make([]float64, 16)
	for i := range values {
		values[i] = float64(i) + 0.1
	}
	fortran := make([]float64, 16)
	for k := range 2 {
		for a := range 2 {
			for b := range 4 {
				fortran[k+2*a+4*b] = values[8*k+4*a+b]
			}
		}
	}
	for _, data := range [][]byte{
		array("<f4", false, []int{2, 2, 4}, values...), array(">f4", false, []int{2, 2, 4}, values...),
		array("<f8", false, []int{2, 2, 4}, values...), array(">f8", true, []int{2, 2, 4}, fortran...),
	} {
		g, err := ReadFile(write(t, "x.npy", data), f)
		require.NoError(t, err)
		assert.False(t, g.OneD)
		for i, v := range values {
			assert.Equal(t, float32(v), slices.Concat(g.A, g.B)[i])
		}
	}
	// Two functions of one operand, in Fortran order.
	g, err := ReadFile(write(t, "x.npy", array("<f8", true, []int{2, 2}, 1, 3, 2, 4)), parse(t, "u1"))
	require.NoError(t, err)
	assert.Equal(t, []float32{1, 2}, g.A)
	assert.Equal(t, []float32{3, 4}, g.B)
}

func TestReadRefuses(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	eight := make([]float64, 8)
	for name, c := range map[string]struct {
		format, file string
		data         []byte
		want         string
	}{
		"shape":        {"u2", "x.npy", array("<f4", false, []int{2, 2, 4}), "shape (2, 2, 4), expected (2, 4, 4) for slopes by both operands, or (2, 4) by one"},
		"one of two":   {"u1", "x.npy", array("<f4", false, []int{2}), "shape (2,), expected (2, 2, 2)"},
		"unequal":      {"u2x1", "x.npy", array("<f4", false, []int{2, 4}), "expected (2, 4, 2) for slopes by both operands, or (6,) by one"},
		"swapped":      {"u2x1", "x.npy", array("<f4", false, []int{2, 2, 4}), "shape (2, 2, 4), expected (2, 4, 2)"},
		"integers":     {"u1", "x.npy", array("<i4", false, []int{2, 2, 2}), "type <i4, expected binary32 or binary64"},
		"binary16":     {"u1", "x.npy", array("<f2", false, []int{2, 2, 2}), "type <f2, expected binary32"},
		"complex":      {"u1", "x.npy", array("<c8", false, []int{2, 2, 2}, eight...), "type <c8, expected binary32"},
		"objects":      {"u1", "x.npy", []byte(strings.Replace(string(array("<f4", false, []int{2, 2})), "<f4", "|O ", 1)), "expected that of an array of numbers"},
		"NaN":          {"u1", "x.npy", array("<f4", false, []int{2, 2, 2}, 0, 0, 0, 0, 0, 0, nan, 0), "element [1 1 0]: the slope NaN is not finite"},
		"infinity":     {"u1", "x.npy", array("<f4", true, []int{2, 2, 2}, 0, 0, 0, 0, inf, 0, 0, 0), "element [0 0 1]: the slope +Inf is not finite"},
		"too large":    {"u1", "x.npy", array("<f8", false, []int{2, 2}, 1, 2, -1e39, 4), "element [1 0]: the slope -1e+39 is not finite in binary32"},
		"too short":    {"u1", "x.npy", array("<f4", false, []int{2, 2, 2}, eight[1:]...), "has 28 bytes of elements, expected 32"},
		"too long":     {"u1", "x.npy", array("<f4", false, []int{2, 2, 2}, append(eight, 0)...), "more than 32 bytes of elements, expected 32"},
		"no array":     {"u1", "x.npy", []byte("a,b,da,db"), "not a NumPy file"},
		"no CSV":       {"u1", "x.csv", array("<f4", false, []int{2, 2, 2}, eight...), "line 1: found"},
		"header":       {"u1", "x.csv", []byte("a,b,product\n"), `found "a,b,product", expected the column names a,b,da,db, or derivative,at,slope`},
		"empty":        {"u1", "x.csv", nil, `line 1: found ""`},
		"no lines":     {"u1", "x.csv", []byte("a,b,da,db\n"), "there is no line for a = 0, b = 0"},
		"a line less":  {"s1xu1", "x.csv", []byte("a,b,da,db\n-1,0,1,1\n-1,1,1,1\n0,0,1,1\n"), "there is no line for a = 0, b = 1"},
		"da is less":   {"s1", "x.csv", []byte("derivative,at,slope\nda,0,1\ndb,-1,1\ndb,0,1\n"), "there is no line for da at b = -1"},
		"db is less":   {"s1", "x.csv", []byte("derivative,at,slope\nda,0,1\nda,-1,1\ndb,-1,1\n"), "there is no line for db at a = 0"},
		"twice":        {"u1", "x.csv", []byte("a,b,da,db\n1,1,2,3\n1,1,2,3\n"), "line 3: da is there twice"},
		"one twice":    {"u1", "x.csv", []byte("derivative,at,slope\ndb,1,2\ndb,1,2\n"), "line 3: slope is there twice"},
		"operand":      {"s2", "x.csv", []byte("a,b,da,db\n0,2,1,1\n"), `line 2: b is "2", expected an integer from -2 to 1`},
		"operand text": {"s2", "x.csv", []byte("a,b,da,db\n0x1,0,1,1\n"), `line 2: a is "0x1", expected an integer`},
		"derivative":   {"u1", "x.csv", []byte("derivative,at,slope\ndc,1,2\n"), `derivative is "dc", expected da or db`},
		"at":           {"u1x2", "x.csv", []byte("derivative,at,slope\nda,3,2\ndb,2,1\n"), `line 3: at, a value of a, is "2", expected an integer from 0 to 1`},
		"NaN in text":  {"u1", "x.csv", []byte("a,b,da,db\n0,0,1,nan\n"), "line 2: db: the slope NaN is not finite"},
		"inf in text":  {"u1", "x.csv", []byte("a,b,da,db\n0,0,-Inf,1\n"), "line 2: da: the slope -Inf is not finite"},
		"large text":   {"u1", "x.csv", []byte("a,b,da,db\n0,0,1e39,1\n"), `line 2: da is "1e39", expected a number of binary32`},
		"no number":    {"u1", "x.csv", []byte("derivative,at,slope\nda,0,x\n"), `line 2: slope is "x", expected a number of binary32`},
		"cut off":      {"u1", "x.csv", []byte("a,b,da,db\n0,0,1,1\n0,1,1,1\n1,0,1,1\n1,1,1,1"), "its last line does not end"},
		"columns":      {"u1", "x.csv", []byte("a,b,da,db\n0,0,1\n"), "wrong number of fields"},
		"extension":    {"u1", "x.txt", nil, "expected a file of slopes with the extension .npy or .csv"},
	} {
		path := write(t, c.file, c.data)
		_, err := ReadFile(path, parse(t, c.format))
		require.ErrorContains(t, err, c.want, name)
		assert.ErrorContains(t, err, path, name)
		assert.Equal(t, fault.Usage, fault.Status(err), name)
	}
	_, err := ReadFile(filepath.Join(t.TempDir(), "none.npy"), parse(t, "u1"))
	assert.Equal(t, fault.Usage, fault.Status(err))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// finite returns an error unless all slopes are there and finite, and g has as many as its format.
func finite(read any, f lut.Format) error {
	g := read.(*Gradient)
	wantA, wantB := f.Pairs(), f.Pairs()
	if g.OneD {
		wantA, wantB = f.Cols(), f.Rows()
	}
	if len(g.A) != wantA || len(g.B) != wantB {
		return fmt.Errorf("%d and %d slopes", len(g.A), len(g.B))
	}
	for i, x := range slices.Concat(g.A, g.B) {
		if x-x != 0 {
			return fmt.Errorf("slope %d is %v", i, x)
		}
	}
	return nil
}

func TestHostileFiles(t *testing.T) {
	f := parse(t, "s2xu3")
	table := random(t, f, rand.New(rand.NewPCG(13, 14)))
	evil := []string{"", "4", "-3", "8", "4294967296", "18446744073709551616", "0x1", "1e1", "NaN", "Inf", "-infinity", "1e39", "１", "x", "\x1b[2J", "\x00", "\u202e1", "\xff",
		`"`, strings.Repeat("9", 1000), strings.Repeat("0", 70_000) + "1"}
	for _, kind := range []Kind{Difference, Regression} {
		g, err := Of(table, Options{Kind: kind})
		require.NoError(t, err)
		for _, form := range forms {
			good := encoded(t, g, form.ext)
			var c hostile.Cases
			for n := range min(len(good), 150) {
				cut := len(good) * n / min(len(good), 150)
				c.Add(fmt.Sprintf("cut after %d", cut), good[:cut:cut])
			}
			c.Wrapped(good, true)
			if form.ext == ".csv" {
				c = slices.DeleteFunc(c, func(c hostile.Case) bool { return c.Name == "a blank in front" }) // which says the same
			}
			if form.ext == ".npy" {
				c.Fields(good, binary.LittleEndian, 2, map[string]int{"the header's length": 8})
				for name, pair := range map[string][2]string{"type": {"<f4", "<i4"}, "width": {"<f4", "<f8"}, "width 9": {"<f4", "<f999"}, "objects": {"<f4", "|O4"}, "order": {"False", "Maybe"},
					"shape": {"(", "(1, "}, "a large shape": {"(", "(99999999999999999999, "}, "large": {"(", "(999999999, "}, "negative": {"(", "(-"}, "code": {"(", "__import__('os')"},
					"no key": {"'descr'", "'descx'"}, "ESC": {"'descr'", "'\x1b[2J'"}, "quotes": {"'", `"`}, "twice": {"'descr'", "'descr': '<f4', 'descr'"}} {
					c.Add(name, []byte(strings.ReplaceAll(string(good), pair[0], pair[1])))
				}
				for name, pattern := range map[string]uint32{"a NaN": 0x7fc00000, "a NaN that signals": 0x7f800001, "an infinity": 0x7f800000, "a negative one": 0xff800000} {
					for _, at := range []int{128, len(good) - 4} {
						p := slices.Clone(good)
						binary.LittleEndian.PutUint32(p[at:], pattern)
						c.Add(fmt.Sprintf("%s at %d", name, at), p)
					}
				}
			} else {
				lines := strings.Split(string(good), "\n")
				for _, row := range []int{0, 1, len(lines) / 2, len(lines) - 2} {
					for col := range strings.Count(lines[0], ",") + 1 {
						for i, v := range evil {
							fields := strings.Split(lines[row], ",")
							fields[col] = v
							changed := slices.Clone(lines)
							changed[row] = strings.Join(fields, ",")
							// A slope may be any finite number; -3 … 8 may be another line's operand, which is then there twice.
							if name := fmt.Sprintf("line %d, column %d is evil %d", row, col, i); row > 0 && col >= 2 {
								c.May(name, []byte(strings.Join(changed, "\n")))
							} else if changed[row] != lines[row] {
								c.Add(name, []byte(strings.Join(changed, "\n")))
							}
						}
					}
				}
				for name, s := range map[string]string{"a line twice": lines[1] + "\n", "a line of blanks": "   \n", "a comment": "# x\n", "an open quote": "\"" + strings.Repeat("x\n", 1000),
					"semicolons": "1;1;1\n", "too many columns": "0,0,0,0,0,0\n", "one column": "0\n", "megabytes of digits": strings.Repeat("1", 4<<20)} {
					c.Add(name, []byte(string(good)+s))
				}
				c.Add("megabytes of lines", []byte(string(good)+strings.Repeat("\n", 4<<20)))
			}
			hostile.Reader{Name: "x" + form.ext, Least: 150, Memory: 16 << 20,
				Read:  func(path string) (any, error) { return ReadFile(path, f) },
				Right: func(read any) error { return finite(read, f) }}.Run(t, c)
		}
	}
}

// Whatever is read is whole and finite, and reads back when it is written.
func FuzzReadFile(f *testing.F) {
	format := parse(f, "u1xs2")
	table := random(f, format, rand.New(rand.NewPCG(15, 16)))
	for _, kind := range []Kind{Difference, Regression} {
		g, err := Of(table, Options{Kind: kind})
		require.NoError(f, err)
		for i, form := range forms {
			f.Add(i, encoded(f, g, form.ext))
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, form int, data []byte) {
		if form < 0 || form >= len(forms) {
			return
		}
		path := filepath.Join(dir, fmt.Sprint("x", os.Getpid(), forms[form].ext))
		require.NoError(t, os.WriteFile(path, data, 0o600))
		g, err := ReadFile(path, format)
		if err != nil {
			return
		}
		require.NoError(t, finite(g, format))
		require.NoError(t, g.WriteFile(path))
		again, err := ReadFile(path, format)
		require.NoError(t, err)
		require.Equal(t, g, again)
	})
}
