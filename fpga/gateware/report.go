package gateware

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Use is how much of something an FPGA has, and how much of it is taken.
type Use struct {
	Used int `json:"used"`
	Of   int `json:"of"`
}

// Report is the result of place and route for a design on a board.
type Report struct {
	Cells Use     `json:"logic_cells"`
	RAMs  Use     `json:"block_rams"`
	Fmax  float64 `json:"fmax_mhz"`
	Clock float64 `json:"clock_mhz"`
}

// Met says whether the design is fast enough for the board's clock.
func (r Report) Met() bool { return r.Fmax >= r.Clock }

// NoRoomError tells of a design that a board has no room for.
type NoRoomError struct {
	Design string
	Board  Board
	Needs  Use    // logic cells; zero where nextpnr did not say
	Text   string // what it said
}

func (e *NoRoomError) Error() string {
	switch n := e.Needs; {
	case n.Of == 0:
		return fmt.Sprintf("%s does not fit the %s: %s", e.Design, e.Board.Title, e.Text)
	case n.Used > n.Of:
		return fmt.Sprintf("%s needs %d logic cells, the %s has %d: choose a larger board", e.Design, n.Used, e.Board.Title, n.Of)
	default:
		return fmt.Sprintf("%s needs %d of the %d logic cells of the %s, and nextpnr finds no place for all of them: choose a larger board",
			e.Design, n.Used, n.Of, e.Board.Title)
	}
}

// noRoom returns the error for what nextpnr printed.
func noRoom(design string, b Board, output string) error {
	e := &NoRoomError{Design: design, Board: b, Text: errorLine(output)}
	for _, l := range strings.Split(output, "\n") {
		if _, rest, ok := strings.Cut(l, "ICESTORM_LC:"); ok {
			fmt.Sscanf(strings.ReplaceAll(rest, "/", " "), "%d %d", &e.Needs.Used, &e.Needs.Of)
		}
	}
	return fault.Failedf("%w", e)
}

// readReport reads nextpnr's report.
func readReport(path string, b Board) (Report, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Report{}, fmt.Errorf("reading what nextpnr says of the design: %w", err)
	}
	var r struct {
		Fmax map[string]struct {
			Achieved float64 `json:"achieved"`
		} `json:"fmax"`
		Utilization map[string]struct {
			Available int `json:"available"`
			Used      int `json:"used"`
		} `json:"utilization"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return Report{}, fmt.Errorf("reading what nextpnr says of the design, %s: %w", path, err)
	}
	if len(r.Fmax) != 1 || r.Utilization["ICESTORM_LC"].Available == 0 {
		return Report{}, fmt.Errorf("%s, nextpnr's report, has %d clocks and %d logic cells, expected one clock, and some", path,
			len(r.Fmax), r.Utilization["ICESTORM_LC"].Available)
	}
	out := Report{Clock: float64(b.ClockHz) / 1e6}
	for _, f := range r.Fmax {
		out.Fmax = f.Achieved
	}
	use := func(kind string) Use { return Use{r.Utilization[kind].Used, r.Utilization[kind].Available} }
	out.Cells, out.RAMs = use("ICESTORM_LC"), use("ICESTORM_RAM")
	return out, nil
}
