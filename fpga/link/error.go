package link

import "fmt"

// Cause is what keeps a board from being asked.
type Cause int

const (
	Silent       Cause = iota // nothing came at all
	Stopped                   // the board answered, and then no more
	Unreadable                // bytes came, but no frame: another rate?
	OtherProgram              // text came
	OtherVersion              // frames of another version of the protocol
	Unfit                     // good frames came, but none fits what was asked
	Noisy                     // too many frames are damaged
	Disconnected              // the port is gone
	Refused                   // the board answered with an error
)

var causeNames = [...]string{"silent", "stopped", "unreadable", "other program", "other version", "unfit", "noisy", "disconnected", "refused"}

// String names the cause in a word or two.
func (c Cause) String() string { return causeNames[c] }

// Error says why a connection gave up.
type Error struct {
	Cause   Cause
	Version int    // of the board, for OtherVersion
	Code    byte   // for Refused
	Text    string // what the other program said
	Stats   Stats
	Err     error // of the port, for Disconnected
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) Error() string {
	s := e.Stats
	switch e.Cause {
	case Silent:
		return fmt.Sprintf("nothing answers: not one byte came in answer to %d requests at %s baud; is the board on, is this its port, is the rate right?",
			s.Requests, comma(s.Baud))
	case Stopped:
		return fmt.Sprintf("the board stopped answering: it answered %d requests, then none of %d; reset it and try again",
			s.Answered, s.Unanswered)
	case Unreadable:
		return fmt.Sprintf("%d bytes came at %s baud and not one whole frame: the board has another rate, or this is no board", s.Received, comma(s.Baud))
	case OtherProgram:
		return fmt.Sprintf("another program is on this port: it says %q, and nothing answers as a board does", e.Text)
	case OtherVersion:
		return fmt.Sprintf("the board has version %d of the protocol, this program has version %d: build the board's gateware with this program (approxtrain fpga build), "+
			"or use the program that built it", e.Version, Version)
	case Unfit:
		return fmt.Sprintf("%d good frames came, but none that answers what was asked: does another program use the port?", s.Frames)
	case Noisy:
		return fmt.Sprintf("the line is too noisy: %s; use a lower rate (--baud) or a shorter cable", s.noise())
	case Disconnected:
		return fmt.Sprintf("the port was disconnected after %d answers: %v", s.Answered, e.Err)
	case Refused:
		return fmt.Sprintf("the board refused a request, twice: %s (error %d)", codeText(e.Code), e.Code)
	}
	return "the board cannot be asked"
}

// noise says how much of what was on the line is lost.
func (s Stats) noise() string {
	return fmt.Sprintf("%d of %d frames from the board came damaged, and %d of %d requests had to be repeated",
		s.Bad(), s.Bad()+s.Frames, s.Retries, s.Requests)
}
