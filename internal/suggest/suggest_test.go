package suggest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNearest(t *testing.T) {
	known := []string{"lut", "check", "inspect", "lint"}
	for name, want := range map[string]string{
		"luut": "lut", "chekc": "check", "inspct": "inspect", "lut": "lut",
		"lunt": "lut", // as near as lint, which comes later
		"":     "lut",
	} {
		assert.Equal(t, want, Nearest(name, known), name)
	}
	assert.Empty(t, Nearest("x", nil))
}

func TestSorted(t *testing.T) {
	known := []string{"drum6_u8", "drum6_s8", "exact_u8", "mbm_e8m7"}
	assert.Equal(t, []string{"exact_u8", "drum6_u8", "drum6_s8", "mbm_e8m7"}, Sorted("exat_u8", known))
	assert.Equal(t, "drum6_u8", known[0], "the list that was given keeps its order")
	assert.Empty(t, Sorted("x", nil))
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"ab", "ba", 2}, {"conv", "covn", 2}, {"ä", "a", 1}, {"abc", "", 3}} {
		assert.Equal(t, c.want, Distance(c.a, c.b), c)
		assert.Equal(t, c.want, Distance(c.b, c.a), c)
	}
	long := strings.Repeat("ä", 1<<20)
	assert.Equal(t, 128, Distance(long, ""), "256 bytes of it count")
	assert.Equal(t, 127+1, Distance("a"+long, ""), "and no half of a character")
}

func TestMistyped(t *testing.T) {
	known := []string{"rst", "rtl", "top", "json", "out-valid"}
	for name, want := range map[string]string{"rlt": "rtl", "jsn": "json", "foo": "", "out-vald": "out-valid", "out-vaild": "out-valid", "": ""} {
		assert.Equal(t, want, Mistyped(name, known), name)
	}
}
