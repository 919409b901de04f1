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

// WriteWave multiplies the pairs a[i], b[i] again in a build that traces, and writes every signal
// of the design to a waveform file. The file is complete or absent.
func WriteWave(ctx context.Context, r *RTL, a, b []uint32, path string) (err error) {
	trace, err := TraceOf(path)
	if err != nil {
		return err
	}
	w, err := r.WithVariant(ctx, Variant{Trace: trace})
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
	return d.Eval(ctx, a, b, make([]uint32, len(a)))
}
