package nn

// trial is a network under test.
type trial struct {
	specs []Spec
	in    Shape
	scale float32 // of the pixels, 0: 1
}

func conv(out, kernel int, change ...func(*ConvSpec)) Spec {
	c := &ConvSpec{Out: out, Kernel: kernel, Pad: kernel / 2}
	for _, f := range change {
		f(c)
	}
	return Spec{Conv: c}
}

func noBias(c *ConvSpec)            { c.NoBias = true }
func groups(n int) func(*ConvSpec)  { return func(c *ConvSpec) { c.Groups = n } }
func strided(n int) func(*ConvSpec) { return func(c *ConvSpec) { c.Stride = n } }

var (
	activate = Spec{ReLU: true}
	batched  = Spec{BatchNorm: true}
	layered  = Spec{LayerNorm: true}
)

// trials are networks of every kind of layer; those of three dimensions are too
// small for anything but a test.
var trials = map[string]trial{
	"dense":       {[]Spec{{Dense: 7}, activate, {Dense: 4}}, Shape{1, 1, 9}, 0},
	"linear":      {[]Spec{{Linear: 5}, activate, {Linear: 3}, {Dense: 4}}, Shape{2, 3, 4}, 0},
	"convolution": {[]Spec{conv(4, 3), activate, {Conv: &ConvSpec{Out: 3, Kernel: 3}}, {Dense: 4}}, Shape{6, 5, 2}, 0},
	"stride":      {[]Spec{conv(4, 3, strided(2)), {Conv: &ConvSpec{Out: 4, Kernel: 2}}, {Dense: 4}}, Shape{7, 6, 2}, 0},
	"groups": {[]Spec{{Conv: &ConvSpec{Out: 6, Kernel: 3, Groups: 2, Dilation: 2, Pad: 2}}, activate, conv(6, 1, groups(3)),
		{Dense: 4}}, Shape{5, 6, 4}, 0},
	"depthwise":   {[]Spec{conv(6, 3), conv(6, 3, groups(6), strided(2), noBias), conv(4, 1), {GlobalPool: true}, {Dense: 4}}, Shape{7, 6, 2}, 0},
	"max pooling": {[]Spec{conv(3, 3), {MaxPool: 2}, {Dense: 4}}, Shape{6, 7, 1}, 0},
	"pool padded": {[]Spec{conv(3, 3), {Pool: &PoolSpec{Kernel: 3, Stride: 2, Pad: 1}}, {Dense: 4}}, Shape{6, 7, 1}, 0},
	"avg pooling": {[]Spec{conv(3, 3), {AvgPool: 2}, {Dense: 4}}, Shape{6, 7, 1}, 0},
	"global":      {[]Spec{conv(5, 3), {GlobalPool: true}, {Dense: 4}}, Shape{6, 7, 1}, 0},
	"dropout":     {[]Spec{{Dense: 12}, {Dropout: 0.4}, activate, {Dense: 4}}, Shape{1, 1, 9}, 0},
	"dropout blocks": {[]Spec{{Dense: 12}, block(nil, Spec{Dropout: 0.3}, activate, Spec{Linear: 12}), block(nil, block(nil, Spec{Dropout: 0.4})),
		{Dense: 4}}, Shape{1, 1, 9}, 0},
	"GELU":         {[]Spec{{Dense: 7}, {GELU: true}, {Dense: 4}}, Shape{1, 1, 9}, 0},
	"ReLU6":        {[]Spec{{Dense: 40}, {ReLU6: true}, {Dense: 4}}, Shape{1, 1, 9}, 8},
	"batch norm":   {[]Spec{conv(5, 3, noBias), batched, activate, conv(4, 3, noBias), batched, {Dense: 4}}, Shape{5, 4, 2}, 0},
	"first norm":   {[]Spec{batched, activate, {Dense: 4}}, Shape{4, 4, 2}, 0},
	"layer norm":   {[]Spec{layered, conv(5, 3), layered, {GELU: true}, {Dense: 4}}, Shape{3, 4, 6}, 0},
	"chain":        {[]Spec{{Chain: []Spec{conv(4, 3), activate, {Chain: []Spec{activate, conv(3, 1)}}}}, {Dense: 4}}, Shape{5, 4, 2}, 0},
	"identity":     {[]Spec{conv(4, 3), block(nil, conv(4, 3, noBias), batched, activate, conv(4, 3)), activate, {Dense: 4}}, Shape{5, 4, 2}, 0},
	"shortcut":     {[]Spec{conv(4, 3), block([]Spec{conv(6, 1, strided(2)), batched}, conv(6, 3, strided(2)), activate), activate, {Dense: 4}}, Shape{5, 4, 2}, 0},
	"first block":  {[]Spec{block(nil, conv(2, 3), activate, conv(2, 3)), activate, {Dense: 4}}, Shape{5, 4, 2}, 0},
	"preactivated": {[]Spec{conv(4, 3), block(nil, activate, conv(4, 3), block(nil, activate, conv(4, 1)), activate), {Dense: 4}}, Shape{5, 4, 2}, 0},
	"attention":    {[]Spec{{Attention: 2}, {Attention: 1}, {Dense: 4}}, Shape{2, 3, 6}, 0},
	"tokens":       {[]Spec{{Conv: &ConvSpec{Out: 6, Kernel: 2, Stride: 2}}, {Tokens: &TokensSpec{}}, {Attention: 3}, {GlobalPool: true}, {Dense: 4}}, Shape{4, 6, 2}, 0},
	"class token":  {[]Spec{{Linear: 6}, {Tokens: &TokensSpec{Class: true}}, {Attention: 3}, layered, {FirstToken: true}, {Dense: 4}}, Shape{2, 2, 3}, 0},
	"transformer": {[]Spec{{Conv: &ConvSpec{Out: 8, Kernel: 2, Stride: 2}}, {Tokens: &TokensSpec{Class: true}},
		block(nil, layered, Spec{Attention: 2}), block(nil, layered, Spec{Linear: 12}, Spec{GELU: true}, Spec{Linear: 8}),
		block(nil, layered, Spec{Attention: 2}), layered, {FirstToken: true}, {Dense: 4}}, Shape{4, 4, 2}, 0},
	"lenet-5":       {must(Model("lenet-5", Shape{28, 28, 1}, 10)), Shape{28, 28, 1}, 0},
	"lenet-300-100": {must(Model("lenet-300-100", Shape{28, 28, 1}, 10)), Shape{28, 28, 1}, 0},
}

func block(shortcut []Spec, body ...Spec) Spec {
	return Spec{Residual: &ResidualSpec{Body: body, Shortcut: shortcut}}
}
