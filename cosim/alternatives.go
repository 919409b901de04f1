package cosim

import (
	"context"
	"errors"
	"slices"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

// StuckError tells of a design that does nothing in the way that it is driven: it takes no operands, it has no product
// for them, or its product is the same for every pair. A part that was decided by the name of a port may be wrong.
type StuckError struct{ err error }

func (e *StuckError) Error() string { return e.err.Error() }

// Unwrap returns the fault.
func (e *StuckError) Unwrap() error { return e.err }

// alternative is an interface in which a part is decided otherwise than by its name.
type alternative struct {
	iface *Interface
	note  string // for people
	held  bool   // start stays until a ready that nothing else says anything of
}

// alternatives returns the other readings of what names decided.
func (f *inference) alternatives() (out []alternative) {
	i := f.iface
	if f.byName.busy && i.InValid != "" {
		w := *i
		w.Open = append(slices.Clone(w.Open), w.InReady)
		w.InReady, w.Busy = "", false
		out = append(out, alternative{iface: &w, note: ", " + i.InReady + " rises with " + i.InValid + " and is not waited for"})
	}
	if i.InValid != "" && i.InReady == "" && i.OutValid != "" && !i.Idle && f.over.InReady == "" {
		w := *i
		w.InReady = w.OutValid
		out = append(out, alternative{iface: &w, note: ", " + i.InValid + " stays until " + i.OutValid})
	}
	if f.start != "" {
		w := *i
		w.Tied = slices.DeleteFunc(slices.Clone(w.Tied), func(t Tie) bool { return t.Port == f.start })
		w.Open = slices.DeleteFunc(slices.Clone(w.Open), func(p string) bool { return p == f.ready })
		w.InValid, w.InReady, w.OutValid = f.start, f.ready, f.ready
		out = append(out, alternative{&w, ", " + f.start + " stays until " + f.ready, true})
	}
	if !f.byName.reset {
		return out
	}
	level := map[bool]string{true: "high", false: "low"}[i.ResetLow] // the other one
	for _, a := range append([]alternative{{iface: i}}, out...) {
		w := *a.iface
		w.ResetLow = !w.ResetLow
		out = append(out, alternative{iface: &w, held: a.held, note: a.note + ", reset " + i.Reset + " is active " + level + " in spite of its name"})
	}
	return out
}

// Alternatives returns the same design driven in other ways, for a design that is stuck: by the other level of a reset
// whose level its name decided, without waiting for a busy, or with a start that stays until done.
func (r *RTL) Alternatives() (out []*RTL) {
	for _, a := range r.others {
		w := *r
		w.Iface, w.note, w.others = a.iface, a.note, nil
		out = append(out, &w)
	}
	return out
}

// HeldStart returns the same design with a start that stays until its ready, which then means that the product is there;
// nil for a design without a start, with a done, or whose user says otherwise.
func (r *RTL) HeldStart() *RTL {
	for _, a := range r.others {
		if a.held {
			w := *r
			w.Iface, w.note, w.others = a.iface, a.note, nil
			return &w
		}
	}
	return nil
}

// OtherReset returns the same design with its reset at the other level, nil if its user gave the level, or a trial
// found it, or there is none.
func (r *RTL) OtherReset() *RTL {
	for _, a := range r.others {
		if a.iface.ResetLow != r.Iface.ResetLow {
			w := *r
			w.Iface, w.note, w.others = a.iface, a.note, nil
			return &w
		}
	}
	return nil
}

// Alive checks that a design with a handshake is not stuck, on an instance of it in any simulator. A design of which no
// part was decided by a name is not asked: its fault shows in the first sweep.
func (r *RTL) Alive(ctx context.Context, d DUT) error {
	if len(r.others) == 0 && r.note == "" {
		return nil
	}
	a, b := probeOperands(r.Iface.Shape, probePairs)
	a, b = append([]uint64{0}, a...), append([]uint64{0}, b...) // as a sweep begins
	p := make([]Word, len(a))
	err := EvalWords(ctx, d, a, b, p)
	var fails *DesignError
	switch {
	case errors.As(err, &fails) && (fails.status == statusNeverReady || fails.status == statusNeverValid):
		return &StuckError{err}
	case err != nil:
		return err
	case !slices.ContainsFunc(p, func(v Word) bool { return v != p[0] }):
		return &StuckError{fault.Usagef("%s: the product is %v for every pair tried: check %v ('!rst' is active low), %v and the "+
			"ports of the handshake", r.Design.Top, p[0], option.Reset, option.Tie)}
	}
	return nil
}
