package gpu

import (
	"testing"

	"github.com/approxtrain/approxtrain/device/devicetest"
	"github.com/approxtrain/approxtrain/gpu/emulation"
	"github.com/approxtrain/approxtrain/gpu/gputest"
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

// A network of integers gives the logits that it gives on the processor.
func TestQuantizedNetwork(t *testing.T) {
	t.Parallel()
	gputest.ComputesIntegersAsCPU(t, emulated(t, emulation.Options{}))
}
