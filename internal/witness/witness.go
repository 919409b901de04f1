// Package witness opens a design in every installed simulator and makes them agree.
//
// It reports which simulators agree on the products, and how it is known that they are a
// function of the operands. No table rests on one simulator: Verilator (package cosim) and
// the netlist of Yosys (package netlist) read the same sources with their own parsers and
// elaborations. Properties that netlist structure proves, no state, or a pipeline and its
// latency, are not sampled. Start reading at [Open].
package witness

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/icarus"
	"github.com/approxtrain/approxtrain/internal/netlist"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/yosys"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Simulators says which simulators are asked.
type Simulators string

const (
	Both      Simulators = "both"
	Verilator Simulators = "verilator"
	Netlist   Simulators = "netlist"
)

// Options of a design's witnesses.
type Options struct {
	Simulators Simulators
	// AllowState accepts registers that feed back into themselves in a design
	// without a handshake.
	AllowState bool
	// Strict refuses a design that has one witness only.
	Strict bool
}

// Design is a design in its simulators. It is the cosim.Opener of the first of them.
type Design struct {
	cosim.Opener
	RTL     *cosim.RTL
	Netlist *netlist.Circuit // nil if it is not a witness
	// Alone says why there is one witness; empty if there are two.
	Alone string
	// NoNetlist is the reason why the netlist is missing among the witnesses.
	NoNetlist string
	// Unsearched says why x and z were not looked for; empty if they were.
	Unsearched string
	// Notes are warnings of the tools that bear on the product.
	Notes []string
	// verilated says whether Verilator is a witness.
	verilated bool
	bench     *icarus.Bench // nil if it is not a witness
	searched  int           // products in which it looked for x and z
	whole     bool          // they are the whole table
	slow      time.Duration // of processor time, in which Icarus Verilog formed fewer products than were asked for
}

// Open builds an elaborated design in the simulators, side by side. A fault that
// structure shows is an error with exit status 1.
//
// A design that is stuck is tried in the other readings of ports whose part their names decided, see
// [cosim.RTL.Alternatives]: one that works in all simulators is taken, and its description says how it is driven.
func Open(ctx context.Context, r *cosim.RTL, opts Options) (*Design, error) {
	d, err := open(ctx, r, opts)
	var state *stateError
	if held := r.HeldStart(); held != nil && errors.As(err, &state) {
		if d, e := open(ctx, held, opts); e == nil {
			return d, nil
		} else if ctx.Err() != nil {
			return nil, e
		}
		return nil, err
	}
	var stuck *cosim.StuckError
	if !errors.As(err, &stuck) {
		return d, err
	}
	for _, other := range r.Alternatives() {
		if d, e := open(ctx, other, opts); e == nil {
			return d, nil
		} else if ctx.Err() != nil {
			return nil, e
		}
	}
	return nil, err
}

// open is Open for one reading of the ports.
func open(ctx context.Context, r *cosim.RTL, opts Options) (*Design, error) {
	d := &Design{RTL: r, verilated: opts.Simulators != Netlist}
	var g errgroup.Group
	var built, read error
	var refused error
	building, stop := context.WithCancel(ctx)
	defer stop()
	if d.verilated {
		g.Go(func() error { built = r.Build(building); return nil })
	}
	if opts.Simulators != Verilator {
		g.Go(func() error {
			d.Netlist, read = netlist.Open(ctx, r)
			// What structure shows is said first: it names the cause of what a simulation
			// would only stumble over.
			if refused = d.structure(read, opts); refused != nil {
				stop() // the model would build for nothing
			}
			return nil
		})
	}
	var asked *survey
	if !r.TimingOpen() { // nothing is to be measured before Icarus Verilog can be asked
		g.Go(func() error { asked = askIcarus(building, r); return nil })
	}
	g.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	if err := d.reason(read, opts); err != nil {
		return nil, err
	}
	if built != nil {
		return nil, built
	}
	if d.Netlist != nil && d.verilated && r.Split {
		if why := differently(r); len(why) > 0 {
			return nil, fault.Failedf("%s: Verilator reports UNOPTFLAT and simulates the netlist of Yosys instead of the source, "+
				"so no other tool checks how Yosys reads it:\n  %s", r.Design.Top, strings.Join(why, "\n  "))
		}
	}
	if err := d.timing(ctx, opts.AllowState); err != nil {
		return nil, err
	}
	if err := d.resetLevel(ctx); err != nil {
		return nil, err
	}
	d.Notes = notes(r, d.Netlist)
	d.Opener = r
	if !d.verilated {
		d.Opener = d.Netlist
	}
	if asked == nil {
		asked = askIcarus(ctx, r)
	}
	if err := d.fourState(ctx, asked); err != nil {
		return nil, err
	}
	if d.Alone == "" {
		d.Alone = r.OneReader(d.Netlist != nil)
	}
	if said, err := d.simulateVHDL(ctx); err != nil {
		return nil, err
	} else if said != "" {
		d.Alone += "; " + said
	}
	if d.Alone != "" && opts.Strict {
		return nil, fault.Failedf("%s has one witness only: %s (%v)", r.Design.Top, d.Alone, option.Strict)
	}
	return d, nil
}

// structure returns why a design is refused by what its netlist shows.
func (d *Design) structure(read error, opts Options) error {
	var wrong *netlist.FaultError
	var unsupported *netlist.UnsupportedError
	switch {
	case errors.As(read, &wrong):
		return fault.Failedf("%s: %w", d.RTL.Design.Top, d.withNotes(wrong))
	case errors.As(read, &unsupported) && unsupported.State && !d.RTL.Iface.Handshake() && !opts.AllowState:
		return fault.Failedf("%s: the product may be no function of the operands: %s "+
			"(%v samples the design anyway)", d.RTL.Design.Top, unsupported.What, option.AllowState)
	case read == nil:
		return d.checkStructure(opts)
	}
	return nil
}

// withNotes adds the tools' messages to a fault.
func (d *Design) withNotes(err *netlist.FaultError) error {
	if loopsBack(d.RTL, err.Undriven) { // Yosys removes a net that only depends on itself, and then nothing drives it
		err = &netlist.FaultError{Text: "combinational loop through " + err.Undriven + ", which depends on itself, and the product on it"}
	}
	if n := append(assignments(d.RTL, err.Nets), notes(d.RTL, d.Netlist)...); len(n) > 0 {
		return fmt.Errorf("%w\n  %s", err, strings.Join(n, "\n  "))
	}
	return err
}

// reason sets why there is one witness, or returns the error that this is.
func (d *Design) reason(read error, opts Options) error {
	switch {
	case opts.Simulators == Verilator:
		d.Alone = fmt.Sprintf("%v %v", option.Simulator, opts.Simulators)
	case read == nil && opts.Simulators == Netlist:
		d.Alone = fmt.Sprintf("%v %v", option.Simulator, opts.Simulators)
	case read == nil:
	case opts.Simulators == Netlist:
		return read
	default:
		var unread *yosys.ReadError
		var unsupported *netlist.UnsupportedError
		if !errors.As(read, &unread) && !errors.As(read, &unsupported) && fault.Status(read) != fault.Missing {
			return read
		}
		d.Netlist, d.Alone = nil, read.Error()
	}
	if d.Alone != "" && d.verilated && d.RTL.Unsplit != nil {
		return fault.Failedf("%s: Verilator reports UNOPTFLAT, where it is known to compute wrong products, and there is no other witness: %v",
			d.RTL.Design.Top, d.Alone)
	}
	return nil
}

// stateError tells of state in a design without a handshake.
type stateError struct{ error }

func (e *stateError) Unwrap() error { return e.error }

// checkStructure refuses state where nothing tells when a product is ready.
func (d *Design) checkStructure(opts Options) error {
	s, f := d.Netlist.Structure, d.RTL.Iface
	switch {
	case f.Clock == "" && s.Registers > 0:
		return fault.Failedf("%s: the product depends on registers, and no clock was found: name it with %v",
			d.RTL.Design.Top, option.Clock)
	case s.Kind == netlist.StateMachine && !f.Handshake() && !opts.AllowState:
		return &stateError{fault.Failedf("%s: the product is no function of the operands: it depends on registers that feed back into themselves: %s "+
			"(a counter, an enable that depends on data; if a port says when a product is ready, name it with %v; "+
			"%v samples the design anyway)", d.RTL.Design.Top, strings.Join(s.State[:min(4, len(s.State))], ", "),
			option.OutValid, option.AllowState)}
	}
	return nil
}

// timing makes both simulators agree on when the product is ready.
func (d *Design) timing(ctx context.Context, allowState bool) error {
	if d.Netlist == nil {
		return nil
	}
	s, r := d.Netlist.Structure, d.RTL
	if r.Iface.Handshake() && !d.verilated {
		i, err := d.Netlist.Open(ctx)
		if err != nil {
			return err
		}
		defer i.Close()
		if err := r.Alive(ctx, i); err != nil {
			return err
		}
		return r.CountParts(ctx, i.(cosim.PartCounter))
	}
	if !r.TimingOpen() {
		return nil
	}
	if !d.verilated {
		i, err := d.Netlist.Open(ctx)
		if err != nil {
			return err
		}
		defer i.Close()
		if err := r.MeasureTiming(ctx, i.(cosim.Prober), d.Netlist.SetTiming); err != nil {
			return err
		}
	}
	d.Netlist.SetTiming(r.Timing)
	if !d.verilated { // the netlist holds operands
		r.Timing = d.Netlist.Timing()
		r.Timing.Hold = r.Timing.Hold || s.Kind == netlist.StateMachine && r.Timing.Latency > 0
	}
	if err := d.hold(allowState); err != nil {
		return err
	}
	if r.LatencyGiven() && r.Timing.Hold && r.Timing.Latency >= s.Latency {
		return nil
	}
	if s.Kind != netlist.StateMachine && r.Timing.Latency > s.Latency || s.Kind == netlist.Pipeline && s.Shortest == s.Latency && r.Timing.Latency != s.Latency {
		return fault.Failedf("%s: the product comes %d clock edges after the operands in simulation, but %d registers after them in the netlist: "+
			"the two read the design differently (blocking assignments in several clocked blocks race)%s",
			r.Design.Top, r.Timing.Latency, s.Latency, d.raceNotes())
	}
	return nil
}

// hold refuses a pipeline in which operands pass through different numbers of registers, unless they are held. The product is
// then proven to be theirs; with a new pair in each cycle it may be one of two pairs, and a sample may not show it.
func (d *Design) hold(allowState bool) error {
	s, r := d.Netlist.Structure, d.RTL
	switch {
	case s.Kind != netlist.Pipeline || s.Shortest == s.Latency || allowState:
	case r.Timing.Hold: // for as long as the netlist says
		r.Timing = d.Netlist.Timing()
	default:
		return fault.Failedf("%s: operands pass through %d to %d registers, so they must be held: %v %d; with a new pair in each cycle the "+
			"product may depend on earlier operands (%v samples the design as it is)", r.Design.Top, s.Shortest, s.Latency,
			option.Latency, s.Latency, option.AllowState)
	}
	return nil
}

func (d *Design) raceNotes() string {
	if n := notes(d.RTL, d.Netlist); len(n) > 0 {
		return "\n  " + strings.Join(n, "\n  ")
	}
	return ""
}

// Others returns the simulators except the first.
func (d *Design) Others() []cosim.Opener {
	if d.verilated && d.Netlist != nil {
		return []cosim.Opener{d.Netlist}
	}
	return nil
}

// sampleAbove is the number of pairs above which Verilator forms the products of a
// sample only, of samplePairs.
const sampleAbove, samplePairs = 1 << 26, 1 << 24

// Side returns the design as all its pairs are compared. The netlist, which is the
// faster one, forms every product; Verilator all of them too if there are few or if
// everything is asked for, else those of a sample. A design that only one simulator
// reads has every product from that one.
func (d *Design) Side(everything bool) lutgen.Side {
	s := lutgen.Side{Opener: d.Opener, Visits: 3, Explain: d.Explain}
	if d.Proven() {
		s.Visits = 1
	}
	if d.Netlist == nil || !d.verilated {
		return s
	}
	s.Opener, s.Others = d.Netlist, []cosim.Opener{d.RTL}
	if shape := d.Shape(); !everything && uint64(1)<<(shape.A+shape.B) > sampleAbove {
		s.Sample = samplePairs
	}
	return s
}

// Proven says whether one evaluation of a product is enough: structure proves that
// it is a function of the operands, and it has no bits without a value.
func (d *Design) Proven() bool { return d.Pure() && len(d.Netlist.Structure.Open) == 0 }

// Pure says whether structure proves products to be a function of the operands
// that are applied.
func (d *Design) Pure() bool {
	if d.Netlist == nil {
		return false
	}
	s := d.Netlist.Structure
	if d.RTL.Iface.Handshake() { // which may say too early that the product of a pipeline is ready
		return s.Kind == netlist.Combinational
	}
	return s.Kind == netlist.Combinational || s.Kind == netlist.Pipeline && (s.Shortest == s.Latency || d.RTL.Timing.Hold && d.RTL.Timing.Latency >= s.Latency)
}

// Function says how structure proves that a product depends on its operands alone;
// empty if it does not.
func (d *Design) Function() string {
	switch {
	case !d.Pure():
		return ""
	case len(d.Netlist.Structure.Open) > 0:
		return fmt.Sprintf("%v; %d bits without a value (x) were tried as 0, 1 and random", d.Netlist.Structure, len(d.Netlist.Structure.Open))
	}
	return d.Netlist.Structure.String()
}

// Describe implements cosim.Opener.
func (d *Design) Describe() string { return d.RTL.Describe() }

// Sources implements cosim.Opener: the files that any of the tools read.
func (d *Design) Sources() []lut.Source {
	out := d.RTL.Sources()
	if d.Netlist == nil {
		return out
	}
	for _, s := range d.Netlist.Sources() {
		known := false
		for _, t := range out {
			known = known || t == s
		}
		if !known {
			out = append(out, s)
		}
	}
	return out
}

// Tools implements cosim.Opener.
func (d *Design) Tools() []string {
	out := d.Opener.Tools()
	for _, o := range d.Others() {
		out = append(out, o.Tools()...)
	}
	return out
}

// String names the first simulator.
func (d *Design) String() string { return fmt.Sprint(d.Opener) }
