package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"approxtrain/checkpoint"
	"approxtrain/nn"
	"approxtrain/safetensors"
)

// betweenCheckpoints is the time between two, unless --checkpoint-every says else.
const betweenCheckpoints = time.Minute

// saver saves what a run trains, and says where it goes on.
type saver struct {
	flags  *trainFlags
	folder *runFolder
	about  networkInfo
	files  map[string]string // of each multiplier, without extension
	mults  []named
	places map[string]nn.Position // where the run was stopped, or has come

	now     named // what is trained
	network *nn.Network
}

// newSaver finds out how far the run is; a run that begins is nowhere.
func newSaver(t *trainFlags, folder *runFolder, mults []named, in nn.Shape, classes int) (*saver, error) {
	s := &saver{flags: t, folder: folder, mults: mults, files: map[string]string{}, places: map[string]nn.Position{}}
	s.about = networkInfo{Model: t.Model, Data: t.Data, Batch: t.Batch, Input: [3]int{in.H, in.W, in.C}, Classes: classes}
	for name, to := range map[string]*[]float32{"mean": &s.about.Mean, "deviation": &s.about.Deviation} {
		if v := folder.config[name]; v != nil {
			if err := json.Unmarshal(v, to); err != nil {
				return nil, err
			}
		}
	}
	taken := map[string]bool{}
	for _, m := range mults {
		base := strings.TrimSuffix(filepath.Base(m.name), ".lut")
		file := base
		for n := 2; taken[file]; n++ {
			file = fmt.Sprint(base, "-", n)
		}
		taken[file] = true
		s.files[m.name] = filepath.Join(folder.path, file)
	}
	if t.resume == "" {
		return s, nil
	}
	for _, m := range mults {
		c, err := s.load(m)
		if err != nil {
			return nil, err
		}
		if c != nil {
			s.places[m.name] = c.Position
		}
	}
	return s, folder.rewriteMetrics(mults, s.places)
}

func (s *saver) keeper(m named) checkpoint.Keeper {
	return checkpoint.Keeper{Path: s.files[m.name] + ".checkpoint"}
}

func (s *saver) weights(m named) string { return s.files[m.name] + ".safetensors" }

// config is what the checkpoint of a multiplier depends on.
func (s *saver) config(m named) (checkpoint.Config, error) {
	about := s.about
	about.Multiplier = m.name
	c, err := checkpoint.NewConfig(about)
	maps.Copy(c, s.folder.config)
	return c, err
}

// load returns the checkpoint of a multiplier, nil if there is none.
func (s *saver) load(m named) (*checkpoint.Checkpoint, error) {
	k := s.keeper(m)
	c, err := k.Load(func(err error) { logf("warning: %v", err) })
	if err != nil {
		return nil, fmt.Errorf("--resume: %w", err)
	}
	if c == nil {
		return nil, nil
	}
	now, err := s.config(m)
	if err == nil {
		err = c.Config.Check(now)
	}
	if err != nil {
		return nil, fmt.Errorf("--resume: %s: %w", k.Path, err)
	}
	return c, nil
}

// finished says whether training with a multiplier had ended before.
func (s *saver) finished(m named) ([]nn.Epoch, bool) {
	_, err := os.Stat(s.weights(m))
	epochs := s.places[m.name].Epochs
	loop := nn.Loop{Epochs: s.flags.Epochs, Patience: s.flags.Patience}
	return epochs, err == nil && loop.Over(epochs)
}

// begin gives the network the weights to begin with, initial ones where these are not
// nil, and says where that is.
func (s *saver) begin(m named, n *nn.Network, initial []nn.Tensor) (nn.Position, error) {
	s.now, s.network = m, n
	if s.flags.resume != "" {
		c, err := s.load(m)
		if err != nil {
			return nn.Position{}, err
		}
		if c != nil {
			if err := n.Restore(c.Tensors); err != nil {
				return nn.Position{}, fmt.Errorf("--resume: %s: %w", s.keeper(m).Path, err)
			}
			logf("%s: going on after %d of %d epochs and %d steps", m.name, len(c.Position.Epochs), s.flags.Epochs, c.Position.Step)
			return c.Position, nil
		}
	}
	if initial != nil {
		return nn.Position{}, n.SetWeights(initial)
	}
	return nn.Position{}, nil
}

// loop says where training begins and when it is saved.
func (s *saver) loop(start nn.Position) nn.Loop {
	c := nn.Checkpoints{Save: s.save, Every: s.flags.every}
	if s.flags.every == 0 {
		c.After = betweenCheckpoints
	}
	return nn.Loop{Start: start, Checkpoints: c}
}

func (s *saver) save(at nn.Position) error {
	config, err := s.config(s.now)
	if err != nil {
		return err
	}
	tensors, err := s.network.Snapshot()
	if err != nil {
		return err
	}
	return s.keeper(s.now).Save(&checkpoint.Checkpoint{Config: config, Position: at, Tensors: tensors})
}

// end writes the trained weights. In a run that was stopped others may have been
// trained before, so that the order of metrics.jsonl is made right.
func (s *saver) end(epochs []nn.Epoch) error {
	s.places[s.now.name] = nn.Position{Epochs: epochs}
	if s.flags.resume != "" {
		if err := s.folder.rewriteMetrics(s.mults, s.places); err != nil {
			return err
		}
	}
	weights, err := s.network.Weights()
	if err != nil {
		return err
	}
	about := s.about
	about.Multiplier = s.now.name
	metadata, err := about.metadata()
	if err != nil {
		return err
	}
	return safetensors.WriteFile(s.weights(s.now), safetensors.File{Metadata: metadata, Tensors: weights})
}

// hint adds to an error that ended training how to go on.
func (s *saver) hint(err error) error {
	var diverged *nn.DivergedError
	switch {
	case errors.Is(err, context.Canceled):
		logf("saved; to go on: approxtrain train --resume %s", s.folder.path)
	case !errors.As(err, &diverged):
		return fmt.Errorf("%w; to go on from the last checkpoint: approxtrain train --resume %s", err, s.folder.path)
	}
	return err
}
