package docs

import (
	"fmt"
	"regexp"
	"strings"
)

const varies = "…"

// Match compares the output that a page shows with the output of the command. A line that is only … stands for any
// number of lines, … in a line for any text. The error names the first line that does not fit.
func Match(shown, got string) error { return match(lines(shown), lines(got)) }

// MatchPart is Match for a part: lines before and after it do not matter.
func MatchPart(shown, got string) error {
	all := append([]string{varies}, lines(shown)...)
	return match(append(all, varies), lines(got))
}

func lines(text string) (list []string) {
	for _, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		list = append(list, strings.TrimRight(l, " \t"))
	}
	return list
}

func match(shown, got []string) error {
	far := -1 // the last shown line that some way of reading … has reached
	var from func(s, g int) bool
	from = func(s, g int) bool {
		far = max(far, s)
		if s == len(shown) {
			return g == len(got)
		}
		if shown[s] == varies {
			for skip := g; skip <= len(got); skip++ {
				if from(s+1, skip) {
					return true
				}
			}
			return false
		}
		return g < len(got) && fits(shown[s], got[g]) && from(s+1, g+1)
	}
	if from(0, 0) {
		return nil
	}
	if far == len(shown) {
		return fmt.Errorf("the command prints more than the page shows; it prints\n%s", strings.Join(got, "\n"))
	}
	return fmt.Errorf("the page shows\n%s\nthe command prints\n%s", shown[far], strings.Join(got, "\n"))
}

// fits reports whether a line is the shown one, with any text for each ….
func fits(shown, got string) bool {
	parts := strings.Split(shown, varies)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(got)
}
