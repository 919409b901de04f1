package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/nn"
)

func sample(step int) *Checkpoint {
	return &Checkpoint{
		Config: Config{"model": json.RawMessage(`"lenet-5"`), "lr": json.RawMessage(`0.1`)},
		Position: nn.Position{Step: step, Loss: 1.0 / 3, Correct: 7, TrainTime: time.Second,
			Epochs: []nn.Epoch{{Epoch: 1, TrainLoss: math.Pi, TrainAccuracy: 0.1, Images: 64}}},
		Tensors: []nn.Tensor{
			{Name: "w", Shape: []int{2, 3}, Values: []float32{1, -0.5, float32(math.Copysign(0, -1)), 3e-45, 5, float32(math.Inf(-1))}},
			{Name: "w/optimizer1", Shape: []int{2}, Values: []float32{1.0 / 3, 2}},
		},
	}
}

func encode(t testing.TB, c *Checkpoint) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, c.Write(&buf))
	return buf.Bytes()
}

func decode(data []byte) (*Checkpoint, error) {
	return Read(bytes.NewReader(data), int64(len(data)))
}

// sealed adds the digest to the bytes before.
func sealed(data []byte) []byte {
	sum := sha256.Sum256(data)
	return append(bytes.Clone(data), sum[:]...)
}

func TestRoundTrip(t *testing.T) {
	want := sample(3)
	data := encode(t, want)
	got, err := decode(data)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.True(t, math.Signbit(float64(got.Tensors[0].Values[2])))
	assert.Equal(t, data, encode(t, sample(3)), "equal checkpoints give equal bytes")
	assert.Error(t, (&Checkpoint{Tensors: []nn.Tensor{{Name: "x", Shape: []int{2}}}}).Write(io.Discard))
}

// Every bit that flips and every place where the file may end is found.
func TestDamaged(t *testing.T) {
	data := encode(t, sample(3))
	var bad *DamagedError
	compared := 0
	for i := range data {
		for bit := range 8 {
			data[i] ^= 1 << bit
			_, err := decode(data)
			require.ErrorAs(t, err, &bad, "byte %d, bit %d", i, bit)
			data[i] ^= 1 << bit
			compared++
		}
		_, err := decode(data[:i])
		require.ErrorAs(t, err, &bad, "%d bytes", i)
	}
	assert.Equal(t, 8*len(data), compared)
	_, err := decode(append(data, 0))
	require.ErrorAs(t, err, &bad)
}

// What a wrong program might have written, with the right digest.
func TestReadRefuses(t *testing.T) {
	whole := encode(t, sample(3))
	body := whole[:len(whole)-sha256.Size]
	with := func(at int, b ...byte) []byte {
		changed := bytes.Clone(body)
		copy(changed[at:], b)
		return changed
	}
	text := func(header string) []byte {
		return append(append([]byte(magic+"\x01\x00"), byte(len(header)), 0, 0, 0), header...)
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{with(0, 'x'), `damaged: it begins with "xCKP`},
		{with(8, 2), "one of version 2, this program knows version 1"},
		{with(10, 0, 0, 0, 2), "its header would have 33554432 bytes"},
		{with(14, ']'), "damaged: header: invalid character"},
		{body[:20], "it ends after 6 of"},
		{body[:len(body)-1], "it ends within tensor w/optimizer1"},
		{append(bytes.Clone(body), 1, 2), "2 bytes after the last tensor"},
		{text(`{"tensors":[{"name":"x","shape":[-1]}]}`), "tensor x has the shape [-1]"},
		{text(`{"tensors":[{"name":"x","shape":[65536,65536]}]}`), "tensor x has the shape [65536 65536]"},
		{text(`{"tensors":[{"name":"x","shape":[65536,32767]}]}`), "it ends within tensor x"},
	} {
		_, err := decode(sealed(c.data))
		assert.ErrorContains(t, err, c.want)
	}
}

func TestConfig(t *testing.T) {
	was, err := NewConfig(map[string]any{"model": "lenet-5", "batch": 64, "mean": []float32{0.5}})
	require.NoError(t, err)
	var same Config
	require.NoError(t, json.Unmarshal([]byte(`{"batch": 64, "mean": [ 0.5 ], "model": "lenet-5"}`), &same))
	assert.NoError(t, was.Check(same))
	now, err := NewConfig(map[string]any{"model": "resnet-18", "batch": 64, "decay": 0})
	require.NoError(t, err)
	err = was.Check(now)
	assert.ErrorContains(t, err, `the run was begun with another configuration: decay was none and is 0; mean was [0.5] and is none; model was "lenet-5" and is "resnet-18"`)
	assert.Equal(t, 2, fault.Status(err))
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestKeeper(t *testing.T) {
	dir := t.TempDir()
	k := Keeper{filepath.Join(dir, "m")}
	silent := func(err error) { t.Errorf("warned: %v", err) }
	load := func(step int, warn func(error)) {
		t.Helper()
		c, err := k.Load(warn)
		require.NoError(t, err)
		require.NotNil(t, c)
		assert.Equal(t, sample(step), c)
	}
	c, err := k.Load(silent)
	require.NoError(t, err)
	assert.Nil(t, c)
	require.NoError(t, k.Save(sample(1)))
	load(1, silent)
	require.NoError(t, os.WriteFile(k.Path+".new", make([]byte, 10_000) /* of a process that was killed */, 0o600))
	require.NoError(t, k.Save(sample(2)))
	require.NoError(t, k.Save(sample(3)))
	assert.Equal(t, []string{"m", "m.previous"}, names(t, dir))
	load(3, silent)

	// Killed between the two renamings.
	require.NoError(t, os.Rename(k.Path, k.Path+".new"))
	load(2, silent)
	require.NoError(t, os.Rename(k.Path+".new", k.Path))

	// A disk that fails in the middle, here by a tensor that cannot be written.
	wrong := sample(4)
	wrong.Tensors[1].Shape = []int{3}
	assert.ErrorContains(t, k.Save(wrong), "writing "+k.Path+": tensor w/optimizer1")
	assert.Equal(t, []string{"m", "m.previous"}, names(t, dir))
	load(3, silent)

	// The newest is damaged: the one before takes its place and stays until there is
	// a new one.
	require.NoError(t, os.Truncate(k.Path, 100))
	var warnings []error
	warn := func(err error) { warnings = append(warnings, err) }
	load(2, warn)
	require.Len(t, warnings, 1)
	assert.ErrorContains(t, warnings[0], k.Path+": the checkpoint is damaged: the SHA-256 of its 100 bytes")
	assert.Equal(t, []string{"m.damaged", "m.previous"}, names(t, dir))
	require.NoError(t, k.Save(sample(5)))
	assert.Equal(t, []string{"m", "m.damaged", "m.previous"}, names(t, dir))
	load(5, silent)

	// Both are: nothing is changed.
	require.NoError(t, os.Truncate(k.Path, 100))
	require.NoError(t, os.Truncate(k.previous(), 101))
	_, err = k.Load(silent)
	assert.ErrorContains(t, err, "of its 100 bytes")
	assert.ErrorContains(t, err, "of its 101 bytes")
	assert.ErrorContains(t, err, "to begin anew, remove "+k.Path)
	assert.Equal(t, []string{"m", "m.damaged", "m.previous"}, names(t, dir))
	var bad *DamagedError
	assert.True(t, errors.As(err, &bad))
	require.NoError(t, os.Remove(k.Path))
	_, err = k.Load(silent)
	assert.ErrorAs(t, err, &bad)
}

// What can be read can be written, and reads back as the same.
func FuzzRead(f *testing.F) {
	whole := encode(f, sample(3))
	f.Add(whole[:len(whole)-sha256.Size])
	f.Add([]byte(magic + "\x01\x00\x02\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decode(sealed(data))
		if err != nil {
			return
		}
		again, err := decode(encode(t, c))
		require.NoError(t, err)
		require.Equal(t, encode(t, c), encode(t, again))
	})
}
