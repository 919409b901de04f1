package bench

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/devices"
)

// Every benchmark of a GPU runs on the emulation, and compares bits on the way.
func TestGPUBenchLong(t *testing.T) {
	d, _, err := devices.Open(devices.Emulation, 0)
	require.NoError(t, err)
	b := &session{watch: silent{}}
	defer b.close()
	g := newGPUBench(d, b, devices.Emulation, true)
	names := map[string]Figure{}
	for _, m := range g.benchmarks() {
		f, err := m.run(t.Context(), b)
		if m.name == "gemm-functional" && err != nil { // wants a compiler for the GPU's kernels
			require.ErrorIs(t, err, errNotHere)
			continue
		}
		require.NoError(t, err, m.name)
		assert.Positive(t, f.Value, m.name)
		assert.Zero(t, f.Target, "nothing is promised of the emulation")
		names[m.name] = f
	}
	require.GreaterOrEqual(t, len(names), 10)
	table := names["gemm-table"]
	require.Equal(t, "fetching kernel", table.Against[0].Name)
	require.Len(t, names["gemm-skinny"].Parts, 2)
	require.Len(t, names["conv-forward"].Parts, 11)
	require.Len(t, names["conv-input-grad"].Parts, 10)

	// On a real one the goals stand there.
	g.small = false
	assert.Equal(t, device.Gemm{M: 4096, N: 4096, K: 4096}, g.bigShape())
	m := g.models()[len(g.models())-1]
	_, err = m.prepare()
	require.NoError(t, err)
	assert.Equal(t, 2000., m.rate(1).Target)
	m.Batch = 256
	assert.Zero(t, m.rate(1).Target)
}
