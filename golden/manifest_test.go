package golden

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

var update = flag.Bool("update", false, "rewrite the digests of manifest.yaml and the files under tables/")

// payloadBytes is the size of a format's table without its header.
func payloadBytes(f lut.Format) int { return f.Pairs() * f.EntryBits() / 8 }

// TestManifest compares the model of every row with the committed digest and,
// where there is one, the committed table, entry by entry.
func TestManifest(t *testing.T) {
	if *update {
		updateManifest(t)
	}
	// From the disk, since what is embedded is older than an update.
	disk := os.DirFS(".")
	rows, err := readManifest(disk)
	require.NoError(t, err)
	pairs, compared, committed, digests := 0, 0, 0, map[string]string{}
	for _, r := range rows {
		m, err := r.Multiplier()
		require.NoError(t, err)
		digest, done := digests[r.Name]
		small := payloadBytes(m.Format) <= MaxCommitted
		assert.Equal(t, small && r.Variant == "", r.Table, "%s: table", r.Name)
		if !done {
			model := m.Table()
			digest = model.Digest()
			digests[r.Name] = digest
			pairs += m.Format.Pairs()
			if small {
				file, err := readTable(disk, r.Name)
				require.NoError(t, err)
				compared += sameTable(t, model, file)
				committed += payloadBytes(m.Format)
			}
		}
		assert.Equal(t, r.Digest, digest, "%s: the model's table is not the committed one", r.Name)
	}
	entries, err := filepath.Glob("tables/*")
	require.NoError(t, err)
	assert.Equal(t, 76, len(rows))
	assert.Equal(t, 70, len(digests))
	assert.Equal(t, 56, len(entries), "files under tables/")
	assert.Equal(t, 87818908, pairs)
	assert.Equal(t, 1573532, compared)
	t.Logf("%d rows, %d tables, %d pairs evaluated; %d files of %d payload bytes, %d entries compared",
		len(rows), len(digests), pairs, len(entries), committed, compared)
}

// sameTable compares header and entries and returns the number of entries.
func sameTable(t *testing.T, want, got *lut.Table) int {
	t.Helper()
	require.Equal(t, []any{want.Name, want.Format, want.Rounding, want.Tools, 0},
		[]any{got.Name, got.Format, got.Rounding, got.Tools, len(got.Sources)})
	return each(t, want.Format, func(a, b uint32) bool { return want.At(a, b) == got.At(a, b) }, want.Name)
}

// updateManifest rewrites what follows from the models: it replaces each digest
// in the text, so that comments and order stay, and the files under tables/.
func updateManifest(t *testing.T) {
	text, err := os.ReadFile("manifest.yaml")
	require.NoError(t, err)
	doc, err := parser.ParseBytes(text, 0)
	require.NoError(t, err)
	var rows []Row
	require.NoError(t, yaml.UnmarshalWithOptions(text, &rows, yaml.Strict()))
	stale := map[string]bool{}
	there, err := filepath.Glob("tables/*.lut")
	require.NoError(t, err)
	for _, path := range there {
		stale[path] = true
	}
	lines := strings.Split(string(text), "\n")
	for i, r := range rows {
		m, err := r.Multiplier()
		require.NoError(t, err)
		table := m.Table()
		for _, field := range doc.Docs[0].Body.(*ast.SequenceNode).Values[i].(*ast.MappingNode).Values {
			if value := field.Value.GetToken(); field.Key.GetToken().Value == "digest" {
				line, at := &lines[value.Position.Line-1], value.Position.Column-1
				*line = (*line)[:at] + strings.Replace((*line)[at:], value.Value, table.Digest(), 1)
			}
		}
		if !r.Table {
			continue
		}
		path := filepath.Join("tables", r.Name+".lut")
		delete(stale, path)
		if had, err := lut.ReadFile(path); err != nil || had.Name != table.Name || had.Digest() != table.Digest() {
			require.NoError(t, table.WriteFile(path)) // else it may be of an older version of the format, and stays
		}
	}
	for path := range stale {
		require.NoError(t, os.Remove(path))
	}
	require.NoError(t, os.WriteFile("manifest.yaml", []byte(strings.Join(lines, "\n")), 0o644))
}

// TestShortRegression shows that make test, whose regression leaves rows to make test-all, has a
// row of each design in each kind of format and each variant, with operands of 8 bits.
func TestShortRegression(t *testing.T) {
	script, err := os.ReadFile("../scripts/test")
	require.NoError(t, err)
	filters := regexp.MustCompile(`regress --filter '(.*?)'`).FindAllSubmatch(script, -1)
	require.Len(t, filters, 1)
	filter, err := regexp.Compile(string(filters[0][1]))
	require.NoError(t, err)
	rows, err := Manifest()
	require.NoError(t, err)
	taken, all, count := map[string]bool{}, map[string]bool{}, 0
	for _, r := range rows {
		m, err := r.Multiplier()
		require.NoError(t, err)
		title, _, _ := strings.Cut(r.Name, "_")
		group := fmt.Sprintf("%s, ports %v, variant %q", title, m.RTL.Kind, r.Variant)
		all[group] = true
		if filter.MatchString(r.String()) {
			taken[group] = true
			count++
		}
	}
	assert.Equal(t, all, taken, "make test proves no row of some designs")
	assert.Equal(t, 38, count)
	rest, err := os.ReadFile("../scripts/test-all")
	require.NoError(t, err)
	assert.Regexp(t, `(?m)^ *build/approxtrain regress --junit \S+$`, string(rest), "all rows")
}

func TestCommittedTable(t *testing.T) {
	if *update {
		t.Skip("the embedded files are older than the update")
	}
	table, err := CommittedTable("mitchell_e8m7")
	require.NoError(t, err)
	assert.Equal(t, uint32(128), table.At(64, 64))
	_, err = CommittedTable("exact_u12")
	assert.ErrorContains(t, err, `no committed table of "exact_u12"`)
	_, err = CommittedTable("../manifest")
	assert.Error(t, err)
}

func TestManifestErrors(t *testing.T) {
	digest := strings.Repeat("0", 64)
	for _, c := range []struct{ text, want string }{
		{"- {name: exact_u4, digest: new}", "run go test ./golden -update"},
		{"- {name: exact_u4, digest: abcd}", "expected 64 hex digits"},
		{"- {name: exact_u4, sha: x}", `unknown field "sha"`},
		{fmt.Sprintf("- {name: a, digest: '%s'}\n- {name: a, digest: '%s'}", digest, digest), "twice"},
	} {
		_, err := readManifest(fstest.MapFS{"manifest.yaml": {Data: []byte(c.text)}})
		assert.ErrorContains(t, err, c.want)
	}
	digits := strings.Repeat("01234567", 8)
	for _, text := range []string{digits, "7e" + digits[2:], "0x" + digits[2:]} { // digests that look like numbers
		rows, err := readManifest(fstest.MapFS{"manifest.yaml": {Data: []byte("- {name: exact_u4, digest: " + text + "}")}})
		if strings.HasPrefix(text, "0x") {
			assert.ErrorContains(t, err, "expected 64 hex digits")
		} else if assert.NoError(t, err) {
			assert.Equal(t, text, rows[0].Digest)
		}
	}
	_, err := readManifest(fstest.MapFS{})
	assert.ErrorContains(t, err, "reading the manifest")
}
