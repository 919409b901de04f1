package cpu

import (
	"fmt"
	"testing"

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
	for _, threads := range []int{1, 3} {
		t.Run(fmt.Sprintf("%d threads", threads), func(t *testing.T) {
			devicetest.RunIntegers(t, &Device{threads: threads, level: levels()[0]})
		})
	}
}
