package report

import (
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"

	"github.com/approxtrain/approxtrain/lut"
)

// textBox is a text of a picture as a browser lays it out, in CSS pixels. A point of the
// picture is 4/3 of them.
type textBox struct {
	Text                     string
	Left, Top, Right, Bottom float64
	Width                    float64 // along the text, which may be turned
	Size                     float64 // of the font
}

// layout is what a browser makes of a picture.
type layout struct {
	Texts         []textBox
	Fonts         []string // their names and whether the browser has loaded them
	Images        []string // how each keeps the ratio of its sides
	Width, Height float64
}

// script collects a layout when the browser has loaded the picture's font.
const script = `<script>
document.fonts.ready.then(() => {
  const svg = document.querySelector("svg"), at = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll("text")].map(t => {
    const r = t.getBoundingClientRect();
    return {Text: t.textContent, Left: r.left - at.left, Top: r.top - at.top, Right: r.right - at.left, Bottom: r.bottom - at.top,
      Width: t.getComputedTextLength(), Size: parseFloat(getComputedStyle(t).fontSize)};
  });
  const out = document.createElement("pre");
  out.id = "layout";
  out.textContent = JSON.stringify({Texts: texts, Fonts: [...document.fonts].map(f => f.family + " " + f.status),
    Images: [...svg.querySelectorAll("image")].map(i => i.getAttribute("preserveAspectRatio")), Width: at.width, Height: at.height});
  document.body.append(out);
});
</script>`

var layoutText = regexp.MustCompile(`(?s)<pre id="layout">(.*?)</pre>`)

// browse lets headless Chromium lay out a picture.
func browse(t *testing.T, svg string) (l layout) {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is not installed; run scripts/bootstrap --tests")
		}
		t.Skip("chromium is not installed")
	}
	dir := t.TempDir()
	page := filepath.Join(dir, "page.html")
	text := "<!doctype html><meta charset=utf-8><body>" + svg[strings.Index(svg, "<svg"):] + script
	require.NoError(t, os.WriteFile(page, []byte(text), 0o600))
	c := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir="+filepath.Join(dir, "profile"), "--virtual-time-budget=10000", "--dump-dom", "file://"+page)
	c.Env = append(os.Environ(), "HOME="+dir)
	out, err := c.Output()
	require.NoError(t, err)
	found := layoutText.FindSubmatch(out)
	require.NotNil(t, found, "the page did not lay out the picture: %.300s", out)
	require.NoError(t, json.Unmarshal([]byte(html.UnescapeString(string(found[1]))), &l))
	return l
}

// overlaps returns the pairs of texts whose ink may touch. The box of a text is as high as
// its font's tallest and deepest letters, so a fifth of it is left out above and below.
func (l layout) overlaps() (pairs []string) {
	trim := func(b textBox) textBox {
		high := (b.Bottom - b.Top) / 5
		if wide := (b.Right - b.Left) / 5; b.Right-b.Left < b.Bottom-b.Top && len(b.Text) > 2 { // turned
			b.Left, b.Right = b.Left+wide, b.Right-wide
			return b
		}
		b.Top, b.Bottom = b.Top+high, b.Bottom-high
		return b
	}
	for i, a := range l.Texts {
		a = trim(a)
		for _, b := range l.Texts[:i] {
			b = trim(b)
			if min(a.Right, b.Right)-max(a.Left, b.Left) > 0.5 && min(a.Bottom, b.Bottom)-max(a.Top, b.Top) > 0.5 {
				pairs = append(pairs, fmt.Sprintf("%q and %q", b.Text, a.Text))
			}
		}
	}
	return pairs
}

// outside returns the texts that leave the picture.
func (l layout) outside() (texts []string) {
	for _, b := range l.Texts {
		if b.Left < 0 || b.Top < 0 || b.Right > l.Width || b.Bottom > l.Height {
			texts = append(texts, b.Text)
		}
	}
	return texts
}

// widths compares the width of each text with the one that package plot laid it out for.
func (l layout) widths() (wrong []string) {
	for _, b := range l.Texts {
		face := font.DefaultCache.Lookup(plot.DefaultFont, vg.Length(b.Size))
		want := float64(face.Width(strings.TrimRight(b.Text, " "))) // SVG drops spaces at the end
		if !(b.Width-want <= 0.02*want+0.5 && want-b.Width <= 0.02*want+0.5) {
			wrong = append(wrong, fmt.Sprintf("%q is %.2f wide, expected %.2f", b.Text, b.Width, want))
		}
	}
	return wrong
}

// pictures draws one of each kind, with as much text as users have.
func pictures(t *testing.T) map[string]func(path string) error {
	names := []string{"exact_e8m7", "mitchell_e8m7", "mbm_e8m7", "realm16_e8m7", "a multiplier of my own, with a long name.lut", "fp32"}
	rng := rand.New(rand.NewPCG(1, 2))
	var curves []Curve
	for _, n := range names {
		c := Curve{Name: n}
		for e := range 12 {
			c.Accuracy = append(c.Accuracy, 0.9+0.1*rng.Float64())
			c.Loss = append(c.Loss, []float64{1 / float64(e+1), 0.9 / float64(e+1)})
		}
		curves = append(curves, c)
	}
	var points []AreaPoint
	for i := range 14 {
		points = append(points, AreaPoint{fmt.Sprintf("design_%d_u8", i), "u8", 150 + 300*rng.Float64(), 0.1 * rng.Float64(), i == 3})
		points = append(points, AreaPoint{fmt.Sprintf("float%d_e8m7", i), "e8m7", 180 + 20*float64(i), 0.01 * rng.Float64(), false})
	}
	classes := []string{"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"}
	counts := make([][]int, len(classes))
	for i := range counts {
		counts[i] = make([]int, len(classes))
		for j := range counts[i] {
			counts[i][j] = rng.IntN(120)
		}
		counts[i][i] = 900
	}
	table := fill(t, "my_multiplier_with_a_long_name_u8", lut.UintFormat(8, 8), func(a, b uint32) uint32 { return a * b &^ 31 })
	wrong := []Mismatch{{3, 4, 1}, {200, 100, -4096}, {255, 255, 65000}}
	return map[string]func(path string) error{
		"errors": func(p string) error { return ErrorPlot(table, lut.Measure(table), p) },
		"curves": func(p string) error { return LearningCurves(p, curves) },
		"area":   func(p string) error { return AreaPlot(points, p) },
		"confusion": func(p string) error {
			return ConfusionMatrices(p, classes, []Confusion{{"exact_e8m7", counts}, {"mitchell_e8m7", counts}})
		},
		"mismatches": func(p string) error { return MismatchMap(p, "board", lut.UintFormat(8, 8), wrong) },
	}
}

// In a browser no text of a picture covers another or leaves the picture, and each is as wide
// as it was laid out, because the browser takes the font in the file.
func TestPicturesInABrowser(t *testing.T) {
	dir := t.TempDir()
	if d := os.Getenv("APPROXTRAIN_PICTURES"); d != "" { // to look at them
		dir = d
	}
	for name, draw := range pictures(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name+".svg")
			require.NoError(t, draw(path))
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			l := browse(t, string(text))
			require.Greater(t, len(l.Texts), 8)
			assert.Equal(t, []string{"approxtrain loaded"}, l.Fonts)
			assert.Empty(t, l.overlaps())
			assert.Empty(t, l.outside())
			assert.Empty(t, l.widths())
			assert.Equal(t, map[string]int{"errors": 3, "mismatches": 2}[name], len(l.Images))
			for _, i := range l.Images {
				assert.Equal(t, "none", i, "the image does not fill its place")
			}
			t.Logf("%d texts, %d pairs of them compared; %d KB", len(l.Texts), len(l.Texts)*(len(l.Texts)-1)/2, len(text)>>10)
		})
	}
}

// The checks fail where a viewer has another font.
func TestBrowserChecksCanFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "curves.svg")
	require.NoError(t, pictures(t)["curves"](path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	other := strings.ReplaceAll(string(text), embedded, "font-family:monospace")
	other = regexp.MustCompile(`font-size:([0-9.]+)px`).ReplaceAllStringFunc(other, func(s string) string {
		n, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimPrefix(s, "font-size:"), "px"), 64)
		require.NoError(t, err)
		return fmt.Sprintf("font-size:%gpx", 2*n)
	})
	require.NotEqual(t, string(text), other)
	l := browse(t, other)
	assert.NotEmpty(t, l.overlaps())
	assert.NotEmpty(t, l.outside())
	assert.NotEmpty(t, l.widths())
	assert.NotContains(t, l.Fonts, "approxtrain loaded")
}
