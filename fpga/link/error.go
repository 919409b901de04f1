package link

import (
	"fmt"
	"time"

	"github.com/approxtrain/approxtrain/internal/option"
)

// Cause is the reason why a board cannot be reached. It is an error itself, for errors.Is(err,
// link.Silent).
type Cause int

const (
	Silent       Cause = iota // nothing came at all
	Stopped                   // the board answered, and then no more
	Unreadable                // bytes came, but no frame, and no text
	OtherProgram              // text came: this is not a board
	OtherVersion              // frames of another version of the protocol
	Unfit                     // good frames came, but none fits what was asked
	Noisy                     // too many frames are damaged
	Disconnected              // the port is gone
	Refused                   // the board answered with an error
	Echoed                    // what was sent came back
	OtherRate                 // a board answers at another rate than the given one
	Overdue                   // the board answers, too slowly
)

var causeNames = [...]string{"silent", "stopped", "unreadable", "other program", "other version", "unfit", "noisy", "disconnected", "refused",
	"echoed", "other rate", "overdue"}

// String names the cause in a word or two.
func (c Cause) String() string { return causeNames[c] }

// Error implements error.
func (c Cause) Error() string { return "the link's fault is: " + c.String() }

// Error says why a connection gave up.
type Error struct {
	Cause   Cause
	Version int           // of the board, for OtherVersion
	Code    byte          // for Refused
	Program Program       // for OtherProgram
	Text    string        // what the other program sent last, as it came; for Unreadable the last bytes in hex
	Answers int           // the rate at which the board answers, for OtherRate
	Limit   time.Duration // the time after which it gave up, where a limit ended it
	Stats   Stats
	Err     error // of the port, for Disconnected
}

func (e *Error) Unwrap() error { return e.Err }

// Is tells errors.Is that the error is its cause.
func (e *Error) Is(target error) bool { return target == e.Cause }

func (e *Error) Error() string {
	text := e.text()
	if e.Limit > 0 {
		text += fmt.Sprintf(" (gave up after the limit of %v)", e.Limit.Round(time.Second))
	}
	return text
}

func (e *Error) text() string {
	s := e.Stats
	rate := comma(s.Baud)
	switch e.Cause {
	case Silent:
		return fmt.Sprintf("nothing answers: not one byte came in answer to %d requests at %s baud; is the board on, is this its port, is the rate right?",
			s.Requests, rate)
	case Stopped:
		return fmt.Sprintf("the board stopped answering: it answered %d requests, then none of %d; reset it and try again",
			s.Answered, s.Unanswered)
	case Unreadable:
		return fmt.Sprintf("%s bytes came at %s baud and not one whole frame: the board has another rate (name it with %v), "+
			"or this is not a board; the last bytes were %s", comma(s.Received), rate, option.OpenBaud, e.Text)
	case OtherProgram:
		return fmt.Sprintf("this is not a board: at %s baud, %v is on this port and sent %+q; %s", rate, e.Program, e.Text, e.Program.advice())
	case OtherVersion:
		return fmt.Sprintf("the board has version %d of the protocol, this program has version %d: build the board's gateware with this program (approxtrain fpga build), "+
			"or use the program that built it", e.Version, Version)
	case Unfit:
		return fmt.Sprintf("%s good frames came, but none that answers what was asked: does another program use the port?", comma(s.Frames))
	case Noisy:
		return fmt.Sprintf("the line is too noisy: %s; use a lower rate (%v) or a shorter cable", s.noise(), option.Baud)
	case Disconnected:
		return fmt.Sprintf("the port was disconnected after %d answers: %v", s.Answered, e.Err)
	case Refused:
		return fmt.Sprintf("the board refused a request, twice: %s (error %d)", codeText(e.Code), e.Code)
	case Echoed:
		return fmt.Sprintf("this port sends back what is sent to it, an echo: not one frame at %s baud was an answer; is the line's output wired to its input, "+
			"or is a terminal or a modem with echo on at its other end? connect the board, or name its port with %v",
			rate, option.Port)
	case OtherRate:
		return fmt.Sprintf("a board answers at %s baud, not at %s: use %v %d",
			comma(e.Answers), rate, option.OpenBaud, e.Answers)
	case Overdue:
		return fmt.Sprintf("the board answers too slowly: it answered %d requests, of which %d had to be repeated; reset it and try again",
			s.Answered, s.Retries)
	}
	return "the board cannot be asked"
}

// noise describes the share of bytes and frames that was lost.
func (s Stats) noise() string {
	return fmt.Sprintf("%d of %d frames from the board came damaged, and %d of %d requests had to be repeated",
		s.Bad(), s.Bad()+s.Frames, s.Retries, s.Requests)
}
