package buildcache

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// listen collects the notices of a test.
func listen(t *testing.T) *[]string {
	before, lines := Notice, &[]string{}
	Notice = func(line string) { *lines = append(*lines, line) }
	t.Cleanup(func() { Notice = before })
	return lines
}

// fill makes the files of a small entry.
func fill(dir string) error {
	for name, f := range map[string]struct {
		text string
		mode fs.FileMode
	}{"program": {"#!/bin/sh\n", 0o775}, "data": {"12345", 0o664}, "empty": {"", 0o600}, "sub/below/file": {"x", 0o444}} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o775); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(f.text), f.mode); err != nil {
			return err
		}
		if err := os.Chmod(path, f.mode); err != nil {
			return err
		}
	}
	return nil
}

// whole wants a whole entry that fill made.
func whole(t *testing.T, dir, why string) {
	t.Helper()
	assert.NoError(t, verify(dir), why)
	assert.Equal(t, []string{"data", "empty", manifestFile, "program", "sub"}, names(t, dir), why)
	data, err := os.ReadFile(filepath.Join(dir, "data"))
	assert.NoError(t, err, why)
	assert.Equal(t, "12345", string(data), why)
}

// Whatever happens to an entry, the next use says so in one line, makes the entry again
// and leaves nothing else. This is tried for each file of the entry and its manifest.
func TestDamage(t *testing.T) {
	rewrite := func(path string, change func(data []byte) []byte) error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, change(data), 0o644)
	}
	type damage map[string]func(path string) error
	ofFile := damage{
		"removed":          os.Remove,
		"truncated":        func(p string) error { return os.Truncate(p, 0) },
		"longer":           func(p string) error { return rewrite(p, func(d []byte) []byte { return append(d, 'x') }) },
		"shorter":          func(p string) error { return rewrite(p, func(d []byte) []byte { return d[:len(d)-1] }) },
		"the first bit":    func(p string) error { return rewrite(p, func(d []byte) []byte { d[0] ^= 1; return d }) },
		"the last bit":     func(p string) error { return rewrite(p, func(d []byte) []byte { d[len(d)-1] ^= 128; return d }) },
		"writable":         func(p string) error { return os.Chmod(p, 0o666) },
		"set user id":      func(p string) error { return os.Chmod(p, 0o755|fs.ModeSetuid) },
		"a folder":         func(p string) error { return anew(p, func() error { return os.Mkdir(p, 0o755) }) },
		"a full folder":    func(p string) error { return anew(p, func() error { return os.MkdirAll(p+"/x/y", 0o755) }) },
		"a symbolic link":  func(p string) error { return anew(p, func() error { return os.Symlink("/etc/passwd", p) }) },
		"a link to itself": func(p string) error { return anew(p, func() error { return os.Symlink(filepath.Base(p), p) }) },
		"a pipe":           func(p string) error { return anew(p, func() error { return unix.Mkfifo(p, 0o644) }) },
	}
	if os.Geteuid() == 0 {
		ofFile["of another user"] = func(p string) error { return os.Lchown(p, 12345, -1) }
	}
	ofEntry := damage{
		"another file":       func(d string) error { return os.WriteFile(d+"/more", nil, 0o644) },
		"another file below": func(d string) error { return os.WriteFile(d+"/sub/below/more", nil, 0o644) },
		"another folder":     func(d string) error { return os.Mkdir(d+"/more", 0o755) },
		"a link":             func(d string) error { return os.Symlink("data", d+"/more") },
		"a file of no use":   func(d string) error { return os.WriteFile(d+"/.nfs", nil, 0o644) },
		"a folder removed":   func(d string) error { return os.RemoveAll(d + "/sub") },
		"a folder linked": func(d string) error {
			return errorsOf(os.Rename(d+"/sub", d+"/../../../sub"), os.Symlink("../../../sub", d+"/sub"))
		},
		"all removed":    func(d string) error { return anew(d, func() error { return os.Mkdir(d, 0o700) }) },
		"a file instead": func(d string) error { return anew(d, func() error { return os.WriteFile(d, nil, 0o644) }) },
		"another entry":  func(d string) error { return rewrite(d+"/"+manifestFile, swap(filepath.Base(d), "other")) },
		"another kind":   func(d string) error { return rewrite(d+"/"+manifestFile, swap("things", "thongs")) },
		"another format": func(d string) error { return rewrite(d+"/"+manifestFile, swap(`"format": 2`, `"format": 3`)) },
		"a key twice": func(d string) error {
			return rewrite(d+"/"+manifestFile, swap(`"kind"`, "\"kind\": \"x\",\n \"kind\""))
		},
		"a blank":               func(d string) error { return rewrite(d+"/"+manifestFile, swap(`"kind":`, `"kind": `)) },
		"a file above":          func(d string) error { return rewrite(d+"/"+manifestFile, swap(`"data"`, `"../data"`)) },
		"an absolute file":      func(d string) error { return rewrite(d+"/"+manifestFile, swap(`"data"`, `"/etc/passwd"`)) },
		"the manifest for data": func(d string) error { return rewrite(d+"/"+manifestFile, swap(`"data"`, `"entry.json"`)) },
	}
	tried := 0
	try := func(why string, harm func(dir string) error) {
		t.Setenv("XDG_CACHE_HOME", t.TempDir())
		notices := listen(t)
		made := 0
		use := func() (string, bool) {
			dir, hit, err := Entry("things", "key", func(dir string) error { made++; return fill(dir) })
			require.NoError(t, err, why)
			return dir, hit
		}
		dir, _ := use()
		whole(t, dir, why)
		_, hit := use()
		require.True(t, hit, why)
		require.NoError(t, harm(dir), why)
		_, hit = use()
		assert.False(t, hit, why)
		whole(t, dir, why)
		_, hit = use()
		assert.True(t, hit, why)
		assert.Equal(t, 2, made, why)
		assert.Len(t, *notices, 1, why)
		assert.Contains(t, fmt.Sprint(*notices), dir+" of the build cache is damaged (", why)
		assert.Equal(t, []string{"key"}, names(t, filepath.Dir(dir)), why)
		assert.Equal(t, []string{"things"}, names(t, filepath.Dir(filepath.Dir(dir))), why)
		tried++
	}
	for what, harm := range ofFile {
		for _, name := range []string{"program", "data", "sub/below/file", manifestFile} {
			if name == manifestFile && what == "set user id" {
				continue // of a file that nobody runs
			}
			try(what+": "+name, func(dir string) error { return harm(filepath.Join(dir, name)) })
		}
	}
	for what, harm := range ofEntry {
		try(what, harm)
	}
	assert.GreaterOrEqual(t, tried, 12*4-1+len(ofEntry))
}

// anew puts something else in the place of a file or folder.
func anew(path string, make func() error) error { return errorsOf(os.RemoveAll(path), make()) }

func errorsOf(errs ...error) error {
	for _, e := range errs {
		if e != nil {
			return e
		}
	}
	return nil
}

func swap(from, to string) func(data []byte) []byte {
	return func(data []byte) []byte {
		if !strings.Contains(string(data), from) {
			panic(from)
		}
		return []byte(strings.Replace(string(data), from, to, 1))
	}
}

// Each bit of an entry counts, those of the manifest too.
func TestEachBit(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir, _, err := Entry("things", "key", fill)
	require.NoError(t, err)
	flipped := 0
	for _, name := range []string{"program", "data", "sub/below/file", manifestFile} {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		require.NoError(t, err)
		for i := range data {
			for bit := range 8 {
				_, err := f.WriteAt([]byte{data[i] ^ 1<<bit}, int64(i))
				require.NoError(t, err)
				assert.ErrorAs(t, verify(dir), new(*damaged), "bit %d of byte %d of %s", bit, i, name)
				flipped++
			}
			_, err := f.WriteAt(data[i:i+1], int64(i))
			require.NoError(t, err)
		}
		require.NoError(t, f.Close())
	}
	require.NoError(t, verify(dir))
	assert.Greater(t, flipped, 4000)
}

// What an entry may not hold is an error of whoever makes it, not a damaged entry for ever.
func TestNotAnEntry(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for what, make := range map[string]func(dir string) error{
		"link is no regular": func(d string) error { return os.Symlink("data", d+"/link") },
		"pipe":               func(d string) error { return unix.Mkfifo(d+"/pipe", 0o644) },
		manifestFile:         func(d string) error { return os.WriteFile(d+"/"+manifestFile, nil, 0o644) },
		"empty folder below": func(d string) error { return os.MkdirAll(d+"/below", 0o755) },
	} {
		_, _, err := Entry("things", "key", make)
		assert.ErrorContains(t, err, strings.Fields(what)[0], what)
		assert.Empty(t, names(t, must(Folder("things"))))
	}
}

// BenchmarkVerify: a megabyte in ten files.
func BenchmarkVerify(b *testing.B) {
	b.Setenv("XDG_CACHE_HOME", b.TempDir())
	dir, _, err := Entry("things", "key", func(dir string) error {
		for i := range 10 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), make([]byte, 100_000), 0o644); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(b, err)
	b.SetBytes(1_000_000)
	for b.Loop() {
		if err := verify(dir); err != nil {
			b.Fatal(err)
		}
	}
}
