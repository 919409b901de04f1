package emulator_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/cosim"
	"approxtrain/fpga"
	"approxtrain/fpga/emulator"
	"approxtrain/fpga/faults"
	"approxtrain/fpga/gateware"
	"approxtrain/golden"
)

// adapted puts a built-in multiplier into a board.
func adapted(t *testing.T, name, variant string) (*gateware.Multiplier, golden.Multiplier) {
	g, err := golden.Lookup(name)
	require.NoError(t, err)
	g, err = g.Variant(variant)
	require.NoError(t, err)
	dir, err := cosim.Library()
	require.NoError(t, err)
	s := cosim.Source{Files: []string{filepath.Join(dir, g.RTL.File)}, Top: g.RTL.Top, Include: []string{dir}}
	for p, v := range g.RTL.Params {
		s.Params = append(s.Params, p+"="+v)
	}
	r, err := cosim.OpenRTL(t.Context(), s, cosim.Overrides{Kind: cosim.Kind(g.RTL.Kind)}, cosim.Options{})
	require.NoError(t, err)
	m, err := gateware.New(r, g.Format)
	require.NoError(t, err)
	return m, g
}

// plugIn serves an emulated board for the time of a test.
func plugIn(t *testing.T, m *gateware.Multiplier, f faults.Faults) string {
	p, err := emulator.Open(t.Context(), m, emulator.Options{}, f)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; f.CutAfter == 0 {
			assert.NoError(t, err)
		} else {
			assert.ErrorIs(t, err, emulator.ErrCut)
		}
	})
	return p.Path
}

// compare connects and compares, as the command does.
func compare(t *testing.T, path string, o fpga.Options, want golden.Multiplier, mode fpga.Mode) (*fpga.Result, error) {
	o.Log = t.Logf
	b, err := fpga.Open(t.Context(), path, o)
	if err != nil {
		return nil, err
	}
	t.Log(b.Describe())
	r, err := fpga.Check(t.Context(), b, want.Table(), fpga.CheckOptions{Mode: mode})
	b.Disconnect()
	return r, err
}

func TestPort(t *testing.T) {
	m, g := adapted(t, "mbm_e8m7", "")
	path := plugIn(t, m, faults.Faults{})
	for _, mode := range []fpga.Mode{fpga.CRC, fpga.Stream, fpga.Batch} {
		t.Run(fmt.Sprint(mode), func(t *testing.T) {
			start := time.Now()
			r, err := compare(t, path, fpga.Options{Baud: 1_000_000}, g, mode)
			require.NoError(t, err)
			assert.True(t, r.Equal())
			assert.EqualValues(t, 16384, r.Pairs.Compared)
			t.Log(time.Since(start), r.Link.String())
		})
	}
}
