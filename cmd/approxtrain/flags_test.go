package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// notNumbers are the types of flags that are no numbers.
var notNumbers = []string{"string", "bool", "strings", "stringArray", "stringSlice"}

// commands returns all commands, with the words that call each.
func commands(c *cobra.Command, path []string, visit func(path []string, c *cobra.Command)) {
	for _, sub := range c.Commands() {
		own := append(slices.Clone(path), sub.Name())
		visit(own, sub)
		commands(sub, own, visit)
	}
}

// outside returns values that a flag must refuse: below and above its range, and no numbers.
func outside(t *testing.T, v pflag.Value) []string {
	text := []string{"", "x", "1e999", strings.Repeat("9", 60), "0x1p9999", "1_0_", "\x1b[2J", "１"}
	switch v := v.(type) {
	case *command.Number[int]:
		return append(text, fmt.Sprint(v.In.Least-1-b2i(v.In.Zero != "" && v.In.Least == 1)), fmt.Sprint(v.In.Most+1), "-9223372036854775808", "9223372036854775807", "NaN", "1.5")
	case *command.Number[uint64]:
		if v.In.Most < math.MaxUint64 {
			text = append(text, fmt.Sprint(v.In.Most+1))
		}
		if v.In.Least > 1 {
			text = append(text, fmt.Sprint(v.In.Least-1))
		}
		return append(text, "-1", "18446744073709551616", "1.5")
	case *command.Number[float64]:
		above := fmt.Sprint(v.In.Most * 1.001)
		if v.In.Open {
			above = fmt.Sprint(v.In.Most)
		}
		return append(text, "-1e-300", above, "NaN", "+Inf", "-Inf")
	case *command.Number[time.Duration]:
		return append(text, fmt.Sprint(v.In.Least-1), fmt.Sprint(v.In.Most+1), "0", "1", "-1s")
	}
	t.Fatalf("%T is no number in a range", v)
	return nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Every flag that is a number has a range, which its help shows. What lies outside is wrong
// usage, the error names the flag and the range, and nothing was written.
func TestNumericFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // what is not refused does not begin
	flags, refused := 0, 0
	commands(newRoot(), nil, func(path []string, c *cobra.Command) {
		c.InitDefaultHelpFlag()
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if slices.Contains(notNumbers, f.Value.Type()) {
				return
			}
			in, ok := f.Value.(interface{ Range() string })
			require.True(t, ok, "%v --%s is a %s without a range: define it by command.NumberVar", path, f.Name, f.Value.Type())
			require.Contains(t, f.Usage, "["+strings.Split(in.Range(), ", or 0 for ")[0]+"]", "%v --%s", path, f.Name)
			help := strings.Join(strings.Fields(c.UsageString()), " ") // a range may go over the end of a line
			require.Contains(t, help, f.Usage[strings.LastIndex(f.Usage, "["):], "%v --%s", path, f.Name)
			flags++
			for _, value := range outside(t, f.Value) {
				root := newRoot()
				root.SetArgs(append(slices.Clone(path), "--"+f.Name+"="+value))
				root.SetOut(io.Discard)
				err := root.ExecuteContext(ctx)
				require.Error(t, err, "%v --%s=%q", path, f.Name, value)
				assert.Equal(t, fault.Usage, fault.Status(err), "%v --%s=%q: %v", path, f.Name, value, err)
				assert.Contains(t, err.Error(), "--"+f.Name+" ", "%q", value)
				assert.Contains(t, err.Error(), "expected "+in.Range())
				assert.NotContains(t, err.Error(), "\x1b")
				refused++
			}
		})
	})
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	assert.Empty(t, files)
	assert.GreaterOrEqual(t, flags, 40)
	assert.GreaterOrEqual(t, refused, 400)
}

// The ends of a range are inside it.
func TestNumericFlagsInside(t *testing.T) {
	inside := 0
	commands(newRoot(), nil, func(path []string, c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			var ends []string
			switch v := f.Value.(type) {
			case *command.Number[int]:
				ends = []string{fmt.Sprint(v.In.Least), fmt.Sprint(v.In.Most)}
			case *command.Number[uint64]:
				ends = []string{"0", fmt.Sprint(v.In.Most)}
			case *command.Number[float64]:
				ends = []string{fmt.Sprint(v.In.Least), fmt.Sprint(max(v.In.Least, 0.5))}
			case *command.Number[time.Duration]:
				ends = []string{fmt.Sprint(v.In.Least), fmt.Sprint(v.In.Most)}
			default:
				return
			}
			for _, end := range append(ends, f.DefValue) {
				require.NoError(t, f.Value.Set(end), "%v --%s=%s", path, f.Name, end)
				inside++
			}
		})
	})
	assert.GreaterOrEqual(t, inside, 100)
}
