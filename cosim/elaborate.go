package cosim

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/includes"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/suggest"
)

// Design is the result of Verilator's elaboration of a source.
type Design struct {
	Top      string
	File     string
	Line     int
	Language string // empty: SystemVerilog, Verilator's default
	Ports    []Port
	Size     int // bytes of C++ that one instance becomes
	Deps     []dependency
	Loops    []string // where Verilator suspects combinational loops
	Warnings []string // of Verilator, those that bear on the product
	Effects  []effect // what reaches out of the simulation
	// Adapter is Verilog of a module Holder, which has plain ports and the design inside; empty if the design has plain
	// ports itself. Ports are those of the adapter.
	Adapter, Holder string
	// Modules are the top and the modules that it may instantiate, directly or not, by their names.
	Modules []string
	// Data lists the files that the design reads while it runs; they are in no cache.
	Data []DataFile `json:"-"`

	types map[string]*Type // of the adapter's ports, until Ports have them
	sum   *sum             // of ports, which is the product; nil if a port is
}

// elaborate reads a design. The result is cached; nothing runs when the sources
// and the tools are the ones of an earlier call.
//
// With typed, ports have types.
func elaborate(ctx context.Context, t toolchain, s Source, typed bool) (*Design, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	ctx = s.granted(ctx)
	if !s.builtin {
		if err := includes.Verilog(s.Files, s.Searched(), s.Defines); err != nil {
			return nil, err
		}
	}
	given, err := hashFiles(s.Files)
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	key := &buildcache.Key{}
	key.Add(fmt.Sprintf("design 7 %t", typed), t.verilatorVersion, t.verilatorID, t.include, s.Top)
	for _, d := range given {
		key.Add(absolute(d.Path), d.Path, d.SHA256)
	}
	key.Add(s.Searched()...)
	key.Add(fmt.Sprintf("%q %q", s.Defines, s.Params))
	dir, _, err := buildcache.Checked("designs", key.Sum(), func(dir string) (buildcache.Evidence, error) {
		var d Design
		evidence, err := elaborateIn(writing(ctx, dir), t, s, typed, dir, &d)
		if err != nil {
			return evidence, err
		}
		return evidence, writeJSON(filepath.Join(dir, "design.json"), d)
	})
	if err != nil {
		return nil, err
	}
	var d Design
	if ok, err := readJSON(filepath.Join(dir, "design.json"), &d); err != nil {
		return nil, err
	} else if !ok {
		return nil, fmt.Errorf("reading the cached design of %v: %s is damaged; remove it", s, dir)
	}
	return &d, nil
}

// elaborateIn runs Verilator in a folder that afterwards holds nothing of it.
func elaborateIn(ctx context.Context, t toolchain, s Source, typed bool, dir string, d *Design) (evidence buildcache.Evidence, err error) {
	start := time.Now()
	obj := filepath.Join(dir, "obj")
	if err := os.Mkdir(obj, 0o755); err != nil {
		return evidence, err
	}
	defer os.RemoveAll(obj)
	text, err := preprocess(ctx, t, s, obj, "", nil)
	if err != nil {
		return evidence, err
	}
	mods := scanModules(text)
	if s.Top == "" && len(tops(s.withoutCells(mods))) > 1 {
		if mods, err = scanFound(ctx, t, s, obj, mods); err != nil {
			return evidence, err
		}
	}
	top, err := chooseTop(mods, s)
	if err != nil {
		return evidence, err
	}
	d.Top, d.File, d.Line, d.Modules = top.Name, top.File, top.Line, reached(mods, top)
	d.Warnings = scanHazards(text)
	r, err := ported(ctx, t, s, obj, text, typed, d)
	if err != nil {
		if hint := parameterHint(err, text, d.Top); hint != "" {
			err = fault.Usagef("%w%s", err, hint)
		}
		return evidence, err
	}
	for _, m := range parseMessages(r.stderr) {
		if slices.Contains(productWarnings, m.Code) {
			d.Warnings = append(d.Warnings, "Verilator: "+strings.ReplaceAll(m.String(), wrapperTop+".", top.Name+"."))
		}
		if m.Code == "UNOPTFLAT" {
			d.Loops = append(d.Loops, strings.ReplaceAll(m.String(), wrapperTop+".", top.Name+"."))
		}
	}
	for i := range d.Ports {
		p := &d.Ports[i]
		p.Signed = top.Signed[p.Name] || p.Type != nil && p.Type.Signed
	}
	if d.Size, err = generatedSize(obj); err != nil {
		return evidence, err
	}
	var own []dependency
	if d.Deps, own, err = dependencies(filepath.Join(obj, "Vdut__verFiles.dat"), t); err != nil {
		return evidence, err
	}
	d.Deps = slices.DeleteFunc(d.Deps, func(f dependency) bool { return strings.HasPrefix(f.Path, obj+"/") })
	if err := findEffects(ctx, t, s, obj, text, d); err != nil {
		return evidence, err
	}
	evidence.Files = append(own, d.Deps...)
	evidence.Searches = []buildcache.Search{SearchedVerilog(s.Searched(), d.Deps)}
	evidence.Settle(start)
	return evidence, nil
}

// reached returns the names of a module and of those that it may instantiate, directly or not.
func reached(mods []module, top module) []string {
	names := []string{top.Name}
	for i := 0; i < len(names); i++ {
		for _, m := range mods {
			if m.Name != names[i] {
				continue
			}
			for _, n := range m.Names {
				if !slices.Contains(names, n) {
					names = append(names, n)
				}
			}
		}
	}
	return names
}

// scanFound scans modules again with those that the searched folders have under their names, and that instantiate
// others.
func scanFound(ctx context.Context, t toolchain, s Source, obj string, mods []module) ([]module, error) {
	var more []string
	for {
		defined := map[string]bool{}
		for _, m := range mods {
			defined[m.Name] = true
		}
		before := len(more)
		for _, m := range mods {
			for _, n := range m.Names {
				if defined[n] || !simpleName.MatchString(n) {
					continue
				}
				defined[n] = true
				if path := s.moduleFile(n); path != "" && !slices.Contains(more, path) {
					more = append(more, path)
				}
			}
		}
		if len(more) == before {
			return mods, nil
		}
		text, err := preprocess(ctx, t, s, obj, "", more)
		if err != nil {
			return nil, err
		}
		mods = scanModules(text)
	}
}

// moduleFile returns the file that a searched folder has under a module's name, "" without one.
func (s Source) moduleFile(name string) string {
	for _, d := range s.Searched() {
		for _, ext := range verilogExtensions {
			path := filepath.Join(d, name+ext)
			if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() && !slices.Contains(s.Paths(), path) {
				return path
			}
		}
	}
	return ""
}

// ported has Verilator read the design, and again in an adapter if its ports are not plain, and finds its ports.
func ported(ctx context.Context, t toolchain, s Source, obj, text string, typed bool, d *Design) (r toolRun, err error) {
	faces := interfacePorts(text, d.Top)
	if len(faces) == 0 {
		if r, err = verilate(ctx, t, s, obj, d); err != nil {
			return r, err
		}
		if err = d.readPorts(obj); err != nil {
			return r, err
		}
	}
	if len(faces) == 0 && !slices.ContainsFunc(d.Ports, func(p Port) bool { return p.Array }) {
		if !typed && !mentionsStruct(text) {
			return r, nil
		}
		n, _, err := elaborateXML(ctx, t, s, obj, d.Top, d.Language, s.parameters())
		if err != nil {
			return r, err
		}
		if n != nil {
			err = n.portTypes(d.Top, d.Ports)
		} else { // a Verilator without XML
			err = fmt.Errorf("%s does not describe them", t.verilatorVersion)
		}
		if err != nil && typed {
			return r, fault.Usagef("%s: reading the ranges of its ports: %w", d.Top, err)
		}
		for i := range d.Ports {
			if p := &d.Ports[i]; p.Type == nil && typed { // which of its bits the user means is not to be guessed
				p.Type = &Type{Width: p.Width}
			}
		}
		return r, nil
	}
	file, err := d.adapt(ctx, t, s, obj, faces)
	if err != nil {
		return r, err
	}
	whole := s
	whole.Files, whole.Params = append(slices.Clone(s.Files), file), nil
	inner := *d
	inner.Top = d.Holder
	if r, err = verilate(ctx, t, whole, obj, &inner); err != nil {
		return r, err
	}
	d.Language = inner.Language
	if err := d.readPorts(obj); err != nil {
		return r, err
	}
	for i := range d.Ports {
		d.Ports[i].Type = d.types[d.Ports[i].Name]
	}
	return r, nil
}

// mentionsStruct says whether a source has structs, whose members may be operands.
func mentionsStruct(text string) bool { return structWord.MatchString(text) }

var structWord = regexp.MustCompile(`\b(struct|union)\b`)

// readPorts reads the ports of what Verilator made.
func (d *Design) readPorts(obj string) error {
	header, err := os.ReadFile(filepath.Join(obj, "Vdut.h"))
	if err != nil {
		return fmt.Errorf("reading what Verilator made of %s: %w", d.Top, err)
	}
	d.Ports = parsePorts(string(header))
	return nil
}

// verilate makes C++ of a design alone, to learn about it. Verilator runs in the
// folder obj, where nothing can be found that is in no searched folder.
func verilate(ctx context.Context, t toolchain, s Source, obj string, d *Design) (toolRun, error) {
	try := func(language string) (toolRun, error) {
		args := append([]string{"--cc", "--prefix", "Vdut", "--Mdir", obj, "--top-module", d.Top, "--l2-name", wrapperTop}, s.arguments(language)...)
		return runIn(ctx, obj, t.verilator, append(append(args, s.parameters()...), s.Paths()...)...)
	}
	r, err := try("")
	if err != nil || !r.failed {
		return r, err
	}
	text, syntax := errorsOf(parseMessages(r.stderr))
	if !syntax {
		return r, elaborationError(s, text, r)
	}
	// A word that SystemVerilog reserves is a fine name in Verilog.
	const old = "1364-2005"
	if r, err = try(old); err != nil {
		return r, err
	} else if r.failed {
		return r, elaborationError(s, text, r)
	}
	d.Language = old
	return r, nil
}

// productWarnings are the warnings of Verilator that bear on the product: it may
// evaluate in a wrong order, take one driver of several, or read what synthesis
// reads otherwise.
var productWarnings = []string{"UNOPTFLAT", "MULTIDRIVEN", "COMBDLY", "LATCH", "BLKANDNBLK", "CASEOVERLAP", "INITIALDLY", "SELRANGE"}

func elaborationError(s Source, text string, r toolRun) error {
	err := elaborationFault(s, text, r)
	if at := unknownComments(parseMessages(r.stderr)); len(at) > 0 {
		return &commentError{err, at}
	}
	if names := missingModules(r.stderr); len(names) > 0 {
		if why := s.unmodelled(names); why != "" {
			return fault.Usagef("%w%s", err, why)
		}
		return &missingError{err, names}
	}
	return err
}

func elaborationFault(s Source, text string, r toolRun) error {
	if text == "" {
		text = strings.TrimSpace(r.stderr)
	}
	text = s.renamed(wholePaths(s, text))
	if strings.Contains(text, unknownComment) {
		text += "\n  (Verilator reads a comment that begins with its name as a directive: begin it with another word)"
	}
	if hidden := hiddenInclude(s, text); hidden != "" {
		text += fmt.Sprintf("\n  (%s exists, but tools read only what a design is known to need: %v %s shows it to them)",
			hidden, option.Include, filepath.Dir(hidden))
	} else if strings.Contains(text, "Cannot find") {
		text += fmt.Sprintf("\n  (%v adds a folder in which modules and includes are looked for, %v a file)",
			option.Include, option.RTL)
	}
	return fault.Usagef("Verilator does not accept %v:\n  %s", s, text)
}

// wholePaths completes the paths of sources in a message: Verilator cuts them at a space.
func wholePaths(s Source, text string) string {
	cut := map[string][]string{}
	for _, p := range s.Paths() {
		if before, _, has := strings.Cut(p, " "); has {
			cut[before] = append(cut[before], p)
		}
	}
	for before, paths := range cut {
		if len(paths) == 1 {
			for _, shown := range []string{before, shownPath(before)} {
				text = strings.ReplaceAll(text, shown+":", shownPath(paths[0])+":")
			}
		}
	}
	return text
}

var missingInclude = regexp.MustCompile(`Cannot find include file: (\S+)`)

// hiddenInclude returns a file that a message misses although it is there: the sandbox
// does not show it.
func hiddenInclude(s Source, text string) string {
	for _, g := range missingInclude.FindAllStringSubmatch(text, -1) {
		for _, d := range append([]string{"/"}, s.Searched()...) {
			path := filepath.Join(d, g[1])
			if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() && (d != "/" || filepath.IsAbs(g[1])) {
				return path
			}
		}
	}
	return ""
}

// preprocess returns the sources, and other files behind them, as Verilator's
// preprocessor leaves them.
func preprocess(ctx context.Context, t toolchain, s Source, dir, language string, more []string) (string, error) {
	args := append([]string{"-E"}, s.arguments(language)...)
	r, err := runIn(ctx, dir, t.verilator, append(append(args, s.Paths()...), more...)...)
	if err != nil {
		return "", err
	}
	if r.failed {
		text, _ := errorsOf(parseMessages(r.stderr))
		return "", elaborationError(s, text, r)
	}
	return r.stdout, nil
}

// ErrNoModule is the error for sources that hold no module, such as a file of macros.
var ErrNoModule = errors.New("no module")

// chooseTop returns the module the user named, or the only one that no other
// instantiates.
func chooseTop(mods []module, s Source) (module, error) {
	mods = s.withoutCells(mods)
	list := func(mods []module) string {
		var names []string
		for _, m := range mods {
			names = append(names, fmt.Sprintf("%s (%s:%d)", m.Name, shownPath(m.File), m.Line))
		}
		return strings.Join(names, ", ")
	}
	if len(mods) == 0 {
		return module{}, fault.Usagef("%w in %v", ErrNoModule, s)
	}
	if s.Top != "" {
		if i := slices.IndexFunc(mods, func(m module) bool { return m.Name == s.Top }); i >= 0 {
			return mods[i], nil
		}
		var names []string
		for _, m := range mods {
			names = append(names, m.Name)
		}
		return module{}, fault.Usagef("no module %s in %v; did you mean %v %s? There are: %s", s.Top, s,
			option.Top, suggest.Nearest(s.Top, names), list(mods))
	}
	switch t := tops(mods); len(t) {
	case 1:
		return t[0], nil
	case 0:
		return module{}, fault.Usagef("every module of %v is instantiated by another: choose one with %v: %s",
			s, option.Top, list(mods))
	default:
		return module{}, fault.Usagef("%d modules of %v are instantiated by no other: choose one with %v: %s",
			len(t), s, option.Top, list(t))
	}
}

func generatedSize(dir string) (int, error) {
	size := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".cpp" || strings.Contains(path, "Slow") {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += int(info.Size())
		}
		return err
	})
	return size, err
}

// readLine matches a file that Verilator read, in its list of time stamps.
var readLine = regexp.MustCompile(`(?m)^S .* "(.+)"$`)

// dependencies returns the files that Verilator read: the designer's, and its own.
func dependencies(path string, t toolchain) (deps, own []dependency, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("reading Verilator's list of sources: %w", err)
	}
	var paths []string
	for _, g := range readLine.FindAllSubmatch(data, -1) {
		paths = append(paths, string(g[1]))
	}
	home := filepath.Dir(t.include) + string(filepath.Separator)
	seen := map[string]bool{}
	for _, p := range paths {
		// Of a path with a space in it, the list has the first part as well.
		if _, err := os.Stat(p); err != nil && slices.ContainsFunc(paths, func(o string) bool { return strings.HasPrefix(o, p+" ") }) {
			continue
		}
		if seen[p] || strings.HasPrefix(filepath.Base(p), "verilator_bin") {
			continue
		}
		seen[p] = true
		// Paths stay as they are: behind a link .. is not the folder it seems to be.
		if !filepath.IsAbs(p) {
			p = filepath.Dir(path) + "/" + p // where Verilator ran
		}
		sum, err := buildcache.HashFile(p)
		if err != nil {
			return nil, nil, fmt.Errorf("reading a source of the design: %w", err)
		}
		if strings.HasPrefix(p, home) {
			own = append(own, dependency{Path: p, SHA256: sum})
		} else {
			deps = append(deps, dependency{Path: p, SHA256: sum})
		}
	}
	if len(deps) == 0 {
		return nil, nil, fmt.Errorf("%s names no sources", path)
	}
	return deps, own, nil
}
