package cosim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/lut"
)

// Options of a design's runs.
type Options struct {
	// Timeout ends a process that makes no progress; 0 means DefaultTimeout.
	Timeout time.Duration
	// Variant selects additions to the build.
	Variant Variant
	// Optimise builds for speed even a design whose sweep is over sooner than an
	// optimising compiler.
	Optimise bool
	// Log, if not nil, receives a message about slow steps: "compiling …".
	Log func(format string, args ...any)
}

// DefaultTimeout is the longest time in which a design need not finish a single
// product.
const DefaultTimeout = 10 * time.Second

func (o Options) timeout() time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return DefaultTimeout
}

func (o Options) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}

// RTL is a Verilog design, built and ready to start. It is an [Opener].
type RTL struct {
	Design *Design
	Iface  *Interface
	Timing Timing
	Cached bool // the harness was in the build cache
	// Verilator suspects a loop (UNOPTFLAT), where its order of evaluation may be
	// wrong. Split: it has got the netlist of Yosys, in which every net is one bit;
	// Unsplit: why it has not, so that its products need another witness.
	Split   bool
	Unsplit error

	source Source
	tools  toolchain
	opts   Options
	path   string
	given  bool // the latency was given, not measured
	others []alternative
	found  string    // sources that were not given
	note   string    // of an alternative: how it differs
	lanes  int       // instances of the design in the harness
	cells  *CellArea // of a netlist of cells
}

// OpenRTL reads a design, infers its interface, builds its harness unless the cache has it, and
// measures its latency. If a part is ambiguous, the error names it and the override that resolves
// it.
func OpenRTL(ctx context.Context, s Source, over Overrides, opts Options) (*RTL, error) {
	r, err := ElaborateRTL(ctx, s, over, opts)
	if err != nil {
		return nil, err
	}
	err = r.Build(ctx)
	var stuck *StuckError
	if errors.As(err, &stuck) {
		for _, other := range r.Alternatives() {
			if e := other.Build(ctx); e == nil {
				return other, nil
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Elaborate reads a design, and asks neither what its ports mean nor whether it is to be trusted. [Design.Infer] and
// [ElaborateRTL] do.
func Elaborate(ctx context.Context, s Source) (*Design, error) {
	r, err := read(ctx, s, false)
	return r.design, err
}

// reading is a design that was elaborated: from which sources in the end, with which tools, and what was found beside
// those that were named.
type reading struct {
	design *Design
	source Source
	tools  toolchain
	found  string
}

// read elaborates a design. With typed, ports have types.
func read(ctx context.Context, s Source, typed bool) (r reading, err error) {
	if s, err = s.expand(); err != nil {
		return r, err
	}
	if err = s.check(); err != nil {
		return r, err
	}
	if r.tools, err = findTools(ctx, true); err != nil {
		return r, err
	}
	if s, err = s.translate(ctx); err != nil {
		return r, err
	}
	s, included := s.withoutIncluded()
	if r.design, r.source, r.found, err = elaboratePlain(ctx, r.tools, s, typed); err == nil {
		r.source.settle(r.design)
		if len(included) > 0 {
			r.found += ", " + shownPaths(included) + " read where it is included"
		}
	}
	return r, err
}

// Infer finds out whether the ports of a design are those of a multiplier, read as over says.
func (d *Design) Infer(over Overrides) (*Interface, error) { return infer(d.Ports, over) }

// ElaborateRTL is OpenRTL without the harness, for other simulators than Verilator.
func ElaborateRTL(ctx context.Context, s Source, over Overrides, opts Options) (*RTL, error) {
	was, err := read(ctx, s, over.typed())
	if err != nil {
		return nil, err
	}
	d, s := was.design, was.source
	if err := d.permit(s); err != nil {
		return nil, err
	}
	if err := d.readData(); err != nil {
		return nil, err
	}
	if d.isSum(over.P) {
		if d, over, err = d.addPorts(s, over); err != nil {
			return nil, fault.Usagef("%s (%s:%d): %w", was.design.Top, shownPath(was.design.File), was.design.Line, err)
		}
	}
	all, d, err := d.inferBeats(s, over)
	if err != nil {
		return nil, fault.Usagef("%s (%s:%d): %w", was.design.Top, shownPath(was.design.File), was.design.Line, err)
	}
	f := all.iface
	others := all.alternatives()
	if len(f.Channels) > 0 {
		plain := d
		d, f = plain.joinChannels(s, f)
		for i := range others {
			_, others[i].iface = plain.joinChannels(s, others[i].iface)
		}
	}
	r := &RTL{Design: d, Iface: f, source: s, tools: was.tools, opts: opts, others: others, found: was.found}
	if r.cells, err = r.CellArea(ctx); err != nil && ctx.Err() != nil { // without Yosys there are no areas
		return nil, err
	}
	r.Timing.Latency, r.given = over.Latency, over.LatencyGiven
	if r.given && (f.Clock == "" || f.Handshake()) && r.Timing.Latency != 0 {
		has := fmt.Sprintf("no clock (name it with %v)", option.Clock)
		if f.Handshake() {
			has = "a handshake that tells"
		}
		return nil, fault.Usagef("%v %d: the design has %s", option.Latency, r.Timing.Latency, has)
	}
	return r, nil
}

// Build builds the harness of an elaborated design and measures its latency.
func (r *RTL) Build(ctx context.Context) error {
	if err := r.build(ctx); err != nil {
		return err
	}
	if r.TimingOpen() {
		return r.measureTiming(ctx)
	}
	if !r.Iface.Handshake() {
		return nil
	}
	d, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := r.Alive(ctx, d); err != nil {
		return err
	}
	return r.countParts(ctx, d)
}

// TimingOpen says whether the design's latency is to be measured: it has a clock and
// no handshake.
func (r *RTL) TimingOpen() bool { return r.Iface.Clock != "" && !r.Iface.Handshake() }

// LatencyGiven says whether the user gave the latency.
func (r *RTL) LatencyGiven() bool { return r.given }

func (r *RTL) build(ctx context.Context) (err error) {
	ctx = r.source.granted(ctx)
	r.opts.log("building %s", r.Design.Top)
	b := buildInput{source: r.source, design: r.Design, iface: r.Iface, variant: r.opts.Variant, optimise: r.opts.Optimise}
	if len(r.Design.Loops) > 0 && b.variant == (Variant{}) {
		if b, err = r.split(ctx, b); err == nil {
			r.Split = true
		} else if ctx.Err() != nil {
			return err
		} else {
			r.Unsplit = err
		}
	}
	r.lanes = b.lanes()
	r.path, r.Cached, err = build(ctx, r.tools, b)
	return err
}

// WithVariant returns the same design in a build that carries something else.
func (r *RTL) WithVariant(ctx context.Context, v Variant) (*RTL, error) {
	w := *r
	w.opts.Variant = v
	w.Split, w.Unsplit = false, nil // it has the source, whose signals it is for
	return &w, w.build(ctx)
}

// Source returns the Verilog that the design was read from.
func (r *RTL) Source() Source { return r.source }

// Shape implements Opener.
func (r *RTL) Shape() Shape { return r.Iface.Shape }

// ReadAs changes how integers are read at ports that leave it open ([Interface].KindOpen): each operand unsigned, or as
// two's complement. why is for Describe, in words that follow "because". The products' bits stay what they are.
func (r *RTL) ReadAs(k Kind, why string) {
	if _, ok := k.Integer(); !ok || !r.Iface.KindOpen {
		panic("cosim: ReadAs of a design whose ports say how they are read")
	}
	r.Iface.Shape.Kind, r.Iface.kindWhy = k, why
}

// BeatsRead says how it is known which parts of operands and product come first, and in how many they come, in words that
// follow "because".
func (r *RTL) BeatsRead(why string) { r.Iface.beats.why = why }

// ReadPart says which bits of the product a port has that leaves it open ([Interface].PartOpen). why is for Describe, in
// words that follow "because".
func (r *RTL) ReadPart(p lut.Part, why string) {
	if !r.Iface.PartOpen {
		panic("cosim: ReadPart of a design whose product is whole, or whose bits are given")
	}
	r.Iface.PartOpen = false
	r.Iface.Shape.Part, r.Iface.partWhy = p, why
}

// Open implements Opener.
func (r *RTL) Open(ctx context.Context) (DUT, error) { return r.open(ctx) }

func (r *RTL) open(ctx context.Context) (*instance, error) {
	if err := r.Design.sameData(); err != nil {
		return nil, err
	}
	p, err := startProcess(sandbox.With(ctx, r.Design.Grant(r.source)), r.path, r.opts.timeout())
	if err != nil {
		return nil, err
	}
	d := &instance{process: p, shape: r.Iface.Shape, timing: r.Timing, iface: r.Iface, explain: r.explain, lanes: r.lanes}
	d.reopen = func(ctx context.Context) (*instance, error) {
		one, err := r.open(ctx)
		if err == nil {
			one.lanes = 1 // so that it does not look any further
		}
		return one, err
	}
	return d, nil
}

// explain adds Verilator's messages about loops.
func (r *RTL) explain(e *DesignError) {
	if !e.NotConverged() || len(r.Design.Loops) == 0 {
		return
	}
	e.Hint = "Verilator suspects\n  " + strings.Join(r.Design.Loops[:min(3, len(r.Design.Loops))], "\n  ")
}

// Sources implements Opener: the Verilog and the files of data.
func (r *RTL) Sources() []lut.Source {
	all := slices.DeleteFunc(slices.Clone(r.Design.Deps), func(d dependency) bool { return r.Made(d.Path) })
	for _, d := range r.Design.Data {
		all = append(all, d.dependency)
	}
	return sources(all)
}

// Options implements Opener. Ports are part of it, found or given.
func (r *RTL) Options() []string {
	out := []string{"--top " + r.Design.Top}
	add := func(flag string, values []string) {
		for _, v := range values {
			out = append(out, flag+" "+v)
		}
	}
	add("-D", r.source.Defines)
	add("-G", r.source.Params)
	for _, t := range r.source.translated {
		add("-G", t.params)
	}
	for _, t := range r.Iface.Tied {
		out = append(out, "--tie "+t.String())
	}
	add("--a", []string{joined(r.Iface.A)})
	add("--b", []string{joined(r.Iface.B)})
	add("--p", []string{joined(r.Iface.P)})
	out = append(out, "--kind "+string(r.Iface.Shape.Kind))
	switch s := r.Iface.Shape; {
	case s.Part != lut.Part{}:
		out = append(out, fmt.Sprintf("--lsb %d", s.Part.LSB))
	case s.Float != lut.Float{}, s.Kind != Float && s.Kind != Mantissa && s.P < s.A+s.B:
		out = append(out, "--format "+s.format().String())
	}
	out = append(out, r.control()...)
	if r.source.Trust {
		out = append(out, "--trust")
	}
	return out
}

// control returns how the design is driven, as flags of the command line.
func (r *RTL) control() (out []string) {
	f := r.Iface
	for _, p := range []struct {
		flag, port string
		low        bool
	}{
		{"--clk", f.Clock, false}, {"--rst", f.Reset, f.ResetLow},
		{"--in-valid", f.InValid, false}, {"--in-ready", f.InReady, f.Busy},
		{"--out-valid", f.OutValid, f.Idle}, {"--out-ready", f.OutReady, false},
	} {
		if p.port == "" {
			continue
		}
		if name := f.outer(p.port, p.low); name != "" {
			out = append(out, p.flag+" "+name)
		}
	}
	if f.beats != nil {
		out = append(out, "--beats "+f.beats.String())
	}
	if f.Clock != "" && !f.Handshake() {
		out = append(out, fmt.Sprintf("--latency %d", r.Timing.Latency))
		if r.Timing.Hold {
			out = append(out, "operands held")
		}
	}
	return out
}

// Tools implements Opener.
func (r *RTL) Tools() []string {
	out := []string{r.tools.verilatorVersion, r.tools.cxxVersion}
	for _, t := range r.source.translated {
		if t.tool != "" && !slices.Contains(out, t.tool) {
			out = append(out, t.tool)
		}
	}
	return out
}

// Describe implements Opener.
func (r *RTL) Describe() string {
	f := r.Iface
	var b strings.Builder
	fmt.Fprintf(&b, "top %s (%s:%d): %v, a = %s, b = %s, product = %s", r.Design.Top, shownPath(r.Design.File), r.Design.Line,
		f.Shape, portList(f.A), portList(f.B), portList(f.P))
	if f.kindWhy != "" {
		fmt.Fprintf(&b, ", read as %s because %s", f.Shape.Kind, f.kindWhy)
	}
	if what := f.Shape.format().PartText(); what != "" {
		fmt.Fprintf(&b, ", the port has %s", what)
		if f.partWhy != "" {
			fmt.Fprintf(&b, " because %s", f.partWhy)
		}
	}
	if f.Clock != "" {
		fmt.Fprintf(&b, ", clock %s", f.Clock)
	}
	if f.Reset != "" {
		level := "high"
		if f.ResetLow {
			level = "low"
		}
		fmt.Fprintf(&b, ", reset %s (active %s)", f.Reset, level)
	}
	switch {
	case f.Handshake():
		b.WriteString(", handshake")
		for _, h := range []struct {
			port string
			low  bool
		}{{f.InValid, false}, {f.InReady, f.Busy}, {f.OutValid, f.Idle}, {f.OutReady, false}} {
			if h.port == "" {
				continue
			}
			if name := f.outer(h.port, h.low); name != "" {
				b.WriteString(" " + name)
			}
		}
		if f.beats != nil {
			b.WriteString(", " + f.beats.words(f.A[0].Name == f.B[0].Name))
			if f.beats.why != "" {
				b.WriteString(" because " + f.beats.why)
			}
		}
		if f.Flush() > 0 {
			fmt.Fprintf(&b, ", idle for %d cycles at first since it has no reset", f.Flush())
		}
	case f.Clock != "":
		how := "measured"
		if r.given {
			how = "given"
		}
		fmt.Fprintf(&b, ", latency %d (%s", r.Timing.Latency, how)
		if r.Timing.Hold {
			b.WriteString(", operands held")
		} else if r.Timing.Latency > 0 {
			b.WriteString(", a pair each cycle")
		}
		b.WriteString(")")
	default:
		b.WriteString(", combinational")
	}
	for _, t := range f.Tied {
		fmt.Fprintf(&b, ", %v = %s", t.Slice, t.Value)
	}
	if len(f.Open) > 0 {
		fmt.Fprintf(&b, ", unused %s", strings.Join(f.Open, " "))
	}
	if r.cells != nil {
		fmt.Fprintf(&b, ", %v", *r.cells)
	}
	b.WriteString(r.note + r.found)
	if r.Design.Language != "" {
		fmt.Fprintf(&b, ", read as Verilog %s", r.Design.Language)
	}
	return b.String()
}

func joinPorts(channels []Channel, port func(Channel) string) string {
	var names []string
	for _, c := range channels {
		names = append(names, port(c))
	}
	return strings.Join(names, ",")
}

func portList(ports []Slice) string {
	switch {
	case len(ports) == 1:
		return ports[0].String()
	case len(ports) > 3:
		return fmt.Sprintf("%v…%v", ports[0], ports[len(ports)-1])
	}
	return "{" + strings.ReplaceAll(joined(ports), ",", ", ") + "}"
}
