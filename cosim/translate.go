package cosim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/blif"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/vhdl"
	"github.com/approxtrain/approxtrain/internal/yosys"
)

// translation is a file of another language than Verilog, or several, and the Verilog that was made of it.
type translation struct {
	from []dependency
	into string // the Verilog, in the build cache
	// yosys is how Yosys reads the first file by itself; without it, Yosys reads the Verilog too, and alone says why
	// only one tool reads the file.
	yosys yosys.Reader
	alone string
	// copied: the file is Verilog, and into a copy with other comments. Yosys reads the file.
	copied bool
	tool   string         // that made the Verilog, with its version
	lines  map[string]int // module → line of the file
	// sameLines says that line N of the Verilog is of line N of the file.
	sameLines bool
	top       string          // of VHDL
	vhdl      *vhdl.Bench     // how GHDL simulates it
	signed    map[string]bool // ports
	cells     *cells          // of a cell library
	params    []string        // parameters of the top that the Verilog has as constants
}

// shown names the file of a message about the Verilog.
func (t translation) shown() string {
	name := shownPath(absolute(t.from[0].Path))
	if !t.sameLines {
		name = "the Verilog of " + name
	}
	return name
}

// translate returns the source with Verilog in place of other languages.
func (s Source) translate(ctx context.Context) (Source, error) {
	out := s
	out.Files = nil
	var inVHDL []string
	for _, f := range s.Files {
		switch {
		case vhdl.Is(f):
			if len(inVHDL) == 0 {
				out.Files = append(out.Files, "") // where its Verilog will be
			}
			inVHDL = append(inVHDL, absolute(f))
		case strings.EqualFold(filepath.Ext(f), ".blif"):
			t, err := fromBLIF(f)
			if err != nil {
				return s, err
			}
			out.Files, out.translated = append(out.Files, t.into), append(out.translated, t)
		default:
			out.Files = append(out.Files, f)
		}
	}
	if len(inVHDL) > 0 {
		t, err := s.fromVHDL(ctx, inVHDL)
		if err != nil {
			return s, err
		}
		out.Files[slices.Index(out.Files, "")] = t.into
		out.translated, out.Params = append(out.translated, t), nil
		if strings.EqualFold(out.Top, t.top) {
			out.Top = t.top
		}
	}
	for _, l := range s.Libraries {
		t, err := out.fromLiberty(l)
		if err != nil {
			return s, err
		}
		out.Files, out.translated = append(out.Files, t.into), append(out.translated, t)
	}
	out.Libraries = nil // a source that was translated can be read again
	return out.besideOriginals(), nil
}

// besideOriginals adds the folders of translated files to those that are searched.
func (s Source) besideOriginals() Source {
	for _, t := range s.translated {
		for _, f := range t.from {
			if d := filepath.Dir(f.Path); !slices.Contains(s.Include, d) {
				s.Include = append(slices.Clone(s.Include), d)
			}
		}
	}
	return s
}

// kept keeps a text in the build cache under its content and returns its path.
func kept(kind, name, text string) (string, error) {
	key := &buildcache.Key{}
	key.Add(kind, name, text)
	dir, _, err := buildcache.Entry("translated", key.Sum(), func(dir string) error {
		return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
	})
	return filepath.Join(dir, name), err
}

// original reads a file with its digest.
func original(path string) (text string, d dependency, err error) {
	data, err := limits.ReadFile(path, sourceSize)
	if err != nil {
		return "", d, fault.Usagef("reading %s: %w", path, err)
	}
	sum := sha256.Sum256(data)
	return string(data), dependency{Path: absolute(path), SHA256: hex.EncodeToString(sum[:])}, nil
}

// fromBLIF makes Verilog of a file; Yosys reads the file itself.
func fromBLIF(path string) (t translation, err error) {
	text, from, err := original(path)
	if err != nil {
		return t, err
	}
	verilog, modules, err := blif.Verilog(text)
	if err != nil {
		return t, fault.Usagef("reading %s: %w", path, err)
	}
	t = translation{from: []dependency{from}, yosys: yosys.BLIF, lines: map[string]int{}, sameLines: true}
	for _, m := range modules {
		t.lines[m.Name] = m.Line
	}
	t.into, err = kept("blif", filepath.Base(path)+".v", verilog)
	return t, err
}

// fromVHDL has GHDL make Verilog of files.
func (s Source) fromVHDL(ctx context.Context, files []string) (t translation, err error) {
	d := vhdl.Design{Files: files, Top: s.Top, Generics: s.Params}
	if len(files) < len(s.Files) { // the top may be in Verilog
		d.Top = ""
	}
	tool, err := vhdl.Find(ctx, files)
	if err != nil {
		return t, err
	}
	made, err := tool.Verilog(ctx, d)
	if err != nil {
		return t, err
	}
	t = translation{
		into: made.Path, tool: tool.Version, lines: map[string]int{made.Top.Name: made.Top.Line}, signed: made.Top.Signed,
		params: s.Params, top: made.Top.Name,
		alone: fmt.Sprintf("%s makes the Verilog of VHDL that the simulators read", tool.Version),
	}
	if t.from, err = buildcache.HashFiles(files); err != nil {
		return t, fault.Usagef("%w", err)
	}
	i := slices.IndexFunc(t.from, func(d dependency) bool { return d.Path == made.Top.File })
	t.vhdl = &vhdl.Bench{Design: d, Top: made.Top}
	t.from[0], t.from[i] = t.from[i], t.from[0] // messages name the top's file
	return t, nil
}

// settle gives a design that was elaborated from translated files the names of the files.
func (s Source) settle(d *Design) {
	for _, t := range s.translated {
		d.Deps = append(slices.Clip(d.Deps), t.from...)
		if absolute(d.File) == t.into {
			d.File = t.from[0].Path
			if t.lines != nil {
				d.Line = t.lines[d.Top]
			}
			for i := range d.Ports {
				d.Ports[i].Signed = d.Ports[i].Signed || t.signed[strings.ToLower(d.Ports[i].Name)]
			}
		}
		for i := range d.Warnings {
			d.Warnings[i] = t.renamed(d.Warnings[i])
		}
		for i := range d.Loops {
			d.Loops[i] = t.renamed(d.Loops[i])
		}
	}
}

// renamed names the file in a message, instead of its Verilog.
func (t translation) renamed(text string) string {
	for _, path := range []string{shownPath(t.into), t.into} {
		text = strings.ReplaceAll(text, path, t.shown())
	}
	return text
}

// renamed names the files in a message, instead of the Verilog that was made of them.
func (s Source) renamed(text string) string {
	for _, t := range s.translated {
		text = t.renamed(text)
	}
	return text
}

// Made reports whether a file is Verilog that was made of the source's own files.
func (r *RTL) Made(path string) bool {
	return slices.ContainsFunc(r.source.translated, func(t translation) bool { return t.into == absolute(path) })
}

// OneReader says why only one tool reads the source, whatever the number of simulators; "" if it is not so. netlist
// says whether Yosys is among the simulators.
func (r *RTL) OneReader(netlist bool) string {
	for _, t := range r.source.translated {
		switch {
		case t.alone != "":
			return t.alone
		case !netlist && !t.copied:
			return "without Yosys, all simulators have the Verilog that approxtrain makes of " + t.shown()
		}
	}
	return ""
}
