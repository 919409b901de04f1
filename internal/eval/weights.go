package eval

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/internal/checkpoint"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/quantization"
	"github.com/approxtrain/approxtrain/internal/safetensors"
	"github.com/approxtrain/approxtrain/nn"
)

// weights are those of a network, from a file.
type weights struct {
	path    string
	info    experiment.Network
	scheme  *quantization.Scheme // of a network that computes in integers, else nil
	tensors []nn.Tensor
}

// findWeights returns the file that the name of weights stands for: itself, or in the
// folder of a run the weights of a multiplier, of the only one if there is but one.
func findWeights(arg string) (string, error) {
	st, err := os.Stat(arg)
	switch {
	case err == nil && !st.IsDir():
		return arg, nil
	case err != nil:
		for _, extension := range []string{".safetensors", ".checkpoint"} {
			if st, err := os.Stat(arg + extension); err == nil && st.Mode().IsRegular() {
				return arg + extension, nil
			}
		}
		if _, err := os.Stat(arg + experiment.DivergedFile); err == nil {
			return "", fault.Usagef("%s: training with that multiplier diverged, so that there are no weights; %s%s says how",
				arg, arg, experiment.DivergedFile)
		}
		return "", fault.Usagef("%s: there are no weights of that name, with .safetensors or .checkpoint; "+
			"expected runs/NAME, runs/NAME/MULT or a file", arg)
	}
	found := map[string]string{} // by name, safetensors first
	var names []string
	for _, extension := range []string{".safetensors", ".checkpoint"} {
		files, err := filepath.Glob(filepath.Join(arg, "*"+extension))
		if err != nil {
			return "", err
		}
		for _, f := range files {
			name := strings.TrimSuffix(f, extension)
			if found[name] == "" {
				found[name] = f
				names = append(names, name)
			}
		}
	}
	switch len(names) {
	case 0:
		return "", fault.Usagef("%s holds no weights, *.safetensors or *.checkpoint", arg)
	case 1:
		return found[names[0]], nil
	}
	return "", fault.Usagef("%s holds several networks, say which: %s", arg, strings.Join(names, ", "))
}

// readWeights reads what the name of weights stands for.
func readWeights(arg string) (*weights, error) {
	path, err := findWeights(arg)
	if err != nil {
		return nil, err
	}
	w := &weights{path: path}
	if filepath.Ext(path) == ".safetensors" {
		f, err := safetensors.ReadFile(path)
		if err != nil {
			return nil, err
		}
		w.tensors = f.Tensors
		if w.info, err = experiment.ParseMetadata(f.Metadata); err != nil {
			return nil, fault.Usagef("%s: %w", path, err)
		}
		if text, ok := f.Metadata[quantization.Key]; ok {
			if w.scheme, err = quantization.Parse(text); err != nil {
				return nil, fault.Usagef("%s: %w", path, err)
			}
		}
		return w, nil
	}
	c, err := checkpoint.ReadFile(path)
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	if nn.HasCodes(c.Tensors) {
		return nil, fault.Usagef("%s: a network whose codes training still changes; evaluate the .safetensors file that the run has at its end, or go on with %v %s",
			path, option.Continue, filepath.Dir(path))
	}
	w.tensors = nn.OnlyWeights(c.Tensors)
	if w.info, err = experiment.NetworkOf(c.Config); err != nil {
		return nil, fault.Usagef("%s: %w", path, err)
	}
	return w, nil
}

// config returns the configuration of the run in whose folder the weights are, nil if
// it is none.
func (w *weights) config() (*experiment.Config, error) {
	path := filepath.Join(filepath.Dir(w.path), "config.json")
	if w.info.Model == "" { // weights of another program, and its config.json
		return nil, nil
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return experiment.Load(path)
}
