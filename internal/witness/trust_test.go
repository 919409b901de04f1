package witness_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
)

// A trustCase is a design that once got a table, or a PASS, that it must not get.
type trustCase struct {
	file string
	over cosim.Overrides
	// refused are parts of the message; none: the design has the table of the .csv file
	// beside it, or of the model.
	refused []string
	model   func(a, b uint32) uint32
	pairs   int
}

// run opens a design in both simulators and makes its table.
func (c trustCase) run(t *testing.T, folder string) {
	path := filepath.Join(folder, c.file)
	tab, w, err := table(t.Context(), cosim.Source{Files: []string{path}}, c.over, witness.Options{})
	if len(c.refused) > 0 {
		require.Error(t, err, "a table, where the design is to be refused")
		assert.Equal(t, fault.Failed, fault.Status(err))
		for _, part := range c.refused {
			assert.Contains(t, err.Error(), part)
		}
		return
	}
	require.NoError(t, err)
	assert.Empty(t, w.Alone, "one witness only")
	assert.Len(t, tab.Witnesses, 2)
	compared := 0
	if c.model != nil {
		for a := range uint32(tab.Format.Rows()) {
			for b := range uint32(tab.Format.Cols()) {
				require.Equal(t, c.model(a, b), tab.At(a, b), "a = %d, b = %d", a, b)
				compared++
			}
		}
	} else {
		compared = compareCSV(t, strings.TrimSuffix(path, ".v")+".csv", tab)
	}
	assert.Equal(t, c.pairs, compared)
}

// compareCSV compares a table with lines of a, b, product.
func compareCSV(t *testing.T, path string, tab *lut.Table) int {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.Equal(t, tab.Format.Pairs(), len(lines)-1)
	for _, l := range lines[1:] {
		var v [3]uint32
		for i := range v {
			n, err := strconv.ParseUint(l[i], 10, 32)
			require.NoError(t, err)
			v[i] = uint32(n)
		}
		require.Equal(t, v[2], tab.At(v[0], v[1]), "a = %d, b = %d", v[0], v[1])
	}
	return len(lines) - 1
}

const noFunction = "the product is no function of the operands: it depends on registers that feed back into themselves"

// TestTrustCases goes through the designs of ../shared/cases/trust that the two
// simulators and structure decide, and that others do not test.
func TestTrustCases(t *testing.T) {
	folder := cases.File(t, "trust")
	for _, c := range []trustCase{
		{file: "readback1.v", pairs: 16},
		{file: "readback2.v", pairs: 16},
		{file: "readback3.v", pairs: 256},
		{file: "readback4.v", pairs: 256},
		{file: "readback5.v", pairs: 256, model: func(a, b uint32) uint32 {
			bit := func(v uint32, k int) uint32 { return v >> k & 1 }
			o1 := (bit(b, 1) | bit(a, 3)) ^ bit(b, 2)
			return bit(a, 3)<<7 | (bit(a, 1)|bit(a, 3))<<6 | o1<<3 | o1<<1
		}},
		{file: "f01_b_gated.v", refused: []string{noFunction, "p[0] (", "f01_b_gated.v:4"}},
		{file: "f01e_float.v", over: cosim.Overrides{Kind: cosim.Float}, refused: []string{noFunction, "f01e_float.v:5"}},
		// Verilator and Yosys take the list for always @*, as silicon does; Icarus Verilog does not.
		{file: "f01b_sensitivity.v", refused: []string{"the simulators disagree", "f01b_sensitivity.v:3: incomplete sensitivity list: the block reads a"}},
		{file: "f03_two_drivers.v", refused: []string{"net p[0] = w[0] has 2 drivers", "w[0] is assigned in f03_two_drivers.v:4 and f03_two_drivers.v:5"}},
		{file: "multidriven.v", refused: []string{"net a[0] = b[0] = p[0] has 2 drivers", "p[0] is assigned in multidriven.v:6 and multidriven.v:7"}},
		{file: "multidriven2.v", refused: []string{"net t has 2 drivers", "multidriven2.v:2", "multidriven2.v:3"}},
		{file: "f04_floating_bus.v", refused: []string{"a bus that nothing drives for some operands"}},
		{file: "f06_div0.v", refused: []string{"p[15:0] is x", "b = 0x0"}},
		{file: "f07_race.v", refused: []string{"the simulators disagree", "race: a clocked block assigns t by =, and another one reads it"}},
		{file: "f10_counter.v", refused: []string{noFunction, "n[0] (", "f10_counter.v:4"}},
		{file: "f14_ifdef.v", refused: []string{"the simulators disagree in 4096 of 4096", "the source differs under the macro VERILATOR"}},
		{file: "f14b_ifdef_synthesis.v", refused: []string{"the simulators disagree", "the source differs under the macro SYNTHESIS"}},
	} {
		t.Run(c.file, func(t *testing.T) { c.run(t, folder) })
	}
}

// TestTrustKindsLong has another design of each of these kinds.
func TestTrustKindsLong(t *testing.T) {
	for _, c := range []trustCase{
		{file: "readback_xor.v", pairs: 256},
		{file: "readback_gates.v", pairs: 256},
		{file: "hold_register.v", refused: []string{noFunction, "keep[0] (", "hold_register.v:"}},
		{file: "toggle.v", refused: []string{noFunction, "phase (", "toggle.v:"}},
		{file: "always_list.v", refused: []string{"the simulators disagree", "always_list.v:3: incomplete sensitivity list: the block reads b"}},
		{file: "two_cells.v", refused: []string{"net carry has 2 drivers"}},
		{file: "floating_tri.v", refused: []string{"a bus that nothing drives for some operands"}},
		{file: "undriven_bit.v", refused: []string{"nothing drives carry[2]", "undriven_bit.v:3", "product depends on it"}},
		{file: "mod0.v", refused: []string{"p[7:0] is x", "b = 0x0"}},
		{file: "macro_yosys.v", refused: []string{"the simulators disagree", "the source differs under the macro YOSYS"}},
		{file: "translate_off.v", refused: []string{"the simulators disagree", "hides a part from synthesis"}},
		{file: "latch.v", refused: []string{"latch for p[0]", "latch.v:"}},
		{file: "ring.v", refused: []string{"combinational loop through", "ring.v:"}},
		{file: "late_reset.v", refused: []string{"ready[3] (", "changes 4 cycles after the reset by itself"}},
		{file: "uneven.v", refused: []string{"operands pass through 0 to 1 registers, so they must be held: option latency 1"}},
		{file: "data_clock.v", refused: []string{"register q[7] is clocked by a[7], which is not the clock"}},
		{file: "gated_clock.v", refused: []string{"is clocked by g, which is not the clock"}},
		{file: "edges.v", refused: []string{"registers at both edges of the clock"}},
		{file: "readback_synthesis.v", refused: []string{"Verilator reports UNOPTFLAT and simulates the netlist of Yosys", "macro SYNTHESIS"}},
	} {
		t.Run(c.file, func(t *testing.T) { c.run(t, "testdata") })
	}
}
