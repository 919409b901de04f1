package lut

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadCoding(t *testing.T) {
	c, err := ReadCoding(strings.NewReader("code,value\n0b11, -0.5\n0x0,0\n1,0x1p-3\n2,NaR\n"), "own")
	require.NoError(t, err)
	v := c.Values()
	assert.Equal(t, []float32{0, 0.125, -0.5}, []float32{v[0], v[1], v[3]})
	assert.True(t, v[2] != v[2])
	for text, want := range map[string]string{
		"":                                           "line 1",
		"code,number\n":                              "expected the column names code,value",
		"code,value\n":                               "has 0 codes",
		"code,value\n0,0\n1,1\n2,2\n":                "has 3 codes",
		"code,value\n0,0\n2,1\n":                     "not code 1",
		"code,value\n0,0\n0,1\n":                     "line 3: code 0 is there twice",
		"code,value\n0,0\n1,x\n":                     `line 3: "x" is no value`,
		"code,value\n0,0\n1,1e39\n":                  "is no value",
		"code,value\n0,0\n1,1e-60\n":                 "too small",
		"code,value\n0,0\n-1,1\n":                    "is no code",
		"code,value\n0,0\n65536,1\n":                 "is no code",
		"code,value\n0,0\n1\n":                       "line 3: 1 columns",
		"code,value\n0,0\n1,1,1\n":                   "line 3: 3 columns",
		"code,value\n0,nan\n1,1\n":                   "two different finite",
		"code,value\n0,0\n1,\"1\n":                   "line",
		"code,value\n" + strings.Repeat("\n", 1<<24): "more than",
	} {
		_, err := ReadCoding(strings.NewReader(text), "own")
		assert.ErrorContains(t, err, want, "%.40q", text)
	}
	path := filepath.Join(t.TempDir(), "mx-fp4.csv")
	require.NoError(t, os.WriteFile(path, []byte("code,value\n0,-inf\n1,1\n2,2\n3,-0\n"), 0o644))
	c, err = FindCoding(path)
	require.NoError(t, err)
	assert.Equal(t, "mx_fp4", c.Name())
	assert.True(t, math.Signbit(float64(c.Value(3))))
	for text, want := range map[string]string{"posit9": "no coding", "x.csv": "no such file", t.TempDir() + "/": "no coding"} {
		_, err := FindCoding(text)
		assert.ErrorContains(t, err, want)
	}
}
