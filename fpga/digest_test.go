package fpga_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/lut"
)

// The text is fixed: boards hold digests of it.
func TestDigest(t *testing.T) {
	a, b := strings.Repeat("a", 64), strings.Repeat("b", 64)
	sources := []lut.Source{{Path: "x.v", SHA256: a}, {Path: "y.v", SHA256: b}}
	sum := sha256.Sum256([]byte(a + "  x.v\n" + b + "  y.v\n--top x\n-G W=8\n"))
	d := fpga.Digest(sources, []string{"--top x", "-G W=8"})
	assert.Equal(t, sum[:8], d[:])
	assert.Len(t, d.String(), 16)
	assert.NotEqual(t, d, fpga.Digest(sources, []string{"--top x", "-G W=9"}))
	assert.NotEqual(t, d, fpga.Digest(sources[:1], []string{"--top x", "-G W=8"}))

	none := fpga.Digest(nil, []string{"--top x"})
	assert.False(t, none.Known())
	assert.Equal(t, "unknown", none.String())
}
