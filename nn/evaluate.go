package nn

import (
	"context"
	"fmt"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// Evaluate returns how many examples a network classifies correctly.
func Evaluate(ctx context.Context, n *Network, test Examples) (correct int, err error) {
	counts, err := Confusion(ctx, n, test)
	for c := range counts {
		correct += counts[c][c]
	}
	return correct, err
}

// Confusion counts the classifications of the test examples: the first index is the true class,
// the second the network's answer.
func Confusion(ctx context.Context, n *Network, test Examples) ([][]int, error) {
	counts := make([][]int, n.Classes())
	for c := range counts {
		counts[c] = make([]int, n.Classes())
	}
	err := eachBatch(ctx, n, test, func(x []float32, classes []int) error {
		logits, err := n.Logits(x)
		if err != nil {
			return fmt.Errorf("evaluating: %w", err)
		}
		for r, c := range classes {
			if c < 0 || c >= n.Classes() {
				return fault.Usagef("an example of class %d: the network knows classes 0 to %d", c, n.Classes()-1)
			}
			counts[c][largest(logits[r*n.Classes():][:n.Classes()])]++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// Outputs computes the outputs of all layers for examples, a batch at a time, and
// gives each to a function: examples × the layer's Out, the function's until it
// returns. A block comes after the layers that it holds.
func Outputs(ctx context.Context, n *Network, test Examples, each func(layer string, y []float32)) error {
	return eachBatch(ctx, n, test, func(x []float32, classes []int) error { return n.outputs(x, len(classes), each) })
}

// outputs computes the outputs of all layers for a batch, of which the first examples count.
func (n *Network) outputs(x []float32, examples int, each func(layer string, y []float32)) error {
	var failed error
	n.dev.watch = func(layer string, out device.Buffer) {
		if failed != nil {
			return
		}
		y := make([]float32, out.Len())
		if failed = out.Read(y); failed == nil {
			each(layer, y[:out.Len()/n.batch*examples])
		}
	}
	defer func() { n.dev.watch = nil }()
	n.forward(x, 0)
	if err := n.dev.Sync(); err != nil {
		return fmt.Errorf("evaluating: %w", err)
	}
	return failed
}

// OutputsOfBoth computes the outputs of all layers of two networks of one batch size and with the same names of layers,
// as Outputs does, and gives those of each layer to a function, a batch at a time.
func OutputsOfBoth(ctx context.Context, n, other *Network, test Examples, each func(layer string, y, z []float32)) error {
	return eachBatch(ctx, n, test, func(x []float32, classes []int) error {
		first := map[string][]float32{}
		if err := n.outputs(x, len(classes), func(layer string, y []float32) { first[layer] = y }); err != nil {
			return err
		}
		return other.outputs(x, len(classes), func(layer string, z []float32) {
			if y := first[layer]; len(y) == len(z) {
				each(layer, y, z)
			}
		})
	})
}

// Operand names an operand of a layer's products; see Quantized.
type Operand struct {
	Layer   string
	Product int
	B       bool // the second operand of the product
}

// Observe gives the activations that layers multiply, for examples, a batch at a time, to a function: x is the function's
// until it returns. Weights are not among them. The last dimension of an operand A of a dense layer or a convolution is the
// fastest.
func Observe(ctx context.Context, n *Network, test Examples, each func(o Operand, x []float32)) error {
	return eachBatch(ctx, n, test, func(x []float32, classes []int) error {
		var failed error
		n.dev.observe = func(layer string, product int, b bool, x device.Buffer, view *device.BatchGemm) {
			if failed != nil {
				return
			}
			all := make([]float32, x.Len())
			if failed = x.Read(all); failed != nil {
				return
			}
			if view == nil {
				all = all[:len(all)/n.batch*len(classes)]
			} else {
				all = viewed(all, view, b, len(classes))
			}
			each(Operand{layer, product, b}, all)
		}
		defer func() { n.dev.observe = nil }()
		n.forward(x, 0)
		if err := n.dev.Sync(); err != nil {
			return fmt.Errorf("evaluating: %w", err)
		}
		return failed
	})
}

// viewed returns the elements of an operand, A or B, in the first products of a batch.
func viewed(x []float32, g *device.BatchGemm, b bool, outer int) (out []float32) {
	v, rows, cols := g.A, g.M, g.K
	if b {
		v, rows, cols = g.B, g.K, g.N
	}
	for o := range outer {
		for i := range g.Inner {
			for r := range rows {
				for c := range cols {
					out = append(out, x[v.At(o, i, r, c)])
				}
			}
		}
	}
	return out
}

// eachBatch gives all examples in their order to a function, a whole batch of
// pixels and the classes: fewer than a batch for the last, which keeps examples of
// the batch before in its place.
func eachBatch(ctx context.Context, n *Network, test Examples, do func(x []float32, classes []int) error) error {
	if h, w, c := test.Shape(); (Shape{h, w, c}) != n.in {
		return fault.Usagef("the network takes %v, the data is %v", n.in, Shape{h, w, c})
	}
	x, classes := make([]float32, n.batch*n.in.Len()), make([]int, n.batch)
	for from := 0; from < test.Len(); from += n.batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		indices := make([]int, min(n.batch, test.Len()-from)) // the last batch may not be full
		for i := range indices {
			indices[i] = from + i
		}
		test.Batch(0, indices, x[:len(indices)*n.in.Len()], classes[:len(indices)])
		if err := do(x, classes[:len(indices)]); err != nil {
			return err
		}
	}
	return nil
}

// correct counts the rows whose largest logit is the class.
func (n *Network) correct(logits []float32, classes []int) int {
	right := 0
	for r, c := range classes {
		if largest(logits[r*n.Classes():][:n.Classes()]) == c {
			right++
		}
	}
	return right
}

// largest returns the index of the largest number, the first of equal ones.
func largest(row []float32) int {
	best := 0
	for j, v := range row {
		if v > row[best] {
			best = j
		}
	}
	return best
}
