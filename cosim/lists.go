package cosim

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/option"
)

// listSize bounds a list of files.
const listSize = limits.MiB

// expand replaces lists of files, FILE.f, by what they name: files, +incdir+FOLDER, -I FOLDER, -y FOLDER,
// +define+NAME, -D NAME, -v FILE and further lists, -f FILE.f. Paths are relative to the current folder, as for other
// tools, or, if there is no such file there, to the folder of the list.
func (s Source) expand() (Source, error) {
	out := s
	out.Files = nil
	read := map[string]string{}
	out.Lists = nil
	for i, f := range slices.Concat(s.Files, s.Lists) {
		if i < len(s.Files) && !strings.EqualFold(filepath.Ext(f), ".f") {
			out.Files = append(out.Files, f)
			continue
		}
		if err := out.readList(f, option.RTL.String(), read); err != nil {
			return s, err
		}
	}
	return out, nil
}

// readList adds what a list names. by names the option, or the line of a list, that names it; read has the same of the
// lists that are read already.
func (s *Source) readList(path, by string, read map[string]string) error {
	if first, again := read[absolute(path)]; again {
		if strings.HasPrefix(by, path+":") {
			return fault.Usagef("%s: the list names itself", by)
		}
		return fault.Usagef("%s: the list of files %s is named twice, first by %s", by, path, first)
	}
	read[absolute(path)] = by
	text, err := limits.ReadFile(path, listSize)
	if err != nil {
		return fault.Usagef("%s: reading the list of files %s: %w", by, path, err)
	}
	from := func(p string) string {
		if _, err := os.Stat(p); err == nil || filepath.IsAbs(p) {
			return p
		}
		if near := filepath.Join(filepath.Dir(path), p); fileThere(near) {
			return near
		}
		return p
	}
	words := listWords(string(text))
	at := func(i int) string { return fmt.Sprintf("%s:%d", path, words[i].line) }
	for i := 0; i < len(words); i++ {
		w := words[i].text
		here := at(i)
		value := func(flag string) (string, error) { // -I FOLDER or -IFOLDER
			if v := strings.TrimPrefix(w, flag); v != "" {
				return v, nil
			}
			if i++; i < len(words) {
				return words[i].text, nil
			}
			return "", fault.Usagef("%s: %s ends the list, and needs a value", here, flag)
		}
		var v string
		switch {
		case strings.HasPrefix(w, "+incdir+"):
			for _, d := range strings.Split(strings.TrimPrefix(w, "+incdir+"), "+") {
				s.Include = append(s.Include, from(d))
			}
		case strings.HasPrefix(w, "+define+"):
			s.Defines = append(s.Defines, strings.Split(strings.TrimPrefix(w, "+define+"), "+")...)
		case strings.HasPrefix(w, "+libext+"):
		case strings.HasPrefix(w, "-I"), strings.HasPrefix(w, "-y"):
			if v, err = value(w[:2]); err == nil {
				v = from(v)
				if st, e := os.Stat(v); e != nil || !st.IsDir() {
					return fault.Usagef("%s: no such folder: %s", here, v)
				}
				s.Include = append(s.Include, v)
			}
		case strings.HasPrefix(w, "-D"):
			if v, err = value("-D"); err == nil {
				s.Defines = append(s.Defines, v)
			}
		case w == "-v":
			if v, err = value("-v"); err == nil {
				if v, err = there(from(v), here); err == nil {
					s.Files, s.Cells = append(s.Files, v), append(s.Cells, v)
				}
			}
		case w == "-f", w == "-F":
			if v, err = value(w); err == nil {
				err = s.readList(from(v), here, read)
			}
		case w == "-sv", w == "-sverilog", w == "-g2012":
		case strings.HasPrefix(w, "-"), strings.HasPrefix(w, "+"):
			return fault.Usagef("%s: %s is not read in a list of files: expected files, folders, macros and further lists", here, w)
		default:
			if v, err = there(from(w), here); err == nil {
				s.Files = append(s.Files, v)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// there returns the path of a file that a line of a list names, if there is one.
func there(path, line string) (string, error) {
	if !fileThere(path) {
		return "", fault.Usagef("%s: no such file: %s", line, path)
	}
	return path, nil
}

func fileThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// listWord is a word of a list, and its line.
type listWord struct {
	text string
	line int
}

// listWords splits a list into words: comments are left out, and quotes keep spaces.
func listWords(text string) (words []listWord) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if i := strings.Index(line, "//"); i == 0 || i > 0 && (line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		var word strings.Builder
		quoted, open := false, false
		for _, r := range line {
			switch {
			case r == '"':
				quoted, open = !quoted, true
			case !quoted && (r == ' ' || r == '\t'):
				if open {
					words = append(words, listWord{word.String(), n})
				}
				word.Reset()
				open = false
			default:
				word.WriteRune(r)
				open = true
			}
		}
		if open {
			words = append(words, listWord{word.String(), n})
		}
	}
	return words
}
