package cosim

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

// effect is a place where a design reaches out of its simulation: it reads a file,
// or does what needs trust.
type effect struct {
	What string // as the source has it: $system
	File string
	Line int
	Data string // name of a file of data that is read; empty: needs trust
	// Unnamed: a file of data is read whose name only the simulation knows.
	Unnamed bool

	at int // place in the text
}

// String returns "$system (mul.v:3)".
func (e effect) String() string {
	if e.File == "" {
		return e.What
	}
	return fmt.Sprintf("%s (%s:%d)", e.What, shownPath(e.File), e.Line)
}

// outside matches the system tasks that reach out of the simulation: they run
// commands or C++, and read or write files or the standard input.
var outside = regexp.MustCompile(`^\$(system|c[0-9]*|cpure[0-9]*|f?open|fwrite[bho]?|fdisplay[bho]?|fstrobe[bho]?|fmonitor[bho]?|` +
	`fscanf|fgets|fgetc|fread|ungetc|writemem[bh]|s?readmem[bh]|dump\w*|sdf_annotate|save|restart|incsave|load_coverage_db|set_coverage_db_name)$`)

// scanned is the result of a scan of one module of preprocessed Verilog: the tasks that reach out
// of the simulation, and the names in it.
type scanned struct {
	effects []effect
	words   map[string]bool
}

// scanEffects returns what reaches out of the simulation in the modules that the
// top may instantiate, and in what stands outside of modules.
func scanEffects(text, top string) []effect {
	mods := map[string]*scanned{}
	in := func(name string) *scanned {
		if mods[name] == nil {
			mods[name] = &scanned{words: map[string]bool{}}
		}
		return mods[name]
	}
	l := &lexer{text: text, line: 1}
	at, depth, bound := in(""), 0, false
	var last lexeme
	for t := l.next(); t.kind != lexEnd; t = l.next() {
		add := func(what string) {
			at.effects = append(at.effects, effect{What: what, File: t.file, Line: t.line, at: len(text) - len(l.text)})
		}
		switch {
		case t.kind == lexSystem && outside.MatchString(t.text):
			add(t.text)
			if memory(t.text) {
				at.effects[len(at.effects)-1].Data = firstArgument(*l)
			}
		case t.kind == lexDirective && strings.HasPrefix(t.text, "systemc"):
			add("`" + t.text)
		case t.kind == lexPragma && strings.HasPrefix(t.text, "systemc"):
			add("verilator " + strings.Fields(t.text)[0])
		case t.kind == lexString && last.kind == lexWord && (last.text == "import" || last.text == "export"):
			add(fmt.Sprintf("%s %q", last.text, t.text))
		case t.kind == lexWord && t.text == "bind":
			bound = true
		case t.kind == lexWord && (t.text == "module" || t.text == "macromodule") && last.text != "extern":
			name := l.next()
			for name.kind == lexWord && (name.text == "automatic" || name.text == "static") {
				name = l.next()
			}
			if depth++; depth == 1 {
				at = in(name.text)
			}
		case t.kind == lexWord && t.text == "endmodule" && depth > 0:
			if depth--; depth == 0 {
				at = in("")
			}
		case t.kind == lexWord || t.kind == lexEscaped:
			at.words[t.text] = true
		}
		last = t
	}
	reached := map[string]bool{}
	var out []effect
	var reach func(name string)
	reach = func(name string) {
		m := mods[name]
		if m == nil || reached[name] {
			return
		}
		reached[name] = true
		out = append(out, m.effects...)
		for w := range m.words {
			reach(w)
		}
	}
	reach("")
	reach(top)
	if bound { // into any module, from any
		for name := range mods {
			reach(name)
		}
	}
	slices.SortFunc(out, func(a, b effect) int { return a.at - b.at })
	return out
}

// firstArgument returns the first of several arguments if it is a string, else "".
func firstArgument(l lexer) string {
	open, text, comma := l.next(), l.next(), l.next()
	if open.text != "(" || text.kind != lexString || comma.text != "," {
		return ""
	}
	s, err := strconv.Unquote(`"` + text.text + `"`)
	if err != nil {
		return ""
	}
	return s
}

var lineFile = regexp.MustCompile("(?m)^`line [0-9]+ \"(.*)\" [0-9]$")

// findEffects finds the tasks that reach out of the simulation, after Verilator has translated the
// design to C++ in the folder obj and before that runs. text is the preprocessor's output for the
// given files.
func findEffects(ctx context.Context, t toolchain, s Source, obj, text string, d *Design) error {
	// Verilator found other modules' files by their names.
	seen := map[string]bool{}
	for _, g := range lineFile.FindAllStringSubmatch(text, -1) {
		seen[g[1]] = true
	}
	var more []string
	for _, dep := range d.Deps {
		if ext := filepath.Ext(dep.Path); !seen[dep.Path] && slices.Contains(verilogExtensions, ext) {
			more = append(more, dep.Path)
		}
	}
	if len(more) > 0 {
		var err error
		if text, err = preprocess(ctx, t, s, obj, d.Language, more); err != nil {
			return err
		}
	}
	var memories []effect
	for _, e := range scanEffects(text, d.Top) {
		if memory(e.What) {
			memories = append(memories, e)
		} else {
			d.Effects = append(d.Effects, e)
		}
	}
	made, err := generatedEffects(obj)
	if err != nil {
		return err
	}
	for _, e := range made {
		switch {
		case memory(e.What) && len(memories) == 0:
			memories = append(memories, e)
		case !memory(e.What) && len(d.Effects) == 0: // nothing in the text explains it
			d.Effects = append(d.Effects, e)
		}
	}
	if len(memories) > 0 {
		if memories, err = dataFiles(ctx, t, s, obj, d, memories); err != nil {
			return err
		}
		d.Effects = append(d.Effects, memories...)
	}
	return nil
}

func memory(what string) bool { return what == "$readmemh" || what == "$readmemb" }

// generated matches the functions of Verilator's library that reach out of the
// simulation, and says which tasks become them.
var generated = []struct {
	call *regexp.Regexp
	what string
}{
	{regexp.MustCompile(`\bVL_SYSTEM_\w+\(`), "$system"},
	{regexp.MustCompile(`\bVL_FOPEN_\w+\(`), "$fopen"},
	{regexp.MustCompile(`\bVL_(FWRITEF|FSCANF|FREAD|FGETS|FGETC|FUNGETC)\w*\(`), "a task that reads or writes a file"},
	{regexp.MustCompile(`\bVL_WRITEMEM_\w+\(`), "$writememh"},
	{regexp.MustCompile(`->dumpfile\(`), "$dumpfile"},
	{regexp.MustCompile(`\b__Vdpi(im|ex)\w*\(`), `import "DPI-C"`},
	{regexp.MustCompile(`\bVL_READMEM_\w+\(`), "$readmemh"},
}

// generatedEffects searches the C++ that Verilator generated: whatever the sources look like, this
// code would run.
func generatedEffects(obj string) ([]effect, error) {
	files, err := filepath.Glob(filepath.Join(obj, "*.[ch]*"))
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("reading what Verilator made: %w", err)
		}
		for _, g := range generated {
			found[g.what] = found[g.what] || g.call.Match(data)
		}
		if strings.HasSuffix(f, "__Dpi.h") {
			found[`import "DPI-C"`] = true
		}
	}
	var out []effect
	for _, g := range generated {
		if found[g.what] {
			out = append(out, effect{What: g.what})
		}
	}
	return out, nil
}

// permit refuses a design that needs trust but does not have it.
func (d *Design) permit(s Source) error {
	if s.Trust {
		return nil
	}
	var outside, unnamed []string
	for _, e := range d.Effects {
		switch {
		case e.Unnamed:
			unnamed = append(unnamed, e.String())
		case e.Data == "":
			outside = append(outside, e.String())
		}
	}
	if len(outside) > 0 {
		return fault.Usagef("the RTL reaches out of the simulation, to files or commands: %s; "+
			"nothing was run (%v permits it)", firstOf(outside, 5), option.Trust)
	}
	if len(unnamed) > 0 {
		return fault.Usagef("%s: file name not known; the table depends on a file that cannot be named: "+
			"write the name as a string or as a parameter (%v permits it as it is)", firstOf(unnamed, 5), option.Trust)
	}
	return nil
}

// firstOf joins the first n texts.
func firstOf(list []string, n int) string {
	if more := len(list) - n; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), more)
	}
	return strings.Join(list, ", ")
}
