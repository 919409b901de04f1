package sandbox

import (
	"encoding/json"
	"io"
	"syscall"
)

// job is the input of the supervisor, and of the stage.
type job struct {
	Engine Engine
	Bwrap  string // path
	Path   string
	Args   []string // without the name
	Dir    string
	Read   []string // absolute, links resolved
	Write  []string
	Links  []symlink // that lead to those
	Limits Limits
	Filter bool // system calls of no tool and no design
	Watch  bool // system calls of a design
	Files  int  // descriptors from 0 on that the program has
}

// staged says whether the job takes a stage: bubblewrap cannot hand a watch of system calls over.
func (j *job) staged() bool { return j.Engine != Bubblewrap || j.Watch }

// symlink is a symbolic link.
type symlink struct{ Path, Target string }

// report is the supervisor's final report.
type report struct {
	Exited   bool
	Status   int            // with which it exited
	Signal   syscall.Signal // that ended it, if it has not exited
	Forbid   string         // what it tried
	Exceeded string         // which limit
	Failed   string         // why it could not be run
}

// send writes a message.
func send(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// receive reads a message; nothing follows it.
func receive(r io.Reader, v any) error { return json.NewDecoder(r).Decode(v) }
