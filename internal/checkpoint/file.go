package checkpoint

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/floats"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/nn"
)

// The form is described in doc.go.
const (
	magic       = "\x89CKP\r\n\x1a\n"
	fileVersion = 1
	maxHeader   = 16 << 20
	mostValues  = 2_000_000 // in the JSON of a header
	mostDims    = 8         // of a tensor
	mostCourse  = 1000      // parts of an epoch
	prefixBytes = len(magic) + 2 + 4
)

// Checkpoint is a place in a training run, with all that training has changed.
type Checkpoint struct {
	Config   Config
	Position nn.Position
	Tensors  []nn.Tensor // nn.Network.Snapshot
}

// Config is everything that training depends on, by name.
type Config map[string]json.RawMessage

// NewConfig makes a configuration of something that JSON writes as an object.
func NewConfig(v any) (Config, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	c := Config{}
	return c, json.Unmarshal(text, &c)
}

// Check says in what this configuration, that of a stopped run, differs from the one
// to go on with.
func (c Config) Check(now Config) error {
	all := maps.Clone(c)
	maps.Copy(all, now)
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if was, is := compact(c[name]), compact(now[name]); was != is {
			wrong = append(wrong, fmt.Sprintf("%s was %s and is %s", limits.Show(name), limits.Show(was), limits.Show(is)))
		}
	}
	if most := 10; len(wrong) > most {
		wrong = append(wrong[:most:most], fmt.Sprintf("and %d more", len(wrong)-most))
	}
	if len(wrong) > 0 {
		return fault.Usagef("the run was begun with another configuration: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// compact prints a value without space, "none" for one that is not there.
func compact(v json.RawMessage) string {
	if len(v) == 0 {
		return "none"
	}
	var buf bytes.Buffer
	if json.Compact(&buf, v) != nil {
		return string(v)
	}
	return buf.String()
}

// DamagedError reports a checkpoint that differs from what was written.
type DamagedError struct{ What string }

func (e *DamagedError) Error() string { return "the checkpoint is damaged: " + e.What }

func damaged(format string, args ...any) error { return &DamagedError{fmt.Sprintf(format, args...)} }

type header struct {
	Config   Config      `json:"config"`
	Position nn.Position `json:"position"`
	Tensors  []tensor    `json:"tensors"`
}

type tensor struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
}

// length returns the elements of a tensor, false if there cannot be so many.
func (t tensor) length() (int, bool) {
	n := 1
	if len(t.Shape) > mostDims {
		return 0, false
	}
	for _, s := range t.Shape {
		if s < 1 || s > math.MaxInt32/n {
			return 0, false
		}
		n *= s
	}
	return n, true
}

// Write writes a checkpoint.
func (c *Checkpoint) Write(w io.Writer) error {
	h := header{Config: c.Config, Position: c.Position}
	for _, t := range c.Tensors {
		about := tensor{t.Name, t.Shape}
		if err := limits.Name("tensor", t.Name); err != nil {
			return err
		}
		if n, ok := about.length(); !ok || n != len(t.Values) {
			return fmt.Errorf("tensor %s of shape %v has %d values", t.Name, t.Shape, len(t.Values))
		}
		h.Tensors = append(h.Tensors, about)
	}
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if len(text) > maxHeader {
		return fmt.Errorf("a header of %d bytes, at most %d fit", len(text), maxHeader)
	}
	digest := sha256.New()
	out := io.MultiWriter(w, digest)
	p := binary.LittleEndian.AppendUint16([]byte(magic), fileVersion)
	p = binary.LittleEndian.AppendUint32(p, uint32(len(text)))
	if _, err := out.Write(append(p, text...)); err != nil {
		return err
	}
	for _, t := range c.Tensors {
		if err := floats.Write(out, t.Values); err != nil {
			return err
		}
	}
	_, err = w.Write(digest.Sum(nil))
	return err
}

// Read reads a checkpoint of so many bytes. Damage is a *DamagedError; another version is an error
// that says so.
func Read(r io.ReaderAt, size int64) (*Checkpoint, error) {
	if size < int64(prefixBytes+sha256.Size) {
		return nil, damaged("it has %d bytes, expected at least %d", size, prefixBytes+sha256.Size)
	}
	body := io.NewSectionReader(r, 0, size-sha256.Size)
	digest := sha256.New()
	if _, err := io.Copy(digest, body); err != nil {
		return nil, err
	}
	written := make([]byte, sha256.Size)
	if _, err := r.ReadAt(written, size-sha256.Size); err != nil && err != io.EOF {
		return nil, err
	}
	if sum := digest.Sum(nil); !bytes.Equal(sum, written) {
		return nil, damaged("the SHA-256 of its %d bytes begins with %x, expected %x", size, sum[:4], written[:4])
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return parse(bufio.NewReaderSize(body, 1<<16))
}

// possible says whether training can be at a place: counts are no less than zero, and
// accuracies shares. Whether it is a place of this training is for nn to say.
func possible(p nn.Position) error {
	if p.Step < 0 || p.Correct < 0 || p.TrainTime < 0 || len(p.Course) > mostCourse {
		return fmt.Errorf("the place is step %d, with %d images right, after %v, with the losses of %d parts", p.Step, p.Correct, p.TrainTime, len(p.Course))
	}
	for i, e := range p.Epochs {
		share := func(x float64) bool { return x >= 0 && x <= 1 }
		if e.Epoch != i+1 || e.Images < 0 || e.TrainTime < 0 || e.TestTime < 0 || !share(e.TrainAccuracy) || !share(e.TestAccuracy) || len(e.Course) > mostCourse {
			return fmt.Errorf("epoch %d is one of number %d, with %d images and accuracies of %v and %v", i+1, e.Epoch, e.Images, e.TrainAccuracy, e.TestAccuracy)
		}
	}
	return nil
}

// parse reads all but the digest.
func parse(r io.Reader) (*Checkpoint, error) {
	p := make([]byte, prefixBytes)
	if _, err := io.ReadFull(r, p); err != nil {
		return nil, err
	}
	if string(p[:len(magic)]) != magic {
		return nil, damaged("it begins with %q, expected %q", p[:len(magic)], magic)
	}
	p = p[len(magic):]
	if v := binary.LittleEndian.Uint16(p); v != fileVersion {
		return nil, fault.Usagef("the checkpoint is one of version %d, this program knows version %d: go on with the program that wrote it", v, fileVersion)
	}
	n := binary.LittleEndian.Uint32(p[2:])
	if n > maxHeader {
		return nil, damaged("its header would have %d bytes, expected at most %d", n, maxHeader)
	}
	var text bytes.Buffer
	if got, err := io.CopyN(&text, r, int64(n)); err == io.EOF {
		return nil, damaged("it ends after %d of %d bytes of the header", got, n)
	} else if err != nil {
		return nil, err
	}
	var h header
	if err := limits.Unmarshal(text.Bytes(), mostValues, &h); err != nil {
		return nil, damaged("header: %v", err)
	}
	if err := possible(h.Position); err != nil {
		return nil, damaged("%v", err)
	}
	c := &Checkpoint{Config: h.Config, Position: h.Position}
	seen := map[string]bool{}
	for _, t := range h.Tensors {
		if seen[t.Name] {
			return nil, damaged("tensor %s is there twice", limits.Show(t.Name))
		}
		seen[t.Name] = true
		if err := limits.Name("tensor", t.Name); err != nil {
			return nil, damaged("%v", err)
		}
		n, ok := t.length()
		if !ok {
			return nil, damaged("tensor %s has the shape %v", t.Name, t.Shape[:min(len(t.Shape), mostDims+1)])
		}
		values, err := floats.Read(r, n)
		if err == io.ErrUnexpectedEOF {
			return nil, damaged("it ends within tensor %s", t.Name)
		} else if err != nil {
			return nil, err
		}
		c.Tensors = append(c.Tensors, nn.Tensor{Name: t.Name, Shape: t.Shape, Values: values})
	}
	if more, err := io.Copy(io.Discard, r); more > 0 {
		return nil, damaged("%d bytes after the last tensor", more)
	} else if err != nil {
		return nil, err
	}
	return c, nil
}
