// Package errkind tells apart the kinds of errors of this module, such as wrong input and a missing tool. So an importer
// can react to them without reading texts.
package errkind

import "github.com/approxtrain/approxtrain/internal/fault"

// Kind is a kind of errors. Its number is the exit status of command approxtrain.
type Kind int

// The kinds of errors.
const (
	None    Kind = 0             // no error
	Failed  Kind = fault.Failed  // a comparison or a run failed, or any other cause
	Input   Kind = fault.Usage   // the caller's input is wrong: an option, a file, a source
	Missing Kind = fault.Missing // a tool or a device is missing
)

// Of returns the kind of an error. If errors of several kinds are wrapped in each other, the outermost one decides;
// an error of another module is Failed.
func Of(err error) Kind { return Kind(fault.Status(err)) }

// String returns the kind in a few words.
func (k Kind) String() string {
	switch k {
	case None:
		return "no error"
	case Input:
		return "wrong input"
	case Missing:
		return "a tool or device is missing"
	}
	return "failed"
}
