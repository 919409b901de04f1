package fpga

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"approxtrain/internal/fault"
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

// serialPort is a port of Linux. It uses the descriptor without a library between:
// the lock of the port, the line's settings and the line itself have to be one
// descriptor, which no child process inherits, and whose writes end when it is
// closed. The Go runtime waits for it as for a socket.
type serialPort struct {
	file *os.File
	name string
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
	p := &serialPort{os.NewFile(uintptr(fd), name), name}
	if err := p.raw(rate); err != nil {
		p.Close()
		return nil, fault.Failedf("opening port %s: %w", name, err)
	}
	return p, nil
}

func fileKind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m.IsRegular():
		return "a file"
	}
	return "no character device"
}

// portError says what to do about a port that cannot be opened.
func portError(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.Usagef("there is no port %s: is the board plugged in? approxtrain fpga ports lists the serial ports", name)
	case errors.Is(err, fs.ErrPermission):
		return fault.Failedf("port %s: permission denied: add yourself to the group that owns it (on Debian: sudo adduser $USER dialout), then log in anew", name)
	case errors.Is(err, syscall.EBUSY):
		return busy(name)
	case errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.EIO):
		return fault.Failedf("port %s: no device is behind it (%w): is the board plugged in?", name, err)
	}
	return fault.Failedf("opening port %s: %w", name, err)
}

// Read implements io.Reader. The end of a file is that of the device: it was unplugged.
func (p *serialPort) Read(b []byte) (int, error) {
	n, err := p.file.Read(b)
	if err == io.EOF {
		err = syscall.EIO
	}
	return n, err
}

// Write implements io.Writer.
func (p *serialPort) Write(b []byte) (int, error) { return p.file.Write(b) }

// Close drops what was not sent yet, unlocks and closes the port. Without the
// dropping, close would wait up to 30 seconds for a line that takes no bytes.
func (p *serialPort) Close() error {
	p.control(func(fd int) error {
		return errors.Join(unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH), unix.IoctlSetInt(fd, unix.TIOCNXCL, 0))
	})
	return p.file.Close()
}

// control calls a function with the descriptor, which stays open meanwhile.
func (p *serialPort) control(do func(fd int) error) error {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	failed := raw.Control(func(fd uintptr) { err = do(int(fd)) })
	return errors.Join(failed, err)
}

// raw makes the port pass 8 bits as they are, without parity or flow control.
func (p *serialPort) raw(rate int) error {
	return p.set(rate, func(t *unix.Termios) {
		t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.IGNPAR | unix.PARMRK | unix.INPCK | unix.ISTRIP | unix.INLCR | unix.IGNCR |
			unix.ICRNL | unix.IUCLC | unix.IXON | unix.IXANY | unix.IXOFF
		t.Oflag &^= unix.OPOST
		t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
		t.Cflag &^= unix.CSIZE | unix.PARENB | unix.CSTOPB | unix.CRTSCTS
		t.Cflag |= unix.CS8 | unix.CREAD | unix.CLOCAL
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	})
}

// SetBaud implements Port.
func (p *serialPort) SetBaud(rate int) error { return p.set(rate, func(*unix.Termios) {}) }

// set changes settings and the rate, and reads back whether the driver makes the rate.
func (p *serialPort) set(rate int, change func(*unix.Termios)) error {
	return p.control(func(fd int) error {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
		if err != nil {
			return err
		}
		change(t)
		t.Cflag = t.Cflag&^(unix.CBAUD|unix.CBAUD<<unix.IBSHIFT) | unix.BOTHER | unix.BOTHER<<unix.IBSHIFT
		t.Ispeed, t.Ospeed = uint32(rate), uint32(rate)
		if err := unix.IoctlSetTermios(fd, unix.TCSETS2, t); err != nil {
			return err
		}
		now, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
		if got := int64(0); err == nil {
			if got = int64(now.Ospeed); 100*max(got-int64(rate), int64(rate)-got) > 3*int64(rate) {
				err = fmt.Errorf("the driver sets %s baud instead of %s", comma(got), comma(rate))
			}
		}
		return err
	})
}
