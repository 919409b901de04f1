package proof

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/approxtrain/approxtrain/cosim"
)

// All pairs of floats, and only they, ask for an optimising compiler.
func TestBuild(t *testing.T) {
	o := &Options{Timeout: time.Second}
	assert.Equal(t, cosim.Options{Timeout: time.Second}, o.build())
	o.AllPairs = true
	assert.Equal(t, cosim.Options{Timeout: time.Second, Optimise: true}, o.build())
}
