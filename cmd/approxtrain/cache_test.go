package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cachedProgram runs this program as a user does, with a build cache of its own.
type cachedProgram struct {
	t          *testing.T
	dir, cache string
	env        []string
}

func (p *cachedProgram) run(args ...string) (stdout, stderr string, status int) {
	p.t.Helper()
	self, err := os.Executable()
	require.NoError(p.t, err)
	c := exec.Command(self)
	c.Args = append([]string{"approxtrain"}, args...) // see TestMain
	var out, messages bytes.Buffer
	c.Dir, c.Stdout, c.Stderr = p.dir, &out, &messages
	c.Env = append(append(os.Environ(), "XDG_CACHE_HOME="+p.cache), p.env...)
	if err := c.Run(); c.ProcessState == nil {
		p.t.Fatal(err)
	}
	return out.String(), messages.String(), c.ProcessState.ExitCode()
}

// ok is run for a command that must succeed.
func (p *cachedProgram) ok(args ...string) (stdout, stderr string) {
	p.t.Helper()
	stdout, stderr, status := p.run(args...)
	require.Zero(p.t, status, "%q: %s%s", args, stdout, stderr)
	return stdout, stderr
}

// entries returns the folders of the entries in the cache.
func (p *cachedProgram) entries() []string {
	all, err := filepath.Glob(filepath.Join(p.cache, "approxtrain", "v2", "*", "*"))
	require.NoError(p.t, err)
	return all
}

func (p *cachedProgram) write(name, text string) {
	require.NoError(p.t, os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644))
}

// harms damage an entry, each in another way.
var harms = map[string]func(dir string, files []string, rng *rand.Rand) error{
	"a bit flips in each file": func(dir string, files []string, rng *rand.Rand) error {
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				return err
			}
			if len(data) > 0 {
				data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
			}
			if err := os.WriteFile(f, data, 0o644); err != nil {
				return err
			}
		}
		return nil
	},
	"a file is cut":  func(dir string, files []string, rng *rand.Rand) error { return os.Truncate(files[0], 1) },
	"a file is gone": func(dir string, files []string, rng *rand.Rand) error { return os.Remove(files[rng.IntN(len(files))]) },
	"the manifest is empty": func(dir string, files []string, rng *rand.Rand) error {
		return os.Truncate(filepath.Join(dir, "entry.json"), 0)
	},
	"a folder for a file": func(dir string, files []string, rng *rand.Rand) error {
		if err := os.Remove(files[0]); err != nil {
			return err
		}
		return os.Mkdir(files[0], 0o755)
	},
	"another file": func(dir string, files []string, rng *rand.Rand) error {
		return os.WriteFile(filepath.Join(dir, "more"), nil, 0o644)
	},
}

// TestDamagedCacheLong: whatever happens to the build cache, a table of RTL, which two
// simulators and Icarus Verilog agree on, and a training with a C model end in the same
// result, say which entry was damaged, and leave the entries whole.
func TestDamagedCacheLong(t *testing.T) {
	for _, tool := range []string{"verilator", "yosys", "iverilog", "cc"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") != "true" {
			t.Skip("needs " + tool)
		}
	}
	p := &cachedProgram{t: t, dir: t.TempDir(), cache: t.TempDir()}
	p.write("mul.v", "module mul(input [1:0] a, b, output [3:0] p); assign p = a * b; endmodule\n")
	p.write("mul.c", "float mul(float a, float b) { return a * b; }\n")
	require.NoError(t, writeImages(filepath.Join(p.dir, "set")))
	result := func() (table, weights []byte, messages string) {
		_, one := p.ok("lut", "--rtl", "mul.v", "-o", "mul.lut")
		require.NoError(t, os.RemoveAll(filepath.Join(p.dir, "runs")))
		_, two := p.ok("train", "--model", "lenet-300-100", "--data", "./set", "--batch", "50", "--epochs", "1", "--mult", "mul.c:mul", "--name", "r")
		table, err := os.ReadFile(filepath.Join(p.dir, "mul.lut"))
		require.NoError(t, err)
		files, err := filepath.Glob(filepath.Join(p.dir, "runs", "r", "*.safetensors"))
		require.NoError(t, err)
		require.Len(t, files, 1)
		weights, err = os.ReadFile(files[0])
		require.NoError(t, err)
		return table, weights, one + two
	}
	table, weights, _ := result()
	before := p.entries()
	kinds := map[string]bool{}
	for _, e := range before {
		kinds[filepath.Base(filepath.Dir(e))] = true
	}
	for _, k := range []string{"builds", "designs", "icarus", "models", "runtime", "yosys"} {
		assert.True(t, kinds[k], "no entry of kind %s", k)
	}
	stdout, _ := p.ok("cache", "verify")
	assert.Contains(t, stdout, fmt.Sprintf("%d entries verified", len(before)))
	rng := rand.New(rand.NewPCG(7, 8))
	ways := slices.Sorted(maps.Keys(harms))
	done := map[string]int{}
	for round := range 2 {
		var hurt []string
		for i, e := range before {
			kind := filepath.Base(filepath.Dir(e))
			if kind == "runtime" && round > 0 {
				continue // Verilator's library takes long
			}
			what := ways[(i+round)%len(ways)]
			require.NoError(t, harms[what](e, filesBySize(t, e), rng), "%s: %s", e, what)
			hurt = append(hurt, e)
			done[kind+": "+what]++
		}
		stdout, _, status := p.run("cache", "verify")
		assert.Equal(t, 1, status)
		assert.Equal(t, len(hurt), strings.Count(stdout, "\n"), stdout)
		table2, weights2, messages := result()
		assert.Equal(t, table, table2)
		assert.Equal(t, weights, weights2)
		for _, e := range hurt {
			assert.Contains(t, messages, "the entry "+e+" of the build cache is damaged (")
		}
		assert.Equal(t, len(hurt), strings.Count(messages, "of the build cache is damaged ("))
		p.ok("cache", "verify")
		assert.Equal(t, before, p.entries())
	}
	assert.GreaterOrEqual(t, len(done), 15, "%v", done)
}

// filesBySize returns the files of an entry but its manifest, the largest first.
func filesBySize(t *testing.T, dir string) (files []string) {
	all, err := os.ReadDir(dir)
	require.NoError(t, err)
	sizes := map[string]int64{}
	for _, f := range all {
		if path := filepath.Join(dir, f.Name()); f.Type().IsRegular() && f.Name() != "entry.json" {
			st, err := f.Info()
			require.NoError(t, err)
			sizes[path] = st.Size()
			files = append(files, path)
		}
	}
	slices.SortFunc(files, func(a, b string) int { return cmp.Compare(sizes[b], sizes[a]) })
	require.NotEmpty(t, files)
	return files
}

// TestSharedCacheLong: a team's cache serves a user who has no compiler's result yet, with the
// same table, and is not written.
func TestSharedCacheLong(t *testing.T) {
	p := &cachedProgram{t: t, dir: t.TempDir(), cache: t.TempDir()}
	p.write("mul.v", "module mul(input [1:0] a, b, output [3:0] p); assign p = a * b; endmodule\n")
	p.ok("lut", "--rtl", "mul.v", "-o", "mul.lut")
	table, err := os.ReadFile(filepath.Join(p.dir, "mul.lut"))
	require.NoError(t, err)
	team := filepath.Join(t.TempDir(), "team")
	stdout, _ := p.ok("cache", "export", team)
	assert.Regexp(t, `^copied [0-9]+ entries to `, stdout)
	list := func() string {
		out, err := exec.Command("find", team, "-printf", "%p %m %s %T@\n").Output()
		require.NoError(t, err)
		return string(out)
	}
	before := list()
	made := p.entries()

	p.cache, p.env = t.TempDir(), []string{"APPROXTRAIN_CACHE_SHARED=" + team}
	require.NoError(t, os.Remove(filepath.Join(p.dir, "mul.lut")))
	p.ok("lut", "--rtl", "mul.v", "-o", "mul.lut")
	again, err := os.ReadFile(filepath.Join(p.dir, "mul.lut"))
	require.NoError(t, err)
	assert.Equal(t, table, again)
	assert.Equal(t, before, list())
	stdout, _ = p.ok("cache", "list")
	assert.Contains(t, stdout, team+" (shared): ")
	assert.Greater(t, len(p.entries()), len(made)/2)
	for _, e := range p.entries() { // made when they were made for the team, not now
		if filepath.Base(filepath.Dir(e)) == "digests" {
			continue
		}
		own, err := os.ReadFile(filepath.Join(e, "entry.json"))
		require.NoError(t, err)
		rel, err := filepath.Rel(filepath.Join(p.cache, "approxtrain"), e)
		require.NoError(t, err)
		theirs, err := os.ReadFile(filepath.Join(team, rel, "entry.json"))
		require.NoError(t, err)
		assert.Equal(t, string(theirs), string(own))
	}

	// A cache that others may write is refused, one's own and the team's.
	require.NoError(t, os.Chmod(team, 0o777))
	p.cache = t.TempDir()
	_, messages, status := p.run("lut", "--rtl", "mul.v", "-o", "mul.lut")
	assert.Equal(t, 2, status)
	assert.Contains(t, messages, "the shared build cache "+team+" is not used: the folder "+team+" is not safe: its mode 0777 lets other users write it")
	p.env = nil
	require.NoError(t, os.Chmod(filepath.Join(p.cache, "approxtrain"), 0o777))
	_, messages, status = p.run("lut", "--rtl", "mul.v", "-o", "mul.lut")
	assert.Equal(t, 2, status)
	assert.Contains(t, messages, "chmod -R go-w "+filepath.Join(p.cache, "approxtrain"))
}
