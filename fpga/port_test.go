package fpga_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/fpga"
	"approxtrain/internal/fault"
)

// The only USB port is the board's; of several, or none, all are named.
func TestFindPort(t *testing.T) {
	board := fpga.PortInfo{Name: "/dev/ttyUSB1", USB: true, VID: "0403", PID: "6010", Product: "iCEBreaker", Serial: "ib0"}
	other := fpga.PortInfo{Name: "/dev/ttyACM0", USB: true, VID: "2341", PID: "0043"}
	fixed := fpga.PortInfo{Name: "/dev/ttyS0"}

	found, err := fpga.FindPort([]fpga.PortInfo{fixed, board})
	require.NoError(t, err)
	assert.Equal(t, board, found)
	assert.Equal(t, "/dev/ttyUSB1  USB 0403:6010 iCEBreaker ib0", found.String())

	_, err = fpga.FindPort([]fpga.PortInfo{other, fixed, board})
	assert.Equal(t, fault.Usage, fault.Status(err))
	for _, text := range []string{"2 USB serial ports", "--port", other.String(), board.String()} {
		assert.ErrorContains(t, err, text)
	}
	assert.NotContains(t, err.Error(), fixed.Name)

	_, err = fpga.FindPort([]fpga.PortInfo{fixed})
	assert.Equal(t, fault.Missing, fault.Status(err))
	assert.ErrorContains(t, err, "no USB serial port found")
	assert.ErrorContains(t, err, fixed.Name)
}

// A port that cannot be opened: each reason has its advice.
func TestOpenPort(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	for name, text := range map[string]string{
		filepath.Join(folder, "none"): "is the board plugged in?",
		file:                          "is no serial port",
		folder:                        "is no serial port",
	} {
		_, err := fpga.OpenPort(name, fpga.PowerUpBaud)
		require.ErrorContains(t, err, text)
		assert.ErrorContains(t, err, name)
		assert.Equal(t, fault.Missing, fault.Status(err))
	}
}
