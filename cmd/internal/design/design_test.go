package design

import (
	"errors"
	"os"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/proof"
)

// Flags that name no design, two, or something of another sort of design are wrong usage before any tool runs.
func TestRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("mul.c", []byte("int mul(int a, int b) { return a * b; }\n"), 0o644))
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "name one design: a built-in (mitchell_e8m7), --rtl file.v, --c file.c, or --port of a board"},
		{[]string{"drum6_u8", "--port", "/dev/ttyUSB0"}, "name one design: "},
		{[]string{"drum6_u8", "--c", "mul.c"}, "name one design: "},
		{[]string{"drum6_u8", "--top", "mul"}, "--top has no meaning for a built-in multiplier: its name says everything"},
		{[]string{"--c", "mul.c", "--simulator", "netlist"}, "--simulator has no meaning for a function in C"},
		{[]string{"--rtl", "mul.v", "--width", "8"}, "--width has no meaning for RTL"},
		{[]string{"--port", "/dev/ttyUSB0", "--jobs", "2"}, "--jobs has no meaning for a board: it says what it is"},
		{[]string{"--rtl", "mul.v", "--kind", "float"}, "--kind float: expected fp, mant, uint, sint, sxu or uxs"},
		{[]string{"--rtl", "mul.v", "--simulator", "icarus"}, "--simulator icarus: expected verilator, netlist or both"},
		{[]string{"--rtl", "mul.v:a", "--top", "b"}, "--rtl mul.v:a: the top module is already b"},
		{[]string{"--c", "mul.c", "--width", "8x"}, "--width 8x: expected bits, such as 8 or 8x6"},
		{[]string{"--c", "mul.c", "--model", "mul.c"}, "--model is what --c was called before: give --c alone"},
	} {
		var d Flags
		command := &cobra.Command{Args: cobra.ArbitraryArgs, SilenceUsage: true, SilenceErrors: true}
		command.RunE = func(x *cobra.Command, args []string) error {
			_, done, err := d.Open(t.Context(), x, args)
			done()
			return err
		}
		d.Register(command)
		d.RegisterBoard(command)
		command.SetArgs(append([]string{}, c.args...))
		err := command.Execute()
		require.ErrorContains(t, err, c.want, "%q", c.args)
		assert.Equal(t, fault.Usage, fault.Status(err), "%q", c.args)
	}
}

// Errors about the golden model name the flag, and keep their exit status.
func TestGoldenError(t *testing.T) {
	cause := fault.Usagef("no such design")
	other := errors.New("other")
	for _, c := range []struct {
		err  error
		want string
	}{
		{proof.ErrNoGolden, "say what the design should be: " +
			"--golden NAME, --golden file.lut, --golden file.c or --golden other.v"},
		{&proof.GoldenError{Err: cause}, "--golden: no such design"},
		{&proof.GoldenError{Name: "exact", Err: cause}, "--golden exact: no such design"},
		{fault.Usagef("%w", &proof.SameError{File: "mul.v"}), "--golden mul.v is the design itself: a comparison with it " +
			"proves nothing; name another file, or another module of it, as in --golden mul.v:module"},
	} {
		err := GoldenError(c.err)
		assert.EqualError(t, err, c.want)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
	assert.Equal(t, other, GoldenError(other))
	assert.NoError(t, GoldenError(nil))
}
