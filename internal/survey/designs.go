package survey

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/proof"
)

// LeftOut is a file that is no design of its own.
type LeftOut struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// String returns the file and the reason.
func (l LeftOut) String() string { return l.File + ": " + l.Why }

// source returns the Verilog of a job: its file, and the folders, macros and parameters of all.
func (j *job) source(o *proof.Options) cosim.Source {
	s := o.Source
	s.Files, s.Top = []string{j.path}, j.part
	return s
}

// elaborate reads a design in Verilog by itself, with its folder among those that are searched, and infers its ports.
// The job keeps the error of a design that cannot be read; the one that is returned ends the survey.
func (j *job) elaborate(ctx context.Context, o *proof.Options, knobs []Knob) error {
	if j.c {
		return nil
	}
	if j.design, j.err = cosim.Elaborate(ctx, j.source(o)); j.err != nil {
		if ended(ctx, j.err) || fault.Status(j.err) == fault.Missing {
			return j.err
		}
		return nil
	}
	over := o.Over
	over.Wide = true
	if all, err := settings(j.design, knobs); err == nil { // any of them: which inputs are operands is the same for all
		over.Tie = append(over.Tie[:len(over.Tie):len(over.Tie)], all[0]...)
	}
	_, err := j.design.Infer(over) // which the measurement reports
	j.multiplier = err == nil
	return nil
}

// designs returns the jobs that are designs, and the other files with the reason. A file is no design if it holds no
// module, if its top module has no ports, or if a multiplier in another file reads it. The user's choice of a
// module makes a file a design.
func designs(all []*job) (chosen []*job, left []LeftOut) {
	readers := map[string][]*job{} // by the path of the file that they read
	for _, j := range all {
		if !j.multiplier {
			continue
		}
		for _, f := range j.design.Deps {
			readers[resolved(f.Path)] = append(readers[resolved(f.Path)], j)
		}
	}
	for _, j := range all {
		why := ""
		switch {
		case j.c || j.part != "":
		case errors.Is(j.err, cosim.ErrNoModule):
			why = "it holds no module"
		case j.design != nil && len(j.design.Ports) == 0:
			why = "the module " + j.design.Top + " has no ports: a test bench"
		default:
			for _, r := range readers[resolved(j.path)] {
				if resolved(r.path) != resolved(j.path) && !reads(j, r.path) {
					why = "a part of " + r.name
					break
				}
			}
		}
		if why != "" {
			left = append(left, LeftOut{j.path, why})
		} else {
			chosen = append(chosen, j)
		}
	}
	return chosen, left
}

// reads says whether a design reads a file too: of two designs that read each other, none is a part.
func reads(j *job, path string) bool {
	if !j.multiplier {
		return false
	}
	for _, f := range j.design.Deps {
		if resolved(f.Path) == resolved(path) {
			return true
		}
	}
	return false
}

// resolved is the absolute path without links.
func resolved(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// oneLine joins the lines of an error.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
