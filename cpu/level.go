package cpu

import (
	"fmt"
	"os"
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
	avx2    level = "avx2" // AVX2 and FMA
)

// levelVariable forces a level.
const levelVariable = "APPROXTRAIN_CPU"

// levels returns what this machine has, best first.
func levels() []level { return append(fastLevels(), generic) }

// chooseLevel returns the level to use: the best one or the one that the user
// asks for.
func chooseLevel() (level, error) {
	have := levels()
	want := level(os.Getenv(levelVariable))
	var names []string
	for _, l := range have {
		if want == l || want == "" {
			return l, nil
		}
		names = append(names, string(l))
	}
	return "", fmt.Errorf("%s=%s: this machine has %s", levelVariable, want, strings.Join(names, ", "))
}
