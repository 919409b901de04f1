package witness_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/internal/witness"
)

// TestInterfaceCasesLong has the designs of ../shared/cases/interfaces whose ports or sources are not tidy: each has
// the table of an exact multiplier.
func TestInterfaceCasesLong(t *testing.T) {
	dir := cases.File(t, "interfaces")
	for _, c := range []struct {
		files  string
		over   cosim.Overrides
		params []string
		want   string
	}{
		{files: "axis_one.v", want: "exact_u8"},
		{files: "axis_two.v", want: "exact_u8"},
		{files: "axis_two.v", over: cosim.Overrides{InValid: "s_axis_a_tvalid,s_axis_b_tvalid", InReady: "s_axis_a_tready,s_axis_b_tready"}, want: "exact_u8"},
		{files: "two_on_one.v", over: cosim.Overrides{A: "s_axis_tdata[15:8]", B: "s_axis_tdata[7:0]"}, want: "exact_u8"},
		{files: "comb_done.v", want: "exact_u8"},
		{files: "comb_busy.v", want: "exact_u4"},
		{files: "comb_busy.v", over: cosim.Overrides{InReady: "none"}, want: "exact_u4"},
		{files: "level_start.v", over: cosim.Overrides{InValid: "start", InReady: "ready", OutValid: "ready"}, want: "exact_u4"},
		{files: "level_start.v", over: cosim.Overrides{InValid: "start", OutValid: "ready"}, want: "exact_u4"},
		{files: "level_start.v", want: "exact_u4"},
		{files: "start_busy.v", want: "exact_u4"},
		{files: "start_busy.v", over: cosim.Overrides{InValid: "start", InReady: "none", OutValid: "!busy"}, want: "exact_u4"},
		{files: "valid_pipe.v", want: "exact_u8"},
		{files: "valid_pipe.v", over: cosim.Overrides{InValid: "vin", OutValid: "vout"}, want: "exact_u8"},
		{files: "kind_valid.v", over: cosim.Overrides{Tie: []string{"en=1"}}, want: "exact_u8"},
		{files: "kind_valid.v", over: cosim.Overrides{Tie: []string{"en=1"}, Kind: cosim.Unsigned}, want: "exact_u8"},
		{files: "recursive.v", want: "exact_u8"},
		{files: "tb_in_file.v", want: "exact_u8"},
		{files: "unused_cell.v", want: "exact_u8"},
		{files: "abstract_top.sv", params: []string{"W=8"}, want: "exact_u8"},
		{files: "_leading_underscore.v", want: "exact_u8"},
		{files: "escaped_name.v", want: "exact_u8"},
		{files: "lib/lib_top.v lib/other.v", want: "exact_u4"},
		{files: "sv_typedef.sv", want: "exact_u8"},
		{files: "sv_typedef.sv sv_pkg.sv", want: "exact_u8"},
		{files: "sv_struct.sv sv_pkg.sv", want: "exact_u8"},
		{files: "sv_struct.sv", over: cosim.Overrides{A: "req[15:8]", B: "req[7:0]"}, want: "exact_u8"},
		{files: "sv_if.sv", over: cosim.Overrides{A: "m.a", B: "m.b", P: "m.p"}, want: "exact_u8"},
		{files: "sv_unpacked.sv", want: "exact_u8"},
		{files: "verilator_comment.v", want: "exact_u4"},
		{files: "vhdl_only.vhd", want: "exact_u8"},
		{files: "signed_undeclared.v", over: cosim.Overrides{Kind: cosim.Signed}, want: "exact_s8"},
	} {
		t.Run(c.files, func(t *testing.T) {
			s := cosim.Source{Params: c.params}
			for f := range strings.FieldsSeq(c.files) {
				if _, err := exec.LookPath("ghdl"); err != nil && filepath.Ext(f) == ".vhd" {
					t.Skip("ghdl is not installed: scripts/bootstrap --tests installs it")
				}
				s.Files = append(s.Files, filepath.Join(dir, f))
			}
			tab, _, err := table(t.Context(), s, c.over, witness.Options{})
			require.NoError(t, err)
			want, err := golden.Lookup(c.want)
			require.NoError(t, err)
			assert.Equal(t, want.Table().Digest(), tab.Digest())
		})
	}
	for _, c := range []struct {
		file string
		over cosim.Overrides
		says string
	}{
		{"extra_input.v", cosim.Overrides{A: "a", B: "b"}, "input mask (6 bit) has no part: give it a value with option tie mask=VALUE"},
		{"sp ace/cut.v", cosim.Overrides{}, "sp ace/cut.v:3: Cannot find file containing module: 'ha' (2 times)"},
	} {
		_, err := cosim.ElaborateRTL(t.Context(), cosim.Source{Files: []string{filepath.Join(dir, c.file)}}, c.over, cosim.Options{})
		assert.ErrorContains(t, err, c.says, c.file)
	}
}
