package cpu

import (
	"fmt"
	"testing"

	"approxtrain/device/devicetest"
)

func TestBattery(t *testing.T) {
	for _, threads := range []int{1, 3} {
		t.Run(fmt.Sprintf("%d threads", threads), func(t *testing.T) { devicetest.Run(t, New(threads)) })
	}
}
