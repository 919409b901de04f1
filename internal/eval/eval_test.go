package eval

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/safetensors"
	"github.com/approxtrain/approxtrain/nn"
)

// write writes random weights of a LeNet-300-100 for the generated images, and returns the file.
func write(t *testing.T, metadata map[string]string) string {
	d, err := cpu.New(1)
	require.NoError(t, err)
	m, err := d.Multiplier(nil)
	require.NoError(t, err)
	in := nn.Shape{H: 28, W: 28, C: 1}
	specs, err := nn.Model("lenet-300-100", in, 10)
	require.NoError(t, err)
	n, err := nn.New(d, specs, in, 1, nn.Multipliers{Forward: m, Backward: m}, 1)
	require.NoError(t, err)
	w, err := n.Weights()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "weights.safetensors")
	require.NoError(t, safetensors.WriteFile(path, safetensors.File{Metadata: metadata, Tensors: w}))
	return path
}

var said = map[string]string{"model": "lenet-300-100", "data": "digits", "multiplier": "mbm_e8m3", "batch": "4"}

// TestRun: the metadata of a file names everything that is needed. Layers are compared for their own number of
// images, and not with fp32 itself.
func TestRun(t *testing.T) {
	path := write(t, said)
	e, err := Run(t.Context(), Options{Weights: path, Limit: 30, Layers: 6, Device: "cpu"})
	require.NoError(t, err)
	assert.Equal(t, path, e.Weights)
	assert.Equal(t, []string{"lenet-300-100", "digits", "mbm_e8m3"}, []string{e.Model, e.Data, e.Network.Multiplier})
	assert.Equal(t, []int{10, 30, 6}, []int{len(e.Classes), e.Images, e.LayerImages})
	require.Len(t, e.Results, 2)
	for i, name := range []string{"mbm_e8m3", experiment.Native} {
		r := e.Results[i]
		assert.Equal(t, name, r.Multiplier)
		assert.Equal(t, 30, r.Images)
		right, all := 0, 0
		for c, row := range r.Confusion {
			right += row[c]
			for _, n := range row {
				all += n
			}
		}
		assert.Equal(t, 30, all)
		assert.Equal(t, float64(right)/30, r.Accuracy)
	}
	assert.Contains(t, e.Layers, "dense1")
	assert.Len(t, e.Results[0].Layers, len(e.Layers))
	assert.Positive(t, e.Results[0].Layers[0].Size())
	assert.Nil(t, e.Results[1].Layers)

	none, err := Run(t.Context(), Options{Weights: path, Multipliers: []string{"fp32"}, Limit: 30, Device: "cpu"})
	require.NoError(t, err)
	assert.Nil(t, none.Layers)
	require.Len(t, none.Results, 1)
	assert.Equal(t, e.Results[1], none.Results[0])
}

// TestErrors: what the Options can add has a type; all are errors of the user.
func TestErrors(t *testing.T) {
	for _, missing := range []string{"model", "data"} {
		metadata := maps.Clone(said)
		delete(metadata, missing)
		path := write(t, metadata)
		_, err := Run(t.Context(), Options{Weights: path})
		var unsaid *UnsaidError
		require.ErrorAs(t, err, &unsaid)
		assert.Equal(t, UnsaidError{path, missing}, *unsaid)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
	_, err := Run(t.Context(), Options{Weights: write(t, said), Model: "lenet-6", Device: "cpu"})
	var model *ModelError
	require.ErrorAs(t, err, &model)
	assert.ErrorContains(t, err, "no model lenet-6")
	assert.Equal(t, fault.Usage, fault.Status(err))
	_, err = Run(t.Context(), Options{Weights: filepath.Join(t.TempDir(), "none")})
	assert.ErrorContains(t, err, "there are no weights of that name")
	assert.Equal(t, fault.Usage, fault.Status(err))
}
