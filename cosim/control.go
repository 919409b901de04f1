package cosim

import (
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

// none, as the name of a port, says that no port plays a part.
const none = "none"

// onePort returns the name in an option that admits several, "" if there are several.
func onePort(text string) string {
	if strings.Contains(text, ",") {
		return ""
	}
	return text
}

// port returns the name of a port of the handshake in an option, without the mark of a level; "" for none.
func (f *inference) port(text string) string {
	if text == none && !slices.ContainsFunc(f.ports, func(p Port) bool { return p.Name == none }) {
		return ""
	}
	return strings.TrimPrefix(text, "!")
}

// namedChannels takes the lists of ports that the user gives for several channels of operands.
func (f *inference) namedChannels() error {
	valid, ready := strings.Split(f.over.InValid, ","), strings.Split(f.over.InReady, ",")
	if len(valid) < 2 {
		if len(ready) > 1 {
			return fault.Usagef("%v names %d ports, %v %s: name a port of each channel with both", option.InReady, len(ready), option.InValid, f.over.InValid)
		}
		return nil
	}
	if f.over.InReady == "" || f.over.InReady == none {
		ready = make([]string, len(valid))
	}
	if len(ready) != len(valid) {
		return fault.Usagef("%v names %d ports, %v %d: each channel needs one of both", option.InValid, len(valid), option.InReady, len(ready))
	}
	for n := range valid {
		c := Channel{Valid: strings.TrimSpace(valid[n]), Ready: strings.TrimSpace(ready[n])}
		for _, p := range []struct {
			name string
			by   option.Option
			dir  Direction
		}{{c.Valid, option.InValid, In}, {c.Ready, option.InReady, Out}} {
			if p.name == "" && p.dir == Out {
				continue
			}
			if strings.HasPrefix(p.name, "!") {
				return fault.Usagef("%v %s: a channel of several has a valid and a ready, which are high", p.by, p.name)
			}
			found, err := f.find(p.name, p.by, p.dir)
			if err != nil {
				return err
			}
			if found.Width != 1 {
				return fault.Usagef("%v %s: the port has %d bits, expected 1", p.by, p.name, found.Width)
			}
			if f.taken[p.name] {
				return fault.Usagef("%v %s: the port has two parts", p.by, p.name)
			}
			f.taken[p.name] = true
		}
		f.iface.Channels = append(f.iface.Channels, c)
	}
	return nil
}

// control finds clock, reset, handshake and enables by their names.
func (f *inference) control() error {
	i := f.iface
	for _, r := range []struct {
		role   string
		option option.Option
		dir    Direction
		given  string
		to     *string
	}{
		{roleClock, option.Clock, In, "", &i.Clock},
		{roleReset, option.Reset, In, "", &i.Reset},
		{roleInValid, option.InValid, In, f.over.InValid, &i.InValid},
		{roleOutReady, option.OutReady, In, "", &i.OutReady},
		{roleOutValid, option.OutValid, Out, f.over.OutValid, &i.OutValid},
		{roleInReady, option.InReady, Out, f.over.InReady, &i.InReady},
	} {
		if *r.to != "" || r.given != "" || r.role == roleInReady && len(i.Channels) > 0 {
			continue
		}
		found := f.withRole(r.role, r.dir)
		if r.role == roleInValid && len(found) > 1 && f.guessChannels(found) {
			continue
		}
		switch len(found) {
		case 0:
		case 1:
			if r.role == roleOutValid && weakValid(found[0]) && i.InValid == "" && i.Channels == nil {
				continue // it is an output like others
			}
			*r.to = found[0]
			f.taken[found[0]] = true
			if r.role == roleReset {
				i.ResetLow = activeLow(found[0])
				f.byName.reset = true
			}
			if r.role == roleInReady {
				i.Busy = isBusy(found[0])
				f.byName.busy = i.Busy
			}
		default:
			return fault.Usagef("%s could each be the %s: choose with %v", strings.Join(found, ", "), r.role, r.option)
		}
	}
	for _, p := range f.ports {
		if p.Dir == In && p.Width == 1 && !f.taken[p.Name] && roleOf(p.Name, In) == roleEnable {
			i.Tied = append(i.Tied, Tied(p.Name, "1"))
			f.taken[p.Name] = true
		}
	}
	return nil
}

// withRole returns the free ports of one bit that have a part by their names.
func (f *inference) withRole(role string, dir Direction) (found []string) {
	for _, p := range f.ports {
		if p.Dir == dir && p.Width == 1 && !f.taken[p.Name] && roleOf(p.Name, dir) == role {
			found = append(found, p.Name)
		}
	}
	return found
}

// guessChannels takes several operand valids as channels, if each has a ready of the same stem, or none has one. The
// stems must be those of the operands, see checkChannels.
func (f *inference) guessChannels(valid []string) bool {
	ready := map[string]string{}
	for _, p := range f.ports {
		// An acknowledgement may be a done as well; beside channels of operands it is none.
		is := roleOf(p.Name, Out) == roleInReady || ackName.MatchString(trimSides(strings.ToLower(p.Name)))
		if p.Dir == Out && p.Width == 1 && !f.taken[p.Name] && is {
			ready[stem(p.Name)] = p.Name
		}
	}
	stems := map[string]bool{}
	var channels []Channel
	for _, v := range valid {
		channels = append(channels, Channel{v, ready[stem(v)]})
		stems[stem(v)] = true
	}
	if len(stems) != len(valid) || slices.ContainsFunc(channels, func(c Channel) bool { return (c.Ready == "") != (channels[0].Ready == "") }) {
		return false
	}
	for _, c := range channels {
		f.taken[c.Valid] = true
		if c.Ready != "" {
			f.taken[c.Ready] = true
		}
	}
	f.iface.Channels, f.guessed = channels, true
	return true
}

// checkChannels refuses channels by name that are not those of the two operands.
func (f *inference) checkChannels() error {
	if !f.guessed {
		return nil
	}
	var names []string
	matches := 0
	for _, c := range f.iface.Channels {
		names = append(names, c.Valid)
		for _, s := range []*signal{f.a, f.b} {
			if stem(s.parts[0].Port) == stem(c.Valid) {
				matches++
			}
		}
	}
	if matches == 2 && len(names) == 2 && stem(f.a.parts[0].Port) != stem(f.b.parts[0].Port) {
		return nil
	}
	return fault.Usagef("%s could each be the %s: choose with %v; of several channels, name all: %[3]v %s",
		strings.Join(names, ", "), roleInValid, option.InValid, strings.Join(names, ","))
}

// settleHandshake makes a handshake whole or takes it away.
func (f *inference) settleHandshake() error {
	i := f.iface
	if err := f.checkChannels(); err != nil {
		return err
	}
	if !i.Handshake() && i.InValid != "" && i.InReady != "" && i.Busy && f.over.OutValid != none {
		i.OutValid, i.Idle = i.InReady, true // start and busy: done when no longer busy
		f.byName.busy = false
		if i.Reset == "" && f.over.InReady == "" {
			i.InReady, i.Busy = "", false // busy has no value before the first start, which is a pulse
		}
	}
	if i.Handshake() && i.Clock == "" {
		if f.over.OutValid != "" || i.OutValid == i.InReady {
			return fault.Usagef("the design has a handshake (%s) but no clock was found: name it with %v",
				i.OutValid, option.Clock)
		}
		// A done that passes through: without a clock there is nothing to wait for. Registers that a clock of an unknown
		// name drives are refused later.
		i.Open = append(i.Open, i.OutValid)
		i.OutValid, i.Idle = "", false
	}
	if !i.Handshake() {
		if i.InValid != "" && i.InReady != "" && !i.Busy && i.Clock != "" && startName.MatchString(trimSides(strings.ToLower(i.InValid))) {
			f.start, f.ready = i.InValid, i.InReady
		}
		// Without a "valid" on the product the latency is fixed; operands are
		// always valid and products always taken.
		for _, p := range []*string{&i.InValid, &i.OutReady} {
			if *p != "" {
				i.Tied = append(i.Tied, Tied(*p, "1"))
				*p = ""
			}
		}
		if i.InReady != "" {
			i.Open = append(i.Open, i.InReady)
			i.InReady, i.Busy = "", false
		}
		for _, c := range i.Channels {
			i.Tied = append(i.Tied, Tied(c.Valid, "1"))
			if c.Ready != "" {
				i.Open = append(i.Open, c.Ready)
			}
		}
		i.Channels = nil
		f.byName.busy = false
	}
	return nil
}
