package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// TestPages checks every page of the repository that people read: no line is too wide, and every relative link leads
// to a file and a heading.
func TestPages(t *testing.T) {
	pages, err := Pages(root)
	require.NoError(t, err)
	pages = append(pages, "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/benchmarks/gpu-kernels.md", "rtl/verilog/README.md")
	require.GreaterOrEqual(t, len(pages), 14)
	for _, p := range pages {
		text, err := os.ReadFile(filepath.Join(root, p))
		require.NoError(t, err)
		for _, fault := range append(TooWide(p, string(text)), BrokenLinks(root, p, string(text))...) {
			t.Error(fault)
		}
	}
}

func TestFaultsOfPages(t *testing.T) {
	wide := strings.Repeat("ä ", 61)
	assert.Len(t, TooWide("p.md", "short\n"+wide), 1, "122 characters")
	assert.Empty(t, TooWide("p.md", wide[:3*40]), "80 characters of 120 bytes")
	assert.Empty(t, TooWide("p.md", "| "+wide), "a row of a table")
	assert.Len(t, TooWide("p.md", "|   "+wide), 1, "a padded row")
	for text, want := range map[string]int{
		"[a](README.md)": 0, "[a](nowhere.md)": 1, "[a](README.md#start)": 0, "[a](README.md#nowhere)": 1,
		"[a](https://example.org/x)": 0, "```text\n[a](nowhere.md)\n```": 0, "![a](docs/nowhere.png)": 1,
	} {
		assert.Len(t, BrokenLinks(root, "README.md", text), want, text)
	}
	assert.Equal(t, "models-loaded-into-the-training-process", Anchor("Models loaded into the training process"))
	assert.Equal(t, []string{"make demo", "a b"}, Spans("`make demo` and `a\nb`\n```sh\n`c`\n```"))
}

func TestParse(t *testing.T) {
	blocks, err := Parse("p.md", "Text.\n\n```sh long\n# only a comment\n\n"+
		"make a \\\n  b\nmake c    # exit status 1: it differs\n```\n\n```verilog mul.v\nmodule\n```\n")
	require.NoError(t, err)
	require.Len(t, blocks, 2)
	assert.Equal(t, Block{Page: "p.md", Line: 11, Kind: "verilog", Words: []string{"mul.v"}, Text: "module\n"}, blocks[1])
	assert.Equal(t, []Command{
		{Page: "p.md", Line: 6, Text: "make a \\\n  b"},
		{Page: "p.md", Line: 8, Text: "make c    # exit status 1: it differs", Status: 1},
	}, blocks[0].Commands())
	m, err := blocks[0].Marks()
	require.NoError(t, err)
	assert.Equal(t, Marks{Skip: "takes minutes or hours"}, m)
	blocks[0].Words = []string{"needs=yosys", "background"}
	m, err = blocks[0].Marks()
	require.NoError(t, err)
	assert.Equal(t, Marks{Needs: "yosys", Background: true}, m)
	blocks[0].Words = []string{"lang"}
	_, err = blocks[0].Marks()
	assert.ErrorContains(t, err, `p.md:3: unknown mark "lang"`)
	for text, want := range map[string]string{
		"```\na\n```\n": "p.md:1: a block without a kind", "a\n```sh\nb\n": "p.md:2: the block has no end",
	} {
		_, err := Parse("p.md", text)
		assert.ErrorContains(t, err, want)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		shown, got string
		same       bool
	}{
		{"a\nb\n", "a\nb\n", true},
		{"a\nb\n", "a\n", false},
		{"a\n", "a\nb\n", false},
		{"a\n…\n", "a\nb\nc\n", true},
		{"…\nc\n", "a\nb\nc\n", true},
		{"…\nc\n…\n", "c\n", true},
		{"a … s\n", "a 12.3 s\n", true},
		{"a … s\n", "a 12.3 ms, 4\n", false},
		{"a.c\n", "abc\n", false},
		{"sha 12…\n", "sha 12…  \n", true},
	} {
		err := Match(c.shown, c.got)
		assert.Equal(t, c.same, err == nil, "%q %q: %v", c.shown, c.got, err)
	}
	assert.NoError(t, MatchPart("b\n", "a\nb\nc\n"))
	assert.ErrorContains(t, MatchPart("d\n", "a\nb\n"), "the page shows\nd\nthe command prints\na\nb")
}
