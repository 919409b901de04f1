package experiment

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"

	"github.com/approxtrain/approxtrain/internal/checkpoint"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// Network describes the network of some weights and its training data, in checkpoints and as the
// metadata of safetensors.
type Network struct {
	Model      string    `json:"model"`
	Data       string    `json:"data"`
	Multiplier string    `json:"multiplier"`
	Batch      int       `json:"batch"`
	Input      [3]int    `json:"input"` // height, width, channels
	Classes    int       `json:"classes"`
	Mean       []float32 `json:"mean,omitempty"` // of each channel, that images are normalised by
	Deviation  []float32 `json:"deviation,omitempty"`
}

// network describes the weights that were trained with a multiplier.
func (e *Experiment) network(multiplier string) Network {
	c := e.Config
	n := Network{Model: c.Model, Data: c.Data, Multiplier: multiplier, Batch: c.Batch,
		Input: [3]int{e.in.H, e.in.W, e.in.C}, Classes: len(e.Set.Classes)}
	if e.Normal != nil {
		n.Mean, n.Deviation = e.Normal.Mean, e.Normal.Deviation
	}
	return n
}

// NetworkOf returns the network in a checkpoint's configuration.
func NetworkOf(config checkpoint.Config) (n Network, err error) {
	c := maps.Clone(config)
	if name, ok := c["model_name"]; ok { // "model" has the layers
		c["model"] = name
	}
	text, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	if err == nil {
		err = n.check()
	}
	return n, err
}

// check refuses what no training writes; a file that says it is damaged or hostile.
func (n Network) check() error {
	for name, text := range map[string]string{"model": n.Model, "data": n.Data, "multiplier": n.Multiplier} {
		if len(text) > longestWord || !limits.Printable(text) {
			return fmt.Errorf("its %s is %s, expected at most %d bytes that can be printed", name, limits.Show(text), longestWord)
		}
	}
	for name, v := range map[string]int{"batch": n.Batch, "height": n.Input[0], "width": n.Input[1], "channels": n.Input[2], "classes": n.Classes} {
		if err := (limits.Range[int]{Most: Ranges.Batch.Most}).Check(v); err != nil {
			return fmt.Errorf("its %s is %d: %w", name, v, err)
		}
	}
	if len(n.Mean) != len(n.Deviation) || len(n.Mean) > n.Input[2] && n.Input[2] > 0 {
		return fmt.Errorf("it has %d means and %d deviations for images of %d channels", len(n.Mean), len(n.Deviation), n.Input[2])
	}
	for i, d := range n.Deviation {
		if m := n.Mean[i]; !(d > 0 && d <= math.MaxFloat32) || !(m >= -math.MaxFloat32 && m <= math.MaxFloat32) {
			return fmt.Errorf("channel %d has mean %v and deviation %v, expected finite numbers, the second above 0", i, m, d)
		}
	}
	return nil
}

// Metadata gives each field a string: that of a string, the JSON of all else.
func (n Network) Metadata() (map[string]string, error) {
	text, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for name, v := range fields {
		var s string
		if json.Unmarshal(v, &s) != nil {
			s = string(v)
		}
		all[name] = s
	}
	return all, nil
}

// ParseMetadata is the reverse of Metadata. Other entries, and missing ones, are left
// alone.
func ParseMetadata(all map[string]string) (n Network, err error) {
	for name, to := range map[string]any{"batch": &n.Batch, "input": &n.Input, "classes": &n.Classes, "mean": &n.Mean, "deviation": &n.Deviation} {
		if text, ok := all[name]; ok {
			if err := limits.Unmarshal([]byte(text), mostValues, to); err != nil {
				return n, fmt.Errorf("metadata %s %s: %w", name, limits.Quote(text), err)
			}
		}
	}
	n.Model, n.Data, n.Multiplier = all["model"], all["data"], all["multiplier"]
	return n, n.check()
}
