package fpga_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// holderVariable makes the test program a process that opens a port in a way and holds
// it until its input ends.
const holderVariable = "APPROXTRAIN_TEST_HOLD"

func TestMain(m *testing.M) {
	path, way := os.Getenv(holderVariable), os.Getenv(holderVariable+"_AS")
	if path == "" {
		os.Exit(m.Run())
	}
	var err error
	switch fd := -1; way {
	case "host":
		var p fpga.Port
		if p, err = fpga.OpenPort(context.Background(), path, fpga.PowerUpBaud); err == nil {
			defer p.Close()
		}
	case "flock", "TIOCEXCL": // other programs, which do one of the two
		if fd, err = unix.Open(path, unix.O_RDWR|unix.O_NOCTTY, 0); err == nil && way == "flock" {
			err = unix.Flock(fd, unix.LOCK_EX)
		} else if err == nil {
			err = unix.IoctlSetInt(fd, unix.TIOCEXCL, 0)
		}
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("open")
	bufio.NewReader(os.Stdin).ReadByte()
}

// hold lets another process hold a port, until end is called; kill ends it so that it
// cannot tidy up.
func hold(t *testing.T, path, way string, args ...string) (pid int, end, kill func()) {
	self, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), holderVariable+"="+path, holderVariable+"_AS="+way)
	in, err := c.StdinPipe()
	require.NoError(t, err)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "open\n", line)
	end = func() { in.Close(); c.Wait() }
	kill = func() { c.Process.Kill(); c.Wait() }
	t.Cleanup(kill)
	return c.Process.Pid, end, kill
}

// Two hosts cannot have one port, whatever name each gives it, as root too: the second
// is told at once which process has it. The lock ends with the process.
func TestLock(t *testing.T) {
	device, path := terminal(t)
	other := filepath.Join(t.TempDir(), "usb-board-if00")
	require.NoError(t, os.Symlink(path, other))
	open := func(name string) error {
		p, err := fpga.OpenPort(t.Context(), name, 9600)
		if err == nil {
			p.Close()
		}
		return err
	}
	refused := 0
	for i, c := range []struct {
		way    string
		killed bool
	}{{"host", false}, {"host", true}, {"flock", true}, {"TIOCEXCL", true}} {
		require.NoError(t, open(path))
		pid, end, kill := hold(t, []string{path, other}[i%2], c.way, "\x1b[31mred", "two words")
		settings, err := unix.IoctlGetTermios(int(device.Fd()), unix.TCGETS2)
		require.NoError(t, err)
		for _, name := range []string{path, other} {
			start := time.Now()
			err := open(name)
			assert.Less(t, time.Since(start), time.Second)
			var busy *fpga.BusyError
			require.ErrorAs(t, err, &busy, c.way)
			assert.ErrorIs(t, err, fpga.ErrBusy)
			assert.Equal(t, fault.Failed, fault.Status(err))
			assert.Equal(t, name, busy.Port)
			if c.way != "TIOCEXCL" { // there, this test has the port open too
				assert.Equal(t, pid, busy.PID)
				assert.ErrorContains(t, err, fmt.Sprintf("port %s is in use by process %d (", name, pid))
				assert.ErrorContains(t, err, `\x1b[31mred two words`)
			}
			assert.NotContains(t, err.Error(), "\x1b")
			refused++
		}
		after, err := unix.IoctlGetTermios(int(device.Fd()), unix.TCGETS2)
		require.NoError(t, err)
		assert.Equal(t, settings, after, "the second host changed the first one's settings")
		if c.way == "host" { // it did both
			fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY, 0)
			if os.Getuid() == 0 {
				require.NoError(t, err)
				assert.ErrorIs(t, unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK)
				exclusive, err := unix.IoctlGetInt(fd, unix.TIOCGEXCL)
				require.NoError(t, err)
				assert.Equal(t, 1, exclusive)
				unix.Close(fd)
			} else {
				require.ErrorIs(t, err, unix.EBUSY)
			}
		}
		if c.killed {
			kill()
			unlock(t, path) // as an emulated board does
		} else {
			end()
		}
	}
	assert.Equal(t, 8, refused)
}

// unlock removes what a killed process leaves at a terminal that stays.
func unlock(t *testing.T, path string) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY, 0)
	if errors.Is(err, unix.EBUSY) {
		t.Skip("not root: only the terminal's owner can unlock it")
	}
	require.NoError(t, err)
	defer unix.Close(fd)
	require.NoError(t, unix.IoctlSetInt(fd, unix.TIOCNXCL, 0))
}

// The same process cannot open a port twice either, and can when it was closed.
func TestLockOfOneProcess(t *testing.T) {
	_, path := terminal(t)
	p, err := fpga.OpenPort(t.Context(), path, 9600)
	require.NoError(t, err)
	_, err = fpga.OpenPort(t.Context(), path, 9600)
	assert.ErrorIs(t, err, fpga.ErrBusy)
	assert.ErrorContains(t, err, "in use by this program itself")
	require.NoError(t, p.Close())
	p, err = fpga.OpenPort(t.Context(), path, 9600)
	require.NoError(t, err)
	require.NoError(t, p.Close())
}
