package cosim

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"approxtrain/internal/buildcache"
	"approxtrain/internal/fault"
)

// Design is what Verilator says of a source.
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
}

// elaborate reads a design. The result is cached; nothing runs when the sources
// and the tools are the ones of an earlier call.
func elaborate(ctx context.Context, t toolchain, s Source) (*Design, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	given, err := hashFiles(s.Files)
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	key := &buildcache.Key{}
	key.Add("design 3", t.verilatorVersion, s.Top)
	for _, d := range given {
		abs, _ := filepath.Abs(d.Path)
		key.Add(abs, d.Path, d.SHA256)
	}
	for _, dir := range s.Searched() {
		addFolder(key, dir)
	}
	key.Add(fmt.Sprintf("%q %q", s.Defines, s.Params))

	root, err := buildcache.Dir()
	if err != nil {
		return nil, err
	}
	entry := filepath.Join(root, "designs", key.Sum())
	var d Design
	if ok, err := readJSON(filepath.Join(entry, "design.json"), &d); err != nil {
		return nil, err
	} else if ok && unchanged(d.Deps) {
		return &d, nil
	}
	os.RemoveAll(entry) // an include has changed
	_, _, err = buildcache.Entry("designs", key.Sum(), func(dir string) error {
		if err := elaborateIn(ctx, t, s, dir, &d); err != nil {
			return err
		}
		return writeJSON(filepath.Join(dir, "design.json"), d)
	})
	return &d, err
}

// elaborateIn runs Verilator in a folder that afterwards holds nothing of it.
func elaborateIn(ctx context.Context, t toolchain, s Source, dir string, d *Design) error {
	obj := filepath.Join(dir, "obj")
	defer os.RemoveAll(obj)
	mods, err := preprocess(ctx, t, s)
	if err != nil {
		return err
	}
	top, err := chooseTop(mods, s)
	if err != nil {
		return err
	}
	d.Top, d.File, d.Line = top.Name, top.File, top.Line

	verilate := func(language string) (toolRun, []message, error) {
		args := append([]string{"--cc", "--prefix", "Vdut", "--Mdir", obj, "--top-module", top.Name, "--l2-name", wrapperTop}, s.arguments(language)...)
		for _, p := range s.Params {
			name, value, _ := strings.Cut(p, "=")
			args = append(args, "-G"+name+"="+ParamValue(value))
		}
		r, err := run(ctx, t.verilator, append(args, s.Paths()...)...)
		return r, parseMessages(r.stderr), err
	}
	r, msgs, err := verilate("")
	if err != nil {
		return err
	}
	if r.failed {
		text, syntax := errorsOf(msgs)
		if !syntax {
			return elaborationError(s, text, r)
		}
		// A word that SystemVerilog reserves is a fine name in Verilog.
		const old = "1364-2005"
		if r, msgs, err = verilate(old); err != nil {
			return err
		} else if r.failed {
			return elaborationError(s, text, r)
		}
		d.Language = old
	}
	for _, m := range msgs {
		if slices.Contains(productWarnings, m.Code) {
			d.Warnings = append(d.Warnings, "Verilator: "+strings.ReplaceAll(m.String(), wrapperTop+".", top.Name+"."))
		}
		if m.Code == "UNOPTFLAT" {
			d.Loops = append(d.Loops, strings.ReplaceAll(m.String(), wrapperTop+".", top.Name+"."))
		}
	}
	header, err := os.ReadFile(filepath.Join(obj, "Vdut.h"))
	if err != nil {
		return fmt.Errorf("reading what Verilator made of %v: %w", s, err)
	}
	d.Ports = parsePorts(string(header))
	for i := range d.Ports {
		d.Ports[i].Signed = top.Signed[d.Ports[i].Name]
	}
	if d.Size, err = generatedSize(obj); err != nil {
		return err
	}
	paths, err := dependencies(filepath.Join(obj, "Vdut__verFiles.dat"), t)
	if err != nil {
		return err
	}
	d.Deps, err = hashFiles(paths)
	return err
}

// productWarnings are the warnings of Verilator that bear on the product: it may
// evaluate in a wrong order, take one driver of several, or read what synthesis
// reads otherwise.
var productWarnings = []string{"UNOPTFLAT", "MULTIDRIVEN", "COMBDLY", "LATCH", "BLKANDNBLK", "CASEOVERLAP", "INITIALDLY", "SELRANGE"}

func elaborationError(s Source, text string, r toolRun) error {
	if text == "" {
		text = strings.TrimSpace(r.stderr)
	}
	if strings.Contains(text, "Cannot find") {
		text += "\n  (-I adds a folder in which modules and includes are looked for, --rtl a file)"
	}
	return fault.Usagef("Verilator does not accept %v:\n  %s", s, text)
}

// preprocess returns the modules of the sources.
func preprocess(ctx context.Context, t toolchain, s Source) ([]module, error) {
	args := append([]string{"-E"}, s.arguments("")...)
	r, err := run(ctx, t.verilator, append(args, s.Paths()...)...)
	if err != nil {
		return nil, err
	}
	if r.failed {
		text, _ := errorsOf(parseMessages(r.stderr))
		return nil, elaborationError(s, text, r)
	}
	return scanModules(r.stdout), nil
}

// chooseTop returns the module the user named, or the only one that no other
// instantiates.
func chooseTop(mods []module, s Source) (module, error) {
	list := func(mods []module) string {
		var names []string
		for _, m := range mods {
			names = append(names, fmt.Sprintf("%s (%s:%d)", m.Name, shownPath(m.File), m.Line))
		}
		return strings.Join(names, ", ")
	}
	if len(mods) == 0 {
		return module{}, fault.Usagef("no module in %v", s)
	}
	if s.Top != "" {
		if i := slices.IndexFunc(mods, func(m module) bool { return m.Name == s.Top }); i >= 0 {
			return mods[i], nil
		}
		near := slices.MinFunc(mods, func(a, b module) int {
			return levenshtein.ComputeDistance(a.Name, s.Top) - levenshtein.ComputeDistance(b.Name, s.Top)
		})
		return module{}, fault.Usagef("no module %s in %v; did you mean --top %s? There are: %s", s.Top, s, near.Name, list(mods))
	}
	switch t := tops(mods); len(t) {
	case 1:
		return t[0], nil
	case 0:
		return module{}, fault.Usagef("every module of %v is instantiated by another: choose one with --top: %s", s, list(mods))
	default:
		return module{}, fault.Usagef("%d modules of %v are instantiated by no other: choose one with --top: %s", len(t), s, list(t))
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

// dependencies returns the files that Verilator read, less its own.
func dependencies(path string, t toolchain) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading Verilator's list of sources: %w", err)
	}
	own := filepath.Dir(t.include) + string(filepath.Separator)
	seen := map[string]bool{}
	var out []string
	for _, g := range readLine.FindAllSubmatch(data, -1) {
		abs, err := filepath.Abs(string(g[1]))
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(abs); err != nil {
			continue // of a path with a space in it, the list has the first part as well
		}
		if seen[abs] || strings.HasPrefix(abs, own) || strings.HasPrefix(filepath.Base(abs), "verilator_bin") {
			continue
		}
		seen[abs] = true
		out = append(out, abs)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s names no sources", path)
	}
	return out, nil
}
