package cpu

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Lines are copied and transposed as their documentation says, nothing else is
// written, and lines beyond the memory are a panic.
func TestLines(t *testing.T) {
	s := rand.New(rand.NewPCG(5, 6))
	src := random(500)
	compared := 0
	for range 2000 {
		lines, length := make([]int, s.IntN(30)), s.IntN(30)
		for i := range lines {
			lines[i] = s.IntN(len(src)-length+1) - 1
		}
		if s.IntN(10) == 0 {
			for i := range lines {
				lines[i] = -1
			}
		}
		wide := max(length, len(lines)) + s.IntN(5)
		for name, f := range map[string]func(src []float32, lines []int, length int, dst []float32, stride int){
			"copied": copyLines, "transposed": transposeLines,
			"copied in Go": copyLinesPortable, "transposed in Go": transposeLinesPortable,
		} {
			got, want := make([]float32, 40*wide), make([]float32, 40*wide)
			for i := range got {
				got[i], want[i] = 7, 7
			}
			for r, at := range lines {
				for j := range length {
					v := float32(0)
					if at >= 0 {
						v = src[at+j]
					}
					if strings.HasPrefix(name, "copied") {
						want[r*wide+j] = v
					} else {
						want[j*wide+r] = v
					}
				}
			}
			f(src, lines, length, got, wide)
			require.Equal(t, want, got, "%d lines of %d %s", len(lines), length, name)
			compared += len(got)
		}
	}
	t.Logf("%d numbers compared", compared)
	for _, f := range []func(src []float32, lines []int, length int, dst []float32, stride int){copyLines, transposeLines} {
		assert.Panics(t, func() { f(src[:20], []int{0, 13}, 8, make([]float32, 100), 10) })
		assert.Panics(t, func() { f(src, make([]int, 9), 8, make([]float32, 64), 8) })
		assert.Panics(t, func() { f(src, []int{-1}, len(zeros)+1, make([]float32, 2000), 1500) })
	}
}
