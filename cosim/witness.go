package cosim

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/wiring"
	"github.com/approxtrain/approxtrain/internal/yosys"
)

// What a simulator other than Verilator needs of a design that Verilator has
// elaborated.

// YosysSource returns the design's sources in the terms of Yosys: its top, under
// the same ports, is in a module ShellTop as the instance ShellDUT.
func (r *RTL) YosysSource() yosys.Source {
	module, params := r.Design.module(r.source)
	shell := shellOf(r.Design, ShellTop, wiring.New(module, params, nil).Name(), ShellDUT)
	for _, p := range r.Design.Ports {
		shell.Design.Ports = append(shell.Design.Ports, wiring.Join(p.Name, wiring.Escaped(p.Name)))
	}
	folders := r.source.Searched()
	files := r.source.Paths()
	var others []yosys.File
	for _, t := range r.source.translated {
		if i := slices.Index(files, t.into); t.copied && i >= 0 {
			files[i] = t.from[0].Path
		}
		if t.yosys != "" {
			files = slices.DeleteFunc(files, func(f string) bool { return f == t.into })
			others = append(others, yosys.File{Path: t.from[0].Path, Reader: t.yosys})
		}
	}
	return yosys.Source{
		Others:   others,
		Searched: func(read []buildcache.File) buildcache.Search { return SearchedVerilog(folders, read) },
		Files:    files, Folders: folders, Defines: r.source.Defines, Plain: r.Design.Language != "", Top: ShellTop, Grant: r.source.Grant(),
		Shell: r.Design.Adapter + wiring.Write(wiring.Shell, shell),
	}
}

// shell is what the form wiring.Shell takes: a module with the ports of a design.
type shell struct {
	Top      string
	Ports    []wiring.Port
	Design   wiring.Joined
	Instance string
}

func shellOf(d *Design, top, module, instance string) shell {
	return shell{Top: top, Ports: d.wiringPorts(), Design: wiring.Joined{Name: module}, Instance: instance}
}

// Names in the netlists of YosysSource.
const (
	ShellTop = "approxtrain_shell"
	ShellDUT = "dut"
)

// splitTop is the name of the module that joins the bits of a split netlist to the
// design's ports.
const splitTop = "approxtrain_split"

// LiteralBits returns the bits of a Verilog literal, the lowest first. Digits x and
// z are an error.
func LiteralBits(literal string, width int) ([]bool, error) {
	s := strings.ReplaceAll(literal, "_", "")
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	base := 10
	size := 0 // of a signed literal, which is extended by its sign
	if length, digits, sized := strings.Cut(s, "'"); sized {
		if strings.HasPrefix(strings.ToLower(digits), "s") {
			digits = digits[1:]
			size, _ = strconv.Atoi(length) // without a length, it is as long as an integer
		}
		base = map[byte]int{'b': 2, 'o': 8, 'd': 10, 'h': 16}[digits[0]|0x20]
		s = digits[1:]
	}
	n, ok := new(big.Int).SetString(s, base)
	if !ok {
		return nil, fmt.Errorf("the literal %s has no value in two states", literal)
	}
	if size > 0 && size <= 1<<16 && n.Bit(size-1) == 1 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(size)))
	}
	if negative {
		n.Neg(n)
	}
	out := make([]bool, width)
	n.And(n, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(width)), big.NewInt(1)))
	for i := range out {
		out[i] = n.Bit(i) == 1
	}
	return out, nil
}

// NoAnswer is the error of a handshake that takes no operands (offered), or has no
// product for them.
func NoAnswer(offered bool, a, b uint64) error {
	e := &DesignError{status: statusNeverValid}
	if offered {
		e.status = statusNeverReady
	}
	return e.at(a, b)
}

// splitGrowth is roughly the number of bytes of C++ that Verilator generates for a byte of a split
// netlist.
const splitGrowth = 4

// split returns a design whose inside is Yosys's netlist of it, each net a single bit. Verilator
// 5.006 evaluates some designs in the wrong order if a vector's bits are read to form other bits
// of it (UNOPTFLAT). Without vectors this cannot happen.
func (r *RTL) split(ctx context.Context, b buildInput) (buildInput, error) {
	tool, err := yosys.Find(ctx)
	if err != nil {
		return b, err
	}
	made, err := tool.Split(ctx, r.YosysSource())
	if err != nil {
		return b, err
	}
	file := filepath.Join(made.Dir, yosys.SplitFile)
	deps, err := hashFiles([]string{file})
	if err != nil {
		return b, err
	}
	shell := shellOf(r.Design, splitTop, wiring.Escaped(ShellTop), "split")
	for _, p := range r.Design.Ports {
		for i := range p.Width {
			bit := p.Name
			if p.Width > 1 {
				bit = fmt.Sprintf("%s[%d]", p.Name, i)
			}
			shell.Design.Ports = append(shell.Design.Ports, wiring.Join(bit, fmt.Sprintf("%s[%d]", wiring.Escaped(p.Name), i)))
		}
	}
	text, err := os.Stat(file)
	if err != nil {
		return b, err
	}
	d := *r.Design
	d.Size = max(d.Size, splitGrowth*int(text.Size()))
	d.Top, d.Holder, d.Adapter, d.Language, d.Deps = splitTop, "", "", "", append(deps, d.Deps...)
	b.design, b.source, b.flat = &d, Source{Files: []string{file}}, true
	b.shell = wiring.Write(wiring.Shell, shell)
	return b, nil
}

// String names the simulator, in a message.
func (r *RTL) String() string {
	name, _, _ := strings.Cut(r.tools.verilatorVersion, " 20") // "Verilator 5.006 2023-01-22 rev …"
	if r.Split {
		name += " (on the netlist of single bits)"
	}
	return name
}
