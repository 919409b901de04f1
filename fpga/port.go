package fpga

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Port is a serial port. A Read or Write that waits ends when the port is closed.
// Read may return no bytes and no error when none have come for a while.
type Port interface {
	io.ReadWriteCloser
	SetBaud(rate int) error
}

// openTime bounds the opening of a port: the kernel may wait for another program's
// last bytes, or for the driver.
const openTime = 5 * time.Second

// serialPort is a port of go.bug.st/serial, which opens it and makes its settings, and a second
// descriptor of ours. That one holds the lock, is looked at for the rate that the driver makes, and is
// read from and written to: both end when the port is closed. A write of the library does not end; nor does
// a read for which the bytes that it was told of are gone, and then its Close waits for it.
type serialPort struct {
	serial.Port
	line *os.File
}

// openNode opens a device. It is a variable for tests of a driver that does not return.
var openNode = func(name string) (int, error) {
	// O_NONBLOCK: the open does not wait for a carrier.
	return unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
}

// OpenPort opens a serial port, or a pseudo-terminal, at a rate and locks it: for
// every other program that calls flock, and with TIOCEXCL. If the port is in use, the
// error is a [*BusyError]. It returns within a second after the context's end.
func OpenPort(ctx context.Context, name string, rate int) (Port, error) {
	type result struct {
		port *serialPort
		err  error
	}
	opened := make(chan result, 1)
	go func() {
		p, err := openPort(name, rate)
		opened <- result{p, err}
	}()
	timer := time.NewTimer(openTime)
	defer timer.Stop()
	var err error
	select {
	case r := <-opened:
		if r.err != nil {
			return nil, r.err
		}
		return r.port, nil
	case <-timer.C:
		err = fault.Failedf("opening port %s: the driver has not answered within %v: unplug the device and plug it in again", name, openTime)
	case <-ctx.Done():
		err = ctx.Err()
	}
	go func() { // the open may end still
		if r := <-opened; r.port != nil {
			r.port.Close()
		}
	}()
	return nil, err
}

func openPort(name string, rate int) (*serialPort, error) {
	info, err := os.Stat(name)
	if err == nil && info.Mode()&fs.ModeCharDevice == 0 {
		return nil, fault.Usagef("%s is no serial port: it is %s; approxtrain fpga ports lists the serial ports", name, fileKind(info.Mode()))
	}
	fd := -1
	for err == nil || errors.Is(err, unix.EINTR) {
		if fd, err = openNode(name); err == nil {
			break
		}
	}
	if err != nil {
		return nil, portError(name, err)
	}
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS2); err != nil {
		unix.Close(fd)
		return nil, fault.Usagef("%s is no serial port: it has no rate (%w); approxtrain fpga ports lists the serial ports", name, err)
	}
	if err := lock(fd, name); err != nil {
		unix.Close(fd)
		return nil, err
	}
	p := &serialPort{line: os.NewFile(uintptr(fd), name)}
	if p.Port, err = openLibrary(name, rate); err == nil {
		err = errors.Join(exclusive(fd, name), p.makes(rate))
	}
	if err != nil {
		p.Close()
		return nil, portError(name, err)
	}
	return p, nil
}

// openLibrary opens a port with go.bug.st/serial, and sees to it that no program that this
// one starts inherits its descriptors: nothing starts before they are marked.
func openLibrary(name string, rate int) (serial.Port, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	p, err := serial.Open(name, mode(rate))
	entries, listed := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	return p, cmp.Or(err, listed)
}

// mode is 8 bits as they are, without parity, one stop bit.
func mode(rate int) *serial.Mode { return &serial.Mode{BaudRate: rate, DataBits: 8} }

func fileKind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m.IsRegular():
		return "a file"
	}
	return "no character device"
}

// portError adds advice to the error of a port that cannot be opened.
func portError(name string, err error) error {
	code := serial.PortErrorCode(-1)
	var p *serial.PortError
	if errors.As(err, &p) {
		code = p.Code()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) || code == serial.PortNotFound:
		return fault.Usagef("there is no port %s: is the board plugged in? approxtrain fpga ports lists the serial ports", name)
	case errors.Is(err, fs.ErrPermission) || code == serial.PermissionDenied:
		return fault.Failedf("port %s: permission denied: add yourself to the group that owns it (on Debian: sudo adduser $USER dialout), then log in anew", name)
	case errors.Is(err, syscall.EBUSY) || code == serial.PortBusy:
		return busy(name)
	case errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.EIO):
		return fault.Failedf("port %s: no device is behind it (%w): is the board plugged in?", name, err)
	}
	return fault.Failedf("opening port %s: %w", name, err)
}

// Read implements io.Reader.
func (p *serialPort) Read(b []byte) (int, error) {
	n, err := p.line.Read(b)
	if errors.Is(err, io.EOF) {
		err = syscall.EIO // unplugged
	}
	return n, err
}

// Write implements io.Writer.
func (p *serialPort) Write(b []byte) (int, error) { return p.line.Write(b) }

// Close drops unsent bytes, unlocks and closes the port. Without the dropping, close would wait up
// to 30 seconds for a line that takes no bytes.
func (p *serialPort) Close() error {
	p.control(func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH) })
	err := p.line.Close()
	if p.Port != nil {
		err = errors.Join(p.Port.Close(), err) // it takes TIOCEXCL back
	}
	return err
}

// control calls a function with our descriptor, which stays open meanwhile.
func (p *serialPort) control(do func(fd int) error) error {
	raw, err := p.line.SyscallConn()
	if err != nil {
		return err
	}
	failed := raw.Control(func(fd uintptr) { err = do(int(fd)) })
	return errors.Join(failed, err)
}

// SetBaud implements Port.
func (p *serialPort) SetBaud(rate int) error {
	return errors.Join(p.SetMode(mode(rate)), p.makes(rate))
}

// makes reads back whether the driver makes a rate.
func (p *serialPort) makes(rate int) error {
	return p.control(func(fd int) error {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
		if err != nil {
			return err
		}
		if got := int64(t.Ospeed); 100*max(got-int64(rate), int64(rate)-got) > 3*int64(rate) {
			return fmt.Errorf("the driver sets %s baud instead of %s", comma(got), comma(rate))
		}
		return nil
	})
}
