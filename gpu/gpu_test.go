package gpu

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device/devicetest"
	"github.com/approxtrain/approxtrain/gpu/emulation"
	"github.com/approxtrain/approxtrain/gpu/gputest"
)

// emulated returns a GPU on the host.
func emulated(t *testing.T, o emulation.Options) *Device {
	e, err := emulation.New(o)
	require.NoError(t, err)
	d, err := New(e)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return d
}

func TestBattery(t *testing.T) {
	t.Parallel()
	devicetest.Run(t, emulated(t, emulation.Options{}))
}

// LeNet-5 trains with a table of another number format.
func TestLeNetOfFormats(t *testing.T) {
	gputest.TrainsAsCPU(t, emulated(t, emulation.Options{}), "exact-rne_e5m10-ieee", "mitchell_e5m2-ieee")
}

// LeNet-5 trains with code tables of posits and of 8-bit floats.
func TestLeNetOfCodes(t *testing.T) {
	gputest.TrainsAsCPU(t, emulated(t, emulation.Options{}), "exact_posit8es1", "exact_fp8e5m2")
}

// A short run of LeNet-5 gives the same losses and weights as on the CPU.
func TestLeNet(t *testing.T) {
	for _, pair := range [][2]string{{"mitchell_e8m7", "mitchell_e8m7"}, {"exact_s8", "exact_s8"}, {"mbm_e8m23", "mbm_e8m23"}, {"mbm_e8m23", "mitchell_e8m7"}} {
		gputest.TrainsAsCPU(t, emulated(t, emulation.Options{}), pair[0], pair[1])
	}
}
