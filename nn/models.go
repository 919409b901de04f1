package nn

import (
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/suggest"
)

// models by name, for images of a shape.
var models = map[string]func(in Shape, classes int) []Spec{
	"lenet-300-100": lenet300,
	"lenet-5":       lenet5,
	"mobilenet-v2":  mobilenet2,
	"resnet-18":     basicResnet(2, 2, 2, 2),
	"resnet-20":     resnet20,
	"resnet-34":     basicResnet(3, 4, 6, 3),
	"resnet-50":     bottleneckResnet(3, 4, 6, 3),
	"vit-tiny":      vit(192, 3, 12),
}

// small says whether images are so small that a model made for photographs of 224
// × 224 must not begin with reducing them: up to 64 × 64.
func small(in Shape) bool { return in.H <= 64 && in.W <= 64 }

// LeNet-300-100 and LeNet-5: Y. LeCun et al., "Gradient-based learning applied to
// document recognition", 1998; as is usual today with ReLU, maximum pooling and a
// softmax. The last layer gives the logits.
func lenet300(_ Shape, classes int) []Spec {
	return []Spec{{Dense: 300}, {ReLU: true}, {Dense: 100}, {ReLU: true}, {Dense: classes}}
}

func lenet5(_ Shape, classes int) []Spec {
	return []Spec{
		{Conv: &ConvSpec{Out: 6, Kernel: 5, Pad: 2}}, {ReLU: true}, {MaxPool: 2},
		{Conv: &ConvSpec{Out: 16, Kernel: 5}}, {ReLU: true}, {MaxPool: 2},
		{Dense: 120}, {ReLU: true}, {Dense: 84}, {ReLU: true}, {Dense: classes},
	}
}

// Models returns the names of the models, sorted.
func Models() []string {
	var names []string
	for n := range models {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Model returns the layers of a model by name, for images of a shape.
func Model(name string, in Shape, classes int) ([]Spec, error) {
	if m, ok := models[name]; ok {
		return m(in, classes), nil
	}
	return nil, fault.Usagef("no model %s; did you mean %s? There are: %s", name, suggest.Nearest(name, Models()),
		strings.Join(Models(), ", "))
}
