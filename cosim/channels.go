package cosim

import (
	"fmt"
	"slices"

	"github.com/approxtrain/approxtrain/internal/wiring"
)

const (
	channelsTop = "approxtrain_channels"
	// Ports of that module in place of those of the channels.
	channelsValid = "approxtrain_in_valid"
	channelsReady = "approxtrain_in_ready"
)

// joinChannels returns the design in a module with one handshake for all channels of operands, and its interface.
func (d *Design) joinChannels(s Source, f *Interface) (*Design, *Interface) {
	joined, one := *d, *f
	module, params := d.module(s)
	own := map[string]string{} // port of a channel → net
	one.InValid = channelsValid
	for n, c := range f.Channels {
		own[c.Valid] = fmt.Sprintf("ax_valid[%d]", n)
		if c.Ready != "" {
			own[c.Ready] = fmt.Sprintf("ax_ready[%d]", n)
			one.InReady = channelsReady
		}
	}
	joined.Ports = slices.DeleteFunc(slices.Clone(d.Ports), func(p Port) bool { return own[p.Name] != "" })
	joined.Ports = append(joined.Ports, Port{Name: channelsValid, Dir: In, Width: 1})
	if one.InReady != "" {
		joined.Ports = append(joined.Ports, Port{Name: channelsReady, Dir: Out, Width: 1})
	}
	var joins []string
	for _, p := range d.Ports {
		to := wiring.Escaped(p.Name)
		if net := own[p.Name]; net != "" {
			to = net
		}
		joins = append(joins, wiring.Join(p.Name, to))
	}
	joined.Holder = channelsTop
	joined.Adapter = d.Adapter + wiring.Write(wiring.Channels, struct {
		Title, Top, Clock, InValid, InReady string
		Ready                               bool
		Channels                            []Channel
		Ports                               []wiring.Port
		Design                              wiring.Joined
	}{d.Top, channelsTop, f.Clock, channelsValid, channelsReady, one.InReady != "", f.Channels, joined.wiringPorts(),
		wiring.Joined{Name: wiring.New(module, params, nil).Name(), Ports: joins}})
	return &joined, &one
}
