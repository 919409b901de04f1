package survey

import (
	"cmp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/lut"
)

// rows are those of five designs: e is a, d failed.
func rows() *Result {
	row := func(name, digest string, mred, bias, nand2 float64, registers int) Row {
		return Row{Name: name, File: "x/" + name + ".v", Format: "u4", Group: "u4", Digest: digest, Known: "",
			Metrics: &lut.Metrics{MRED: mred, Bias: bias}, Area: &Area{Gates: gateware.Gates{NAND2: nand2, Registers: registers}}}
	}
	cells, delay := 30, 4.5
	r := &Result{Rows: []Row{row("b", "1", 0.5, -0.5, 40, 0), row("a", "0", 0, 0, 107.5, 0), {Name: "d", Error: "syntax error, here"},
		row("c", "2", 0.25, 0.1, 60, 8), row("e", "0", 0, 0, 107.5, 0)}}
	r.Rows[3].Area.Cells, r.Rows[3].Area.Delay = &cells, &delay
	r.Rows[1].Golden = &Verdict{"exact products", 256, 0}
	r.Rows[0].Golden = &Verdict{"exact products", 256, 9}
	got := 2.0
	r.Rows[0].Published = []Figure{{Name: "MAE", Text: "1", Value: 1, Digit: 1, Computed: &got}, {Name: "PDK45_PWR"}}
	r.Rows[1].Published = []Figure{{Name: "WCE", Text: "2", Value: 2, Digit: 1, Computed: &got, Agrees: true}}
	r.finish()
	return r
}

// TestFinish finds equal tables and counts.
func TestFinish(t *testing.T) {
	r := rows()
	assert.Equal(t, [][]string{{"a", "e"}}, r.Equal)
	assert.Equal(t, []string{"e"}, r.Rows[1].Same)
	assert.Equal(t, []string{"a"}, r.Rows[4].Same)
	assert.Empty(t, r.Rows[0].Same)
	assert.Equal(t, Totals{Designs: 5, Failed: 1, Unequal: 1, Figures: 2, Untrue: 1, Compared: 512}, r.Totals)
	assert.False(t, (&Verdict{}).Equal(), "nothing was compared")
	for _, bad := range []Totals{{Failed: 1}, {Unequal: 1}, {Untrue: 1}} {
		assert.False(t, bad.Good())
	}
	assert.True(t, Totals{Designs: 3, Figures: 2}.Good())
}

// TestSort sorts by every column; designs that failed are last, before them those of which a number is not known.
func TestSort(t *testing.T) {
	for by, want := range map[string]string{"mred": "aecbd", "bias": "aecbd", "nand2": "bcaed", "name": "abced", "cells": "cbaed",
		"registers": "baecd"} {
		r := rows()
		r.Sort(by)
		var names strings.Builder
		for _, row := range r.Rows {
			names.WriteString(row.Name)
		}
		assert.Equal(t, want, names.String(), by)
	}
	for _, by := range Orders() {
		r := rows()
		r.Sort(by)
		assert.Equal(t, "d", r.Rows[4].Name, by)
	}
}

// TestCSV writes a line for each design.
func TestCSV(t *testing.T) {
	r := rows()
	r.Sort("name")
	var b strings.Builder
	require.NoError(t, r.CSV(&b))
	none := strings.Repeat(",", len(columns))
	lines := strings.Split(b.String(), "\n")
	require.Len(t, lines, 7)
	assert.Equal(t, "name,file,format,error,mred,wcre,bias,variance,ep,mae,mae_percent,wce,wce_percent,mse,nmed,nand2,registers,"+
		"operators,depth,cells,delay_ns,library_area,golden,compared,mismatched,equal_to,equal_tables,published_wrong,sha256", lines[0])
	assert.Equal(t, "a,x/a.v,u4,,0,0,0,0,0,0,0,0,0,0,0,107.5,0,,,,,,exact products,256,0,,e,,0", lines[1])
	assert.Equal(t, "b,x/b.v,u4,,0.5,0,-0.5,0,0,0,0,0,0,0,0,40,0,,,,,,exact products,256,9,,,MAE,1", lines[2])
	assert.Equal(t, "c,x/c.v,u4,,0.25,0,0.1,0,0,0,0,0,0,0,0,60,8,,,30,4.5,,,,,,,,2", lines[3])
	assert.Equal(t, `d,,,"syntax error, here"`+none+",,,,,,,", lines[5])
}

// TestPoints leaves out designs that failed, and of equal designs all but the first. A pipeline is not equal to a
// combinational design of its table, which may be on the front.
func TestPoints(t *testing.T) {
	r := rows()
	r.Sort("name")
	pipeline := r.Rows[0]
	pipeline.Name, pipeline.Area = "0", &Area{Gates: gateware.Gates{NAND2: 107.5, Registers: 8}}
	r.Rows = append([]Row{pipeline}, r.Rows...)
	assert.Equal(t, []report.AreaPoint{{Name: "0", Group: "u4", Area: 107.5, Clocked: true}, {Name: "a", Group: "u4", Area: 107.5}, {Name: "b", Group: "u4", Area: 40, Error: 0.5},
		{Name: "c", Group: "u4", Area: 60, Error: 0.25, Clocked: true}}, r.Points())
}

// TestDesigns leaves out files that multipliers of other files read. What a test bench reads, or a design whose ports
// are not those of a multiplier, stays a design; so do two files that read each other.
func TestDesigns(t *testing.T) {
	of := func(name string, multiplier bool, ports int, reads ...string) *job {
		j := &job{name: name, path: "/x/" + name + ".v", design: &cosim.Design{Ports: make([]cosim.Port, ports)}}
		for _, r := range append(reads, name) {
			j.design.Deps = append(j.design.Deps, buildcache.File{Path: "/x/" + r + ".v"})
		}
		j.multiplier = multiplier
		return j
	}
	part := of("part", true, 3)
	chosen := of("chosen", true, 3)
	chosen.part = "chosen"
	all := []*job{of("top", true, 3, "part", "cell", "chosen"), part, of("cell", false, 5), of("bench", false, 0, "tested"),
		of("tested", true, 3), of("mac", false, 4, "inside"), of("inside", true, 3), of("ping", true, 3, "pong"),
		of("pong", true, 3, "ping"), chosen, {name: "macros", path: "/x/macros.v", err: cosim.ErrNoModule}}
	jobs, left := designs(all)
	var names []string
	for _, j := range jobs {
		names = append(names, j.name)
	}
	assert.Equal(t, []string{"top", "tested", "mac", "inside", "ping", "pong", "chosen"}, names)
	why := map[string]string{}
	for _, l := range left {
		why[l.File] = cmp.Or(l.Why, "?")
	}
	assert.Equal(t, map[string]string{"/x/part.v": "a part of top", "/x/cell.v": "a part of top",
		"/x/bench.v": "the module  has no ports: a test bench", "/x/macros.v": "it holds no module"}, why)
}
