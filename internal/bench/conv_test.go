package bench

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
)

// TestTerms counts the products of convolutions one by one.
func TestTerms(t *testing.T) {
	convs := []device.Conv{
		{N: 2, H: 9, W: 7, C: 6, OutC: 4, KH: 3, KW: 2, PadH: 2, PadW: 1,
			StrideH: 2, StrideW: 1, DilationH: 2, DilationW: 3, Groups: 2},
	}
	for _, l := range resnet18(1) {
		convs = append(convs, l.conv)
	}
	for _, c := range convs {
		require.NoError(t, c.Validate())
		want := 0
		for oy := range c.OutH() {
			for ox := range c.OutW() {
				for ky := range c.KH {
					for kx := range c.KW {
						y, x := oy*c.StrideH-c.PadH+ky*c.DilationH, ox*c.StrideW-c.PadW+kx*c.DilationW
						if y >= 0 && y < c.H && x >= 0 && x < c.W {
							want += c.N * c.C / c.Groups * c.OutC
						}
					}
				}
			}
		}
		require.Equal(t, want, c.Terms(), "%+v", c)
	}
}

// TestResNet18 compares the layers with figures known of the network: its
// multiplications and its weights without biases, normalisation and the dense
// layer.
func TestResNet18(t *testing.T) {
	n, macs, weights := 0, 0, 0
	for _, l := range resnet18(1) {
		n += l.count
		macs += l.count * l.conv.MACs()
		weights += l.count * l.conv.WeightLen()
	}
	require.Equal(t, 20, n)
	require.Equal(t, 555_417_600, macs)
	require.Equal(t, 11_159_232, weights)
}

// TestConvolve measures small layers: the figure is their products over the time
// of all of them.
func TestConvolve(t *testing.T) {
	b := &session{watch: silent{}}
	defer b.close()
	small := func(count, out int) layer {
		return layer{count, device.Conv{N: 1, H: 4, W: 4, C: 8, OutC: out, KH: 3, KW: 3, PadH: 1, PadW: 1,
			StrideH: 1, StrideW: 1,
			DilationH: 1, DilationW: 1, Groups: 1}}
	}
	layers := []layer{small(3, 16), small(1, 32)}
	for _, p := range []pass{convForward, convInputGrad, convWeightGrad} {
		f, err := b.convolve(t.Context(), p, layers, 1)
		require.NoError(t, err)
		require.Len(t, f.Parts, 2)
		macs, seconds := 0.0, 0.0
		for i, part := range f.Parts {
			require.InDelta(t, 100./144, part.Terms, 1e-9)
			require.InEpsilon(t, part.Value/f.Against[0].Value, part.Ratio, 1e-9)
			n := float64(part.Count * 100 * 8 * layers[i].conv.OutC)
			macs += n
			seconds += n / part.Value
		}
		require.InEpsilon(t, macs/seconds, f.Value, 1e-9)
		require.InEpsilon(t, f.Value/f.Against[0].Value, f.Against[0].Ratio, 1e-9)
		require.Equal(t, 0.8, f.Against[0].Target)
	}
}
