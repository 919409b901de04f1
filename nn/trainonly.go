package nn

import (
	"path"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Kinds of parameters that have a name in TrainOnly.
const (
	batchNorms = "batchnorm"
	quantizers = "scales"
)

// TrainOnly says which parameters training changes: those of a kind ("batchnorm": scale and shift of batch normalizations;
// "scales": learned scales of codes), or those whose names match a pattern, such as "dense*.bias", in which * stands for
// any letters but /. Moving averages of batch normalizations change too. No pattern: all are trained. It is an
// error if there is no such parameter.
func (n *Network) TrainOnly(patterns []string) error {
	for _, p := range n.Params() {
		p.fixed = len(patterns) > 0
	}
	for _, pattern := range patterns {
		found := false
		for _, p := range n.Params() {
			hit, err := path.Match(pattern, p.Name)
			if err != nil {
				return fault.Usagef("parameters %q: no pattern: %w", pattern, err)
			}
			if hit || p.of != "" && p.of == pattern {
				p.fixed, found = false, true
			}
		}
		if !found {
			var names []string
			for _, p := range n.Params() {
				names = append(names, p.Name)
			}
			return fault.Usagef("no parameter is a %q; there are: %s", pattern, strings.Join(names, ", "))
		}
	}
	return nil
}

// trained returns the parameters that training changes.
func (n *Network) trained() []*Param {
	return slices.DeleteFunc(n.Params(), func(p *Param) bool { return p.fixed })
}
