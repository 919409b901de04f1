package proof

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/lut"
)

// The file of a table of VHDL says that one tool reads the source; that of the same design in Verilog does not.
func TestReadByOne(t *testing.T) {
	if _, err := exec.LookPath("ghdl"); err != nil {
		t.Skip("ghdl is not installed: scripts/bootstrap --tests installs it")
	}
	for name, c := range map[string]struct{ text, says string }{
		"mul.vhd": {"library ieee; use ieee.std_logic_1164.all; use ieee.numeric_std.all;\n" +
			"entity mul is port (a, b : in unsigned(2 downto 0); p : out unsigned(5 downto 0)); end;\n" +
			"architecture rtl of mul is begin p <= a * b; end;\n",
			"proven, no state; only one tool reads the source, because GHDL"},
		"mul.v": {"module mul (input [2:0] a, b, output [5:0] p); assign p = a * b; endmodule\n", "proven, no state"},
	} {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(c.text), 0o644))
		o := Options{Source: cosim.Source{Files: []string{path}}}
		d, err := o.OpenRTL(t.Context())
		require.NoError(t, err)
		m, err := o.Make(t.Context(), d, "", 0, multiplier.Ref{})
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "t.lut")
		require.NoError(t, m.Table.WriteFile(file))
		read, err := lut.ReadFile(file)
		require.NoError(t, err)
		assert.Contains(t, read.Function, c.says)
		assert.Equal(t, name == "mul.vhd", len(read.Function) > len("proven, no state"), read.Function)
		assert.NotContains(t, read.Function, "/")
	}
	assert.Equal(t, "; only one tool reads the source", onlyOne("/opt/yosys is not there"))
}
