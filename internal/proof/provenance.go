package proof

import (
	"fmt"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/lut"
)

// sharedSources says that a golden table was made from files of the design that is
// compared with it; it is empty if none is. Contents count, not names.
func sharedSources(golden, design []lut.Source) string {
	var shared []string
	others := 0
	for _, g := range golden {
		if slices.ContainsFunc(design, func(d lut.Source) bool { return d.SHA256 == g.SHA256 }) {
			shared = append(shared, g.Path)
		} else {
			others++
		}
	}
	files := strings.Join(shared, ", ")
	switch {
	case len(shared) == 0:
		return ""
	case others == 0:
		return fmt.Sprintf("the golden table was made from the same source (%s); "+
			"this check compares the design with itself, at another time", files)
	default:
		return fmt.Sprintf("the golden table was made from %d of %d files that the design has too (%s)",
			len(shared), len(golden), files)
	}
}
