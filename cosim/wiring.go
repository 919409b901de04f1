package cosim

import (
	"fmt"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/wiring"
)

// Wiring returns the design's module with the connections that its interface describes. Every simulator, and a board,
// writes them in a form of its own.
func (r *RTL) Wiring() (*wiring.Instance, error) { return Wiring(r.Design, r.source, r.Iface) }

// Wiring returns the module of a design with the connections of an interface.
func Wiring(d *Design, s Source, f *Interface) (*wiring.Instance, error) {
	module, params := d.module(s)
	i := wiring.New(module, params, d.wiringPorts())
	width := map[string]int{}
	for _, p := range d.Ports {
		width[p.Name] = p.Width
	}
	var err error
	connect := func(s Slice, p wiring.Piece) {
		if p.Low, p.Width = s.Low, s.Width; p.Width == 0 {
			p.Width = width[s.Port]
		}
		if e := i.Connect(s.Port, p); e != nil && err == nil {
			err = e
		}
	}
	for _, c := range []struct {
		port string
		net  wiring.Net
	}{
		{f.Clock, wiring.Clock}, {f.Reset, wiring.Reset}, {f.InValid, wiring.InValid}, {f.OutReady, wiring.OutReady},
		{f.InReady, wiring.InReady}, {f.OutValid, wiring.OutValid},
	} {
		if c.port != "" && !(c.net == wiring.OutValid && f.OutValid == f.InReady) {
			connect(Slice{Port: c.port}, wiring.Piece{Net: c.net})
		}
	}
	for _, v := range []struct {
		slices []Slice
		net    wiring.Net
		bits   int
	}{{f.A, wiring.A, f.Shape.A}, {f.B, wiring.B, f.Shape.B}, {f.P, wiring.P, f.Shape.P}} {
		at := v.bits
		for _, s := range v.slices {
			w := s.Width
			if w == 0 {
				w = width[s.Port]
			}
			at -= w
			connect(s, wiring.Piece{Net: v.net, At: at})
		}
		if at != 0 && err == nil {
			err = fmt.Errorf("%s has %d bits, its ports %d", v.net, v.bits, v.bits-at)
		}
	}
	for _, t := range f.Tied {
		connect(t.Slice, wiring.Piece{Net: wiring.Constant, Value: t.Value})
	}
	for _, o := range f.Open {
		connect(Slice{Port: o}, wiring.Piece{Net: wiring.Open})
	}
	if err == nil {
		err = i.Complete()
	}
	if err != nil {
		return nil, fault.Failedf("connecting %s: %w", d.Top, err)
	}
	return i, nil
}

func (d *Design) wiringPorts() []wiring.Port {
	var out []wiring.Port
	for _, p := range d.Ports {
		out = append(out, wiring.Port{Name: p.Name, Dir: wiring.Direction(p.Dir), Width: p.Width})
	}
	return out
}

// parameters returns the parameters of the top, with values of Verilog.
func parameters(s Source) (out [][2]string) {
	for _, p := range s.Params {
		name, value, _ := strings.Cut(p, "=")
		out = append(out, [2]string{name, ParamValue(value)})
	}
	return out
}
