package digits

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite testdata/images.sha256")

// TestGolden pins the first 1,000 images of each part: results of training on them
// can be compared only as long as they are the same.
func TestGolden(t *testing.T) {
	var lines strings.Builder
	for part, name := range []string{"train", "test"} {
		h := sha256.New()
		var image [Size * Size]uint8
		for i := range 1000 {
			Draw(image[:], i%10, 1, Part(part), uint64(i))
			h.Write(image[:])
		}
		fmt.Fprintf(&lines, "%s  %s, seed 1, images 0 to 999\n", hex.EncodeToString(h.Sum(nil)), name)
	}
	path := filepath.Join("testdata", "images.sha256")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(lines.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), lines.String(), "the images have changed; if that is wanted: go test ./data/digits -update")
}

// TestNoFusedArithmeticLong compiles the package for arm64, with all that it imports, where the compiler fuses
// x·y + z wherever it may, and looks for such instructions.
func TestNoFusedArithmeticLong(t *testing.T) {
	fused := regexp.MustCompile(`\sFN?M(ADD|SUB)[SD]\s`)
	cmd := exec.Command("go", "build", "-gcflags=-S", "-o", os.DevNull, ".")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	products := 0
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "\tFMULD\t") {
			products++
		}
		if fused.MatchString(line) {
			t.Errorf("a product is fused with a sum; write it as mul(x, y): %s", strings.TrimSpace(line))
		}
	}
	assert.Greater(t, products, 50, "multiplications seen in the machine code")
}

// TestImages: an image has ink, and images of a digit differ.
func TestImages(t *testing.T) {
	const each = 300
	seen := map[string]bool{}
	var image [Size * Size]uint8
	for label := range 10 {
		for i := range uint64(each) {
			Draw(image[:], label, 9, Train, i)
			bright := 0
			for _, v := range image {
				if v >= 60 {
					bright++
				}
			}
			assert.True(t, bright >= 8 && bright < Size*Size/2, "digit %d, image %d: %d bright pixels", label, i, bright)
			seen[string(image[:])] = true
		}
	}
	assert.Len(t, seen, 10*each)
}

// TestTemplates: points lie in the unit square, and a template fills it in height,
// else sizes would not mean what they say.
func TestTemplates(t *testing.T) {
	points := 0
	for d, ways := range templates {
		assert.GreaterOrEqual(t, len(ways), 3, "ways of writing %d", d)
		for w, way := range ways {
			top, bottom := 1., 0.
			for _, s := range way {
				require.GreaterOrEqual(t, len(s), 2)
				for _, p := range s {
					assert.True(t, p.x >= 0 && p.x <= 1 && p.y >= 0 && p.y <= 1, "digit %d, way %d: %v", d, w, p)
					top, bottom = min(top, p.y), max(bottom, p.y)
					points++
				}
			}
			assert.True(t, top <= .1 && bottom >= .9, "digit %d, way %d goes from %v to %v", d, w, top, bottom)
		}
	}
	assert.Greater(t, points, 200)
}

// TestWeights: the weights of a spline add up to 1 everywhere, and the displacement
// has no jump from one cell to the next.
func TestWeights(t *testing.T) {
	for i := range 400 {
		cell, w := weights(float64(i)/10 - 5)
		assert.InDelta(t, 1, w[0]+w[1]+w[2]+w[3], 1e-12)
		assert.LessOrEqual(t, cell+3, lattice-1)
	}
	e := newElastic(newRandom(1, 2, 3), 3)
	moved := 0.
	for y := range Size {
		last := e.apply(point{0, float64(y)})
		for x := .01; x < Size-1; x += .01 {
			p := e.apply(point{x, float64(y)})
			assert.InDelta(t, last.x+.01, p.x, .02)
			assert.InDelta(t, last.y, p.y, .02)
			moved = max(moved, p.x-x)
			last = p
		}
	}
	assert.Greater(t, moved, .5)
}

func TestRandom(t *testing.T) {
	r := newRandom(4, 5, 6)
	const n = 200000
	var sum, squares, unit float64
	var counts [7]int
	for range n {
		v := r.normal()
		sum += v
		squares += v * v
		unit += r.unit()
		counts[r.below(7)]++
	}
	assert.InDelta(t, 0, sum/n, .01)
	assert.InDelta(t, 1, squares/n, .02)
	assert.InDelta(t, .5, unit/n, .005)
	for i, c := range counts {
		assert.InDelta(t, n/7, c, 1000, "%d of 7", i)
	}
}
