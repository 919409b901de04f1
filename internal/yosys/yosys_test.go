package yosys

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Nested ternary operators keep Yosys busy for a time in the cube of their depth. It is stopped, and the design is
// one that it does not read.
func TestDeepExpressions(t *testing.T) {
	tool, err := Find(t.Context())
	require.NoError(t, err)
	expression := "a"
	for i := range 1500 {
		expression = fmt.Sprintf("(b[%d] ? %s : a ^ 4'd%d)", i%4, expression, i%16)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "deep.v")
	text := "module m (input [3:0] a, b, output [7:0] p); assign p = " + expression + "; endmodule\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	tool.Most = time.Second
	_, err = tool.Run(t.Context(), Source{Files: []string{file}, Top: "m"}, dir, "proc\n")
	var unread *ReadError
	require.ErrorAs(t, err, &unread)
	assert.EqualError(t, err, tool.Version+
		" does not read the design: it takes more than 1s of processor time, as it does for expressions that are nested deeply")
}
