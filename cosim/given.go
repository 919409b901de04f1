package cosim

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/yosys"
)

var includeLine = regexp.MustCompile("(?m)^[ \\t]*`include[ \\t]+\"([^\"\\n]+)\"")

// withoutIncluded leaves out files that other given files include, since a module that is read twice is an error of
// most tools. It returns those files.
func (s Source) withoutIncluded() (Source, []string) {
	var left []string
	out := s
	out.Files = slices.Clone(s.Files)
	for _, f := range s.Files {
		text, err := limits.ReadFile(f, sourceSize)
		if err != nil {
			continue // which Verilator reports
		}
		for _, g := range includeLine.FindAllStringSubmatch(string(text), -1) {
			for _, dir := range append([]string{filepath.Dir(f)}, s.Searched()...) {
				is, err := os.Stat(filepath.Join(dir, g[1]))
				if err != nil {
					continue
				}
				at := slices.IndexFunc(out.Files, func(other string) bool {
					st, err := os.Stat(other)
					return err == nil && os.SameFile(st, is) && absolute(other) != absolute(f)
				})
				if at >= 0 {
					left = append(left, out.Files[at])
					out.Files = slices.Delete(out.Files, at, at+1)
				}
				break
			}
		}
	}
	return out, left
}

// fpgaPrimitives are the names of primitives that are those of an FPGA alone, and the folders of their models in what
// Yosys ships. Names that a cell library may have too, such as AND2 or INV, are not among them.
var fpgaPrimitives = []struct {
	names  *regexp.Regexp
	folder string
}{
	{regexp.MustCompile(`^(LUT[1-6]|LUT6_2|CARRY[48]|MUXF[5-9]|MUXCY|XORCY|FD[RSCP]E(_1)?|DSP48(E1|A1)?|[IO]BUF|BUFG|SRL16E|SRLC32E)$`), "xilinx"},
	{regexp.MustCompile(`^SB_[A-Z0-9_]+$`), "ice40"},
}

// primitives returns the file with models of the primitives of an FPGA that Yosys ships, if all modules are in one; ""
// otherwise.
func primitives(ctx context.Context, modules []string) string {
	tool, err := yosys.Find(ctx)
	if err != nil {
		return ""
	}
	share := filepath.Join(filepath.Dir(filepath.Dir(resolved(tool.Path))), "share", "yosys")
	var found []string
	for _, p := range fpgaPrimitives {
		if !slices.ContainsFunc(modules, func(m string) bool { return !p.names.MatchString(m) }) {
			found = append(found, filepath.Join(share, p.folder, "cells_sim.v"))
		}
	}
	for _, path := range found {
		text, err := limits.ReadFile(path, sourceSize)
		if err != nil {
			continue
		}
		declared := map[string]bool{}
		for _, g := range moduleDeclared.FindAllStringSubmatch(comment.ReplaceAllString(string(text), " "), -1) {
			declared[g[1]] = true
		}
		if !slices.ContainsFunc(modules, func(m string) bool { return !declared[m] }) {
			return path
		}
	}
	return ""
}
