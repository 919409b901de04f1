package witness_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// source writes Verilog to a file of its own.
func source(t testing.TB, verilog string) cosim.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "design.v")
	require.NoError(t, os.WriteFile(path, []byte(verilog), 0o644))
	return cosim.Source{Files: []string{path}}
}

// table makes the table of a source as approxtrain lut does: opened in the
// simulators, every product compared.
func table(ctx context.Context, s cosim.Source, over cosim.Overrides, opts witness.Options) (*lut.Table, *witness.Design, error) {
	r, err := cosim.ElaborateRTL(ctx, s, over, cosim.Options{})
	if err != nil {
		return nil, nil, err
	}
	w, err := witness.Open(ctx, r, opts)
	if err != nil {
		return nil, nil, err
	}
	tab, err := lutgen.Make(ctx, w, lutgen.Options{Jobs: 1, Others: w.Others(), Explain: w.Explain, Function: w.Function()})
	return tab, w, err
}
