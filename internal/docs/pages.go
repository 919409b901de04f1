package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Width is the most characters in a line of a page.
const Width = 120

// Pages returns the paths, relative to the root of the repository, of the pages that users read: README.md and
// docs/*.md.
func Pages(root string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		return nil, err
	}
	pages := []string{"README.md"}
	for _, p := range paths {
		pages = append(pages, filepath.Join("docs", filepath.Base(p)))
	}
	return pages, nil
}

// TooWide returns the lines of a page that have more than Width characters, as errors with their place. Rows of tables
// may be wider, unless spaces pad their cells: a row can't be broken.
func TooWide(page, text string) (faults []error) {
	for i, line := range strings.Split(text, "\n") {
		n := utf8.RuneCountInString(line)
		if n <= Width || strings.HasPrefix(line, "|") && !strings.Contains(line, "  ") {
			continue
		}
		faults = append(faults, fmt.Errorf("%s:%d: %d characters, at most %d are allowed", page, i+1, n, Width))
	}
	return faults
}

var link = regexp.MustCompile(`\]\(([^()\s]+)\)`)

// BrokenLinks returns the relative links of a page that lead to no file or to no heading, as errors with their place.
// The page is a path relative to root.
func BrokenLinks(root, page, text string) (faults []error) {
	for i, line := range strings.Split(WithoutCode(text), "\n") {
		for _, m := range link.FindAllStringSubmatch(line, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if err := follow(root, page, m[1]); err != nil {
				faults = append(faults, fmt.Errorf("%s:%d: the link %s: %w", page, i+1, m[1], err))
			}
		}
	}
	return faults
}

// follow looks for the file and the heading that a link names.
func follow(root, page, target string) error {
	path, anchor, _ := strings.Cut(target, "#")
	file := filepath.Join(root, page)
	if path != "" {
		file = filepath.Join(filepath.Dir(file), filepath.FromSlash(path))
	}
	if _, err := os.Stat(file); err != nil {
		return err
	}
	if anchor == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, line := range strings.Split(WithoutCode(string(text)), "\n") {
		title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if ok && strings.HasPrefix(line, "#") && Anchor(title) == anchor {
			return nil
		}
	}
	return fmt.Errorf("%s has no heading of that name", filepath.Base(file))
}

// Anchor is the name that a heading has in links, as on GitHub: lower case, hyphens for spaces, no punctuation.
func Anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}

// WithoutCode returns a page whose fenced blocks are empty lines, so that line numbers stay.
func WithoutCode(text string) string {
	inside := false
	all := strings.Split(text, "\n")
	for i, line := range all {
		mark := strings.HasPrefix(line, fence)
		if mark {
			inside = !inside
		}
		if mark || inside {
			all[i] = ""
		}
	}
	return strings.Join(all, "\n")
}

var span = regexp.MustCompile("`([^`]+)`")

// Spans returns the code spans in the prose of a page: `make demo`, `--golden`. A span may go over the end of a line.
func Spans(text string) (list []string) {
	for _, m := range span.FindAllStringSubmatch(WithoutCode(text), -1) {
		list = append(list, strings.Join(strings.Fields(m[1]), " "))
	}
	return list
}
