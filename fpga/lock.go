package fpga

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// ErrBusy is the kind of a [*BusyError]: another program uses the port.
var ErrBusy = errors.New("the port is in use")

// BusyError tells of a port that another program uses.
type BusyError struct {
	Port string
	PID  int    // of that program; 0: not known
	Line string // its command line, escaped; empty: not known
}

func (e *BusyError) Error() string {
	who := fmt.Sprintf("another program, which this user cannot see: sudo fuser %s names it", e.Port)
	switch {
	case e.PID == os.Getpid():
		who = "this program itself"
	case e.PID > 0 && e.Line != "":
		who = fmt.Sprintf("process %d (%s): wait until it ends, or stop it", e.PID, e.Line)
	case e.PID > 0:
		who = fmt.Sprintf("process %d: wait until it ends, or stop it", e.PID)
	}
	return fmt.Sprintf("port %s is in use by %s", e.Port, who)
}

// Is implements the interface of errors.Is.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// lockTries is how often a lock is tried, lockPause apart: an emulated board locks its port for an
// instant while it looks for a killed host.
const (
	lockTries = 5
	lockPause = 10 * time.Millisecond
)

// lock makes a port this descriptor's alone, before the library opens it as well. The
// kernel refuses further opens of a port with TIOCEXCL (exclusive), but not root's; flock
// also holds for root. All names of a port,
// symbolic links for instance, are one inode, and so have one lock. It ends with the
// process, however that ends.
func lock(fd int, name string) error {
	err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	for range lockTries {
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			break
		}
		time.Sleep(lockPause)
		err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return busy(name)
	case err != nil:
		return fault.Failedf("locking port %s: %w", name, err)
	}
	// Only root is here if a program set TIOCEXCL without a lock.
	if exclusive, err := unix.IoctlGetInt(fd, unix.TIOCGEXCL); err == nil && exclusive != 0 {
		return busy(name)
	}
	return nil
}

// exclusive makes the kernel refuse further opens.
func exclusive(fd int, name string) error {
	if err := unix.IoctlSetInt(fd, unix.TIOCEXCL, 0); err != nil {
		return fault.Failedf("locking port %s: %w", name, err)
	}
	return nil
}

// busy returns the error for a port that is in use, with the process that uses it.
func busy(name string) error {
	e := &BusyError{Port: name}
	var s unix.Stat_t
	if unix.Stat(name, &s) == nil {
		if e.PID = lockHolder(&s); e.PID == 0 {
			e.PID = opener(&s)
		}
	}
	if e.PID > 0 {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", e.PID))
		words := bytes.ReplaceAll(bytes.TrimRight(line, "\x00"), []byte{0}, []byte{' '})
		e.Line = link.Printable(words, mostShown)
	}
	return fault.Failedf("%w", e)
}

// mostShown is how many characters of another program's, or a device's, text are
// printed.
const mostShown = 120

// lockHolder returns the process that has the flock of a file, 0 if it is not known.
func lockHolder(s *unix.Stat_t) int {
	all, err := os.ReadFile("/proc/locks")
	if err != nil {
		return 0
	}
	// 1: FLOCK  ADVISORY  WRITE 1234 00:1a:3 0 EOF
	file := fmt.Sprintf("%02x:%02x:%d", unix.Major(s.Dev), unix.Minor(s.Dev), s.Ino)
	for _, line := range strings.Split(string(all), "\n") {
		f := strings.Fields(line)
		if len(f) >= 6 && f[1] == "FLOCK" && f[5] == file {
			pid, _ := strconv.Atoi(f[4])
			return max(0, pid)
		}
	}
	return 0
}

// opener returns a process that has a device open, this one last, 0 if it sees none.
func opener(s *unix.Stat_t) (own int) {
	all, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, path := range all {
		var t unix.Stat_t
		if unix.Stat(path, &t) != nil || t.Mode&unix.S_IFMT != unix.S_IFCHR || t.Rdev != s.Rdev {
			continue
		}
		pid, _ := strconv.Atoi(strings.Split(path, "/")[2])
		if pid != os.Getpid() {
			return pid
		}
		own = pid
	}
	return own
}
