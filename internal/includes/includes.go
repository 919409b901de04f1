// Package includes refuses sources that include a device or a pipe, before a tool reads them.
// A preprocessor that opens /dev/zero or a pipe never ends. The package follows includes
// through the same folders as the tools, but expands no macros. It gives the usual case a
// clear message and is no security boundary: tools have limits of time and memory too.
package includes

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/option"
)

const (
	// Longest is the largest source file, in bytes.
	Longest   = 64 * limits.MiB
	mostFiles = 10_000
	mostBytes = 256 * limits.MiB // of all files
)

// C searches a C or C++ source and its includes; folders are searched after the one of each file.
func C(file string, folders ...string) error {
	w := walk{names: namesInC, folders: folders, seen: map[string]bool{}}
	return w.file(file, "")
}

// Verilog searches Verilog sources, their includes, and the modules that tools find by name in the
// folders. Defines are NAME=value, as on the command line.
func Verilog(files, folders, defines []string) error {
	w := walk{names: namesInVerilog, folders: folders, seen: map[string]bool{}}
	for _, d := range defines {
		_, value, _ := strings.Cut(d, "=")
		if err := w.include(strings.Trim(value, `"<>\`), "", option.Define.String()+" "+d); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := w.file(f, ""); err != nil {
			return err
		}
	}
	return w.modules()
}

// walk goes through files.
type walk struct {
	names   func(text string) []string // that a text may include
	folders []string
	seen    map[string]bool // paths
	bytes   int
	texts   []string // without what stands in quotes
}

// file looks through a file; from says where it is included, "" if the user named it.
func (w *walk) file(path, from string) error {
	key := filepath.Clean(path)
	if w.seen[key] {
		return nil
	}
	w.seen[key] = true
	if len(w.seen) > mostFiles {
		return fault.Usagef("more than %d files are included", mostFiles)
	}
	refuse := func(err error) error {
		if from != "" {
			err = fault.Usagef("%s includes %s: %w", limits.Path(from), limits.Path(path), err)
		}
		return err
	}
	if err := limits.Regular(path); err != nil {
		return refuse(err)
	}
	data, err := limits.ReadFile(path, Longest)
	if err != nil {
		return refuse(err)
	}
	if w.bytes += len(data); w.bytes > mostBytes {
		return fault.Usagef("the files of a design have more than %s together", limits.Size(mostBytes))
	}
	text := strip(string(data))
	w.texts = append(w.texts, inQuotes.ReplaceAllString(text, `""`))
	for _, name := range w.names(text) {
		if err := w.include(name, filepath.Dir(path), path); err != nil {
			return err
		}
	}
	return nil
}

// include looks for a name where tools do. One that is not found is for the tool to report.
func (w *walk) include(name, folder, from string) error {
	if name == "" || strings.ContainsRune(name, 0) {
		return nil
	}
	candidates := []string{name}
	if !filepath.IsAbs(name) {
		candidates = nil
		if folder != "" {
			candidates = append(candidates, filepath.Join(folder, name))
		}
		for _, f := range w.folders {
			candidates = append(candidates, filepath.Join(f, name))
		}
	}
	for _, path := range candidates {
		st, err := os.Stat(path)
		switch {
		case err != nil || st.IsDir():
			continue
		case !st.Mode().IsRegular():
			return fault.Usagef("%s includes %s, which is a %s; expected a regular file", limits.Path(from), limits.Path(path), limits.Kind(st.Mode()))
		}
		err = w.file(path, from)
		if errors.Is(err, fs.ErrPermission) {
			return nil
		}
		return err
	}
	return nil
}

// modules refuses devices and pipes among the files that tools open to find a module.
func (w *walk) modules() error {
	for _, folder := range w.folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		for _, e := range entries {
			ext := filepath.Ext(e.Name())
			if e.Type().IsRegular() || e.IsDir() || ext != "" && !slices.Contains([]string{".v", ".sv", ".vh", ".svh"}, ext) {
				continue
			}
			path := filepath.Join(folder, e.Name())
			st, err := os.Stat(path)
			if err != nil || st.IsDir() || st.Mode().IsRegular() {
				continue
			}
			name := regexp.MustCompile(`(^|[^\w$])` + regexp.QuoteMeta(strings.TrimSuffix(e.Name(), ext)) + `($|[^\w$])`)
			if slices.ContainsFunc(w.texts, name.MatchString) {
				return fault.Usagef("%s is a %s; tools would look for a module in it: move it away or search other folders", limits.Path(path), limits.Kind(st.Mode()))
			}
		}
	}
	return nil
}

// strip joins lines that go on, and puts a blank in the place of each comment.
func strip(text string) string {
	text = strings.NewReplacer("\\\r\n", "", "\\\n", "", "??/\n", "").Replace(text)
	var b strings.Builder
	for i := 0; i < len(text); {
		switch rest := text[i:]; {
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			i += n
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return b.String()
			}
			b.WriteByte(' ')
			i += n + 4
		case rest[0] == '"':
			n := 1
			for n < len(rest) && rest[n] != '"' && rest[n] != '\n' {
				if rest[n] == '\\' {
					n++
				}
				n++
			}
			n = min(n+1, len(rest))
			b.WriteString(rest[:n])
			i += n
		default:
			b.WriteByte(rest[0])
			i++
		}
	}
	return b.String()
}

var (
	cLine    = regexp.MustCompile(`(?m)^[ \t\v\f\r]*(?:#|%:|\?\?=)[ \t\v\f]*(?:include|include_next|import|embed|define)\b(.*)$`)
	quoted   = regexp.MustCompile(`"([^"\n]*)"|<([^>\n]*)>`)
	inQuotes = regexp.MustCompile(`"[^"\n]*"`)
	blob     = regexp.MustCompile(`\.(?:incbin|include)[ \t]*\\?"([^"\\\n]+)`)
	verilog  = regexp.MustCompile("`(?:include|define)\\b([^\n]*)")
)

func namesInC(text string) []string {
	return append(namesIn(cLine, text), groups(blob.FindAllStringSubmatch(text, -1))...)
}

func namesInVerilog(text string) []string { return namesIn(verilog, text) }

func namesIn(line *regexp.Regexp, text string) []string {
	var names []string
	for _, l := range line.FindAllStringSubmatch(text, -1) {
		names = append(names, groups(quoted.FindAllStringSubmatch(l[1], -1))...)
	}
	return names
}

func groups(found [][]string) []string {
	var names []string
	for _, g := range found {
		names = append(names, strings.Join(g[1:], ""))
	}
	return names
}
