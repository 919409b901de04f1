package cosim

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/wiring"
)

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
	offer := func(n int, t *signal, name string, time []string, beats int) {
		to := concat(t, "ax_in")
		lines = append(lines, fmt.Sprintf("wire [%d:0] ax_time_%s = %s;", beats*t.width-1, name, firstLow(time)))
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
		case f.shared():
			offer(n, f.a, "ab", b.together(inA, inB), st.Beats)
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
		data.All = firstLow(inTime("ax_all", b.P, f.p.width))
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
	if r.partsUncounted() {
		return nil
	}
	if _, err := d.Manners(ctx); err != nil {
		return err
	}
	if d.valid != 1 {
		return r.tooManyParts()
	}
	return nil
}

// partsUncounted says that a product has one part, or that parts are not counted.
func (r *RTL) partsUncounted() bool {
	b := r.Iface.beats
	return b == nil || b.P.Count == 1 || r.Iface.Shape.Beyond32()
}

func (r *RTL) tooManyParts() error {
	return fault.Failedf("%s: port %s gives more than %d parts of a product for a pair: say how many with %v p=N, or "+
		"what %v is",
		r.Design.Top, joined(r.Iface.P), r.Iface.beats.P.Count, option.Beats, option.OutValid)
}

// PartCounter is a DUT with a handshake that shows a product too many.
type PartCounter interface {
	// Unasked multiplies pairs, each after a reset, and says whether a product is marked as valid in one of so many clock
	// cycles after the one that was awaited.
	Unasked(ctx context.Context, a, b []uint64, cycles int) (bool, error)
}

// CountParts checks of a simulator other than Verilator's what Build checks: that a product has no more parts than it
// should have.
func (r *RTL) CountParts(ctx context.Context, d PartCounter) error {
	if r.partsUncounted() {
		return nil
	}
	a, b := probeOperands(r.Iface.Shape, probePairs)
	more, err := d.Unasked(ctx, a, b, mostBeats)
	if err == nil && more {
		err = r.tooManyParts()
	}
	return err
}
