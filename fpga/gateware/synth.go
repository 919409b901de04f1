package gateware

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/wiring"
)

// Gates is a design without a technology: yosys's synthesis down to gates of
// static CMOS, as ABC chooses them.
type Gates struct {
	// NAND2 is the area of the combinational logic in two-input NAND gates, by
	// their number of transistors.
	NAND2 float64 `json:"nand2"`
	// Registers is the number of flip-flops (and latches).
	Registers int `json:"registers"`
	// Library is the area of a netlist of library cells, as it was given; nil for other designs.
	Library *cosim.CellArea `json:"library,omitempty"`
}

// Area is the size of a multiplier alone.
type Area struct {
	Gates
	// Boards has what place and route says of it between registers, by the
	// board's name: the cells of its own, with the registers of its product.
	// Boards that it does not fit are missing.
	Boards map[string]Report `json:"boards"`
	// Read lists the files that yosys read.
	Read []buildcache.File `json:"-"`
}

// Synthesize measures a multiplier, as it is at its ports, without a board's
// gateware.
func Synthesize(ctx context.Context, r *cosim.RTL, boards []Board) (*Area, error) {
	g, read, err := gates(ctx, r)
	if err != nil {
		return nil, err
	}
	g.Library = r.Cells()
	a := &Area{Gates: g, Boards: map[string]Report{}, Read: read}
	text, err := alone(r)
	if err != nil {
		return nil, err
	}
	for _, b := range boards {
		j := job{board: b, source: r.Source(), design: r.Design, top: aloneTop,
			texts: map[string]string{aloneFile: text}, library: []string{aloneFile}}
		out, err := j.build(ctx)
		var full *NoRoomError
		switch {
		case errors.As(err, &full):
			continue
		case err != nil:
			return nil, err
		}
		s := r.Shape()
		out.Report.Cells.Used -= s.A + s.B + 2 + s.P // the chains
		a.Boards[b.Name] = out.Report
		a.Read = append(a.Read, out.read...)
	}
	return a, nil
}

const (
	aloneTop  = "multiplier_alone"
	portsTop  = "multiplier_ports"
	aloneFile = "multiplier_alone.v"
)

// synthesized is what the forms wiring.Alone and wiring.Ports take.
type synthesized struct {
	Alone, Top string
	A, B, P    int
	Design     wiring.Joined
}

func newSynthesized(r *cosim.RTL) (synthesized, error) {
	i, err := r.Wiring()
	if err != nil {
		return synthesized{}, err
	}
	s := r.Shape()
	// What the design says of its handshake drives nothing.
	design := i.Join(wiring.Naming{Ties: wiring.Wires, Nets: map[wiring.Net]string{wiring.InReady: "", wiring.OutValid: ""}})
	return synthesized{aloneTop, portsTop, s.A, s.B, s.P, design}, nil
}

// alone returns a top with the design between registers. An FPGA has fewer pins
// than some multipliers, so operands come through a chain of registers, and
// the product, from registers of its own, leaves through another.
func alone(r *cosim.RTL) (string, error) {
	s, err := newSynthesized(r)
	if err != nil {
		return "", err
	}
	return wiring.Write(wiring.Alone, s), nil
}

// ports returns a module with the design and nothing else, under fixed names.
func ports(r *cosim.RTL) (string, error) {
	s, err := newSynthesized(r)
	if err != nil {
		return "", err
	}
	return wiring.Write(wiring.Ports, s), nil
}

// transistors of the gates that ABC may choose, in static CMOS.
var transistors = map[string]int{
	"$_BUF_": 0, "$_NOT_": 2, "$_NAND_": 4, "$_NOR_": 4, "$_AND_": 6, "$_OR_": 6, "$_ANDNOT_": 6, "$_ORNOT_": 6,
	"$_AOI3_": 6, "$_OAI3_": 6, "$_AOI4_": 8, "$_OAI4_": 8, "$_XOR_": 12, "$_XNOR_": 12, "$_MUX_": 12, "$_NMUX_": 10,
}

// ErrNoGates is the error for a design without gates and registers: constants and wires.
var ErrNoGates = errors.New("there are none")

// gates counts a design's gates; it is cached like a build.
func gates(ctx context.Context, r *cosim.RTL) (g Gates, read []buildcache.File, err error) {
	t, err := findTools(ctx, true)
	if err != nil {
		return g, nil, err
	}
	j := job{source: r.Source(), design: r.Design, top: portsTop, library: []string{aloneFile}}
	const statistics = "statistics.json"
	script := j.read() + fmt.Sprintf("synth -flatten -top %s\nabc -g cmos\nopt_clean\ntee -q -o %s stat -json\n", portsTop, statistics)
	text, err := ports(r)
	if err != nil {
		return g, nil, err
	}
	key := &buildcache.Key{}
	key.Add("gates 3", t.versions, script, text, r.Design.Adapter)
	key.Add(j.source.Searched()...)
	addFiles(key, r.Design)
	dir, _, err := buildcache.Checked("fpga", key.Sum(), func(dir string) (buildcache.Evidence, error) {
		for name, text := range map[string]string{aloneFile: text, adapterFile: r.Design.Adapter} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				return buildcache.Evidence{}, err
			}
		}
		return synthesize(ctx, t, dir, script, r.Source(), r.Design)
	})
	if err != nil {
		return g, nil, err
	}
	data, err := os.ReadFile(filepath.Join(dir, statistics))
	if err != nil {
		return g, nil, fmt.Errorf("reading yosys's statistics: %w", err)
	}
	var stat struct {
		Design struct {
			Cells map[string]int `json:"num_cells_by_type"`
		} `json:"design"`
	}
	if err := json.Unmarshal(data, &stat); err != nil {
		return g, nil, fmt.Errorf("reading yosys's statistics, %s: %w", statistics, err)
	}
	for cell, n := range stat.Design.Cells {
		count, known := transistors[cell]
		switch {
		case known:
			g.NAND2 += float64(n*count) / 4
		case strings.Contains(cell, "DFF") || strings.Contains(cell, "DLATCH"):
			g.Registers += n
		default:
			return g, nil, fmt.Errorf("counting the gates of %s: yosys left %d cells %s, of which the number of transistors is not known",
				r.Design.Top, n, cell)
		}
	}
	if g.NAND2 == 0 && g.Registers == 0 {
		return g, nil, fault.Failedf("counting the gates of %s: %w", r.Design.Top, ErrNoGates)
	}
	evidence, err := buildcache.ReadEvidence(dir)
	return g, evidence.Files, err
}
