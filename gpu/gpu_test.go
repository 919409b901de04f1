package gpu

import (
	"testing"

	"github.com/stretchr/testify/require"

	"approxtrain/device/devicetest"
	"approxtrain/gpu/emulation"
)

// emulated returns a GPU on the host.
func emulated(t *testing.T, o emulation.Options) *Device {
	e, err := emulation.New(o)
	require.NoError(t, err)
	d, err := New(e)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return d.(*Device)
}

func TestBattery(t *testing.T) { devicetest.Run(t, emulated(t, emulation.Options{})) }
