package cosim

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
)

// TraceOf returns the waveform format that a file name asks for: .vcd or .fst.
func TraceOf(path string) (Trace, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".vcd":
		return TraceVCD, nil
	case ".fst":
		return TraceFST, nil
	}
	return NoTrace, fault.Usagef("waveform %s: expected a name that ends in .vcd or .fst", path)
}

// WavePair is a pair of a waveform, as at the design's ports, and the product that is expected of it.
type WavePair struct{ A, B, Want uint32 }

// WaveScope is the scope of a waveform that holds the ports of the design as approxtrain drives them: operands a and b,
// product p, and the expected product next to it. The design is in a scope below.
const WaveScope = wrapperTop

// WriteWave multiplies pairs again in a build that traces, and writes every signal of the design to a waveform file.
// The signal expected, of wantBits bits (1 to 32), changes when the product does: with the operands of a combinational
// design, of one with a handshake and of one whose operands are held, else at the clock edge after which the pair's
// product is at the port. The file is complete or absent.
func WriteWave(ctx context.Context, r *RTL, pairs []WavePair, wantBits int, path string) (err error) {
	trace, err := TraceOf(path)
	if err != nil {
		return err
	}
	w, err := r.WithVariant(ctx, Variant{Trace: trace, Expected: wantBits})
	if err != nil {
		return err
	}
	dir, remove, err := leftovers.Dir(filepath.Dir(path), ".approxtrain-wave-")
	if err != nil {
		return fault.Usagef("writing the waveform: %w", err)
	}
	defer remove()
	tmp := filepath.Join(dir, filepath.Base(path))
	d, err := w.open(writing(ctx, dir))
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, d.Close()) // the last of the trace is written here
		if err == nil {
			err = os.Rename(tmp, path)
		}
	}()
	if err := d.writeTo(ctx, opTrace, tmp); err != nil {
		return err
	}
	var a, b, want []uint32
	for _, x := range pairs {
		a, b, want = append(a, x.A), append(b, x.B), append(want, x.Want)
	}
	return d.eval(ctx, a, b, want, make([]uint32, len(a)))
}
