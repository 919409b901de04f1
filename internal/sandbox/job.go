package sandbox

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"syscall"
)

// job is what the supervisor is told, and what it tells the stage.
type job struct {
	Engine  Engine
	Bwrap   string // path
	Path    string
	Args    []string // with the name
	Dir     string
	Read    []string // absolute, links resolved
	Write   []string
	Links   []symlink // that lead to those
	Limits  Limits
	Watch   bool // system calls of a design
	Trusted bool
	Files   int // descriptors from 0 on that the program has
}

// symlink is a symbolic link.
type symlink struct{ Path, Target string }

// report is what the supervisor says in the end.
type report struct {
	Exited   bool
	Status   int            // with which it exited
	Signal   syscall.Signal // that ended it, if it has not exited
	Forbid   string         // what it tried
	Exceeded string         // which limit
	Failed   string         // why it could not be run
}

// send writes a message with its length in front.
func send(w io.Writer, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.NativeEndian.AppendUint32(nil, uint32(len(data))), data...))
	return err
}

// receive reads a message.
func receive(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	const most = 16 << 20
	n := binary.NativeEndian.Uint32(head[:])
	if n > most {
		return fmt.Errorf("a message of %d bytes", n)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r, data); err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}
