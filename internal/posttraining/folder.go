package posttraining

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/quantization"
	"github.com/approxtrain/approxtrain/internal/safetensors"
)

// SchemeFile is the file in a quantized network's folder in which a person reads how it computes.
const SchemeFile = "quantization.yaml"

// name is what the multiplier is called in names of files.
func (q *Quantized) name() string {
	name := strings.TrimSuffix(filepath.Base(q.Scheme.Multiplier), ".lut")
	return strings.NewReplacer(":", "_", "/", "_", "\\", "_", " ", "_").Replace(name)
}

// Folder returns the folder that Write writes if none is named: that of the network's run, with the multiplier.
func (q *Quantized) Folder() string {
	run := filepath.Dir(q.Source)
	if run == "." {
		run = strings.TrimSuffix(q.Source, filepath.Ext(q.Source))
	}
	return run + "_" + q.name()
}

// Write writes a quantized network into a new folder: MULTIPLIER.safetensors with the weights and the scheme, which package
// eval reads, and SchemeFile. It returns the name of the first.
func (q *Quantized) Write(folder string) (weights string, err error) {
	if err := os.Mkdir(folder, 0o755); errors.Is(err, fs.ErrExist) {
		return "", fault.Usagef("%s exists already; name another folder", folder)
	} else if err != nil {
		return "", fault.Usagef("%w", err)
	}
	forget := leftovers.Add(folder)
	defer forget()
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	metadata, err := q.Network.Metadata()
	if err != nil {
		return "", err
	}
	if metadata[quantization.Key], err = q.Scheme.Text(); err != nil {
		return "", err
	}
	if q.config != "" {
		text, err := os.ReadFile(q.config)
		if err != nil {
			return "", fault.Usagef("%w", err)
		}
		if err := atomicfile.WriteBytes(filepath.Join(folder, filepath.Base(q.config)), text); err != nil {
			return "", err
		}
	}
	text, err := q.yaml()
	if err != nil {
		return "", err
	}
	if err := atomicfile.WriteBytes(filepath.Join(folder, SchemeFile), text); err != nil {
		return "", err
	}
	weights = filepath.Join(folder, q.name()+".safetensors")
	return weights, safetensors.WriteFile(weights, safetensors.File{Metadata: metadata, Tensors: q.Tensors})
}

// yaml returns the scheme for a person.
func (q *Quantized) yaml() ([]byte, error) {
	type operand struct {
		Codes  string    `yaml:"codes"`
		Zero   []int32   `yaml:"zero_point,flow"`
		Scales []float32 `yaml:"scale,flow"`
	}
	s := q.Scheme
	layers := yaml.MapSlice{}
	for i, l := range s.Layers {
		if len(l.Products) == 0 {
			layers = append(layers, yaml.MapItem{Key: l.Name, Value: "fp32"})
			continue
		}
		operands := yaml.MapSlice{}
		for p, both := range l.Products {
			for side, z := range []quantization.Quantizer{both.A, both.B} {
				operands = append(operands, yaml.MapItem{Key: q.Layers[i].Operands[2*p+side].Name,
					Value: operand{fmt.Sprintf("%d to %d", z.Lo, z.Hi), z.Zero, z.Scale}})
			}
		}
		layers = append(layers, yaml.MapItem{Key: l.Name, Value: operands})
	}
	text, err := yaml.Marshal(yaml.MapSlice{
		{Key: "network", Value: q.Network.Model}, {Key: "multiplier", Value: s.Multiplier}, {Key: "sha256", Value: s.Digest},
		{Key: "format", Value: s.Format}, {Key: "sign_and_magnitude", Value: s.Magnitude}, {Key: "folded_batch_normalizations", Value: s.Folded},
		{Key: "accumulator", Value: fmt.Sprintf("%d bits, %s", s.Sums.Bits, s.Sums.Overflow)},
		{Key: "ranges_of_activations", Value: fmt.Sprintf("%s, %d images", s.Observer, s.Images)}, {Key: "layers", Value: layers}})
	if err != nil {
		return nil, err
	}
	head := "# How this network computes in integers, to be read: approxtrain eval takes it from the metadata of the .safetensors file.\n" +
		"# number = scale * (code - zero point); one scale, or one for each output channel.\n"
	return append(bytes.NewBufferString(head).Bytes(), text...), nil
}
