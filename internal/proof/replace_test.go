package proof

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/approxtrain/approxtrain/lut"
)

func files(names ...string) (all []lut.Source) {
	for _, n := range names {
		all = append(all, lut.Source{Path: n})
	}
	return all
}

func TestOtherDesign(t *testing.T) {
	for _, c := range []struct {
		old, now               []lut.Source
		oldOptions, nowOptions []string
		want                   string
	}{
		// The same design, edited: contents, a file more or less, ports, latency, a constant for a new input.
		{old: []lut.Source{{Path: "m.v", SHA256: "1"}}, now: []lut.Source{{Path: "m.v", SHA256: "2"}}},
		{old: files("m.v"), now: files("m.v", "x.vh")},
		{old: files("m.v", "x.vh"), now: files("m.v")},
		{files("m.v"), files("m.v"), []string{"--top m", "--a a", "--clk c", "--latency 2"},
			[]string{"--top m", "--a x", "--tie en=1"}, ""},
		{}, // two boards
		// Another one.
		{old: files("m.v"), now: files("n.v"), want: "it was made from m.v, not from n.v"},
		{old: files("m.v", "add.v"), now: files("add.v", "n.v"), want: "it was made from m.v, add.v, not from add.v, n.v"},
		{now: files("m.v"), want: "it names no source"},
		{old: files("m.v"), want: "it was made from m.v, not from files"},
		{files("m.v"), files("m.v"), []string{"--top m"}, []string{"--top n"}, "it was read with --top m, not with --top n"},
		{files("m.v"), files("m.v"), []string{"-G W=8"}, []string{"-G W=4"}, "it was read with -G W=8, not with -G W=4"},
		{files("m.v"), files("m.v"), []string{"-G W=8"}, nil, "it was read with -G W=8"},
		{files("m.v"), files("m.v"), nil, []string{"-D FAST"}, "it was read without -D FAST"},
		{files("m.v"), files("m.v"), []string{"-D FAST"}, []string{"-D FAST=1"}, "it was read with -D FAST, not with -D FAST=1"},
		{files("m.v"), files("m.v"), []string{"--tie mode=1"}, []string{"--tie mode=2"},
			"it was read with --tie mode=1, not with --tie mode=2"},
		{files("m.c"), files("m.c"), []string{"--c m.c:f"}, []string{"--c m.c:g"}, "it was read with --c m.c:f, not with --c m.c:g"},
	} {
		assert.Equal(t, c.want, otherDesign(c.old, c.now, c.oldOptions, c.nowOptions), "%+v", c)
	}
}
