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
func WriteWave(ctx context.Context, r *RTL, pairs []WavePair, wantBits int, path string) error {
	var a, b, want []uint32
	for _, x := range pairs {
		a, b, want = append(a, x.A), append(b, x.B), append(want, x.Want)
	}
	return writeWave(ctx, r, wantBits, path, func(d *instance, trace func() error) error {
		if err := trace(); err != nil {
			return err
		}
		return d.eval(ctx, a, b, want, make([]uint32, len(a)))
	})
}

// WaveRun is a sequence of pairs of a design that remembers earlier ones, such as an accumulator.
type WaveRun struct {
	Fill Fill     // of undefined bits, at the reset before the first pair
	A, B []uint64 // operands at the design's ports
	Want []uint64 // the product expected of each pair
	From int      // the waveform begins with this pair
}

// WriteRunWave is WriteWave for a sequence, of which the waveform has the end. wantBits is 1 to 64.
func WriteRunWave(ctx context.Context, r *RTL, run WaveRun, wantBits int, path string) error {
	return writeWave(ctx, r, wantBits, path, func(d *instance, trace func() error) error {
		if err := d.Reset(ctx, run.Fill); err != nil {
			return err
		}
		n := len(run.A)
		if err := d.EvalWords(ctx, run.A[:run.From], run.B[:run.From], make([]Word, run.From)); err != nil {
			return err
		}
		if err := trace(); err != nil {
			return err
		}
		if d.shape.Beyond32() {
			want := make([]Word, n-run.From)
			for i := range want {
				want[i].Lo = run.Want[run.From+i]
			}
			return d.evalWords(ctx, run.A[run.From:], run.B[run.From:], want, make([]Word, len(want)))
		}
		var a, b, want []uint32
		for i := run.From; i < n; i++ {
			a, b, want = append(a, uint32(run.A[i])), append(b, uint32(run.B[i])), append(want, uint32(run.Want[i]))
		}
		return d.eval(ctx, a, b, want, make([]uint32, len(a)))
	})
}

// writeWave opens a build that traces, and lets multiply begin the waveform and give pairs to the design.
func writeWave(ctx context.Context, r *RTL, wantBits int, path string, multiply func(d *instance, trace func() error) error) (err error) {
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
	return multiply(d, func() error { return d.writeTo(ctx, opTrace, tmp) })
}
