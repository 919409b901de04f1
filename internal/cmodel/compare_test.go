package cmodel_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// otherwise is a device whose compiler makes something else of a model.
type otherwise struct {
	*cpu.Device
	source string
}

func (o otherwise) Name() string { return "another" }

func (o otherwise) Functional(m device.Model) (device.Multiplier, error) {
	m.Source = o.source
	return o.Device.Functional(m)
}

func TestCompare(t *testing.T) {
	if _, err := exec.LookPath("cc"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("no C compiler")
	}
	d, err := cpu.New(1)
	require.NoError(t, err)
	m := device.Model{Name: "m", Func: "f", File: "m.c", Source: "float f(float a, float b) { return a / b; }"}
	for _, c := range []struct{ source, want string }{
		{m.Source, ""},
		{"float f(float a, float b) { return a != a ? -a : a / b; }", ""}, // a NaN is a NaN
		{"float f(float a, float b) { return a == 0x1p31f && b == 2 ? 1 : a / b; }",
			`^m.c: f\(2.1474836e\+09, 2\) \(0x4f000000, 0x40000000\) is 1.0737418e\+09 \(0x4e800000\) on cpu .* and 1 \(0x3f800000\) on another: `},
		{"float f(float a, float b) { return a != a ? 0 : a / b; }", `is NaN .* and 0 `},
	} {
		pairs, err := cmodel.Compare(m, d, otherwise{d, c.source})
		if c.want == "" {
			require.NoError(t, err)
			assert.Equal(t, cmodel.Pairs, pairs)
			continue
		}
		require.Error(t, err)
		assert.Regexp(t, c.want, err.Error())
		assert.Equal(t, fault.Usage, fault.Status(err))
		assert.Less(t, pairs, cmodel.Pairs)
	}
	_, err = cmodel.Compare(m, d, otherwise{d, "float f"})
	require.ErrorContains(t, err, "does not accept the model m.c")
}
