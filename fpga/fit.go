package fpga

import (
	"fmt"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
)

// fit returns the table in the board's format: fraction bits that one of the two
// lacks are zeros.
func fit(b *Board, want *lut.Table) (*lut.Table, error) {
	g, w := b.Format(), want.Format
	if g == w {
		return want, nil
	}
	refuse := func(why string) error {
		return fault.Usagef("%s: the board holds a multiplier of format %v, the table is of %v: they cannot be compared%s", b.Name, g, w, why)
	}
	if !g.SameNumbers(w) || g.Kind != lut.Mantissa {
		return nil, refuse("")
	}
	t, err := lut.New(want.Name, g)
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	t.Sources, t.Options = want.Sources, want.Options
	up, down := max(0, g.P-w.P), max(0, w.P-g.P)
	for x := range uint32(g.Rows()) {
		for y := range uint32(g.Cols()) {
			e := want.At(x, y) << up
			if e&(1<<down-1) != 0 {
				return nil, refuse(fmt.Sprintf(" (the table uses all of its %d fraction bits)", w.P))
			}
			t.Set(x, y, e>>down)
		}
	}
	return t, nil
}

// compareBuilds compares the builds of the board and the table, and describes the result. If both
// are known and differ, that is an error, unless any build is allowed.
func compareBuilds(b *Board, want *lut.Table, any bool) (string, error) {
	board, table := b.Digest(), Digest(want.Sources, want.Options)
	switch {
	case !board.Known():
		return "the board does not know its build: it was not compared with the table's", nil
	case !table.Known():
		return fmt.Sprintf("the table names no sources, as that of a golden model does not: the board's build, %v, was not compared", board), nil
	case slices.ContainsFunc(want.Sources, func(s lut.Source) bool { return cmodel.IsSource(s.Path) }):
		return fmt.Sprintf("the table was made from C, not from the Verilog on the board: "+
			"the board's build, %v, was not compared", board), nil
	case board == table:
		return fmt.Sprintf("board and table are of one build, %v", board), nil
	case any:
		return fmt.Sprintf("the board's build is %v, the table's %v: another one, as was allowed", board, table), nil
	}
	var from []string
	for _, s := range want.Sources {
		from = append(from, s.Path)
	}
	return "", fault.Failedf("%s: another multiplier is on the board: its build is %v, the table's is %v (%s; %s); "+
		"put the table's build on the board, or compare products all the same with %v",
		b.Name, board, table, strings.Join(from, ", "), strings.Join(want.Options, " "), option.AnyBuild)
}
