package experiment

import (
	"cmp"
	"fmt"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/gradient"
	"github.com/approxtrain/approxtrain/nn"
)

// Experiment is one that can be run: what its Config names has been found, and fits
// together.
type Experiment struct {
	Config      *Config
	Device      device.Device
	Notes       []string  // for people: why devices.Auto took the processor; how functional models were tried
	Set         *data.Set // as much of it as is used
	Layers      []nn.Spec
	Plan        nn.Plan // for the batch
	Preparation data.Preparation
	Normal      *data.Normalize // how images are normalised, nil if they are not
	Multipliers []*Assigned

	in          nn.Shape
	train, test data.Examples
	digests     digests
	initial     []nn.Tensor                   // weights, nil: random ones
	start       *start                        // codes of the initial weights, nil: none
	folded      bool                          // batch normalizations are part of the layers before them
	gradients   map[string]*gradient.Gradient // by table and kind
	derivatives map[codesOfSlopes]*device.Derivatives
}

// OpenDry is Open for an experiment that is only printed: it runs no user code, so functional
// models are neither compiled nor tried.
func OpenDry(c *Config) (*Experiment, error) {
	c.dry = true
	return Open(c)
}

// Dry says whether the experiment is only looked at.
func (c *Config) Dry() bool { return c.dry }

// Open finds everything, and refuses what does not fit together, before any work.
func Open(c *Config) (*Experiment, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c.settle()
	c.rebase(absolute) // so that config.json is right wherever it is read
	dev, note, err := devices.Open(c.Device, c.Threads)
	if err != nil {
		return nil, c.placed("device", err)
	}
	e := newExperiment(c, dev)
	if note != "" {
		e.note("%s", note)
	}
	if w := c.Schedule.WarmUp; w > 0 && w >= float64(c.Epochs) {
		e.note("the warm-up of %v epochs takes all of the run (epochs: %d): the learning rate never gets to its full value", w, c.Epochs)
	}
	loaded, digests, err := c.load(dev, e.note) // before the images: the last name may be wrong
	if err != nil {
		return nil, err
	}
	e.digests = digests
	if err := e.openData(); err != nil {
		return nil, err
	}
	if err := e.openInit(); err != nil {
		return nil, err
	}
	if err := e.settleIntegers(loaded); err != nil {
		return nil, err
	}
	if err := e.plan(); err != nil {
		return nil, err
	}
	if err := e.checkInit(); err != nil {
		return nil, err
	}
	if err := e.assign(loaded); err != nil {
		return nil, err
	}
	if c.resume != "" {
		if err := e.compare(); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e *Experiment) note(format string, args ...any) {
	e.Notes = append(e.Notes, fmt.Sprintf(format, args...))
}

// Assign prepares multipliers for networks of some layers, without training; note receives a line
// about each trial of a functional model.
func Assign(dev device.Device, multipliers []Multiplier, layers []nn.LayerPlan, note func(format string, args ...any)) ([]*Assigned, error) {
	c := &Config{Multipliers: multipliers}
	loaded, digests, err := c.load(dev, note)
	if err != nil {
		return nil, err
	}
	return c.assign(layers, loaded, digests)
}

// AssignToTrain prepares one multiplier, as Plain takes it, for the training of a network. With a table of integers
// layers compute in codes, with the settings that an experiment has which says nothing about them, on devices that train
// so; note hears how.
func AssignToTrain(dev device.Device, multiplier string, plan nn.Plan, note func(format string, args ...any)) (*Assigned, error) {
	c := &Config{Multipliers: Plain(multiplier)}
	if _, ok := dev.(device.GradientDevice); !ok {
		c.Quantize = Dynamic
	}
	e := newExperiment(c, dev)
	e.Plan = plan
	loaded, digests, err := c.load(dev, note)
	if err != nil {
		return nil, err
	}
	e.digests = digests
	if err := e.settleIntegers(loaded); err != nil {
		return nil, err
	}
	if err := e.assign(loaded); err != nil {
		return nil, err
	}
	for _, line := range e.Notes {
		note("%s", line)
	}
	return e.Multipliers[0], nil
}

// newExperiment returns an experiment with nothing opened but the device.
func newExperiment(c *Config, dev device.Device) *Experiment {
	return &Experiment{Config: c, Device: dev, gradients: map[string]*gradient.Gradient{}, derivatives: map[codesOfSlopes]*device.Derivatives{}}
}

// assign gives the layers multipliers, of those that are loaded, and codes.
func (e *Experiment) assign(loaded map[string]device.Multiplier) (err error) {
	if e.Multipliers, err = e.Config.assign(e.Plan.Layers, loaded, e.digests); err != nil {
		return err
	}
	for _, a := range e.Multipliers {
		if err := e.quantize(a); err != nil {
			return err
		}
	}
	return e.describeIntegers()
}

// assign finds out which layers have which multipliers, of those that are loaded.
func (c *Config) assign(layers []nn.LayerPlan, loaded map[string]device.Multiplier, d digests) (all []*Assigned, err error) {
	for _, m := range c.Multipliers {
		u := usual{backward: c.Backward, gradient: c.Gradient}
		if c.Quantize == QAT {
			u.coded = func(name string) bool { return c.coded(loaded[name]) }
		}
		a, err := m.assign(layers, u)
		if err != nil {
			return nil, err
		}
		a.loaded = loaded
		if err := c.exactLayers(a); err != nil {
			return nil, err
		}
		if len(m.Rules) == 0 {
			a.Digest = cmp.Or(d.tables[m.Default], d.models[m.Default])
		}
		all = append(all, a)
	}
	return all, nil
}

// Models returns the names of the multipliers that have no table: functions compute
// their products.
func (e *Experiment) Models() []string {
	names := sorted(e.digests.models)
	for i, name := range names {
		names[i] = Shown(name)
	}
	return names
}

// used returns how many of a set's images an epoch trains and tests on: Limit bounds those to
// train on, and Steps bounds both if they are fewer than an epoch has.
func (c *Config) used(train, test int) (int, int) {
	if c.Limit > 0 {
		train = min(train, c.Limit)
	}
	if c.Steps > 0 && c.Steps < train/c.Batch {
		train, test = c.Steps*c.Batch, min(test, c.Steps*c.Batch)
	}
	return train, test
}

// openData finds the images and prepares them.
func (e *Experiment) openData() error {
	c := e.Config
	set, err := data.OpenFirst(Shown(c.Data), c.used)
	if err != nil {
		return c.placed("data", err)
	}
	e.Set = set
	e.Preparation, _ = Preparation(c.Augment)
	e.Preparation.Normalize, e.Preparation.Seed = c.Normalize, c.Seed
	if n := set.Train.Len(); n < c.Batch && n == c.Limit {
		return c.wrong("limit", "%d: so many examples do not fill a batch of %d", n, c.Batch)
	} else if n < c.Batch {
		return c.wrong("batch", "%d: the %d training images of %s do not fill one", c.Batch, n, set.Name)
	}
	if err := c.checkDigest("data_sha256", &c.DataSum, Shown(c.Data), set.Digest()); err != nil {
		return err
	}
	e.train, e.test = e.Preparation.Apply(set)
	if n, ok := e.test.(data.Normalize); ok {
		e.Normal = &n
	}
	return nil
}

// plan finds the layers and their sizes.
func (e *Experiment) plan() (err error) {
	c := e.Config
	h, w, ch := e.Set.Train.Shape()
	e.in = nn.Shape{H: h, W: w, C: ch}
	classes := len(e.Set.Classes)
	if e.Layers = c.Layers; e.Layers == nil {
		if e.Layers, err = nn.Model(c.Model, e.in, classes); err != nil {
			return c.placed("model", err)
		}
	}
	if e.folded {
		e.Layers = nn.FoldSpecs(e.Layers)
	}
	if e.Plan, err = nn.NewPlan(e.Layers, e.in, c.Batch); err != nil {
		if c.Layers == nil { // else the error has the layer's place
			err = c.placed("model", err)
		}
		return err
	}
	last := e.Plan.Layers[len(e.Plan.Layers)-1]
	if last.Out.Len() != classes {
		return fault.Usagef("%s: the last layer, %s, gives %v numbers; expected %d, one for each class of %s; end with dense: %[4]d",
			e.Layers[len(e.Layers)-1].Where, last.Name, last.Out, classes, e.Set.Name)
	}
	return nil
}
