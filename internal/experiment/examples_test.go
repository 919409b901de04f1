package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/realdata"
	"github.com/approxtrain/approxtrain/nn"
)

// examples are the files of ../../examples: one for each table of docs/results.md that comes
// from training, and digits-mixed.yaml, which shows what a file can say.
var examples = []string{
	"cifar10-mobilenet-v2.yaml",
	"cifar10-resnet-20-long.yaml",
	"cifar10-resnet-20.yaml",
	"cifar10-vit-tiny.yaml",
	"digits-mixed.yaml",
	"mnist-lenet-300-100.yaml",
	"mnist-lenet-5.yaml",
}

// Every example loads and trains a step, with each of its multipliers. Those of
// published data sets are skipped where the files are not, outside continuous
// integration.
func TestExamplesLong(t *testing.T) {
	paths, err := filepath.Glob("../../examples/*")
	require.NoError(t, err)
	var names []string
	for _, path := range paths {
		names = append(names, filepath.Base(path))
	}
	require.Equal(t, examples, names)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, err := Load(path)
			require.NoError(t, err)
			c.Steps, c.Epochs, c.Batch, c.Out = 1, 1, 8, t.TempDir()
			if c.Data != "digits" {
				c.Data = realdata.Dir(t, c.Data)
			}
			e, err := Open(c)
			require.NoError(t, err)
			w := &counter{}
			results, folder, err := e.Run(t.Context(), w)
			require.NoError(t, err)
			assert.Equal(t, len(c.Multipliers), len(results))
			assert.Equal(t, counter{len(results), len(results), len(results), len(results)}, *w)
			assert.Equal(t, 8, results[0].Epochs[0].Images)

			events, err := filepath.Glob(filepath.Join(folder, "tensorboard", "*", "events.out.tfevents.*"))
			require.NoError(t, err)
			assert.Len(t, events, len(results))
			for _, path := range events {
				text, err := os.ReadFile(path)
				require.NoError(t, err)
				for _, tag := range []string{"train/loss", "train/accuracy", "test/accuracy", "lr"} {
					assert.Equal(t, 1, strings.Count(string(text), tag), "%s: %s", path, tag)
				}
			}

			// The run's config.json is an experiment too, and the same.
			again, err := Load(filepath.Join(folder, "config.json"))
			require.NoError(t, err)
			again.Out = t.TempDir()
			assert.Equal(t, e.digests.tables, again.digests.tables)
			e, err = Open(again)
			require.NoError(t, err)
			repeated, _, err := e.Run(t.Context(), w)
			require.NoError(t, err)
			for i, r := range repeated {
				assert.Equal(t, results[i].Multiplier, r.Multiplier)
				assert.Equal(t, results[i].Digest, r.Digest)
				assert.Equal(t, results[i].Epochs[0].TrainLoss, r.Epochs[0].TrainLoss)
				assert.Equal(t, results[i].Epochs[0].TestAccuracy, r.Epochs[0].TestAccuracy)
			}
		})
	}
}

// counter counts what a Watcher is told.
type counter struct{ begun, steps, epochs, ended int }

func (c *counter) Begin(string)                           { c.begun++ }
func (c *counter) Step(nn.Step)                           { c.steps++ }
func (c *counter) Epoch(string, nn.Epoch)                 { c.epochs++ }
func (c *counter) Note(string)                            {}
func (c *counter) Overflowed(string, []nn.OverflowedSums) {}
func (c *counter) End()                                   { c.ended++ }

// A run is repeated with the tables that it had, or not at all.
func TestTablesAreTheSame(t *testing.T) {
	c, err := load(t, `{"multipliers": ["exact_e8m3", "fp32"], "tables_sha256": {"exact_e8m3": "00"}}`)
	require.NoError(t, err)
	_, err = Open(c)
	assert.ErrorContains(t, err, "net.yaml:1:58: tables_sha256: exact_e8m3 has sha256 ")
	assert.ErrorContains(t, err, "in that run it had 00")
	c.Override("multipliers")
	c.Multipliers, c.Data = Plain("exact_e8m3"), filepath.Join(t.TempDir(), "none")
	_, err = Open(c)
	assert.ErrorContains(t, err, "none: no such file or folder")
}
