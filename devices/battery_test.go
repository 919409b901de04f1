package devices

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"approxtrain/device/devicetest"
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
}
