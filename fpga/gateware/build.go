package gateware

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// Bitstream is a board's whole content, built.
type Bitstream struct {
	Report
	Path   string // in the build cache
	Cached bool
	read   []buildcache.File // by yosys
}

// Build makes the bitstream of a board with a multiplier: yosys, nextpnr-ice40,
// icepack. It is cached by everything that goes in. Timing that is not met is no
// error here; a design that does not fit is a [NoRoomError].
func Build(ctx context.Context, b Board, m *Multiplier) (*Bitstream, error) {
	lib, err := cosim.Library()
	if err != nil {
		return nil, err
	}
	gateware := filepath.Join(lib, "fpga")
	files, err := filepath.Glob(filepath.Join(gateware, "*.v"))
	if err != nil {
		return nil, err
	}
	j := job{
		board: b, source: m.Source, design: m.Design, top: b.Top(), pins: filepath.Join(gateware, b.Top()+".pcf"),
		texts:   map[string]string{ConfigFile: m.Config, MultiplierFile: m.Verilog},
		library: append([]string{MultiplierFile}, files...),
		pack:    true,
	}
	return j.build(ctx)
}

// job is a way from Verilog through place and route.
type job struct {
	board   Board
	source  cosim.Source
	design  *cosim.Design
	top     string
	pins    string            // file; empty: pins are anywhere
	texts   map[string]string // files that are written beside
	library []string          // Verilog beside the designer's; from Verilog-2005
	pack    bool
}

const (
	adapterFile   = "approxtrain_adapter.sv" // of a design that has one
	netlistFile   = "board.json"
	placedFile    = "board.asc"
	reportFile    = "report.json"
	noRoomFile    = "noroom.txt" // instead of the report
	bitstreamFile = "board.bin"
)

func (j job) build(ctx context.Context) (*Bitstream, error) {
	t, err := findTools(ctx, false)
	if err != nil {
		return nil, err
	}
	if j.design.Adapter != "" {
		j.texts = maps.Clone(j.texts)
		j.texts[adapterFile] = j.design.Adapter
	}
	script := j.script()
	key := &buildcache.Key{}
	key.Add("fpga 2", t.versions, script, fmt.Sprint(j.board), j.pins)
	key.Add(j.source.Searched()...)
	for _, n := range slices.Sorted(maps.Keys(j.texts)) {
		key.Add(n, j.texts[n])
	}
	addFiles(key, j.design)
	dir, hit, err := buildcache.Checked("fpga", key.Sum(), func(dir string) (buildcache.Evidence, error) { return j.buildIn(ctx, t, dir, script) })
	if err != nil {
		return nil, err
	}
	out := &Bitstream{Path: filepath.Join(dir, bitstreamFile), Cached: hit}
	if evidence, err := buildcache.ReadEvidence(dir); err != nil {
		return nil, fmt.Errorf("reading which files yosys read: %w", err)
	} else {
		out.read = evidence.Files
	}
	if printed, err := os.ReadFile(filepath.Join(dir, noRoomFile)); err == nil {
		return nil, noRoom(j.design.Top, j.board, string(printed))
	}
	out.Report, err = readReport(filepath.Join(dir, reportFile), j.board)
	return out, err
}

// addFiles adds what Verilator read of a design, and the data that it reads, to a key.
func addFiles(key *buildcache.Key, d *cosim.Design) {
	for _, f := range d.Deps {
		key.Add(f.Path, f.SHA256)
	}
	for _, f := range d.Data {
		key.Add(f.Name, f.SHA256)
	}
}

func (j job) buildIn(ctx context.Context, t tools, dir, script string) (evidence buildcache.Evidence, err error) {
	for name, text := range j.texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return evidence, err
		}
	}
	if evidence, err = synthesize(ctx, t, dir, script, j.source, j.design); err != nil {
		return evidence, err
	}
	if fits, err := j.place(ctx, t, dir); err != nil {
		return evidence, err
	} else if fits && j.pack {
		if out, failed, err := run(ctx, dir, t.icepack, placedFile, bitstreamFile); err != nil {
			return evidence, err
		} else if failed {
			return evidence, fault.Failedf("icepack failed: %s", errorLine(out))
		}
	}
	for _, f := range []string{netlistFile, placedFile} { // megabytes that nobody asks for
		if err := os.Remove(filepath.Join(dir, f)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return evidence, err
		}
	}
	return evidence, nil
}

// placeTimes are the processor times that nextpnr may take with the seeds 1, 2 and
// so on. In an FPGA that is almost full it may look for places
// without an end, and find them with another seed in some ten seconds.
var placeTimes = []time.Duration{20 * time.Second, 20 * time.Second, 20 * time.Second, 40 * time.Second, 160 * time.Second}

// place runs nextpnr. If the design does not fit, its output is kept in a file.
func (j job) place(ctx context.Context, t tools, dir string) (fits bool, err error) {
	args := []string{"--" + j.board.Device, "--package", j.board.Package, "--json", netlistFile, "--asc", placedFile, "--report", reportFile,
		"--freq", fmt.Sprint(float64(j.board.ClockHz) / 1e6), "--timing-allow-fail"}
	if j.pins != "" {
		args = append(args, "--pcf", j.pins)
	}
	var out string
	for n, limit := range placeTimes {
		var failed bool
		out, failed, err = runFor(ctx, limit, dir, t.nextpnr, append(args, "--seed", fmt.Sprint(n+1))...)
		if errors.Is(err, errTooLong) {
			continue
		}
		if err != nil || !failed {
			return true, err
		}
		break
	}
	return false, os.WriteFile(filepath.Join(dir, noRoomFile), []byte(out), 0o644)
}

// script returns yosys's commands up to a netlist.
func (j job) script() string {
	return j.read() + fmt.Sprintf("synth_ice40 -dff -abc2 -top %s -json %s\n", j.top, netlistFile)
}

// read returns the commands that read the design below its top. Modules that
// are in no named file are looked for as Verilator does.
func (j job) read() string {
	var b strings.Builder
	b.WriteString("verilog_defaults -add -I.\n")
	for n := range j.source.Searched() {
		fmt.Fprintf(&b, "verilog_defaults -add -I%s\n", folder(n))
	}
	for _, f := range j.library {
		fmt.Fprintf(&b, "read_verilog %s\n", quoted(f))
	}
	for _, d := range j.source.Defines {
		fmt.Fprintf(&b, "verilog_defaults -add -D%s\n", d)
	}
	if j.design.Language == "" {
		b.WriteString("verilog_defaults -add -sv\n")
	}
	for _, f := range j.source.Paths() {
		fmt.Fprintf(&b, "read_verilog %s\n", quoted(f))
	}
	if j.design.Adapter != "" {
		fmt.Fprintf(&b, "read_verilog %s\n", quoted(adapterFile))
	}
	fmt.Fprintf(&b, "hierarchy -check -top %s", j.top)
	for n := range j.source.Searched() {
		fmt.Fprintf(&b, " -libdir %s", folder(n))
	}
	b.WriteString("\n")
	return b.String()
}

// quoted returns a file as a script of yosys has it. Of other arguments it takes
// the quotes for a part, so that folders go by links without a space in them.
func quoted(file string) string { return `"` + file + `"` }

func folder(n int) string { return fmt.Sprintf("folder%d", n) }

// synthesize runs a script of yosys in a folder and returns what that read.
func synthesize(ctx context.Context, t tools, dir, script string, s cosim.Source, d *cosim.Design) (evidence buildcache.Evidence, err error) {
	start := time.Now()
	for n, d := range s.Searched() {
		if err := os.Symlink(d, filepath.Join(dir, folder(n))); err != nil {
			return evidence, err
		}
	}
	if err := linkData(dir, d.Data); err != nil {
		return evidence, err
	}
	ctx = sandbox.With(sandbox.With(ctx, s.Grant()), d.Grant(s))
	file, list := filepath.Join(dir, "script.ys"), filepath.Join(dir, "read.d")
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		return evidence, err
	}
	out, failed, err := run(ctx, dir, t.yosys, "-q", "-E", list, "-s", file)
	if err != nil {
		return evidence, err
	}
	if failed {
		return evidence, fault.Usagef("yosys does not accept %v, which Verilator reads:\n  %s\n"+
			"  (it knows less of SystemVerilog: write this in plain Verilog, or convert the file with sv2v)", s, errorLine(out))
	}
	read, err := os.ReadFile(list)
	if err != nil {
		return evidence, fmt.Errorf("reading yosys's list of files: %w", err)
	}
	folders := s.Searched()
	for _, path := range tool.MakeDependencies(string(read)) {
		if link, name, _ := strings.Cut(path, "/"); !filepath.IsAbs(path) {
			n := 0
			if _, err := fmt.Sscanf(link, "folder%d", &n); err != nil || n >= len(s.Searched()) {
				continue // a file of the entry's own, or data: part of the key
			}
			path = s.Searched()[n] + "/" + name
		} else if strings.HasPrefix(path, dir+"/") {
			continue // the script
		}
		sum, err := buildcache.HashFile(path)
		if err != nil {
			return evidence, fmt.Errorf("reading what yosys read: %w", err)
		}
		evidence.Files = append(evidence.Files, buildcache.File{Path: path, SHA256: sum})
		if !slices.Contains(folders, filepath.Dir(path)) { // yosys looks beside an including file first
			folders = append(folders, filepath.Dir(path))
		}
	}
	evidence.Searches = []buildcache.Search{cosim.SearchedVerilog(folders, evidence.Files)}
	evidence.Settle(start)
	return evidence, removeLinks(dir)
}

// removeLinks removes what only yosys needs: an entry of the build cache holds files.
func removeLinks(dir string) error {
	var folders []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != dir:
			folders = append(folders, path)
		case e.Type()&fs.ModeSymlink != 0:
			return os.Remove(path)
		}
		return nil
	})
	for _, f := range slices.Backward(folders) {
		os.Remove(f) // if it is empty
	}
	return err
}

// linkData lets yosys, which runs in a folder of its own, find files of data by
// the names that the design has for them.
func linkData(dir string, files []cosim.DataFile) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range files {
		if filepath.IsAbs(f.Name) {
			continue
		}
		if !filepath.IsLocal(f.Name) {
			return fault.Usagef("the design reads %s, which yosys cannot find: it runs in another folder; give the file a name without ..", f.Name)
		}
		if err := root.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
			return err
		}
		if err := root.Symlink(f.Path, f.Name); err != nil {
			return fmt.Errorf("giving yosys the file %s: %w", f.Name, err)
		}
	}
	return nil
}
