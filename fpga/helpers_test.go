package fpga_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link/linktest"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/lut"
)

var tables = map[string]*lut.Table{}

// table returns a golden table that is not to be changed.
func table(t testing.TB, name string) *lut.Table {
	if tables[name] == nil {
		m, err := golden.Lookup(name)
		require.NoError(t, err)
		tables[name] = m.Table()
	}
	return tables[name]
}

// altered returns a copy in which some products have one bit wrong.
func altered(t testing.TB, from *lut.Table, pairs ...[2]uint32) *lut.Table {
	c, err := lut.New(from.Name, from.Format)
	require.NoError(t, err)
	for a := range uint32(from.Format.Rows()) {
		for b := range uint32(from.Format.Cols()) {
			c.Set(a, b, from.At(a, b))
		}
	}
	for _, p := range pairs {
		c.Set(p[0], p[1], from.At(p[0], p[1])^1)
	}
	return c
}

// bubble runs a board at the end of a line in virtual time.
func bubble(t *testing.T, name string, b *linktest.Board, f linktest.Faults, body func(t *testing.T, l *linktest.Line)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := linktest.NewLine(b, f, false)
			body(t, l)
			l.Close()
			l.Wait()
		})
	})
}

// check connects and compares, as the command does.
func check(ctx context.Context, l *linktest.Line, want *lut.Table, o fpga.Options, k fpga.CheckOptions) (*fpga.Result, string, error) {
	log := ""
	o.Log = func(format string, args ...any) { log += fmt.Sprintf(format, args...) + "\n" }
	b, err := fpga.Connect(ctx, l, "test", o)
	if err != nil {
		return nil, log, err
	}
	r, err := fpga.Check(ctx, b, want, k)
	b.Disconnect()
	return r, log, err
}

// pairs returns the operands of the mismatches.
func pairs(r *fpga.Result) (all [][2]uint32) {
	for _, m := range r.Wrong {
		all = append(all, [2]uint32{m.A, m.B})
	}
	return all
}

var modes = []fpga.Mode{fpga.CRC, fpga.Stream, fpga.Batch}
