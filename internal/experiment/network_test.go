package experiment

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMetadata(t *testing.T) {
	want := Network{Model: "7", Data: "./set", Multiplier: "fp32", Batch: 64, Input: [3]int{28, 28, 1}, Classes: 10,
		Mean: []float32{0.1307}, Deviation: []float32{0.3081}}
	all, err := want.Metadata()
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"model": "7", "data": "./set", "multiplier": "fp32", "batch": "64", "input": "[28,28,1]",
		"classes": "10", "mean": "[0.1307]", "deviation": "[0.3081]"}, all)
	got, err := ParseMetadata(all)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	_, err = ParseMetadata(map[string]string{"batch": "x"})
	assert.ErrorContains(t, err, `metadata batch "x"`)
	got, err = ParseMetadata(map[string]string{"format": "pt"})
	require.NoError(t, err)
	assert.Equal(t, Network{}, got)
}
