package devices

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/device/devicetest"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cmodel"
)

// The device that the environment names passes the battery; cmd/gpu-check runs this
// where there is a GPU.
func TestBattery(t *testing.T) {
	name := os.Getenv(TestVariable)
	if name == "" {
		t.Skipf("%s names no device", TestVariable)
	}
	d, _, err := Open(name, 0)
	require.NoError(t, err)
	t.Logf("on %s", d.Name())
	devicetest.Run(t, d)
	t.Run("IntegerNetworks", func(t *testing.T) {
		integers, ok := d.(device.IntegerDevice)
		require.True(t, ok)
		devicetest.RunIntegers(t, integers)
	})
	t.Run("Functional", func(t *testing.T) {
		w, err := golden.LookupWide("mbm_e8m23")
		require.NoError(t, err)
		m, err := cmodel.Builtin(w.Name, w.Design, w.Mantissa)
		require.NoError(t, err)
		devicetest.RunModel(t, d, m, w.Mul)
	})
}
