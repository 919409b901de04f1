package experiment

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

// fileNames returns the names of each multiplier's files in the run's folder. A run that
// is gone on with has those that config.json lists, or else those of the rule by which it
// was begun.
func (c *Config) fileNames() map[string]string {
	switch {
	case c.resume != "" && c.files != nil:
		return c.files
	case c.resume != "":
		return numberedNames(c.Multipliers)
	}
	return distinctNames(c.Multipliers)
}

// recordedNames returns the names for config.json: none if the rule of older runs gives
// the same ones.
func (c *Config) recordedNames() map[string]string {
	if names := c.fileNames(); !maps.Equal(names, numberedNames(c.Multipliers)) {
		return names
	}
	return nil
}

// longest is the length in bytes of a name that is not cut. A file system takes 255, with
// the extensions.
const longest = 120

// distinctNames gives each multiplier a name for its files. Names follow from the names
// of the multipliers, not from their order:
//   - the name as it is, for a built-in multiplier such as fp32, or one that is named in a file;
//   - of a file its path, with _ for a slash, without .lut: mul.lut becomes mul;
//   - if that is the name of another multiplier as well, with .lut: fp32.lut beside fp32;
//   - if it still is, with a digest of the path: ./mul.lut beside ../mul.lut.
//
// Names that differ in the case of letters only count as equal: some file systems do not
// tell them apart.
func distinctNames(multipliers []Multiplier) map[string]string {
	forms := make([][3]string, len(multipliers))
	level := make([]int, len(multipliers))
	for i, m := range multipliers {
		short, long := plainFile(strings.TrimSuffix(m.Name, ".lut")), plainFile(m.Name)
		forms[i] = [3]string{short, long, fmt.Sprintf("%s-%x", long, sha256.Sum256([]byte(m.Name)))[:len(long)+9]}
	}
	for again := true; again; {
		again = false
		groups := map[string][]int{}
		for i := range multipliers {
			key := strings.ToLower(forms[i][level[i]])
			groups[key] = append(groups[key], i)
		}
		for _, g := range groups {
			keep := keeper(multipliers, forms, g)
			for _, i := range g {
				if len(g) > 1 && i != keep && level[i] < 2 {
					level[i]++
					again = true
				}
			}
		}
	}
	names, taken := map[string]string{}, map[string]bool{}
	for i, m := range multipliers {
		base := forms[i][level[i]]
		name := base
		for n := 2; taken[strings.ToLower(name)]; n++ { // a name of somebody who knew the digest
			name = fmt.Sprint(base, "-", n)
		}
		taken[strings.ToLower(name)] = true
		names[m.Name] = name
	}
	return names
}

// keeper returns the one multiplier of a group that keeps its name, because it has that name
// itself; -1 if there is none.
func keeper(multipliers []Multiplier, forms [][3]string, group []int) int {
	keep := -1
	for _, i := range group {
		if multipliers[i].Name != forms[i][0] {
			continue
		}
		if keep >= 0 {
			return -1 // they differ in the case of letters
		}
		keep = i
	}
	return keep
}

// plainFile makes the name of a file of any text. Two texts may give the same.
func plainFile(text string) string {
	name := strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == utf8.RuneError || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, strings.TrimLeft(text, "./"))
	if strings.HasPrefix(name, "-") { // an option, where files of the folder are listed for a command
		name = "_" + name[1:]
	}
	if len(name) > longest {
		cut := longest
		for !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = name[:cut]
	}
	return cmp.Or(name, "multiplier")
}

// numberedNames is the rule of runs whose config.json lists no names: a number tells equal
// names apart, in the order of the multipliers.
func numberedNames(multipliers []Multiplier) map[string]string {
	names, taken := map[string]string{}, map[string]bool{}
	for _, m := range multipliers {
		base := strings.Map(func(r rune) rune {
			if r == '/' || r == '\\' || r < ' ' {
				return '_'
			}
			return r
		}, strings.TrimSuffix(strings.TrimLeft(m.Name, "./"), ".lut"))
		base = cmp.Or(base, "multiplier")
		name := base
		for n := 2; taken[name]; n++ {
			name = fmt.Sprint(base, "-", n)
		}
		taken[name] = true
		names[m.Name] = name
	}
	return names
}

// checkFiles refuses names of files that config.json lists, if they are not one for each
// multiplier.
func (c *Config) checkFiles(path string) error {
	if c.files == nil {
		return nil
	}
	taken := map[string]bool{}
	for _, m := range c.Multipliers {
		name := c.files[m.Name]
		if name == "" || name != filepath.Base(name) || taken[strings.ToLower(name)] {
			return fault.Usagef("%v: %s: file_names: %q is no name of the files of %s",
				option.Resuming, path, name, m.Name)
		}
		taken[strings.ToLower(name)] = true
	}
	return nil
}
