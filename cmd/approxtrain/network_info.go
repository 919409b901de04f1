package main

import (
	"encoding/json"
	"fmt"
)

// networkInfo says of weights what network they are of and what it was trained on, in
// checkpoints and as the metadata of safetensors.
type networkInfo struct {
	Model      string    `json:"model"`
	Data       string    `json:"data"`
	Multiplier string    `json:"multiplier"`
	Batch      int       `json:"batch"`
	Input      [3]int    `json:"input"` // height, width, channels
	Classes    int       `json:"classes"`
	Mean       []float32 `json:"mean,omitempty"` // of each channel, that images are normalised by
	Deviation  []float32 `json:"deviation,omitempty"`
}

// metadata gives each field a string: that of a string, the JSON of all else.
func (i networkInfo) metadata() (map[string]string, error) {
	text, err := json.Marshal(i)
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

// parseMetadata is the reverse of metadata. Other entries, and missing ones, are left
// alone.
func parseMetadata(all map[string]string) (i networkInfo, err error) {
	for name, to := range map[string]any{"batch": &i.Batch, "input": &i.Input, "classes": &i.Classes, "mean": &i.Mean, "deviation": &i.Deviation} {
		if text, ok := all[name]; ok {
			if err := json.Unmarshal([]byte(text), to); err != nil {
				return i, fmt.Errorf("metadata %s %q: %w", name, text, err)
			}
		}
	}
	i.Model, i.Data, i.Multiplier = all["model"], all["data"], all["multiplier"]
	return i, nil
}
