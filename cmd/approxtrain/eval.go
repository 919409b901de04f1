package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"approxtrain/data"
	"approxtrain/devices"
	"approxtrain/experiment"
	"approxtrain/internal/fault"
	"approxtrain/internal/limits"
	"approxtrain/nn"
	"approxtrain/report"
)

type evalFlags struct {
	mults          []string
	given          bool // that the user has named them
	data, model    string
	batch          int
	limit, layers  int
	plot           string
	device         string
	threads        int
	asJSON         bool
	weights        *weights
	trained        *experiment.Config // that the weights are of, nil if unknown
	classes        []string
	test, inspect  nn.Examples
	specs          []nn.Spec
	in             nn.Shape
	reference      map[string][]float32 // outputs of the layers with fp32
	referenceOrder []string
}

// evaluated is the outcome with one multiplier.
type evaluated struct {
	Multiplier string       `json:"multiplier"`
	Digest     string       `json:"sha256,omitempty"` // of the table
	Images     int          `json:"images"`
	Accuracy   float64      `json:"accuracy"`
	Confusion  [][]int      `json:"confusion"`        // of a class, the first index, taken for another
	Layers     []movedLayer `json:"layers,omitempty"` // the one that moved most first
}

func newEval() *cobra.Command {
	var e evalFlags
	c := &cobra.Command{
		Use:   "eval RUN",
		Short: "classify with trained weights under other multipliers",
		Long: `eval classifies the test images with weights that train has left, each product of the
forward pass through the table of one multiplier after the other. It says how the accuracy
changes, and which layers' outputs move most against those with binary32 multiplication.
RUN is runs/NAME where one network was trained, else runs/NAME/MULT, or a file
(.safetensors, .checkpoint).`,
		Example: `  approxtrain eval runs/lenet-5_digits_1/fp32 --mult mitchell_e8m7,drum4_e8m7,fp32
  approxtrain eval runs/mine --mult mul.lut,fp32 --plot confusion.png`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return e.run(c.Context(), c, args[0]) },
	}
	f := c.Flags()
	f.StringSliceVar(&e.mults, "mult", nil, "`multipliers`: built-in names, .lut files, C models, fp32, those of the run (default: that of the training, and fp32)")
	f.StringVar(&e.data, "data", "", "data set: `digits|mnist|fashion-mnist|cifar10|DIR` (default: that of the training)")
	f.StringVar(&e.model, "model", "", "`name` of the network, or an experiment's file that describes it (default: that of the training)")
	batch := experiment.Ranges.Batch
	batch.Zero = "that of the training"
	numberVar(f, &e.batch, "batch", "", batch, "images at a time (default: as in training)")
	numberVar(f, &e.limit, "limit", "", experiment.Ranges.Limit, "classify the first `N` test images only (default: all)")
	e.layers = 64
	numberVar(f, &e.layers, "layers", "", limits.Range[int]{Most: 1_000_000}, "compare the layers' outputs for the first `N` test images, 0: not at all")
	f.StringVar(&e.plot, "plot", "", "draw the confusion matrices into a `file` (.png, .svg)")
	f.StringVar(&e.device, "device", devices.Auto, deviceUsage)
	numberVar(f, &e.threads, "threads", "", limits.Threads, "threads of the processor (default: one per core)")
	f.BoolVar(&e.asJSON, "json", false, "print the results as JSON")
	return c
}

// check reads the weights and fills in what follows from them.
func (e *evalFlags) check(arg string) (err error) {
	if e.plot != "" {
		if err := report.CheckPicture(e.plot); err != nil {
			return fmt.Errorf("--plot: %w", err)
		}
		if err := canWrite("--plot", e.plot, false); err != nil {
			return err
		}
	}
	if e.weights, err = readWeights(arg); err != nil {
		return err
	}
	info := &e.weights.info
	if e.trained, err = e.weights.config(); err != nil {
		return err
	}
	for _, d := range []struct {
		flag     string
		to       *string
		fallback string
	}{{"--model", &e.model, info.Model}, {"--data", &e.data, info.Data}} {
		if *d.to == "" {
			*d.to = d.fallback
		}
		if *d.to == "" {
			return fault.Usagef("%s does not say what it was trained with: give %s", e.weights.path, d.flag)
		}
	}
	if e.given = e.mults != nil; !e.given {
		for _, m := range []string{info.Multiplier, experiment.Native} {
			if m != "" && !slices.Contains(e.mults, m) {
				e.mults = append(e.mults, m)
			}
		}
	}
	if e.batch == 0 {
		e.batch = max(1, info.Batch)
	}
	return nil
}

// open opens the images and makes the network's description.
func (e *evalFlags) open() error {
	set, err := data.OpenFirst(experiment.Shown(e.data), func(_, test int) (int, int) {
		if e.limit > 0 {
			test = min(test, max(e.limit, e.layers))
		}
		return 0, test
	})
	if err != nil {
		return err
	}
	h, w, c := set.Test.Shape()
	e.in, e.classes = nn.Shape{H: h, W: w, C: c}, set.Classes
	info := e.weights.info
	if info.Classes > 0 {
		if trained := (nn.Shape{H: info.Input[0], W: info.Input[1], C: info.Input[2]}); trained != e.in {
			return fault.Usagef("%s is a network for images of %v, those of %s are %v", e.weights.path, trained, set.Name, e.in)
		}
		if info.Classes != len(set.Classes) {
			return fault.Usagef("%s is a network for %d classes, %s has %d", e.weights.path, info.Classes, set.Name, len(set.Classes))
		}
	}
	if e.specs, err = e.layersOf(); err != nil {
		return err
	}
	if err := nn.CheckWeights(e.specs, e.in, e.weights.tensors); err != nil {
		return fmt.Errorf("%s: %w", e.weights.path, err)
	}
	first := func(n int) nn.Examples {
		part := set.Test
		if n > 0 && n < part.Len() {
			part = part.First(n)
		}
		if info.Mean == nil {
			return part
		}
		return data.Normalize{Examples: part, Mean: info.Mean, Deviation: info.Deviation}
	}
	if info.Mean != nil && (len(info.Mean) != c || len(info.Deviation) != c) {
		return fault.Usagef("%s: %d means and %d deviations for images of %d channels", e.weights.path, len(info.Mean), len(info.Deviation), c)
	}
	e.test, e.inspect = first(e.limit), first(e.layers)
	return nil
}

// layersOf returns the layers of the network: those of the run, of a file that
// describes it, or of a model by name.
func (e *evalFlags) layersOf() ([]nn.Spec, error) {
	switch {
	case e.trained != nil && e.trained.Layers != nil && e.trained.Model == e.model:
		return e.trained.Layers, nil
	case slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(e.model)):
		c, err := experiment.Load(e.model)
		if err != nil {
			return nil, err
		}
		if e.trained == nil { // it describes multipliers as well
			e.trained = c
		}
		if c.Layers != nil {
			return c.Layers, nil
		}
		return nn.Model(c.Model, e.in, len(e.classes))
	}
	specs, err := nn.Model(e.model, e.in, len(e.classes))
	if err != nil {
		err = fmt.Errorf("%w; if a file describes the network, give --model FILE.yaml", err)
	}
	return specs, err
}

// multipliers returns what the names stand for: files in the current folder, multipliers of the
// run, which may differ from layer to layer, or those that any run may have.
func (e *evalFlags) multipliers() []experiment.Multiplier {
	all := experiment.Plain(e.mults...)
	if e.trained == nil {
		return all
	}
	for i, one := range all {
		if st, err := os.Stat(one.Name); e.given && err == nil && st.Mode().IsRegular() { // from the current folder
			continue
		}
		for _, m := range e.trained.Multipliers {
			if m.Name == one.Name {
				all[i] = m
			}
		}
	}
	return all
}

func (e *evalFlags) run(ctx context.Context, c *cobra.Command, arg string) error {
	if err := e.check(arg); err != nil {
		return err
	}
	dev, note, err := devices.Open(e.device, e.threads)
	if err != nil {
		return err
	}
	if note != "" {
		logf("%s", note)
	}
	if err := e.open(); err != nil {
		return err
	}
	plan, err := nn.NewPlan(e.specs, e.in, e.batch)
	if err != nil {
		return err
	}
	if err := experiment.CheckMemory(dev, e.model, e.batch, uint64(plan.Bytes)); err != nil {
		return err
	}
	mults, err := experiment.Assign(dev, e.multipliers(), plan.Layers, logf)
	if err != nil {
		return err
	}
	build := func(m nn.Assignment) (*nn.Network, error) {
		n, err := nn.New(dev, e.specs, e.in, e.batch, m, 0)
		if err != nil {
			return nil, err
		}
		return n, n.SetWeights(e.weights.tensors)
	}
	if e.layers > 0 {
		exact, err := dev.Multiplier(nil)
		if err != nil {
			return err
		}
		n, err := build(nn.Multipliers{Forward: exact, Backward: exact})
		if err != nil {
			return err
		}
		if err := e.refer(ctx, n); err != nil {
			return err
		}
	}
	var results []evaluated
	for _, m := range mults {
		n, err := build(m)
		if err != nil {
			return err
		}
		r := evaluated{Multiplier: m.Name, Digest: m.Digest, Images: e.test.Len()}
		if r.Confusion, err = nn.Confusion(ctx, n, e.test); err != nil {
			return fmt.Errorf("with %s: %w", m.Name, err)
		}
		right := 0
		for c := range r.Confusion {
			right += r.Confusion[c][c]
		}
		r.Accuracy = float64(right) / float64(max(1, r.Images))
		if e.layers > 0 && m.Name != experiment.Native {
			if r.Layers, err = e.moved(ctx, n); err != nil {
				return fmt.Errorf("with %s: %w", m.Name, err)
			}
		}
		results = append(results, r)
	}
	if e.plot != "" {
		var all []report.Confusion
		for _, r := range results {
			all = append(all, report.Confusion{Name: r.Multiplier, Counts: r.Confusion})
		}
		if err := report.ConfusionMatrices(e.plot, e.classes, all); err != nil {
			return err
		}
	}
	if e.asJSON {
		return writeJSON(c.OutOrStdout(), results)
	}
	fmt.Fprintf(stdout, "%s of %s, trained on %s with %s; %s test images of %s\n", e.model, filepath.Clean(e.weights.path),
		experiment.Shown(e.weights.info.Data), e.weights.info.Multiplier, count(e.test.Len()), experiment.Shown(e.data))
	return e.print(results)
}
