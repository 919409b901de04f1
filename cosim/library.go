package cosim

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/liberty"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/yosys"
)

// Cell libraries, in the Liberty format: what the cells of a netlist compute, and their areas.

// cells is what a library says of its cells, by their names.
type cells struct {
	area map[string]float64
	why  map[string]string // cells without a model
}

// fromLiberty makes models of a library's cells; Yosys reads the library itself. Cells that the source has modules for
// get no model.
func (s Source) fromLiberty(path string) (t translation, err error) {
	text, from, err := original(path)
	if err != nil {
		return t, err
	}
	l, err := liberty.Read(text)
	if err != nil {
		return t, fault.Usagef("reading the cell library %s: %w", path, err)
	}
	given := map[string]bool{}
	for _, f := range s.Files {
		text, err := limits.ReadFile(f, sourceSize)
		if err != nil {
			continue // which Verilator reports
		}
		for _, g := range moduleDeclared.FindAllStringSubmatch(comment.ReplaceAllString(string(text), " "), -1) {
			given[g[1]] = true
		}
	}
	t = translation{from: []dependency{from}, yosys: yosys.Liberty, sameLines: true, cells: &cells{map[string]float64{}, map[string]string{}}}
	for _, c := range l.Cells {
		t.cells.area[c.Name] = c.Area
		if c.Verilog == "" && !given[c.Name] {
			t.cells.why[c.Name] = c.Why
		}
	}
	t.into, err = kept("liberty", filepath.Base(path)+".v", l.Verilog(func(cell string) bool { return given[cell] }))
	return t, err
}

var moduleDeclared = regexp.MustCompile(`\b(?:macro)?module\s+([A-Za-z_][A-Za-z0-9_$]*)`)

// withoutCells returns the modules that no cell library holds, and no file of cells.
func (s Source) withoutCells(mods []module) []module {
	return slices.DeleteFunc(slices.Clone(mods), func(m module) bool {
		if slices.ContainsFunc(s.Cells, func(f string) bool { return absolute(f) == absolute(m.File) }) {
			return true
		}
		return slices.ContainsFunc(s.translated, func(t translation) bool { return t.cells != nil && t.into == absolute(m.File) })
	})
}

// unmodelled says why libraries have no models of modules that are missing.
func (s Source) unmodelled(missing []string) string {
	var out []string
	for _, m := range missing {
		for _, t := range s.translated {
			if t.cells == nil {
				continue
			}
			if why, is := t.cells.why[m]; is {
				out = append(out, fmt.Sprintf("\n  (cell %s of %s has no model: %s)", m, t.shown(), why))
			}
		}
	}
	return strings.Join(out, "")
}

// CellArea is the area of a netlist of cells.
type CellArea struct {
	Area  float64 `json:"area"`  // the sum, in the unit of the library
	Cells int     `json:"cells"` // of the libraries
	Other int     `json:"other"` // operators and cells that no library has
}

// String returns the sum and how many cells it has.
func (a CellArea) String() string {
	text := fmt.Sprintf("area %.6g of %d library cells", a.Area, a.Cells)
	if a.Other > 0 {
		text += fmt.Sprintf(" and %d other operators", a.Other)
	}
	return text
}

// Cells returns the area of a netlist of library cells; nil for other designs, and where Yosys does not read it.
func (r *RTL) Cells() *CellArea { return r.cells }

// CellArea sums up the areas of the library cells in a design, as its source has them: nothing is optimised away. It is
// nil for a design without such cells. Yosys finds the instances; what they occupy is what this program reads in the
// library.
func (r *RTL) CellArea(ctx context.Context) (*CellArea, error) {
	area := map[string]float64{}
	for _, t := range r.source.translated {
		if t.cells != nil {
			for c, v := range t.cells.area {
				area[c] = v
			}
		}
	}
	if len(area) == 0 {
		return nil, nil
	}
	tool, err := yosys.Find(ctx)
	if err != nil {
		return nil, err
	}
	source := r.YosysSource()
	source.Cells = true
	made, err := tool.Cells(ctx, source)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(made.Dir, yosys.CellsFile))
	if err != nil {
		return nil, fmt.Errorf("reading the cells of %s: %w", r.Design.Top, err)
	}
	var stat struct {
		Design struct {
			Cells map[string]int `json:"num_cells_by_type"`
		} `json:"design"`
	}
	if err := json.Unmarshal(data, &stat); err != nil {
		return nil, fmt.Errorf("reading the cells of %s: %w", r.Design.Top, err)
	}
	a := &CellArea{}
	for c, n := range stat.Design.Cells {
		if v, is := area[strings.TrimPrefix(c, `\`)]; is {
			a.Cells += n
			a.Area += float64(n) * v
		} else {
			a.Other += n
		}
	}
	if a.Cells == 0 {
		return nil, nil
	}
	return a, nil
}
