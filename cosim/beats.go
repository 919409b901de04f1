package cosim

import (
	"context"
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/wiring"
)

const (
	beatsTop = "approxtrain_beats"
	// Ports of that module in place of the design's.
	beatsA, beatsB, beatsP = "approxtrain_a", "approxtrain_b", "approxtrain_p"
	beatsValid             = "approxtrain_pair_valid"
	beatsReady             = "approxtrain_pair_ready"
	beatsOutValid          = "approxtrain_product_valid"

	mostBeats = 128 // of an operand or product
)

// Beats says in how many clock cycles operands and product pass through their ports. If both operands share a port, one
// comes after the other.
type Beats struct {
	A, B, P Beat
	BFirst  bool // on a port that both operands share
}

// Beat is an operand or product in Count parts of as many bits as its port has, 1 or more. HighFirst says whether the
// part of the most significant bits comes first; Ordered, whether the user said so, or it does not matter.
type Beat struct {
	Count     int
	HighFirst bool
	Ordered   bool
}

// order returns the word for the order.
func (b Beat) order() string {
	if b.HighFirst {
		return "msb"
	}
	return "lsb"
}

var beatName = regexp.MustCompile(`^([abp])=(\d+)(?::(lsb|msb))?$`)

// ParseBeats reads "a=2,b=2,p=4,lsb": the number of clock cycles of each operand and of the product, 1 if it is not
// named. Operands that share a port come in the order of the text. "lsb" or "msb" says which bits come first, of one
// part alone after a colon: "p=4:msb".
func ParseBeats(text string) (Beats, error) {
	var b Beats
	parts := map[string]*Beat{"a": &b.A, "b": &b.B, "p": &b.P}
	wrong := func(why string) (Beats, error) {
		return b, fault.Usagef("%v %s: %s; expected clock cycles of a, b and p and the part that comes first, such as "+
			"a=2,b=2,p=4,lsb", option.Beats, text, why)
	}
	all := ""
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		if item == "lsb" || item == "msb" {
			if all != "" {
				return wrong("two orders")
			}
			all = item
			continue
		}
		g := beatName.FindStringSubmatch(item)
		if g == nil {
			return wrong(fmt.Sprintf("%q is none of a=N, b=N, p=N, lsb and msb", item))
		}
		n, err := strconv.Atoi(g[2])
		if err != nil || n < 1 || n > mostBeats {
			return wrong(fmt.Sprintf("%s is not from 1 to %d", g[2], mostBeats))
		}
		to := parts[g[1]]
		if to.Count != 0 {
			return wrong(g[1] + " twice")
		}
		b.BFirst = b.BFirst || g[1] == "b" && b.A.Count == 0
		*to = Beat{Count: n, HighFirst: g[3] == "msb", Ordered: g[3] != ""}
	}
	for _, to := range parts {
		switch {
		case to.Count < 2:
			*to = Beat{Count: 1, Ordered: true}
		case !to.Ordered && all != "":
			to.HighFirst, to.Ordered = all == "msb", true
		}
	}
	return b, nil
}

// String returns the text that ParseBeats reads.
func (b Beats) String() string {
	names := []string{"a", "b", "p"}
	of := []Beat{b.A, b.B, b.P}
	if b.BFirst {
		names[0], names[1], of[0], of[1] = "b", "a", b.B, b.A
	}
	var several []Beat
	for _, p := range of {
		if p.Count > 1 && p.Ordered {
			several = append(several, p)
		}
	}
	same := !slices.ContainsFunc(several, func(p Beat) bool { return p.HighFirst != several[0].HighFirst })
	var out []string
	for i, p := range of {
		item := fmt.Sprintf("%s=%d", names[i], p.Count)
		if !same && p.Count > 1 && p.Ordered {
			item += ":" + p.order()
		}
		out = append(out, item)
	}
	if same && len(several) > 0 {
		out = append(out, several[0].order())
	}
	return strings.Join(out, ",")
}

// Ordered says whether it is known which bits come first.
func (b Beats) Ordered() bool { return b.A.Ordered && b.B.Ordered && b.P.Ordered }

// beaten is how a design with beats is driven, as its user sees it.
type beaten struct {
	Beats
	inferred bool
	valid    string // ports in place of beatsValid, beatsReady and beatsOutValid
	ready    string
	out      string
	// why says how the order is known, for Describe; empty if the user said it.
	why string
}

// words describes the beats: "operands in 4 beats (a, then b, low bits first), the product in 4 (low bits first)".
func (b *beaten) words(shared bool) string {
	first := func(p Beat) string {
		switch {
		case !p.Ordered, p.Count == 1:
			return ""
		case p.HighFirst:
			return ", high bits first"
		}
		return ", low bits first"
	}
	var s string
	if shared {
		x, y := "a", "b"
		if b.BFirst {
			x, y = y, x
		}
		s = fmt.Sprintf("operands in %d beats (%s, then %s%s)", b.A.Count+b.B.Count, x, y, first(b.A))
		if b.A.HighFirst != b.B.HighFirst {
			s = fmt.Sprintf("operands in %d beats (%v)", b.A.Count+b.B.Count, b.Beats)
		}
	} else {
		s = fmt.Sprintf("a in %d beats%s, b in %d%s", b.A.Count, first(b.A), b.B.Count, first(b.B))
	}
	if b.P.Count > 1 {
		s += fmt.Sprintf(", the product in %d%s", b.P.Count, first(b.P))
	}
	return s
}

// stream is a handshake through which parts of operands come.
type stream struct {
	Beats        int
	Counter      int // bits of the number of a beat
	Valid, Ready string
	Busy         bool   // Ready is a busy
	Last         string // the port that marks the last beat; may be empty
	a, b         bool   // the operands that come through it
}

var lastName = regexp.MustCompile(`(^|_)t?last$`)

// inferBeats is inferAll of a design whose operands or product may come in several beats: it returns the design in the
// module that it is in then. Without the user's word, beats are a second try, of a design with one port for operands.
func (d *Design) inferBeats(s Source, over Overrides) (*inference, *Design, error) {
	var b Beats
	given := over.Beats != ""
	if given {
		var err error
		if b, err = ParseBeats(over.Beats); err != nil {
			return nil, nil, err
		}
	} else if f, err := d.inferAll(over); err == nil && !f.marksLast() || over.A != "" || over.B != "" {
		return f, d, err
	} else {
		ports, unfit := d.beatPorts(over)
		if unfit != nil || !ports.shared() {
			return f, d, err
		}
		if err == nil {
			err = fault.Usagef("the design has one port for operands, %s", ports.a.name)
		}
		if b, given = ports.guessBeats(); !given {
			return nil, nil, fault.Usagef("%w; if they come one after the other through %s, say in how many clock cycles "+
				"each: %v a=2,b=2",
				err, ports.a.name, option.Beats)
		}
		given = false
	}
	ports, err := d.beatPorts(over)
	if err != nil {
		return nil, nil, err
	}
	streams, err := ports.streams(b)
	if err != nil {
		return nil, nil, err
	}
	out, over, how := d.serialise(s, ports, b, streams)
	how.inferred = !given
	f, err := out.inferAll(over)
	if err != nil {
		return nil, nil, err
	}
	i := f.iface
	i.beats = how
	i.A[0].Name, i.B[0].Name = ports.a.name, ports.b.name
	if b.P.Count > 1 {
		i.P[0].Name = ports.p.name
	}
	return f, out, nil
}

// marksLast says whether an operand is a single bit whose name says that it marks the last beat.
func (f *inference) marksLast() bool {
	return slices.ContainsFunc([]*signal{f.a, f.b}, func(s *signal) bool {
		return s.width == 1 && lastName.MatchString(trimSides(strings.ToLower(s.name)))
	})
}

// beatPorts finds the ports of the handshake, of the operands and of the product of a design with beats.
func (d *Design) beatPorts(over Overrides) (*inference, error) {
	f := &inference{over: over, ports: d.Ports, sum: d.sum, iface: &Interface{}, taken: map[string]bool{}}
	err := f.findBeats()
	f.over = over
	return f, err
}

func (f *inference) findBeats() (err error) {
	i := f.iface
	wanted := f.over
	f.over.A, f.over.B, f.over.P = "", "", ""
	for _, v := range []struct {
		by   option.Option
		name string
		dir  Direction
		to   **signal
	}{{option.A, wanted.A, In, &f.a}, {option.B, wanted.B, In, &f.b}, {option.P, wanted.P, Out, &f.p}} {
		if v.name != "" {
			if *v.to, err = f.resolve(v.name, v.by, v.dir); err != nil {
				return err
			}
		}
	}
	for _, s := range []*signal{f.a, f.b, f.p} {
		if s != nil {
			f.take(s)
		}
	}
	a, b, p := f.a, f.b, f.p
	f.a, f.b, f.p = nil, nil, nil // claims would find a shared port twice
	for _, step := range []func() error{f.checkPorts, f.named, f.control} {
		if err := step(); err != nil {
			return err
		}
	}
	f.a, f.b, f.p = a, b, p
	free := slices.DeleteFunc(f.free(In, true), func(s *signal) bool { return s.width == 1 })
	switch {
	case f.a == nil && f.b == nil && len(free) == 1:
		f.a, f.b = free[0], free[0]
	case f.a == nil && f.b == nil && len(free) == 2:
		if inverted(free[0].name, free[1].name) {
			free[0], free[1] = free[1], free[0]
		}
		f.a, f.b = free[0], free[1]
	case f.a != nil && f.b == nil && len(free) == 0:
		f.b = f.a
	case f.a == nil && f.b != nil && len(free) == 0:
		f.a = f.b
	case f.a != nil && f.b == nil && len(free) == 1:
		f.b = free[0]
	case f.a == nil && f.b != nil && len(free) == 1:
		f.a = free[0]
	case f.a == nil || f.b == nil:
		return fault.Usagef("cannot tell the port, or the two ports, of the operands among the inputs %s: name them with "+
			"%v and %v",
			f.list(f.free(In, true)), option.A, option.B)
	}
	f.take(f.a)
	f.take(f.b)
	if f.p == nil {
		out := f.free(Out, false)
		if wide := vectors(out); len(wide) > 0 {
			out = wide
		}
		if len(out) != 1 {
			return fault.Usagef("cannot tell the product among the outputs %s: choose with %v", f.list(out), option.P)
		}
		f.p = out[0]
	}
	f.take(f.p)
	switch {
	case i.Clock == "":
		return fault.Usagef("operands in several beats need a clock, and none was found: name it with %v", option.Clock)
	case i.InValid == "" && len(i.Channels) == 0:
		return fault.Usagef("operands in several beats need a port that marks each of them as valid, and none was found: "+
			"name it with %v",
			option.InValid)
	case i.OutValid == "" || i.Idle || i.OutValid == i.InReady:
		return fault.Usagef("operands in several beats need a port that says when the product is valid, and none was "+
			"found: name it with %v",
			option.OutValid)
	}
	return nil
}

// shared says whether both operands come through the same bits.
func (f *inference) shared() bool { return slices.Equal(f.a.parts, f.b.parts) }

// guessBeats says in how many parts operands come that share a port, where the widths tell: of the format that the
// user named, or of a product whose port is twice as wide as the operands' port or more.
func (f *inference) guessBeats() (b Beats, ok bool) {
	if !f.shared() || f.a.width < 2 || len(f.iface.Channels) > 0 || f.over.LSBGiven || f.over.Mantissa != 0 {
		return b, false
	}
	w, out := f.a.width, f.p.width
	b = Beats{A: Beat{Count: 1}, B: Beat{Count: 1}, P: Beat{Count: 1}}
	if g := f.over.Format; g != nil {
		if g.Kind.Ports() == "" || g.A%w != 0 || g.B%w != 0 || g.P%out != 0 || g.Part.LSB != 0 || g.P != g.A+g.B {
			return b, false
		}
		b.A.Count, b.B.Count, b.P.Count = g.A/w, g.B/w, g.P/out
	} else {
		if k := f.over.Kind; k == Float || k == Mantissa || out%(2*w) != 0 {
			return b, false
		}
		b.A.Count, b.B.Count = out/(2*w), out/(2*w)
	}
	for _, p := range []*Beat{&b.A, &b.B, &b.P} {
		p.Ordered = p.Count == 1
	}
	return b, b.A.Count <= mostBeats && b.B.Count <= mostBeats && b.P.Count <= mostBeats
}

// streams returns the handshakes through which the operands come.
func (f *inference) streams(b Beats) (out []stream, err error) {
	i := f.iface
	all := slices.Clone(f.a.parts)
	if !f.shared() {
		all = append(all, f.b.parts...)
	}
	covered := map[string]int{} // bits of ports
	for _, p := range all {
		if covered[p.Port] += p.Width; p.Width == 0 {
			covered[p.Port] = f.width(p.Port)
		}
	}
	for _, p := range all {
		if n := f.width(p.Port); covered[p.Port] != n {
			return nil, fault.Usagef("%d of the %d bits of port %s belong to operands that come in several beats: expected all",
				covered[p.Port], n, p.Port)
		}
	}
	switch {
	case f.sum != nil && b.P.Count > 1:
		return nil, fault.Usagef("%v %v: a sum of ports is a product in one beat", option.Beats, b)
	case f.shared() && len(i.Channels) > 0:
		return nil, fault.Usagef("%v %v: both operands come through %s, and there are %d handshakes for them",
			option.Beats, b, f.a.name, len(i.Channels))
	case f.shared():
		out = []stream{{Beats: b.A.Count + b.B.Count, Valid: i.InValid, Ready: i.InReady, Busy: i.Busy, a: true, b: true}}
	case len(i.Channels) == 0:
		n := max(b.A.Count, b.B.Count)
		for _, c := range []int{b.A.Count, b.B.Count} {
			if c != n && c != 1 {
				return nil, fault.Usagef("%v %v: operands that come at the same time have as many beats, or one, which is "+
					"held", option.Beats, b)
			}
		}
		out = []stream{{Beats: n, Valid: i.InValid, Ready: i.InReady, Busy: i.Busy, a: true, b: true}}
	case len(i.Channels) == 2:
		c := i.Channels
		at := 0
		if stem(c[1].Valid) == stem(f.a.parts[0].Port) && stem(c[0].Valid) != stem(f.a.parts[0].Port) {
			at = 1
		}
		out = []stream{
			{Beats: b.A.Count, Valid: c[at].Valid, Ready: c[at].Ready, a: true},
			{Beats: b.B.Count, Valid: c[1-at].Valid, Ready: c[1-at].Ready, b: true},
		}
	default:
		return nil, fault.Usagef("%v %v: there are %d handshakes of operands, expected 1 or 2", option.Beats, b,
			len(i.Channels))
	}
	for n := range out {
		out[n].Counter = max(1, bits.Len(uint(out[n].Beats-1)))
		for _, p := range f.ports {
			is := p.Dir == In && p.Width == 1 && !f.taken[p.Name] && lastName.MatchString(trimSides(strings.ToLower(p.Name)))
			if is && (len(out) == 1 || stem(p.Name) == stem(out[n].Valid)) {
				out[n].Last = p.Name
				f.taken[p.Name] = true
			}
		}
	}
	return out, nil
}

// width returns the bits of a port.
func (f *inference) width(port string) int {
	return f.ports[slices.IndexFunc(f.ports, func(p Port) bool { return p.Name == port })].Width
}

// inTime returns an operand's parts in the order in which they come, the first one lowest.
func inTime(net string, b Beat, width int) string {
	if !b.HighFirst || b.Count == 1 {
		return net
	}
	var parts []string
	for k := range b.Count {
		parts = append(parts, fmt.Sprintf("%s[%d:%d]", net, (k+1)*width-1, k*width))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// serialise returns the design in a module that takes a pair at once and gives its product at once, and the overrides
// for it. Each part of an operand is offered until the design takes it; while none is offered, its port shows the
// complement of the next. The harness may pause in the middle of a pair.
func (d *Design) serialise(s Source, f *inference, b Beats, streams []stream) (*Design, Overrides, *beaten) {
	over, i := f.over, f.iface
	module, params := d.module(s)
	own := map[string]string{} // port → its net inside
	var lines []string
	concat := func(t *signal, prefix string) string {
		var parts []string
		for _, p := range t.parts {
			if own[p.Port] == "" {
				own[p.Port] = fmt.Sprintf("%s_%d", prefix, len(own))
				lines = append(lines, fmt.Sprintf("wire [%d:0] %s;", f.width(p.Port)-1, own[p.Port]))
			}
			name := own[p.Port]
			if p.Width > 0 {
				name = fmt.Sprintf("%s[%d:%d]", name, p.Low+p.Width-1, p.Low)
			}
			parts = append(parts, name)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	// offer assigns the part that is the turn of a stream to the ports of an operand.
	offer := func(n int, t *signal, name, time string, beats int) {
		to := concat(t, "ax_in")
		lines = append(lines, fmt.Sprintf("wire [%d:0] ax_time_%s = %s;", beats*t.width-1, name, time))
		part := "ax_time_" + name
		if beats > 1 {
			part = fmt.Sprintf("ax_time_%s[ax_beat_%d * %d +: %d]", name, n, t.width, t.width)
		}
		lines = append(lines, fmt.Sprintf("assign %s = ax_valid_%d ? %s : ~%s;", to, n, part, part))
	}
	a, bb := wiring.Escaped(beatsA), wiring.Escaped(beatsB)
	inA, inB := inTime(a, b.A, f.a.width), inTime(bb, b.B, f.b.width)
	for n, st := range streams {
		switch {
		case f.shared() && b.BFirst:
			offer(n, f.a, "ab", "{"+inA+", "+inB+"}", st.Beats)
		case f.shared():
			offer(n, f.a, "ab", "{"+inB+", "+inA+"}", st.Beats)
		default:
			if st.a {
				offer(n, f.a, "a", inA, b.A.Count)
			}
			if st.b {
				offer(n, f.b, "b", inB, b.B.Count)
			}
		}
		own[st.Valid] = fmt.Sprintf("ax_valid_%d", n)
		if st.Ready != "" {
			own[st.Ready] = fmt.Sprintf("ax_port_ready_%d", n)
		}
		if st.Last != "" {
			own[st.Last] = fmt.Sprintf("ax_last_%d", n)
		}
	}
	out := *d
	shown := &beaten{Beats: b, valid: i.InValid, ready: i.InReady, out: i.OutValid}
	if i.Busy {
		shown.ready = "!" + shown.ready
	}
	if len(i.Channels) > 0 {
		shown.valid = joinPorts(i.Channels, func(c Channel) string { return c.Valid })
		if shown.ready = ""; i.Channels[0].Ready != "" {
			shown.ready = joinPorts(i.Channels, func(c Channel) string { return c.Ready })
		}
	}
	over.A, over.B, over.P = beatsA, beatsB, joined(f.p.parts)
	over.InValid, over.InReady, over.OutValid, over.OutReady, over.Clock = beatsValid, beatsReady, i.OutValid,
		i.OutReady, i.Clock
	data := struct {
		Title, Top, Clock, PairValid, PairReady string
		Ports                                   []wiring.Port
		Streams                                 []stream
		Lines                                   []string
		Design                                  wiring.Joined
		Several                                 bool // there are two streams
		// of a product in several beats
		Beats, Width, Counter        int
		OutValid, OutReady, Out, All string
	}{Title: d.Top, Top: beatsTop, Clock: wiring.Escaped(i.Clock), PairValid: wiring.Escaped(beatsValid),
		PairReady: wiring.Escaped(beatsReady),
		Streams:   streams, Several: len(streams) > 1, Beats: b.P.Count, Width: f.p.width, OutReady: "1'b1"}
	if b.P.Count > 1 {
		data.Out = concat(f.p, "ax_out")
		own[i.OutValid] = "ax_out_valid"
		data.OutValid = wiring.Escaped(beatsOutValid)
		data.Counter = bits.Len(uint(b.P.Count - 1))
		data.All = inTime("ax_all", b.P, f.p.width)
		if i.OutReady != "" {
			data.OutReady = wiring.Escaped(i.OutReady)
		}
		over.P, over.OutValid = beatsP, beatsOutValid
	}
	out.Ports = slices.DeleteFunc(slices.Clone(d.Ports), func(p Port) bool { return own[p.Name] != "" })
	out.Ports = append(out.Ports,
		Port{Name: beatsA, Dir: In, Width: b.A.Count * f.a.width, Signed: f.a.signed},
		Port{Name: beatsB, Dir: In, Width: b.B.Count * f.b.width, Signed: f.b.signed},
		Port{Name: beatsValid, Dir: In, Width: 1}, Port{Name: beatsReady, Dir: Out, Width: 1})
	if b.P.Count > 1 {
		out.Ports = append(out.Ports, Port{Name: beatsP, Dir: Out, Width: b.P.Count * f.p.width, Signed: f.p.signed},
			Port{Name: beatsOutValid, Dir: Out, Width: 1})
	}
	var joins []string
	for _, p := range d.Ports {
		to := own[p.Name]
		if to == "" {
			to = wiring.Escaped(p.Name)
		}
		joins = append(joins, wiring.Join(p.Name, to))
	}
	out.Holder = beatsTop
	data.Lines, data.Ports = lines, out.wiringPorts()
	data.Design = wiring.Joined{Name: wiring.New(module, params, nil).Name(), Ports: joins}
	out.Adapter = d.Adapter + wiring.Write(wiring.Beats, data)
	return &out, over, shown
}

// countParts checks that a product has no more parts than it should have. A part too many would be the first one of the
// next product.
func (r *RTL) countParts(ctx context.Context, d *instance) error {
	b := r.Iface.beats
	if b == nil || b.P.Count == 1 || r.Iface.Shape.Beyond32() {
		return nil
	}
	if _, err := d.Manners(ctx); err != nil {
		return err
	}
	if d.valid != 1 {
		return fault.Failedf("%s: port %s gives more than %d parts of a product for a pair: say how many with %v p=N, or "+
			"what %v is",
			r.Design.Top, joined(r.Iface.P), b.P.Count, option.Beats, option.OutValid)
	}
	return nil
}
