package cpu

import (
	"fmt"
	"strings"
)

// A level is a set of instructions that this package has code for. All of them
// give the same bits; generic, the portable Go, says which.
//
// An architecture file supplies fastLevels, the levels beyond generic that this
// machine has, best first, and accelerate, which returns the multiplier of a
// level for one of generic.
type level string

const (
	generic level = "generic"
	avx2    level = "avx2"   // AVX2 and FMA
	avx512  level = "avx512" // AVX-512 F, BW, VL and VBMI besides
)

// levels returns what this machine has, best first.
func levels() []level { return append(fastLevels(), generic) }

// findLevel returns a level of this machine by name, the best one for none.
func findLevel(name string) (level, error) {
	have := levels()
	want := level(name)
	var names []string
	for _, l := range have {
		if want == l || want == "" {
			return l, nil
		}
		names = append(names, string(l))
	}
	return "", fmt.Errorf("instructions %q: this machine has %s", name, strings.Join(names, ", "))
}
