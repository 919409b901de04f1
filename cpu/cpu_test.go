package cpu

import (
	"fmt"
	"testing"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/device/devicetest"
)

func TestBattery(t *testing.T) {
	for _, l := range levels() {
		for _, threads := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s, %d threads", l, threads), func(t *testing.T) {
				devicetest.Run(t, &Device{threads: threads, level: l})
			})
		}
	}
}

func TestIntegerBattery(t *testing.T) {
	for i, l := range levels() {
		for _, way := range []string{"", "generic"} {
			if way == "generic" && l == generic { // the only way of portable code
				continue
			}
			t.Run(fmt.Sprintf("%s %s", l, way), func(t *testing.T) {
				t.Setenv(device.IntegerVariable, way)
				devicetest.RunIntegers(t, &Device{threads: 1 + 2*i, level: l})
			})
		}
	}
}

func TestGradientBattery(t *testing.T) {
	for i, l := range levels() {
		t.Run(string(l), func(t *testing.T) { devicetest.RunGradients(t, &Device{threads: 1 + 2*i, level: l}) })
	}
}

// TestVectors compares codes of sums with the published test vectors.
func TestVectors(t *testing.T) {
	devicetest.RunVectors(t, &Device{threads: 2, level: levels()[0]}, "../docs/vectors/requantize.csv")
}
