package experiment

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDistinctNames: each multiplier has files of its own, whose names do not depend on
// the order of the multipliers. A built-in one keeps its name.
func TestDistinctNames(t *testing.T) {
	const digest = "-[0-9a-f]{8}"
	long := strings.Repeat("ä", 200)
	for _, c := range []map[string]string{
		{"fp32": "fp32", "mbm_e8m7": "mbm_e8m7", "mul.lut": "mul", "a/mul.lut": "a_mul", "/tmp/x.lut": "tmp_x", "mine.c": "mine.c"},
		{"fp32.lut": `fp32\.lut`, "fp32": "fp32"},
		{"a/x.lut": "a_x", "b/x.lut": "b_x", "fp32.lut": `fp32\.lut`, "fp32": "fp32"},
		{"mbm_e8m7": "mbm_e8m7", "./mbm_e8m7.lut": `mbm_e8m7\.lut` + digest, "../mbm_e8m7.lut": `mbm_e8m7\.lut` + digest},
		{"x.lut": `x\.lut`, "x.c": `x\.c`, "x": "x"},
		{"a/x.lut": `a_x\.lut` + digest, "a_x.lut": `a_x\.lut` + digest},
		{"Mul.lut": `Mul\.lut` + digest, "mul.lut": `mul\.lut` + digest},
		{"FP32": "FP32" + digest, "fp32": "fp32" + digest}, // of a file, since names are exact
		{"x.lut.lut": `x\.lut`, "x.lut": "x", "y": "y"},
		{"": "multiplier", "..": "multiplier" + digest, "/": "multiplier" + digest},
		{"-rf.lut": "_rf", "a b.lut": "a b", "a\nb.lut": "a_b", "a\x7f\xff\u202eb.lut": "a___b", "../../up.c:f": "up.c:f"},
		{long: "(ä){60}", long + ".c": "(ä){60}" + digest},
	} {
		var all []Multiplier
		for n := range c { // in any order
			all = append(all, Multiplier{Name: n})
		}
		names := distinctNames(all)
		require.Len(t, names, len(c))
		taken := map[string]bool{}
		for n, want := range c {
			if strings.HasPrefix(want, "multiplier") || strings.HasPrefix(want, "(ä)") || strings.HasPrefix(strings.ToLower(want), "fp32-") {
				want = "(" + strings.TrimSuffix(want, digest) + ")(" + digest + ")?"
			}
			assert.Regexp(t, "^"+want+"$", names[n], "%q", c)
			assert.False(t, taken[strings.ToLower(names[n])], "%q", c)
			assert.Equal(t, filepath.Base(names[n]), names[n])
			taken[strings.ToLower(names[n])] = true
		}
	}
}

// Whatever the names are, the files differ, in each order the same.
func TestDistinctNamesOfAny(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	parts := []string{"a", "A", "/", ".", ".lut", "_", "-", "x", "fp32", ".c", "\n"}
	for range 3000 {
		seen := map[string]bool{}
		var all []Multiplier
		for range 2 + random.IntN(6) {
			name := ""
			for range 1 + random.IntN(4) {
				name += parts[random.IntN(len(parts))]
			}
			if !seen[name] {
				seen[name] = true
				all = append(all, Multiplier{Name: name})
			}
		}
		names, taken := distinctNames(all), map[string]bool{}
		for _, m := range all {
			key := strings.ToLower(names[m.Name])
			require.False(t, taken[key], "%q", names)
			require.NotContains(t, key, "/")
			taken[key] = true
		}
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		require.Equal(t, names, distinctNames(all))
	}
}

// Runs of before keep the names that they have.
func TestNumberedNames(t *testing.T) {
	var all []Multiplier
	for _, n := range []string{"fp32", "./mul.lut", "other/mul.lut", "../a.c:f", "..", "mul", "mul-2"} {
		all = append(all, Multiplier{Name: n})
	}
	old := map[string]string{"fp32": "fp32", "./mul.lut": "mul", "other/mul.lut": "other_mul", "../a.c:f": "a.c:f", "..": "multiplier",
		"mul": "mul-2", "mul-2": "mul-2-2"}
	assert.Equal(t, old, numberedNames(all))
	c := &Config{Multipliers: all, resume: "runs/x"}
	assert.Equal(t, old, c.fileNames())
	assert.Nil(t, c.recordedNames(), "its config.json stays as it is")
	c.files = map[string]string{"mul": "else"}
	assert.Equal(t, c.files, c.fileNames())
	assert.Equal(t, c.files, c.recordedNames())
	c.resume = ""
	assert.Equal(t, "mul", c.fileNames()["mul"], "another run begun with its config.json")
}

// A name in config.json does not lead out of the folder.
func TestFilesOfAnotherFolder(t *testing.T) {
	dir := t.TempDir()
	for text, good := range map[string]bool{
		`{"fp32": "fp32", "x.lut": "x"}`:        true,
		`{"fp32": "fp32", "x.lut": "../x"}`:     false,
		`{"fp32": "fp32", "x.lut": "FP32"}`:     false,
		`{"fp32": "fp32", "x.lut": "a/b"}`:      false,
		`{"fp32": "fp32"}`:                      false,
		`{"fp32": "/etc/passwd", "x.lut": "x"}`: false,
	} {
		config := fmt.Sprintf(`{"model": "lenet-5", "data": "digits", "multipliers": ["fp32", "x.lut"], "file_names": %s}`, text)
		require.NoError(t, os.WriteFile(filepath.Join(dir, configFile), []byte(config), 0o644))
		_, err := Resume(dir)
		if good {
			assert.NoError(t, err)
		} else {
			assert.ErrorContains(t, err, "file_names: ", text)
		}
	}
}

// A folder without a run is used again; one with other files, or that another process
// uses, is not.
func TestFolderIsUsedAgain(t *testing.T) {
	for why, c := range map[string]struct {
		files []string
		want  string
	}{
		"it is empty":              {nil, ""},
		"killed at its beginning":  {[]string{".config.json1234567", ".config.json-x.temp"}, ""},
		"killed while it writes":   {[]string{".approxtrain-writing-0123456789abcdef.temp"}, ""},
		"a run":                    {[]string{"config.json", "fp32.checkpoint"}, "holds a run already; give another name, or go on with it: resume "},
		"somebody's file":          {[]string{"thesis.tex"}, "holds thesis.tex, but no run (no config.json); give another name"},
		"a run without its config": {[]string{"fp32.checkpoint"}, "holds fp32.checkpoint, but no run"},
	} {
		out := t.TempDir()
		dir := filepath.Join(out, "mine")
		require.NoError(t, os.Mkdir(dir, 0o755))
		for _, f := range c.files {
			if strings.HasPrefix(f, ".approxtrain") {
				require.NoError(t, os.MkdirAll(filepath.Join(dir, f, "config.json1"), 0o700))
				continue
			}
			require.NoError(t, os.WriteFile(filepath.Join(dir, f), nil, 0o644))
		}
		f := &folder{}
		err := f.create(&Config{Out: out, Name: "mine"})
		left, e := os.ReadDir(dir)
		require.NoError(t, e)
		if c.want != "" {
			assert.ErrorContains(t, err, c.want, why)
			assert.Len(t, left, len(c.files), why)
			continue
		}
		require.NoError(t, err, why)
		for _, e := range left {
			assert.Equal(t, ".approxtrain-writing-0123456789abcdef.temp", e.Name(), why)
		}
		assert.ErrorContains(t, (&folder{}).create(&Config{Out: out, Name: "mine"}), "another process is training in", why)
		f.close()
	}
}

// Without a name the first free folder is taken, also while many begin at once.
func TestFirstFreeFolder(t *testing.T) {
	out := t.TempDir()
	c := &Config{Out: out, Model: "m", Data: "d"}
	require.NoError(t, os.MkdirAll(filepath.Join(out, "m_d_1", "theirs"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(out, "m_d_2"), 0o755))
	for n := 2; n < 5; n++ {
		f := &folder{}
		require.NoError(t, f.create(c))
		assert.Equal(t, filepath.Join(out, fmt.Sprint("m_d_", n)), f.path)
		defer f.close()
	}
}
