package proof

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
)

// CanReplace refuses to write the table of a design over a file that is no table, or the table of another design:
// one of other files, another top module or function, or other parameters and macros. The same files with other
// contents are the same design, edited; so is one that got or lost a file. A damaged table, an empty file and no file
// may be replaced by any table.
func (d *Design) CanReplace(path string) error {
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() || st.Size() == 0 {
		return nil
	}
	old, err := lut.ReadFile(path)
	switch {
	case errors.Is(err, lut.ErrNotLUT):
		return fault.Usagef("%s would be replaced, and it is no table: %w; name another file, or replace it with %v",
			path, err, option.Force)
	case err != nil: // damaged, or not to be read: writing says why
		return nil
	}
	if what := otherDesign(old.Sources, d.Sources(), old.Options, d.Options()); what != "" {
		return fault.Usagef("%s would be replaced, and it is the table %s of another design: %s; "+
			"name another file, or replace it with %v", path, old.Name, what, option.Force)
	}
	return nil
}

// otherDesign says how the sources or the options of a table tell that it is not one of a design; it is empty if they
// do not.
func otherDesign(old, now []lut.Source, oldOptions, nowOptions []string) string {
	gone, added := missing(old, now), missing(now, old)
	switch {
	case len(old) == 0 && len(now) > 0:
		return "it names no source"
	case len(gone) > 0 && len(added) > 0, len(now) == 0 && len(old) > 0:
		return fmt.Sprintf("it was made from %s, not from %s", names(old), names(now))
	}
	was, is := settings(oldOptions), settings(nowOptions)
	for _, o := range slices.Concat(oldOptions, nowOptions) {
		key, _ := setting(o)
		w, inOld := was[key]
		i, inNow := is[key]
		both := inOld && inNow
		if key == "" || both && w == i || !both && !must(key) {
			continue
		}
		switch {
		case !inOld:
			return "it was read without " + i
		case !inNow:
			return "it was read with " + w
		}
		return fmt.Sprintf("it was read with %s, not with %s", w, i)
	}
	return ""
}

// missing returns the files of a that b has not, by name.
func missing(a, b []lut.Source) []lut.Source {
	return slices.DeleteFunc(slices.Clone(a), func(s lut.Source) bool {
		return slices.ContainsFunc(b, func(o lut.Source) bool { return o.Path == s.Path })
	})
}

func names(all []lut.Source) string {
	var out []string
	for _, s := range all {
		out = append(out, s.Path)
	}
	if len(out) == 0 {
		return "files"
	}
	return strings.Join(out, ", ")
}

// setting returns what an option of a table sets, and the option: "-G W" of "-G W=8"; nothing for an option that is
// found out from the source, such as the names of ports.
func setting(o string) (key, whole string) {
	flag, value, _ := strings.Cut(o, " ")
	switch flag {
	case "--top", "--c":
		return flag, o
	case "-D", "-G", "--tie":
		name, _, _ := strings.Cut(value, "=")
		return flag + " " + name, o
	}
	return "", ""
}

// must says whether a design that lacks a setting is another one. Inputs with constants come and go with the source.
func must(key string) bool { return strings.HasPrefix(key, "-D") || strings.HasPrefix(key, "-G") }

func settings(options []string) map[string]string {
	all := map[string]string{}
	for _, o := range options {
		if key, whole := setting(o); key != "" {
			all[key] = whole
		}
	}
	return all
}
