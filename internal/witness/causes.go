package witness

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/netlist"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lutgen"
)

// notes are the tools' messages that concern the product.
func notes(r *cosim.RTL, c *netlist.Circuit) []string {
	out := slices.Clone(r.Design.Warnings)
	for _, c := range causes(r) {
		if strings.Contains(c, "sensitivity list") { // hardware follows the signals that are left out, too
			out = append(out, c)
		}
	}
	if c != nil {
		for _, w := range c.Warnings {
			if yosysWarning.MatchString(w) && !shipped.MatchString(w) {
				out = append(out, "Yosys: "+w)
			}
		}
	}
	return out
}

// loopsBack says whether Verilator finds a combinational loop through a net of a netlist.FaultError.
func loopsBack(r *cosim.RTL, undriven string) bool {
	name, _, _ := strings.Cut(undriven, " (")
	name, _, _ = strings.Cut(name, "[")
	return name != "" && slices.ContainsFunc(r.Design.Loops, func(l string) bool { return strings.Contains(l, "."+name+"'") })
}

// shipped matches a warning about a file that Yosys ships, which is no fault of the design's.
var shipped = regexp.MustCompile(`/share/yosys/[^/]+/cells_sim\.v:`)

// yosysWarning matches the warnings of Yosys that can bear on a product.
var yosysWarning = regexp.MustCompile(`conflicting drivers|no driver|[Ll]atch|tri-state|out of range|out of bounds|logic loop|implicitly declared|initial value conflicts|sensitivity|resizing`)

// patterns are constructs of a source that two tools may read differently.
var patterns = []struct {
	re    *regexp.Regexp
	cause string
}{
	{regexp.MustCompile("`(?:ifn?def|elsif)\\s+(VERILATOR|SYNTHESIS|YOSYS|__ICARUS__|SIMULATION|FORMAL)\\b"), "the source differs under the macro %s"},
	{regexp.MustCompile(`(translate_off|synthesis\s+off|synthesis_off)`), "%s hides a part from synthesis"},
	{regexp.MustCompile(`\balways\s*@\s*\(([^)*]*)\)`), "a sensitivity list that may be incomplete: always @(%s); write always @*"},
	{regexp.MustCompile(`\b(casex|casez)\b`), "%s takes x in the selector for a match"},
	{regexp.MustCompile(`(===|!==)`), "%s compares x, which hardware cannot"},
	{regexp.MustCompile(`(#\s*[0-9]+)\s*[^;]*;`), "a delay, %s, which synthesis ignores"},
	{regexp.MustCompile(`\b(full_case|parallel_case)\b`), "%s tells synthesis what simulation does not know"},
}

// harmless are the patterns that two tools read alike in two states.
var harmless = regexp.MustCompile(`takes x in the selector|which synthesis ignores`)

// differently returns the causes for which Yosys may read a source differently from a
// simulator.
func differently(r *cosim.RTL) []string {
	return slices.DeleteFunc(causes(r), harmless.MatchString)
}

// causes looks in the sources for what may be behind a disagreement.
func causes(r *cosim.RTL) []string {
	var out []string
	for _, d := range r.Design.Deps {
		f, err := os.Open(d.Path)
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for n := 1; lines.Scan() && len(out) < 5; n++ {
			code, comment, _ := strings.Cut(lines.Text(), "//")
			for _, p := range patterns {
				text := code
				if strings.Contains(p.cause, "hides") || strings.Contains(p.cause, "tells") {
					text += comment
				}
				g := p.re.FindStringSubmatch(text)
				if g == nil || strings.Contains(g[1], "edge") {
					continue
				}
				out = append(out, fmt.Sprintf("%s:%d: "+p.cause, filepath.Base(d.Path), n, strings.TrimSpace(g[1])))
			}
		}
		f.Close()
	}
	return out
}

// assignments returns, of the nets that several lines of the sources assign to, those
// lines: Yosys joins a net with what drives it, and forgets where that was said.
func assignments(r *cosim.RTL, nets []string) []string {
	var out []string
	for _, net := range nets {
		name, index, _ := strings.Cut(strings.TrimSuffix(net, "]"), "[")
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			name = name[i+1:]
		}
		re, err := regexp.Compile(`\bassign\s+` + regexp.QuoteMeta(name) + `\s*(?:\[\s*([0-9]+)\s*(?::\s*([0-9]+)\s*)?\])?\s*=`)
		if err != nil {
			continue
		}
		var lines []string
		for _, d := range r.Design.Deps {
			text, err := os.ReadFile(d.Path)
			if err != nil {
				continue
			}
			for n, l := range strings.Split(string(text), "\n") {
				code, _, _ := strings.Cut(l, "//")
				for _, g := range re.FindAllStringSubmatch(code, -1) {
					if covers(g[1], g[2], index) {
						lines = append(lines, fmt.Sprintf("%s:%d", filepath.Base(d.Path), n+1))
					}
				}
			}
		}
		if len(lines) > 1 {
			out = append(out, fmt.Sprintf("%s is assigned in %s", net, strings.Join(lines, " and ")))
		}
	}
	return out
}

// covers says whether the bits [high:low] of an assignment, as they are written, have
// the one with an index; a single bit has no low, a whole net no high.
func covers(high, low, index string) bool {
	h, err := strconv.Atoi(high)
	i, e := strconv.Atoi(index)
	if err != nil || e != nil {
		return true
	}
	l, err := strconv.Atoi(low)
	if err != nil {
		l = h
	}
	return min(h, l) <= i && i <= max(h, l)
}

// causes lists what may be behind a disagreement.
func (d *Design) causes() []string {
	out := notes(d.RTL, d.Netlist)
	for _, c := range causes(d.RTL) {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	if d.Netlist == nil {
		return out
	}
	switch s := d.Netlist.Structure; {
	case s.Kind == netlist.Pipeline && s.Shortest < s.Latency && !d.RTL.Timing.Hold:
		out = append(out, fmt.Sprintf("operands pass through %d to %d registers, so they must be held: %v %d",
			s.Shortest, s.Latency, option.Latency, s.Latency))
	case s.Kind == netlist.StateMachine:
		out = append(out, "state: the product may depend on earlier operands, which each simulator had in another order; registers that feed back: "+
			strings.Join(s.State[:min(4, len(s.State))], ", "))
	case s.Registers > 0 && !d.Pure():
		out = append(out, "state: the product may depend on earlier operands, which each simulator had in another order: valid may come before its product")
	}
	return out
}

// Explain adds to a disagreement the product of Icarus Verilog and likely causes.
func (d *Design) Explain(ctx context.Context, e *lutgen.DisagreeError) {
	d.third(ctx, e)
	e.Causes = append(e.Causes, d.causes()...)
}
