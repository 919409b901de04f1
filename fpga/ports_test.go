package fpga_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/internal/fault"
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
	for _, text := range []string{"2 USB serial ports", "option port", other.String(), board.String()} {
		assert.ErrorContains(t, err, text)
	}
	assert.NotContains(t, err.Error(), fixed.Name)

	_, err = fpga.FindPort([]fpga.PortInfo{fixed})
	assert.Equal(t, fault.Missing, fault.Status(err))
	assert.ErrorContains(t, err, "no USB serial port found")
	assert.ErrorContains(t, err, fixed.Name)
}

// Ports reads the kernel's folders: a USB converter with a product name that would
// clear the screen, a UART, one that is not there, and a console without hardware.
func TestPorts(t *testing.T) {
	root := t.TempDir()
	write := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(path)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, path), []byte(text), 0o644))
	}
	link := func(path, to string) {
		require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(path)), 0o755))
		require.NoError(t, os.Symlink(filepath.Join(root, to), filepath.Join(root, path)))
	}
	evil := "\x1b[2Jboard\r\n" + string(make([]byte, 500))
	write("devices/pci/usb1/1-2/idVendor", "0403\n")
	write("devices/pci/usb1/1-2/idProduct", "60ab\n")
	write("devices/pci/usb1/1-2/product", evil)
	write("devices/pci/usb1/1-2/1-2:1.1/ttyUSB1/port", "x")
	write("devices/pci/usb1/idVendor", "1d6b\n") // the hub
	write("devices/pnp/00:01/id", "x")
	write("devices/tty/ttyUSB1/dev", "188:1")
	link("devices/tty/ttyUSB1/device", "devices/pci/usb1/1-2/1-2:1.1/ttyUSB1")
	for n, kind := range map[string]string{"ttyS0": "4\n", "ttyS1": "0\n"} {
		write("devices/tty/"+n+"/type", kind)
		link("devices/tty/"+n+"/device", "devices/pnp/00:01")
	}
	write("devices/tty/tty0/dev", "4:0")
	for _, n := range []string{"ttyUSB1", "ttyS0", "ttyS1", "tty0"} {
		link("class/tty/"+n, "devices/tty/"+n)
	}
	all, err := fpga.PortsIn(filepath.Join(root, "class/tty"))
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, fpga.PortInfo{Name: "/dev/ttyS0"}, all[0])
	assert.Equal(t, [4]string{"/dev/ttyUSB1", "0403", "60AB", ""}, [4]string{all[1].Name, all[1].VID, all[1].PID, all[1].Serial})
	shown := all[1].String()
	assert.Contains(t, shown, `\x1b[2Jboard\r\n`)
	assert.NotContains(t, shown, "\x1b")
	assert.Less(t, len(shown), 600)
	none, err := fpga.PortsIn(filepath.Join(root, "none"))
	require.NoError(t, err)
	assert.Empty(t, none)
}
