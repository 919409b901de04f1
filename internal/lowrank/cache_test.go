package lowrank

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/lut"
)

func builtIn(t *testing.T, name string) *lut.Table {
	t.Helper()
	m, err := golden.Lookup(name)
	require.NoError(t, err)
	return m.Table()
}

// notices collects the lines about wrong entries.
func notices(t *testing.T) *[]string {
	lines := &[]string{}
	before := buildcache.Notice
	buildcache.Notice = func(line string) { *lines = append(*lines, line) }
	t.Cleanup(func() { buildcache.Notice = before })
	return lines
}

// entries returns the files with factors in the cache.
func entries(t *testing.T) []string {
	root, err := buildcache.Folder(cacheKind)
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(root, "*", cacheFile))
	require.NoError(t, err)
	return files
}

// TestLoad finds factors again, and keeps them apart from those of another limit and of another format with the same
// entries.
func TestLoad(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	lines := notices(t)
	table := builtIn(t, "bamh2v6_s8")
	want, err := Factor(table, Most)
	require.NoError(t, err)
	for range 2 {
		got, err := Load(table, Most)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Len(t, entries(t), 1)
	}
	// A hit is one: the function that makes factors is not called.
	found, err := factor(table, Most, func(s *search) *Factors {
		f, err := s.read(filepath.Dir(entries(t)[0]))
		require.NoError(t, err)
		return f
	})
	require.NoError(t, err)
	require.Equal(t, want, found)
	_, err = Load(table, 7)
	require.NoError(t, err)
	require.Len(t, entries(t), 2)
	unsigned := tableOf(t, "u8", func(a, b uint32) int64 { return int64(table.At(a, b)) })
	require.Equal(t, table.Digest(), unsigned.Digest())
	r, err := Load(unsigned, Most)
	require.NoError(t, err)
	if r.Factors != nil {
		multiplyOut(t, unsigned, r.Factors)
	}
	refused, err := Load(builtIn(t, "mitchell_u8"), Most)
	require.NoError(t, err)
	require.Nil(t, refused.Factors)
	require.Equal(t, "mitchell_u8: exact rank above 20", refused.String())
	zero, err := Load(tableOf(t, "u2", func(a, b uint32) int64 { return 0 }), Most)
	require.NoError(t, err)
	require.NotNil(t, zero.Factors)
	require.Empty(t, *lines)
}

// TestDamagedEntry damages the file of an entry, which its manifest shows.
func TestDamagedEntry(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	lines := notices(t)
	table := builtIn(t, "udm_u4")
	want, err := Load(table, Most)
	require.NoError(t, err)
	file := entries(t)[0]
	good, err := os.ReadFile(file)
	require.NoError(t, err)
	for i := range good {
		if i%7 != 0 {
			continue
		}
		bad := append([]byte(nil), good...)
		bad[i] ^= 1
		require.NoError(t, os.WriteFile(file, bad, 0o644))
		got, err := Load(table, Most)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Len(t, *lines, (len(good)+6)/7)
	require.Contains(t, (*lines)[0], "is damaged")
}

// TestWrongEntry puts other content into the cache as its program would, with a manifest that fits.
func TestWrongEntry(t *testing.T) {
	table := builtIn(t, "bamh2v6_s8")
	want, err := Factor(table, Most)
	require.NoError(t, err)
	other, err := Factor(builtIn(t, "bamh2v5_s8"), Most)
	require.NoError(t, err)
	text := func(change func(f *Factors)) string {
		data, err := json.Marshal(want.Factors)
		require.NoError(t, err)
		f := &Factors{}
		require.NoError(t, json.Unmarshal(data, f))
		change(f)
		data, err = json.Marshal(f)
		require.NoError(t, err)
		return string(data)
	}
	for name, content := range map[string]string{
		"one number":    text(func(f *Factors) { f.A[1][200]++ }),
		"sign":          text(func(f *Factors) { f.B[0][127] = -f.B[0][127] }),
		"other table":   text(func(f *Factors) { *f = *other.Factors }),
		"short side":    text(func(f *Factors) { f.A[2] = f.A[2][1:] }),
		"no side":       text(func(f *Factors) { f.A[2] = nil }),
		"fewer sides":   text(func(f *Factors) { f.B = f.B[1:] }),
		"fewer pairs":   text(func(f *Factors) { f.A, f.B = f.A[1:], f.B[1:] }),
		"none":          "{}",
		"null":          "null",
		"no JSON":       "factors",
		"half":          text(func(*Factors) {})[:2000],
		"beyond":        strings.Replace(text(func(*Factors) {}), "[", "[4294967296,", 1),
		"pairs of zero": text(func(f *Factors) { f.A = append(f.A, zeros, zeros); f.B = append(f.B, zeros, zeros) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			lines := notices(t)
			key := &buildcache.Key{}
			key.Add(method, table.Format.String(), table.Digest(), strconv.Itoa(Most))
			_, _, err := buildcache.Entry(cacheKind, key.Sum(), func(dir string) error {
				return os.WriteFile(filepath.Join(dir, cacheFile), []byte(content), 0o644)
			})
			require.NoError(t, err)
			for range 2 {
				got, err := Load(table, Most)
				require.NoError(t, err)
				require.Equal(t, want, got)
				require.Len(t, *lines, 1, "the entry is made again once")
			}
			assert.Contains(t, (*lines)[0], "was wrong")
		})
	}
}

var zeros = make([]int32, 256)

// TestNoCache cannot use a cache.
func TestNoCache(t *testing.T) {
	notices(t)
	table := builtIn(t, "udm_u4")
	want, err := Factor(table, Most)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	for _, home := range []string{file, "relative"} {
		t.Setenv("XDG_CACHE_HOME", home)
		got, err := Load(table, Most)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}
