// Package hostile tests readers with files that were made by hand to break them.
// It checks that each is an error in time, without a panic and with little memory.
package hostile

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// Case is a file that a reader must refuse, unless Fine: then it may be accepted, and if so
// Reader.Right must find nothing wrong with what was read.
type Case struct {
	Name string
	Data []byte
	Fine bool
}

// Cases is a list of them.
type Cases []Case

// Add appends a case that must be refused.
func (c *Cases) Add(name string, data []byte) { *c = append(*c, Case{Name: name, Data: data}) }

// Text appends a case of text that must be refused.
func (c *Cases) Text(name, format string, args ...any) {
	c.Add(name, []byte(fmt.Sprintf(format, args...)))
}

// May appends a case that may be accepted.
func (c *Cases) May(name string, data []byte) {
	*c = append(*c, Case{Name: name, Data: data, Fine: true})
}

// Cuts appends the file cut short at each of the places, and one byte before and behind.
func (c *Cases) Cuts(good []byte, places ...int) {
	seen := map[int]bool{len(good): true}
	for _, at := range places {
		for _, n := range []int{at - 1, at, at + 1} {
			if n >= 0 && n < len(good) && !seen[n] {
				seen[n] = true
				c.Add(fmt.Sprintf("cut after %d of %d bytes", n, len(good)), good[:n:n])
			}
		}
	}
}

// Fields appends the file with each number of width bytes at a place replaced by others:
// none, one, the largest, negative ones, those next to the right one and its multiples, as
// long as they are not the right one.
func (c *Cases) Fields(good []byte, order binary.ByteOrder, width int, names map[string]int) {
	for name, at := range names {
		field := func(p []byte) uint64 {
			switch width {
			case 1:
				return uint64(p[at])
			case 2:
				return uint64(order.Uint16(p[at:]))
			case 4:
				return uint64(order.Uint32(p[at:]))
			}
			return order.Uint64(p[at:])
		}
		right := field(good)
		seen := map[uint64]bool{right: true}
		for _, v := range []uint64{0, 1, right - 1, right + 1, 2 * right, right << 8, right >> 8, ^right, math.MaxUint8, math.MaxInt16, math.MaxUint16,
			1 << 20, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint32, 1 << 40, math.MaxInt64, 1 << 63, math.MaxUint64, math.MaxUint64 / 4, math.MaxUint64/4 + 2} {
			p := append([]byte(nil), good...)
			switch width {
			case 1:
				p[at] = byte(v)
			case 2:
				order.PutUint16(p[at:], uint16(v))
			case 4:
				order.PutUint32(p[at:], uint32(v))
			default:
				order.PutUint64(p[at:], v)
			}
			if now := field(p); !seen[now] {
				seen[now] = true
				c.Add(fmt.Sprintf("%s is %d instead of %d", name, now, right), p)
			}
		}
	}
}

// Wrapped appends the file with what transfers and editors do to it: bytes in front of it
// and behind, other ends of lines, other encodings.
func (c *Cases) Wrapped(good []byte, trailing bool) {
	text := string(good)
	for name, s := range map[string]string{
		"a byte order mark": "\ufeff" + text, "a blank in front": " " + text, "a null in front": "\x00" + text, "UTF-16": utf16(text),
		"a shebang": "#!/bin/sh\n" + text, "a mail": "Content-Type: x\r\n\r\n" + text, "HTML": "<!DOCTYPE html><html>" + text,
		"gzip's magic": "\x1f\x8b" + text, "ELF": "\x7fELF" + text, "twice in a tar": strings.Repeat("\x00", 512) + text,
	} {
		c.Add(name, []byte(s))
	}
	if trailing {
		for name, s := range map[string]string{"a byte": "x", "a null": "\x00", "itself": text, "a megabyte of nulls": strings.Repeat("\x00", 1<<20), "ESC": "\x1b[2J"} {
			c.Add(name+" behind it", []byte(text+s))
		}
	}
}

func utf16(text string) string {
	out := "\xff\xfe"
	for i := range len(text) {
		out += string([]byte{text[i], 0})
	}
	return out
}

// Names are names that a file may give to something, each with its fault.
var Names = map[string]string{
	"ESC": "a\x1b[2Jb", "a bell": "a\ab", "a null": "a\x00b", "a line": "a\nb", "a carriage return": "a\rb", "a backspace": "a\bb", "DEL": "a\x7fb",
	"C1": "a\u009b2Jb", "right to left": "a\u202eb", "no UTF-8": "a\xffb", "half a rune": "a\xe2\x82", "a surrogate": "a\xed\xa0\x80b",
	"300 bytes": strings.Repeat("n", 300), "a megabyte": strings.Repeat("n", 1<<20), "a zero-width space": "a\u200bb", "a private character": "a\ue000b",
	"a line separator": "a\u2028b", "an isolate": "a\u2066b",
}

// Reader is the reader under test.
type Reader struct {
	Name string // of the file: "x.lut"
	// Read reads the file at a path and returns what Right is given.
	Read func(path string) (any, error)
	// Right returns the fault of an accepted file; nil: no file may be accepted.
	Right  func(read any) error
	Memory uint64            // bytes that reading any case may allocate, besides 4 for each byte of it; 0: 64 MiB
	Time   time.Duration     // 0: 10 s
	Least  int               // cases
	Says   string            // what each error must say, "": Name
	Beside map[string][]byte // files in the same folder
}

// Run gives the reader each case, and a folder, a link to nothing and one to itself.
func (r Reader) Run(t *testing.T, cases Cases) {
	t.Helper()
	if r.Memory == 0 {
		r.Memory = 64 << 20
	}
	if r.Time == 0 {
		r.Time = 10 * time.Second
	}
	dir := t.TempDir()
	path := filepath.Join(dir, r.Name)
	for name, data := range r.Beside {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	require.GreaterOrEqual(t, len(cases), r.Least, "cases of %s", r.Name)
	seen := map[string]string{}
	for _, c := range cases {
		if other, twice := seen[string(c.Data)]; twice {
			t.Errorf("%s: %q is the same file as %q", r.Name, c.Name, other)
		}
		seen[string(c.Data)] = c.Name
		require.NoError(t, os.WriteFile(path, c.Data, 0o600))
		r.one(t, path, c)
	}
	require.NoError(t, os.Remove(path))
	for name, make := range map[string]func() error{
		"nothing":           func() error { return nil },
		"a folder":          func() error { return os.Mkdir(path, 0o700) },
		"a link to nothing": func() error { return os.Symlink("nothing", path) },
		"a link to itself":  func() error { return os.Symlink(r.Name, path) },
	} {
		require.NoError(t, make())
		r.one(t, path, Case{Name: name})
		os.Remove(path)
	}
	t.Logf("%s: %d hostile files", r.Name, len(cases)+4)
}

func (r Reader) one(t *testing.T, path string, c Case) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	read, err := r.guarded(path)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	switch {
	case err == nil && !c.Fine:
		t.Errorf("%s: %q was accepted", r.Name, c.Name)
	case err == nil && r.Right == nil:
		t.Errorf("%s: %q was accepted, and nothing says whether rightly", r.Name, c.Name)
	case err == nil:
		if wrong := r.Right(read); wrong != nil {
			t.Errorf("%s: %q was accepted and read as something else: %v", r.Name, c.Name, wrong)
		}
	case strings.HasPrefix(err.Error(), "panic: "):
		t.Errorf("%s: %q: %v", r.Name, c.Name, err)
	default:
		text := err.Error()
		if !strings.Contains(text, cmp.Or(r.Says, r.Name)) {
			t.Errorf("%s: %q: the error does not name the file: %s", r.Name, c.Name, limits.Show(text))
		}
		if limits.Escape(text) != text {
			t.Errorf("%s: %q: the error would send control characters to a terminal: %q", r.Name, c.Name, text)
		}
		if len(text) > 4000 {
			t.Errorf("%s: %q: an error of %d bytes: %s", r.Name, c.Name, len(text), limits.Show(text))
		}
	}
	if took > r.Time {
		t.Errorf("%s: %q took %v, expected at most %v", r.Name, c.Name, took, r.Time)
	}
	if used, most := after.TotalAlloc-before.TotalAlloc, r.Memory+4*uint64(len(c.Data)); countMemory && used > most {
		t.Errorf("%s: %q allocated %d bytes, expected at most %d", r.Name, c.Name, used, most)
	}
}

// guarded reads a file; a panic becomes an error that begins with that word.
func (r Reader) guarded(path string) (read any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return r.Read(path)
}
