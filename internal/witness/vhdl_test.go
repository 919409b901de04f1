package witness_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/witness"
)

// TestVHDLLong compares what GHDL's synthesis makes of VHDL with what its simulation computes.
func TestVHDLLong(t *testing.T) {
	if _, err := exec.LookPath("ghdl"); err != nil {
		t.Skip("ghdl is not installed: scripts/bootstrap --tests installs it")
	}
	const head = "library ieee; use ieee.std_logic_1164.all; use ieee.numeric_std.all;\n"
	for _, c := range []struct {
		name, text string
		alone, err string
	}{
		{"types.vhd", "entity types is port (en : in std_logic; a, b : in signed(1 downto 0); p : out std_logic_vector(3 downto 0)); end;\n" +
			"architecture rtl of types is begin p <= std_logic_vector(a * b) when en = '1' else (others => '0'); end;\n", "GHDL's own simulation has the same 16 products", ""},
		{"integers.vhd", "entity integers is port (a, b : in natural range 0 to 3; p : out natural range 0 to 15); end;\n" +
			"architecture rtl of integers is begin p <= a * b; end;\n", "was not asked: port a is of type natural", ""},
		// Synthesis completes a list of sensitivity, simulation does not.
		{"stale.vhd", "entity stale is port (a, b : in unsigned(1 downto 0); p : out unsigned(3 downto 0)); end;\n" +
			"architecture rtl of stale is begin process (a) begin p <= a * b; end process; end;\n", "", "the simulators disagree in"},
		// Synthesis takes a value that is open for 0.
		{"open.vhd", "entity open_bit is port (a, b : in unsigned(1 downto 0); p : out unsigned(3 downto 0)); end;\n" +
			"architecture rtl of open_bit is begin p <= \"000X\" when a = 1 and b = 2 else a * b; end;\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.name)
			require.NoError(t, os.WriteFile(path, []byte(head+c.text), 0o644))
			over := cosim.Overrides{}
			if c.name == "types.vhd" {
				over.Tie = []string{"en=1"}
			}
			r, err := cosim.ElaborateRTL(t.Context(), cosim.Source{Files: []string{path}}, over, cosim.Options{})
			require.NoError(t, err)
			d, err := witness.Open(t.Context(), r, witness.Options{Simulators: witness.Netlist})
			switch {
			case c.name == "open.vhd": // whichever tool is the first to say so
				assert.Error(t, err)
			case c.err != "":
				assert.ErrorContains(t, err, c.err)
			default:
				require.NoError(t, err)
				assert.Contains(t, d.Alone, c.alone)
			}
		})
	}
}

// TestWideVHDL opens designs whose ports have more than 32 bits, which are sampled: GHDL's simulation is not asked.
func TestWideVHDL(t *testing.T) {
	const vhdl = "library ieee; use ieee.std_logic_1164.all; use ieee.numeric_std.all;\n" +
		"entity wide is port (a, b : in unsigned(23 downto 0); p : out unsigned(47 downto 0)); end;\n" +
		"architecture rtl of wide is begin p <= a * b; end;\n"
	for name, text := range map[string]string{
		"wide.v":   "module wide (input [63:0] a, input [63:0] b, output [127:0] p);\n  assign p = a * b;\nendmodule\n",
		"wide.vhd": vhdl,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath("ghdl"); err != nil && name == "wide.vhd" {
				t.Skip("ghdl is not installed: scripts/bootstrap --tests installs it")
			}
			path := filepath.Join(t.TempDir(), name)
			require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
			r, err := cosim.ElaborateRTL(t.Context(), cosim.Source{Files: []string{path}}, cosim.Overrides{Sample: true}, cosim.Options{})
			require.NoError(t, err)
			d, err := witness.Open(t.Context(), r, witness.Options{Simulators: witness.Netlist})
			require.NoError(t, err)
			if name == "wide.vhd" {
				assert.Contains(t, d.Alone, "GHDL's own simulation was not asked: that is done with ports of up to 32 bits")
			}
		})
	}
}
