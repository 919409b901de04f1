package experiment

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// Every key that is a number has a range; the error has its place.
func TestKeysInRange(t *testing.T) {
	r := &Ranges
	keys := map[string]limits.Range[int]{"epochs": r.Epochs, "batch": r.Batch, "patience": r.Patience, "limit": r.Limit, "steps": r.Steps,
		"checkpoint_every": r.CheckpointEvery, "threads": r.Threads}
	rates := map[string]limits.Range[float64]{"lr": r.Rate, "decay": r.Decay, "smoothing": r.Smoothing, "clip": r.Clip}
	refused := 0
	refuse := func(text, want string) {
		_, err := load(t, "data: digits\n"+text)
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), "net.yaml:2:", text)
		assert.Contains(t, err.Error(), want, text)
		assert.Equal(t, fault.Usage, fault.Status(err), text)
		refused++
	}
	for key, in := range keys {
		for _, v := range []int{-1 << 63, -1, in.Most + 1, 1<<63 - 1} {
			refuse(fmt.Sprintf("%s: %d", key, v), fmt.Sprintf("%s %d: expected %v", key, v, in))
		}
		for _, text := range []string{"1e3", "1.5", ".inf", "9223372036854775808", "0x", "''", "[1]", "{a: 1}", "~", "!!int 3", "1_000"} {
			refuse(key+": "+text, key+": expected a whole number")
		}
		for _, v := range []int{in.Least, in.Most} {
			_, err := load(t, fmt.Sprintf("%s: %d", key, v))
			require.NoError(t, err)
		}
	}
	for key, in := range rates {
		above := in.Most * 1.001
		if in.Open {
			above = in.Most
		}
		for _, v := range []float64{-1e-300, above, 1e300} {
			refuse(fmt.Sprintf("%s: %v", key, v), fmt.Sprintf("%s %v: expected %v", key, v, in))
		}
		for _, text := range []string{".inf", "-.inf", ".nan", "1e999", "'1'", "[1]", "~", "0x"} {
			refuse(key+": "+text, key+": expected a number")
		}
	}
	for _, text := range []string{"warm_up: -1", "warm_up: 1e9", "every: -1", "every: 1e9", "factor: -1", "factor: 1e9"} {
		refuse("schedule: {kind: step, "+text+"}", "expected ")
	}
	for _, text := range []string{"-1", "18446744073709551616", "1.5", "x"} {
		refuse("seed: "+text, "expected a whole number from 0 to 2^64-1")
	}
	for _, text := range []string{"dense: 0", "dense: 65537", "linear: 65537", "conv: {out: 65537, kernel: 3}", "conv: {out: 3, kernel: 4097}",
		"conv: {out: 3, kernel: 3, stride: 4097}", "conv: {out: 3, kernel: 3, pad: 4097}", "conv: {out: 3, kernel: 3, pad: -1}",
		"conv: {out: 3, kernel: 3, dilation: 0}", "conv: {out: 3, kernel: 3, groups: 0}", "maxpool: 0", "maxpool: {kernel: 4097}",
		"avgpool: 4097", "attention: 65537", "dropout: 1", "dropout: -0.1", "dropout: .nan", "repeat: 1001, relu: ", "repeat: 0, relu: "} {
		refuse("model: [{"+text+"}]", "expected ")
	}
	assert.GreaterOrEqual(t, refused, 150)
}

// A network of 10^12 parameters is refused with the number, and one that this machine cannot
// hold before anything is written. A plan of it can be printed.
func TestTooLarge(t *testing.T) {
	dir := t.TempDir()
	open := func(text string) (*Experiment, error) {
		path := filepath.Join(dir, "net.yaml")
		require.NoError(t, os.WriteFile(path, []byte("data: digits\nlimit: 64\nmultipliers: [fp32]\ndevice: cpu\n"+text), 0o600))
		c, err := Load(path)
		require.NoError(t, err)
		return Open(c)
	}
	huge := strings.Repeat("{dense: 65536}, ", 300)
	for _, text := range []string{
		"model: [" + huge + "dense: 10]",                                    // 1.3·10^12 parameters
		"model: [{repeat: 1000, dense: 65536}, dense: 10]",                  // 4·10^12
		"model: [{conv: {out: 65536, kernel: 4096, pad: 4096}}, dense: 10]", // overflows without a bound
		"model: [{conv: {out: 65536, kernel: 1, pad: 4096}}, dense: 65536, dense: 10]",
	} {
		_, err := open(text)
		require.Error(t, err)
		assert.Regexp(t, `takes \d+ GiB of memory or more for a batch of 64, expected at most 1024 GiB`, err.Error())
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
	e, err := open("out: runs\nmodel: [{dense: 65536}, {dense: 65536}, dense: 10]")
	require.NoError(t, err)
	defer func(was func() uint64) { memory = was }(memory)
	memory = func() uint64 { return 8 << 30 }
	_, folder, err := e.Run(t.Context(), nil)
	assert.ErrorContains(t, err, "MiB of memory for a batch of 64, and this machine has 8192 MiB")
	assert.Equal(t, fault.Usage, fault.Status(err))
	assert.Empty(t, folder)
	assert.NoDirExists(t, filepath.Join(dir, "runs"))
}
