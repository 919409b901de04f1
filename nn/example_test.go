package nn_test

import (
	"context"
	"fmt"
	"log"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/nn"
)

// A network is trained for two epochs with a multiplier in every dense layer, forward and
// backward. The same seed gives the same losses on every machine.
func ExampleTrain() {
	d, err := cpu.New(0)
	if err != nil {
		log.Fatal(err)
	}
	mitchell, err := golden.Lookup("mitchell_e8m7")
	if err != nil {
		log.Fatal(err)
	}
	m, err := d.Multiplier(mitchell.Table())
	if err != nil {
		log.Fatal(err)
	}
	set := data.Digits(1, 640, 320)
	in := nn.Shape{H: 28, W: 28, C: 1}
	layers, err := nn.Model("lenet-300-100", in, len(set.Classes))
	if err != nil {
		log.Fatal(err)
	}
	network, err := nn.New(d, layers, in, 32, nn.Multipliers{Forward: m, Backward: m}, 1)
	if err != nil {
		log.Fatal(err)
	}
	optimizer, err := nn.NewOptimizer("adam", 0.001, 0)
	if err != nil {
		log.Fatal(err)
	}
	epochs, err := nn.Train(context.Background(), network, optimizer, set.Train, set.Test, nn.Loop{Epochs: 2, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range epochs {
		fmt.Printf("epoch %d: loss %.3f\n", e.Epoch, e.TrainLoss)
	}
	// Output:
	// epoch 1: loss 2.120
	// epoch 2: loss 1.399
}
