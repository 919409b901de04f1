package npy

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sbinet/npyio"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A header is read as it was written, here and by another program.
func TestHeader(t *testing.T) {
	for _, h := range []Header{
		{Order: '<', Kind: 'f', Width: 4, Shape: []int{2, 256, 256}},
		{Order: '|', Kind: 'u', Width: 1, Fortran: true, Shape: []int{7}},
		{Order: '>', Kind: 'i', Width: 8, Shape: nil},
		{Order: '<', Kind: 'c', Width: 16, Shape: []int{0, 999_999_999}},
	} {
		p := h.Append([]byte("before"))[len("before"):]
		assert.Zero(t, len(p)%64, "the place of the first element")
		r := bytes.NewReader(append(p, "elements"...))
		got, err := ReadHeader(iotest.OneByteReader(r))
		require.NoError(t, err)
		assert.Equal(t, h, got)
		assert.Equal(t, len("elements"), r.Len(), "what is left")
		other, err := npyio.NewReader(bytes.NewReader(p))
		require.NoError(t, err)
		assert.Equal(t, h.Shape, other.Header.Descr.Shape)
		assert.Equal(t, h.Fortran, other.Header.Descr.Fortran)
		assert.Equal(t, h.Type(), other.Header.Descr.Type)
	}
	assert.Equal(t, "(4,)", Header{Shape: []int{4}}.ShapeText())
	assert.Equal(t, "(4, 5)", Header{Shape: []int{4, 5}}.ShapeText())
	assert.Equal(t, "()", Header{}.ShapeText())
}

func TestReadHeaderRefuses(t *testing.T) {
	file := func(version string, head string) string {
		return Magic + version + "\x00" + string([]byte{byte(len(head)), 0}) + head
	}
	head := "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n"
	_, err := ReadHeader(strings.NewReader(file("\x01", head)))
	require.NoError(t, err)
	for text, want := range map[string]string{
		"":                           "not a NumPy file: it begins with , expected 93 4e",
		Magic:                        "not a NumPy file",
		"PK\x03\x04aaaaaaaaaa":       "not a NumPy file: it begins with 50 4b",
		Magic + "\x01\x00\x10":       "cut off or has 16 bytes",
		file("\x02", head):           "cut off or has",
		file("\x01", head)[:40]:      "expected that of an array of numbers",
		file("\x01", head[1:]):       "expected that of an array of numbers",
		file("\x01", head+"\x1b[2J"): `\x1b[2J`,
		file("\x01", strings.ReplaceAll(head, "<f4", "|O")):              "header {'descr': '|O'",
		file("\x01", strings.ReplaceAll(head, "(2, 2)", "(2, -2)")):      "expected that of an array of numbers",
		file("\x01", strings.ReplaceAll(head, "(2, 2)", "(2 2)")):        "expected that of an array of numbers",
		file("\x01", strings.ReplaceAll(head, "(2, 2)", "(1234567890)")): "expected that of an array of numbers",
	} {
		_, err := ReadHeader(strings.NewReader(text))
		assert.ErrorContains(t, err, want, "%q", text)
	}
	_, err = ReadHeader(iotest.ErrReader(iotest.ErrTimeout))
	assert.ErrorIs(t, err, iotest.ErrTimeout)
}
