package limits

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Sizes of files that are read whole.
const (
	KiB = 1 << 10
	MiB = 1 << 20
	GiB = 1 << 30

	// Source is the largest C model, including its includes.
	Source = 4 * MiB
)

// patience is how long a pipe may be silent. It is a variable for the sake of tests.
var patience = 30 * time.Second

// Open opens a file to read it. It may be a pipe, such as a shell makes of <(command): if no
// process writes to it for half a minute, reading it is an error instead of an endless wait.
// Folders and sockets are refused.
func Open(path string) (*File, error) {
	// A pipe that nobody has opened to write is opened at once; opening it in the usual
	// way would wait, and Ctrl-C would not end that.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	for err == unix.EINTR {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	}
	if err == unix.ENXIO {
		return nil, fault.Usagef("%s is a socket or a device that nobody serves; expected a file", Path(path))
	} else if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = fault.Usagef("%s is a folder; expected a file", Path(path))
	}
	if err == nil && st.Mode()&fs.ModeNamedPipe != 0 {
		err = await(fd, path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &File{f, st}, nil
}

// await waits until somebody has opened a pipe to write.
func await(fd int, path string) error {
	until := time.Now().Add(patience)
	for {
		left := max(time.Until(until).Milliseconds(), 0)
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(left))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return fmt.Errorf("waiting for the pipe %s: %w", path, err)
		case n == 0:
			return fault.Usagef("nobody has written into the pipe %s for %v", Path(path), patience)
		default:
			return nil
		}
	}
}

// File is a file that Open has opened.
type File struct {
	file *os.File
	info fs.FileInfo
}

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) {
	if f.info.Mode()&fs.ModeNamedPipe != 0 {
		f.file.SetReadDeadline(time.Now().Add(patience)) // of a pipe it cannot fail
	}
	n, err := f.file.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fault.Usagef("nobody has written into the pipe %s for %v", Path(f.file.Name()), patience)
	}
	return n, err
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Info returns the file's information from when it was opened.
func (f *File) Info() fs.FileInfo { return f.info }

// ReadAt implements io.ReaderAt, for regular files.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.file.ReadAt(p, off) }

// ReadFile reads a file of at most so many bytes. The error names the file. Memory grows with the
// bytes read, to at most three times most.
func ReadFile(path string, most int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size := int64(0)
	if f.info.Mode().IsRegular() {
		if size = f.info.Size(); size > most {
			return nil, tooLong(path, most)
		}
	}
	var text bytes.Buffer
	text.Grow(int(size) + bytes.MinRead)
	n, err := io.Copy(&text, io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, err
	case n > most:
		return nil, tooLong(path, most)
	}
	return text.Bytes(), nil
}

func tooLong(path string, most int64) error {
	return fault.Usagef("%s is longer than %s, the most that is read", Path(path), Size(most))
}

// Size prints a number of bytes: 64 KiB, 3 MiB, 1000 bytes.
func Size(n int64) string {
	switch {
	case n >= GiB && n%GiB == 0:
		return fmt.Sprintf("%d GiB", n/GiB)
	case n >= MiB && n%MiB == 0:
		return fmt.Sprintf("%d MiB", n/MiB)
	case n >= KiB && n%KiB == 0:
		return fmt.Sprintf("%d KiB", n/KiB)
	}
	return fmt.Sprintf("%d bytes", n)
}

// Regular refuses a path that is no regular file, or does not exist: a tool that opened a device
// or a pipe might read without end or wait forever. The error names the path.
func Regular(path string) error {
	st, err := os.Stat(path)
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return &fs.PathError{Op: "open", Path: failed.Path, Err: failed.Err}
	} else if err != nil {
		return err
	}
	if kind := Kind(st.Mode()); kind != "file" {
		return fault.Usagef("%s is a %s; expected a regular file", Path(path), kind)
	}
	return nil
}

// Kind names what lies at a path: file, folder, pipe, socket, device.
func Kind(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return "file"
	case m.IsDir():
		return "folder"
	case m&fs.ModeNamedPipe != 0:
		return "pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeDevice != 0:
		return "device"
	}
	return "file of no regular kind"
}
