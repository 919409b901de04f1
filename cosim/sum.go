package cosim

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/wiring"
)

const (
	sumTop  = "approxtrain_sum"
	sumPort = "approxtrain_sum_of_ports" // an output of that module: the sum of ports that are the product together
	mostSum = MaxSampledProduct + 1      // bits of it
)

// sum says that the product is the sum of ports, as a carry-save multiplier has it.
type sum struct {
	text  string // as the user wrote it: "sum+carry<<1"
	width int    // of the widest port
}

// isSum says whether a name of the product is a sum of ports. An escaped name may hold a plus, too.
func (d *Design) isSum(p string) bool {
	return strings.Contains(p, "+") && !slices.ContainsFunc(d.Ports, func(port Port) bool { return port.Name == p })
}

// addPorts returns the design in a module with one more output, the sum of the ports that over.P names with +
// between them, each shifted to the left if << and a number follow it, and over with that output as the product.
// Ports that are declared signed are extended by their sign, others by zeros. The module does not have the ports
// that are added, unless only some of their bits are.
func (d *Design) addPorts(s Source, over Overrides) (*Design, Overrides, error) {
	f := &inference{over: over, ports: d.Ports, iface: &Interface{}, taken: map[string]bool{}}
	module, params := d.module(s)
	own := map[string]string{} // port → its net inside
	with := &sum{text: over.P}
	var terms, lines []string
	var wide []string
	most, count := 0, 0
	for text := range strings.SplitSeq(over.P, "+") {
		name, shift, shifted := strings.Cut(text, "<<")
		by := 0
		if shifted {
			n, err := strconv.Atoi(strings.TrimSpace(shift))
			if err != nil || n < 0 || n >= mostSum {
				return nil, over, fault.Usagef("%v %s: expected NAME or NAME<<BITS between the signs +, as in sum+carry<<1", option.P, over.P)
			}
			by = n
		}
		term, err := f.resolve(strings.TrimSpace(name), option.P, Out)
		if err != nil {
			return nil, over, err
		}
		var parts []string
		for _, p := range term.parts {
			if own[p.Port] == "" {
				own[p.Port] = fmt.Sprintf("ax_added_%d", len(own))
			}
			if p.Width == 0 {
				wide = append(wide, p.Port)
				parts = append(parts, own[p.Port])
			} else {
				parts = append(parts, fmt.Sprintf("%s[%d:%d]", own[p.Port], p.Low+p.Width-1, p.Low))
			}
		}
		terms = append(terms, fmt.Sprintf("wire [%d:0] ax_term_%d = {%s};", term.width-1, count, strings.Join(parts, ", ")))
		value := fmt.Sprintf("{%%[1]d'd0, ax_term_%d}", count)
		if term.signed {
			value = fmt.Sprintf("{{%%[1]d{ax_term_%d[%d]}}, ax_term_%d}", count, term.width-1, count)
		}
		lines = append(lines, fmt.Sprintf("(%s << %d)", value, by))
		most, with.width = max(most, term.width+by), max(with.width, term.width)
		count++
	}
	width := most + bits.Len(uint(count-1)) // holds every sum
	if width > mostSum {
		return nil, over, fault.Usagef("%v %s: the sum has %d bits, at most %d are added", option.P, over.P, width, mostSum)
	}
	added := *d
	added.sum = with
	added.Ports = slices.DeleteFunc(slices.Clone(d.Ports), func(p Port) bool { return slices.Contains(wide, p.Name) })
	added.Ports = append(added.Ports, Port{Name: sumPort, Dir: Out, Width: width})
	var joins, inside []string
	for _, p := range d.Ports {
		to := wiring.Escaped(p.Name)
		if net := own[p.Name]; net != "" {
			inside = append(inside, fmt.Sprintf("wire [%d:0] %s;", p.Width-1, net))
			if !slices.Contains(wide, p.Name) {
				inside = append(inside, fmt.Sprintf("assign %s= %s;", to, net))
			}
			to = net
		}
		joins = append(joins, wiring.Join(p.Name, to))
	}
	for i := range lines {
		lines[i] = fmt.Sprintf(lines[i], width)
	}
	inside = append(append(inside, terms...), fmt.Sprintf("assign %s= %s;", wiring.Escaped(sumPort), strings.Join(lines, " + ")))
	added.Holder = sumTop
	added.Adapter = d.Adapter + wiring.Write(wiring.Adapter, struct {
		Title, Top string
		Ports      []wiring.Port
		Lines      []string
		Design     wiring.Joined
	}{d.Top + " with the sum of " + over.P, sumTop, added.wiringPorts(), inside,
		wiring.Joined{Name: wiring.New(module, params, nil).Name(), Ports: joins}})
	over.P = sumPort
	return &added, over, nil
}

// product returns the signal of the product of two operands: the sum modulo 2^width, where width is that of the widest
// port or, if that is too narrow for the product, the product's, as far as the sum has it.
func (s *sum) product(p *signal, operands int) *signal {
	width := max(s.width, min(operands, p.width))
	return &signal{name: s.text, parts: []Slice{{Port: sumPort, Name: s.text, Width: width}}, width: width}
}
