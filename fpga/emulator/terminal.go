package emulator

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// end is the board's end of a terminal or wire that the host has open.
type end interface {
	// Read waits for bytes from the host, until the end is closed.
	Read(p []byte) (int, error)
	// write sends bytes to the host. Bytes that the host does not read for a while are lost, as in
	// a serial port.
	write(p []byte) error
	// rate is the one that the host has set.
	rate() (uint32, error)
	// tend frees the port of a host that was killed.
	tend()
	Close() error
}

// terminal is a pseudo-terminal.
type terminal struct {
	board *os.File
	host  *os.File // kept open, so that the terminal stays between two programs
}

// openTerminal opens a pseudo-terminal, of which reading and writing at the board's end
// ends when it is closed, or late.
func openTerminal() (*terminal, error) {
	blocking, host, err := pty.Open()
	if err != nil {
		return nil, err
	}
	defer blocking.Close()
	fd, err := unix.FcntlInt(blocking.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err == nil {
		_, err = term.MakeRaw(int(host.Fd()))
	}
	if err != nil {
		host.Close()
		return nil, err
	}
	return &terminal{os.NewFile(uintptr(fd), blocking.Name()), host}, nil
}

func (t *terminal) Read(p []byte) (int, error) { return t.board.Read(p) }

func (t *terminal) Close() error { return errors.Join(t.host.Close(), t.board.Close()) }

func (t *terminal) write(b []byte) error {
	err := t.board.SetWriteDeadline(time.Now().Add(mostLag))
	if err == nil {
		_, err = t.board.Write(b)
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("writing to the terminal: %w", err)
	}
	return nil
}

func (t *terminal) rate() (rate uint32, err error) {
	raw, err := t.board.SyscallConn() // Fd would make reading go on after Close
	if err != nil {
		return 0, err
	}
	e := raw.Control(func(fd uintptr) {
		var s *unix.Termios
		if s, err = unix.IoctlGetTermios(int(fd), unix.TCGETS2); err == nil {
			rate = s.Ospeed
		}
	})
	if err = errors.Join(e, err); err != nil {
		return 0, fmt.Errorf("asking the terminal for its rate: %w", err)
	}
	return rate, nil
}

// tend removes TIOCEXCL if no process has the lock. A killed host leaves it, and the terminal
// stays, so only root could open it otherwise.
func (t *terminal) tend() {
	fd := int(t.host.Fd())
	if exclusive, err := unix.IoctlGetInt(fd, unix.TIOCGEXCL); err != nil || exclusive == 0 {
		return
	}
	if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == nil {
		unix.IoctlSetInt(fd, unix.TIOCNXCL, 0)
		unix.Flock(fd, unix.LOCK_UN)
	}
}
