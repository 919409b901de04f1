package cosim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/buildcache"
)

// What the entries of the build cache hold as evidence: what tools read, and
// where they looked for it.

// dependency is a file that a design was made from.
type dependency = buildcache.File

func hashFiles(paths []string) ([]dependency, error) {
	out, err := buildcache.HashFiles(paths)
	if err != nil {
		return nil, fmt.Errorf("reading a source of the design: %w", err)
	}
	return out, nil
}

// verilogExtensions are those that Verilator and yosys try behind the name of a
// module, and Verilator behind that of an include.
var verilogExtensions = []string{"", ".v", ".sv"}

// SearchedVerilog returns the places where a tool looked for Verilog files that it
// found: every folder under each name, with and without an extension, and in every
// folder the files that could be a module.
func SearchedVerilog(folders []string, deps []buildcache.File) buildcache.Search {
	names := map[string]bool{}
	for _, d := range deps {
		for _, dir := range folders {
			name, inside := strings.CutPrefix(d.Path, dir+"/")
			if !inside {
				continue
			}
			for _, ext := range verilogExtensions {
				if stem, has := strings.CutSuffix(name, ext); has && stem != "" {
					for _, e := range verilogExtensions {
						names[stem+e] = true
					}
				}
			}
		}
	}
	return buildcache.Look(folders, slices.Sorted(maps.Keys(names)), verilogExtensions)
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// readJSON reads a cache entry; false if it is not there or not whole.
func readJSON(path string, v any) (bool, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return json.Unmarshal(data, v) == nil, nil
}
