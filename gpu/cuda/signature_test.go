package cuda

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/gpu/kernels"
)

func TestSignatures(t *testing.T) {
	all, err := signatures(kernels.PTX())
	require.NoError(t, err)
	assert.Greater(t, len(all), 60)
	assert.Equal(t, signature{8, 4}, all["zero"])
	assert.Equal(t, signature{28, 8, 8, 4}, all["copy"])
	require.NoError(t, all["zero"].check([]int{8, 4}))
	require.EqualError(t, all["zero"].check([]int{8}), "1 arguments, expected 2")
	require.EqualError(t, all["zero"].check([]int{4, 4}), "argument 0 has 4 bytes, expected 8")

	for text, want := range map[string]string{
		"": "0 kernels",
		".visible .entry a(\n.param .texref x\n)":  "kernel a has 1 parameters, of which 0 are understood",
		".weak .entry a(\n.param .u64 x\n)":        "has 1 kernels, of which 0",
		".visible .entry a(\n.param .u64 x[2]\n) ": "",
	} {
		_, err := signatures([]byte(text))
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
	}
}
