package cosim

import (
	"os"
	"path/filepath"
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
	read := map[string]bool{}
	for _, f := range s.Files {
		if !strings.EqualFold(filepath.Ext(f), ".f") {
			out.Files = append(out.Files, f)
			continue
		}
		if err := out.readList(f, read); err != nil {
			return s, err
		}
	}
	return out, nil
}

// readList adds what a list names. read has the lists that are read already.
func (s *Source) readList(path string, read map[string]bool) error {
	if read[absolute(path)] {
		return fault.Usagef("%v %s: the list is named twice", option.RTL, path)
	}
	read[absolute(path)] = true
	text, err := limits.ReadFile(path, listSize)
	if err != nil {
		return fault.Usagef("reading the list of files %s: %w", path, err)
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
	for i := 0; i < len(words); i++ {
		w := words[i]
		value := func(flag string) (string, error) { // -I FOLDER or -IFOLDER
			if v := strings.TrimPrefix(w, flag); v != "" {
				return v, nil
			}
			if i++; i < len(words) {
				return words[i], nil
			}
			return "", fault.Usagef("%s: %s ends the list, and needs a value", path, flag)
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
				s.Include = append(s.Include, from(v))
			}
		case strings.HasPrefix(w, "-D"):
			if v, err = value("-D"); err == nil {
				s.Defines = append(s.Defines, v)
			}
		case w == "-v":
			if v, err = value("-v"); err == nil {
				s.Files = append(s.Files, from(v))
			}
		case w == "-f", w == "-F":
			if v, err = value(w); err == nil {
				err = s.readList(from(v), read)
			}
		case w == "-sv", w == "-sverilog", w == "-g2012":
		case strings.HasPrefix(w, "-"), strings.HasPrefix(w, "+"):
			return fault.Usagef("%s: %s is not read in a list of files: expected files, folders, macros and further lists", path, w)
		default:
			s.Files = append(s.Files, from(w))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func fileThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// listWords splits a list into words: comments are left out, and quotes keep spaces.
func listWords(text string) (words []string) {
	for line := range strings.Lines(text) {
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
					words = append(words, word.String())
				}
				word.Reset()
				open = false
			default:
				word.WriteRune(r)
				open = true
			}
		}
		if open {
			words = append(words, word.String())
		}
	}
	return words
}
