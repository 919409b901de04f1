package nn

import "fmt"

// Residual networks: K. He et al., "Deep residual learning for image
// recognition", 2016. In ResNet-50 the stride is in the 3 × 3 convolution of a
// block, as is usual today ("version 1.5"); the number of parameters is the same.
//
// Images of up to 64 × 64 begin with a 3 × 3 convolution of stride 1, larger ones
// as published with one of 7 × 7 and stride 2 and a maximum pooling.
//
// ResNet-20 is the paper's network for CIFAR-10, whatever the images. Where a
// block's shape changes, its shortcut is a 1 × 1 convolution (the paper's option B,
// 272,474 parameters for ten classes), as in the other networks; option A, which
// fills up with zeros, has 269,722.

// basicResnet returns a network of blocks of two convolutions.
func basicResnet(blocks ...int) func(Shape, int) []Spec {
	return func(in Shape, classes int) []Spec {
		return resnet(imageStem(in), classes, 64, 1, blocks, func(width, stride int) []Spec {
			return append(convNorm(width, 3, stride), append([]Spec{{ReLU: true}}, convNorm(width, 3, 1)...)...)
		})
	}
}

// bottleneckResnet returns a network of blocks of three convolutions.
func bottleneckResnet(blocks ...int) func(Shape, int) []Spec {
	return func(in Shape, classes int) []Spec {
		return resnet(imageStem(in), classes, 64, 4, blocks, func(width, stride int) []Spec {
			body := append(convNorm(width, 1, 1), Spec{ReLU: true})
			body = append(append(body, convNorm(width, 3, stride)...), Spec{ReLU: true})
			return append(body, convNorm(4*width, 1, 1)...)
		})
	}
}

func resnet20(_ Shape, classes int) []Spec {
	return resnet(append(convNorm(16, 3, 1), Spec{ReLU: true}), classes, 16, 1, []int{3, 3, 3}, func(width, stride int) []Spec {
		return append(convNorm(width, 3, stride), append([]Spec{{ReLU: true}}, convNorm(width, 3, 1)...)...)
	})
}

func imageStem(in Shape) []Spec {
	if small(in) {
		return append(convNorm(64, 3, 1), Spec{ReLU: true})
	}
	return append(convNorm(64, 7, 2), Spec{ReLU: true}, Spec{Pool: &PoolSpec{Kernel: 3, Stride: 2, Pad: 1}})
}

// resnet returns stages of blocks, each twice as wide as the one before and, from
// the second on, half as high. A block's output is expansion times its width.
func resnet(stem []Spec, classes, width, expansion int, blocks []int, body func(width, stride int) []Spec) []Spec {
	net := []Spec{{Name: "stem", Chain: stem}}
	channels := width
	for s, n := range blocks {
		var stage []Spec
		for b := range n {
			stride := 1
			if s > 0 && b == 0 {
				stride = 2
			}
			block := &ResidualSpec{Body: body(width, stride)}
			if out := width * expansion; stride > 1 || channels != out {
				block.Shortcut = convNorm(out, 1, stride)
				channels = out
			}
			stage = append(stage, Spec{Residual: block}, Spec{ReLU: true})
		}
		net = append(net, Spec{Name: fmt.Sprintf("stage%d", s+1), Chain: stage})
		width *= 2
	}
	return append(net, Spec{GlobalPool: true}, Spec{Dense: classes})
}

// convNorm returns a convolution that keeps the size, but for the stride, and its
// normalization.
func convNorm(out, kernel, stride int) []Spec { return groupedConvNorm(out, kernel, stride, 1) }

func groupedConvNorm(out, kernel, stride, groups int) []Spec {
	return []Spec{{Conv: &ConvSpec{Out: out, Kernel: kernel, Stride: stride, Pad: kernel / 2, Groups: groups, NoBias: true}}, {BatchNorm: true}}
}
