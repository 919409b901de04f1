package survey

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

// Knob is an input of designs, such as a level of accuracy, that is held at one value after the other. Designs without
// such an input are measured as they are.
type Knob struct {
	Port   string
	Values []string // as in Verilog; nil: all values of the input
}

// mostSettings is the most rows of one design, and mostBits the most bits of an input all of whose values are taken.
const mostSettings, mostBits = 64, 6

// settings returns the values of knobs of each row of a design: "mode=2", in the order of the knobs; one empty setting
// if it has none of the inputs. An error says that they are too many.
func settings(d *cosim.Design, knobs []Knob) (all [][]string, err error) {
	all = [][]string{nil}
	for _, k := range knobs {
		values, there := k.Values, false
		for _, p := range d.Ports {
			if p.Dir != cosim.In || p.Name != k.Port {
				continue
			}
			if there = true; len(values) > 0 {
				continue
			}
			if p.Width > mostBits {
				return nil, fault.Usagef("%s: the input %s has %d bits: choose values with %v %[2]s=0,1,2", d.Top, k.Port, p.Width, option.Tie)
			}
			for v := range 1 << p.Width {
				values = append(values, strconv.Itoa(v))
			}
		}
		if !there {
			continue
		}
		var next [][]string
		for _, s := range all {
			for _, v := range values {
				next = append(next, append(append([]string{}, s...), k.Port+"="+v))
			}
		}
		if all = next; len(all) > mostSettings {
			return nil, fault.Usagef("%s: the values of knobs make %d rows or more of it: expected at most %d", d.Top, len(all), mostSettings)
		}
	}
	return all, nil
}

// turn makes a job of each setting of each design. It fails if no design has one of the knobs.
func turn(jobs []*job, knobs []Knob) (all []*job, err error) {
	met := map[string]bool{}
	for _, j := range jobs {
		if j.c || j.design == nil {
			all = append(all, j)
			continue
		}
		settings, err := settings(j.design, knobs)
		if err != nil {
			return nil, err
		}
		for _, s := range settings {
			one := *j
			if one.ties, one.turned = s, len(settings) > 1; len(s) > 0 {
				one.name = fmt.Sprintf("%s (%s)", j.name, strings.Join(s, ", "))
			}
			for _, t := range s {
				port, _, _ := strings.Cut(t, "=")
				met[port] = true
			}
			all = append(all, &one)
		}
	}
	for _, k := range knobs {
		if !met[k.Port] {
			return nil, fault.Usagef("no design that could be read has an input %s", k.Port)
		}
	}
	return all, nil
}
