package witness

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/icarus"
)

// Of a design that is slow in Icarus Verilog fewer products are formed. They are fewer in what is said of them, too,
// and no whole table.
func TestSlowSurveyLong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.v")
	require.NoError(t, os.WriteFile(file, []byte(`module m (input [3:0] a, b, output [7:0] p);
  assign p = a * b;
  integer i; reg [7:0] s;
  always @(a or b) begin s = 0; for (i = 0; i < 40000; i = i + 1) s = s + i; end
endmodule`), 0o644))
	r, err := cosim.ElaborateRTL(t.Context(), cosim.Source{Files: []string{file}}, cosim.Overrides{}, cosim.Options{})
	require.NoError(t, err)
	s := &survey{}
	s.bench, err = icarus.Open(t.Context(), r)
	require.NoError(t, err)
	s.a, s.b, s.whole = icarus.Survey(r.Shape())
	require.True(t, s.whole)
	require.Len(t, s.a, 256)
	s.within(t.Context(), time.Second)
	require.NoError(t, s.err)
	assert.Greater(t, len(s.got), 0)
	assert.LessOrEqual(t, len(s.got), 128)
	assert.Len(t, s.a, len(s.got))
	assert.Len(t, s.b, len(s.got))
	for i, p := range s.got {
		assert.Equal(t, icarus.Product{Value: s.a[i] * s.b[i]}, p)
	}
	d := &Design{RTL: r, bench: s.bench, searched: len(s.got), slow: s.slow}
	assert.Contains(t, d.FourState(), ", which is slow: twice as many took more than 1s of processor time)")
	assert.True(t, d.Sampled()[0].Sample)
}
