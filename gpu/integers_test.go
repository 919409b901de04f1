package gpu

import (
	"testing"

	"github.com/approxtrain/approxtrain/device/devicetest"
	"github.com/approxtrain/approxtrain/gpu/emulation"
)

func TestIntegerBattery(t *testing.T) {
	t.Parallel()
	devicetest.RunIntegers(t, emulated(t, emulation.Options{}))
}

// The codes of sums are those of the published test vectors.
func TestVectors(t *testing.T) {
	t.Parallel()
	devicetest.RunVectors(t, emulated(t, emulation.Options{}), "../docs/vectors/requantize.csv")
}
