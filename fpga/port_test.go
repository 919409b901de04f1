package fpga_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// terminal returns a pseudo-terminal: the device's end, and the path of the host's.
func terminal(t testing.TB) (*os.File, string) {
	device, host, err := pty.Open()
	require.NoError(t, err)
	_, err = term.MakeRaw(int(host.Fd()))
	require.NoError(t, err)
	t.Cleanup(func() { host.Close(); device.Close() })
	return device, host.Name()
}

// A port that cannot be opened: each reason has its advice, and status 2 if the name
// is wrong.
func TestOpenPort(t *testing.T) {
	folder := t.TempDir()
	file, fifo := filepath.Join(folder, "file"), filepath.Join(folder, "fifo")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	require.NoError(t, unix.Mkfifo(fifo, 0o644))
	for name, text := range map[string]string{
		filepath.Join(folder, "none"): "is the board plugged in?",
		file:                          "is no serial port: it is a file",
		folder:                        "is no serial port: it is a folder",
		fifo:                          "is no serial port: it is no character device",
		"/dev/null":                   "is no serial port: it has no rate",
	} {
		_, err := fpga.OpenPort(t.Context(), name, fpga.PowerUpBaud)
		require.ErrorContains(t, err, text)
		assert.ErrorContains(t, err, name)
		assert.ErrorContains(t, err, "approxtrain fpga ports")
		assert.Equal(t, fault.Usage, fault.Status(err), name)
	}
}

// A port passes every byte as it is, at every rate, and does not reach child processes.
func TestPort(t *testing.T) {
	device, path := terminal(t)
	for _, rate := range []int{9600, 115_200, 250_000, 3_000_000, 1_234_567} {
		p, err := fpga.OpenPort(t.Context(), path, rate)
		require.NoError(t, err)
		settings, err := unix.IoctlGetTermios(int(device.Fd()), unix.TCGETS2)
		require.NoError(t, err)
		assert.EqualValues(t, rate, settings.Ospeed)
		require.NoError(t, p.SetBaud(57_600))
		settings, err = unix.IoctlGetTermios(int(device.Fd()), unix.TCGETS2)
		require.NoError(t, err)
		assert.EqualValues(t, 57_600, settings.Ospeed)
		var all [256]byte
		for i := range all {
			all[i] = byte(i)
		}
		_, err = p.Write(all[:])
		require.NoError(t, err)
		assert.Equal(t, all[:], read(t, device, 256))
		_, err = device.Write(all[:])
		require.NoError(t, err)
		assert.Equal(t, all[:], read(t, p, 256))
		require.NoError(t, p.Close())
	}
	p, err := fpga.OpenPort(t.Context(), path, 9600)
	require.NoError(t, err)
	defer p.Close()
	seen := 0
	links, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	for _, l := range links {
		if to, _ := os.Readlink(l); to == path {
			var fd int
			for _, digit := range filepath.Base(l) {
				fd = 10*fd + int(digit-'0')
			}
			flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
			require.NoError(t, err)
			assert.NotZero(t, flags&unix.FD_CLOEXEC)
			seen++
		}
	}
	assert.Equal(t, 3, seen, "the test's, the library's and the port's")
}

func read(t testing.TB, r interface{ Read([]byte) (int, error) }, n int) (all []byte) {
	for len(all) < n {
		p := make([]byte, n-len(all))
		k, err := r.Read(p)
		require.NoError(t, err)
		all = append(all, p[:k]...)
	}
	return all
}

// A Read and a Write that wait end when the port is closed, and a device that is gone
// is an error of both.
func TestClosedPort(t *testing.T) {
	_, path := terminal(t) // nobody reads what is written there
	p, err := fpga.OpenPort(t.Context(), path, fpga.PowerUpBaud)
	require.NoError(t, err)
	ended := make(chan error, 2)
	go func() {
		_, err := p.Read(make([]byte, 10))
		ended <- err
	}()
	go func() {
		_, err := p.Write(make([]byte, 1<<20))
		ended <- err
	}()
	select {
	case err := <-ended:
		t.Fatal("ended by itself", err)
	case <-time.After(100 * time.Millisecond):
	}
	start := time.Now()
	require.NoError(t, p.Close())
	for range 2 {
		assert.ErrorIs(t, <-ended, os.ErrClosed)
	}
	assert.Less(t, time.Since(start), time.Second)

	device, host, err := pty.Open()
	require.NoError(t, err)
	p, err = fpga.OpenPort(t.Context(), host.Name(), fpga.PowerUpBaud)
	require.NoError(t, err)
	defer p.Close()
	host.Close()
	device.Close()
	_, err = p.Read(make([]byte, 10))
	assert.ErrorIs(t, err, syscall.EIO)
	_, err = p.Write(make([]byte, 10))
	assert.ErrorIs(t, err, syscall.EIO)
}

// Who interrupts an open does not wait for the driver.
func TestInterruptedOpen(t *testing.T) {
	_, path := terminal(t)
	release := fpga.BlockOpens()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	start := time.Now()
	_, err := fpga.OpenPort(ctx, path, fpga.PowerUpBaud)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Less(t, time.Since(start), time.Second)
	_, err = fpga.OpenPort(t.Context(), path, fpga.PowerUpBaud)
	require.ErrorContains(t, err, "the driver has not answered within 5s")
	assert.Equal(t, fault.Failed, fault.Status(err))
	release()
	require.Eventually(t, func() bool { // what was opened late was closed
		p, err := fpga.OpenPort(t.Context(), path, fpga.PowerUpBaud)
		if err == nil {
			p.Close()
		}
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
}

// A read ends when the port is closed, also if another program takes the bytes that the kernel has announced.
func TestCloseEndsRead(t *testing.T) {
	device, path := terminal(t)
	thief, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer unix.Close(thief)
	defer cancel()
	running.Go(func() {
		for b := make([]byte, 4096); ctx.Err() == nil; {
			unix.Read(thief, b)
		}
	})
	for range 100 {
		p, err := fpga.OpenPort(t.Context(), path, 9600)
		require.NoError(t, err)
		read := make(chan error, 1)
		go func() {
			for b := make([]byte, 4096); ; {
				if _, err := p.Read(b); err != nil {
					read <- err
					return
				}
			}
		}()
		time.Sleep(time.Millisecond)
		device.Write([]byte{0}) // once: no other byte ends the read
		time.Sleep(time.Millisecond)
		closed := make(chan error, 1)
		go func() { closed <- p.Close() }()
		for what, c := range map[string]chan error{"close": closed, "read": read} {
			select {
			case err := <-c:
				if what == "read" {
					require.ErrorIs(t, err, os.ErrClosed)
				}
			case <-time.After(5 * time.Second):
				cancel()
				require.Fail(t, what+" does not end")
			}
		}
	}
}
