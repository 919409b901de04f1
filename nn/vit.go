package nn

import "fmt"

// vit returns a vision transformer: A. Dosovitskiy et al., "An image is worth 16 ×
// 16 words", 2021, in the sizes of H. Touvron et al., "Training data-efficient
// image transformers" (DeiT), 2021. Patches are 16 × 16, for images of up to 64 ×
// 64 they are 4 × 4; pixels beyond the last whole patch are not seen.
func vit(channels, heads, blocks int) func(Shape, int) []Spec {
	return func(in Shape, classes int) []Spec {
		patch := 16
		if small(in) {
			patch = 4
		}
		net := []Spec{
			{Name: "patches", Conv: &ConvSpec{Out: channels, Kernel: patch, Stride: patch}},
			{Name: "tokens", Tokens: &TokensSpec{Class: true}},
		}
		for b := range blocks {
			net = append(net, Spec{Name: fmt.Sprintf("block%d", b+1), Chain: []Spec{
				{Name: "attend", Residual: &ResidualSpec{Body: []Spec{{LayerNorm: true}, {Attention: heads}}}},
				{Name: "mlp", Residual: &ResidualSpec{Body: []Spec{{LayerNorm: true}, {Linear: 4 * channels}, {GELU: true}, {Linear: channels}}}},
			}})
		}
		return append(net, Spec{LayerNorm: true}, Spec{Name: "class", FirstToken: true}, Spec{Dense: classes})
	}
}
