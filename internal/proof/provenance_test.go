package proof

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/approxtrain/approxtrain/lut"
)

func TestSharedSources(t *testing.T) {
	mul, old := lut.Source{Path: "mul.v", SHA256: "1"}, lut.Source{Path: "mul.v", SHA256: "2"}
	cfg := lut.Source{Path: "cfg.vh", SHA256: "3"}
	renamed := lut.Source{Path: "copy.v", SHA256: "1"}
	list := func(s ...lut.Source) []lut.Source { return s }
	assert.Empty(t, sharedSources(nil, list(mul)))
	assert.Empty(t, sharedSources(list(mul), nil))
	assert.Empty(t, sharedSources(list(old), list(mul)), "an earlier version of the file")
	assert.Contains(t, sharedSources(list(renamed), list(mul)), "the same source (copy.v)")
	assert.Contains(t, sharedSources(list(mul), list(mul, cfg)), "the same source (mul.v)")
	assert.Contains(t, sharedSources(list(mul, cfg), list(mul, cfg)), "the same source (mul.v, cfg.vh)")
	assert.Contains(t, sharedSources(list(old, cfg), list(mul, cfg)), "1 of 2 files that the design has too (cfg.vh)")
}
