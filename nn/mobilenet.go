package nn

import "fmt"

// mobilenet2 is M. Sandler et al., "MobileNetV2: inverted residuals and linear
// bottlenecks", 2018. Images of up to 64 × 64 are halved three times instead of
// five: not in the stem and not in the second stage.
func mobilenet2(in Shape, classes int) []Spec {
	early := 2
	if small(in) {
		early = 1
	}
	six := Spec{ReLU6: true}
	net := []Spec{{Name: "stem", Chain: append(convNorm(32, 3, early), six)}}
	channels := 32
	for s, stage := range []struct{ expansion, out, blocks, stride int }{
		{1, 16, 1, 1}, {6, 24, 2, early}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1},
	} {
		var blocks []Spec
		for b := range stage.blocks {
			stride := 1
			if b == 0 {
				stride = stage.stride
			}
			wide := channels * stage.expansion
			var body []Spec
			if wide != channels {
				body = append(convNorm(wide, 1, 1), six)
			}
			body = append(append(body, groupedConvNorm(wide, 3, stride, wide)...), six)
			body = append(body, convNorm(stage.out, 1, 1)...)
			if stride == 1 && channels == stage.out {
				blocks = append(blocks, Spec{Residual: &ResidualSpec{Body: body}})
			} else {
				blocks = append(blocks, Spec{Chain: body})
			}
			channels = stage.out
		}
		net = append(net, Spec{Name: fmt.Sprintf("stage%d", s+1), Chain: blocks})
	}
	net = append(net, Spec{Name: "last", Chain: append(convNorm(1280, 1, 1), six)})
	return append(net, Spec{GlobalPool: true}, Spec{Dropout: 0.2}, Spec{Dense: classes})
}
