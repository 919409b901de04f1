// Package suggest finds the known name that a mistyped one was probably meant to be.
//
// Start reading at Nearest.
package suggest

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// longest is how many bytes of a mistyped name count. The distance takes time with the square
// of the length, and names may come from a stranger's file.
const longest = 256

// Nearest returns the known name with the smallest edit distance to a mistyped one, and the
// first of several at the same distance. It returns "" if no name is known.
func Nearest(name string, known []string) string {
	near, best := "", -1
	for _, k := range known {
		if d := Distance(name, k); best < 0 || d < best {
			near, best = k, d
		}
	}
	return near
}

// Sorted returns the known names by their edit distance to a mistyped one, the nearest first.
// Names at the same distance keep their order.
func Sorted(name string, known []string) []string {
	distance := make(map[string]int, len(known))
	for _, k := range known {
		distance[k] = Distance(name, k)
	}
	near := slices.Clone(known)
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(distance[a], distance[b]) })
	return near
}

// Distance returns the edit distance of two names in characters: how many must be inserted,
// removed or replaced. Of a name of more than 256 bytes only the beginning counts.
func Distance(a, b string) int { return levenshtein.ComputeDistance(short(a), short(b)) }

// Mistyped returns the known name that a name may be a mistyped one of: characters have changed places, or one is wrong,
// missing or too many, of long names one in four. It returns "" if there is none.
func Mistyped(name string, known []string) string {
	letters := func(s string) string {
		r := []rune(short(s))
		slices.Sort(r)
		return string(r)
	}
	for _, k := range known {
		if letters(name) == letters(k) {
			return k
		}
	}
	if near := Nearest(name, known); near != "" && Distance(name, near) <= max(1, len(name)/4) {
		return near
	}
	return ""
}

func short(s string) string {
	if len(s) <= longest {
		return s
	}
	n := longest
	for n > longest-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
