// Package simd chooses the vector instructions of packages that have assembly.
// Such a package lists the levels that it has code for and that this machine executes; all
// levels give the same bits.
package simd

import (
	"fmt"
	"os"
	"strings"
)

// A Level is a set of instructions. Which extensions belong to it, each package
// says where it lists its levels.
type Level string

const (
	Generic Level = "generic" // portable Go
	AVX2    Level = "avx2"
	AVX512  Level = "avx512"
)

// Variable is the environment variable that forces a level.
const Variable = "APPROXTRAIN_CPU"

// Find returns a level by name, the first one for no name.
func Find(name string, have []Level) (Level, error) {
	var names []string
	for _, l := range have {
		if Level(name) == l || name == "" {
			return l, nil
		}
		names = append(names, string(l))
	}
	return "", fmt.Errorf("instructions %q: this machine has %s", name, strings.Join(names, ", "))
}

// Choose returns the level that the environment names, the first one if it names
// none.
func Choose(have []Level) (Level, error) {
	name := os.Getenv(Variable)
	l, err := Find(name, have)
	if err != nil && name != "" {
		err = fmt.Errorf("environment variable %s: %w", Variable, err)
	}
	return l, err
}
