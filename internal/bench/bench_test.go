package bench

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/nn"
)

// noting keeps what it hears.
type noting struct{ lines []string }

func (n *noting) Logf(format string, args ...any) {
	n.lines = append(n.lines, fmt.Sprintf(format, args...))
}

func (n *noting) Begin(what, unit string) (func(_, _ uint64), func()) {
	return silent{}.Begin(what, unit)
}

// Without the program approxtrain the builds of tables are left out, and the Watcher hears why.
func TestRunErrors(t *testing.T) {
	n := &noting{}
	_, err := Run(t.Context(), Options{Filter: regexp.MustCompile("^lut-(cold|warm)$"), Watcher: n})
	require.ErrorIs(t, err, ErrNothing)
	assert.Equal(t, []string{
		"lut-cold: approxtrain lut of an 8-bit multiplier, nothing cached",
		"lut-cold: left out: not on this machine: the program approxtrain",
		"lut-warm: the same once more",
		"lut-warm: left out: not on this machine: the program approxtrain",
	}, n.lines)
	_, err = Run(t.Context(), Options{Filter: regexp.MustCompile("no such benchmark")})
	require.ErrorIs(t, err, ErrNoMatch)
	_, err = Run(t.Context(), Options{Device: "no such device"})
	assert.Equal(t, fault.Usage, fault.Status(err), err)
}

// The portable kernel is there on every machine; the Watcher may be nobody.
func TestRun(t *testing.T) {
	r, err := Run(t.Context(), Options{Filter: regexp.MustCompile("^gemm-table-generic$")})
	require.NoError(t, err)
	assert.NotEmpty(t, r.CPU)
	assert.Positive(t, r.Cores)
	require.Len(t, r.Figures, 1)
	assert.Equal(t, "gemm-table-generic", r.Figures[0].Name)
	assert.Equal(t, "GMAC/s", r.Figures[0].Unit)
	assert.Positive(t, r.Figures[0].Value)
}

// Numbers that are out of their ranges are errors of the user.
func TestModelOptions(t *testing.T) {
	for want, change := range map[string]func(*ModelOptions){
		"width of the images: 16385: expected 1 to 16384": func(o *ModelOptions) { o.Image = nn.Shape{H: 1, W: 16385, C: 1} },
		"classes: 0: expected 1 to 65536":                 func(o *ModelOptions) { o.Classes = 0 },
		"batch: 0: expected 1 to 65536":                   func(o *ModelOptions) { o.Batch = 0 },
		"steps: 0: expected 1 to 1000000":                 func(o *ModelOptions) { o.Steps = 0 },
	} {
		o := ModelOptions{Model: "lenet-5", Multiplier: "fp32", Classes: 10, Batch: 1, Steps: 1}
		change(&o)
		_, err := RunModel(t.Context(), o)
		require.EqualError(t, err, want)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
}
