package yosys

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/leftovers"
)

// Files of what Gates and Split leave in the build cache.
const (
	GatesFile = "gates.json" // the netlist of single gates, as write_json prints it
	SplitFile = "split.v"    // the netlist as Verilog, every vector split into bits
	CellsFile = "cells.json" // how many cells of each kind there are
)

// gateScript turns a design into one module of gates and registers. It does not optimise: undriven
// nets, and bits that the source leaves open, have to stay visible.
const gateScript = `proc
chformal -remove
flatten
MEMORY
techmap
simplemap
clean
`

// What gateScript does with memories. With romsStay, those that nothing writes stay cells: a memory of 2^20 bits would
// become as many multiplexers.
const (
	romsStay = `memory -nomap -nowiden
memory_nordff t:$mem_v2 r:WR_PORTS=0 %i
memory_map t:$mem_v2 r:WR_PORTS=0 %d`
	noMemories = "memory"
)

func gatesWith(memories string) string { return strings.Replace(gateScript, "MEMORY", memories, 1) }

// Result is a netlist in the build cache.
type Result struct {
	Dir      string
	Warnings []string          // of Yosys
	Read     []buildcache.File // the files that Yosys read
}

// Gates makes a netlist of a source's gates, registers and read-only memories, or takes it out of the build cache.
func (t Tool) Gates(ctx context.Context, s Source) (*Result, error) {
	return t.cached(ctx, s, "gates 2", gatesWith(romsStay)+"write_json DIR/"+GatesFile+"\n")
}

// Split makes Verilog in which every net is a single bit, the ports too: p[3] is the
// name of a port.
func (t Tool) Split(ctx context.Context, s Source) (*Result, error) {
	return t.cached(ctx, s, "split 1", gatesWith(noMemories)+"splitnets -ports\nclean\nwrite_verilog -noattr DIR/"+SplitFile+"\n")
}

// Cells counts the cells of a source with [Source.Cells], each in its own name.
func (t Tool) Cells(ctx context.Context, s Source) (*Result, error) {
	return t.cached(ctx, s, "cells 1", "proc\nflatten\ntee -q -o DIR/"+CellsFile+" stat -json\n")
}

const recordFile = "read.json"

func (t Tool) cached(ctx context.Context, s Source, kind, commands string) (*Result, error) {
	wd, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("looking for the current folder: %w", err)
	}
	key := &buildcache.Key{}
	key.Add(kind, t.Path, t.Version, commands, wd, fmt.Sprintf("%+v %q %q %q", s.Plain, s.Files, s.Folders, s.Defines), s.Shell, s.Top)
	for _, f := range s.Others {
		key.Add(string(f.Reader), f.Path)
	}
	dir, _, err := buildcache.Checked("yosys", key.Sum(), func(dir string) (buildcache.Evidence, error) {
		return t.make(ctx, s, dir, commands)
	})
	if err != nil {
		return nil, err
	}
	r := &Result{}
	data, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err == nil {
		err = json.Unmarshal(data, r)
	}
	r.Dir = dir
	return r, err
}

func (t Tool) make(ctx context.Context, s Source, dir, commands string) (evidence buildcache.Evidence, err error) {
	start := time.Now()
	tmp, remove, err := leftovers.Dir(os.TempDir(), "approxtrain-yosys-")
	if err != nil {
		return evidence, err
	}
	defer remove()
	r := Result{}
	if r.Warnings, err = t.Run(ctx, s, tmp, commands); err != nil {
		return evidence, err
	}
	read, err := os.ReadFile(filepath.Join(tmp, depsFile))
	if err != nil {
		return evidence, fmt.Errorf("reading Yosys's list of files: %w", err)
	}
	paths := s.paths()
	for _, f := range prerequisites(string(read)) {
		if f, err = filepath.Abs(f); err != nil {
			return evidence, err
		}
		for n, folder := range s.Folders {
			if rest, in := strings.CutPrefix(f, folderLink(tmp, n)+"/"); in {
				f = filepath.Join(folder, rest)
			}
		}
		if strings.HasPrefix(f, tmp+"/") || strings.Contains(f, "/share/yosys/") || slices.Contains(paths, f) {
			continue
		}
		if _, err := os.Stat(f); err != nil && strings.Contains(strings.Join(s.paths(), ""), " ") {
			continue // a part of a path with a space in it
		}
		paths = append(paths, f)
	}
	if r.Read, err = buildcache.HashFiles(paths); err != nil {
		return evidence, err
	}
	for _, name := range []string{GatesFile, SplitFile, CellsFile} {
		data, err := os.ReadFile(filepath.Join(tmp, name))
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o644)
		}
		if err != nil {
			return evidence, err
		}
	}
	data, err := json.Marshal(r)
	if err != nil {
		return evidence, err
	}
	evidence.Files = r.Read
	if s.Searched != nil {
		evidence.Searches = []buildcache.Search{s.Searched(r.Read)}
	}
	evidence.Settle(start)
	return evidence, os.WriteFile(filepath.Join(dir, recordFile), data, 0o644)
}

// prerequisites returns the files to the right of the colon in a make rule, in
// which a blank in a name has a backslash before it.
func prerequisites(rule string) []string {
	var out []string
	_, list, _ := strings.Cut(rule, ": ")
	var name strings.Builder
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '\\' && i+1 < len(list):
			i++
			if list[i] != '\n' {
				name.WriteByte(list[i])
			}
		case c == ' ' || c == '\n' || c == '\t':
			if name.Len() > 0 {
				out = append(out, name.String())
				name.Reset()
			}
		default:
			name.WriteByte(c)
		}
	}
	if name.Len() > 0 {
		out = append(out, name.String())
	}
	return out
}
