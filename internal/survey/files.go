package survey

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/multiplier"
)

// job is a file that may hold a design.
type job struct {
	name string // unique in the survey
	path string // as it is shown
	part string // top module, or function in C; "" for the only one
	c    bool

	ties   []string // values of knobs: "mode=2"
	turned bool     // other jobs are the same design with other values

	design     *cosim.Design // elaborated, nil if that failed
	multiplier bool          // its ports are those of a multiplier
	err        error         // why it could not be elaborated
}

// verilog says whether a file of a folder is Verilog or BLIF by its extension.
func verilog(name string) bool {
	return slices.Contains([]string{".v", ".sv", ".blif"}, strings.ToLower(filepath.Ext(name)))
}

// files lists the files that the arguments name, each once. models says whether functions in C of folders count.
func files(args []string, models bool) (jobs []*job, err error) {
	add := func(path, part string, c bool) {
		st, err := os.Stat(path)
		known := slices.ContainsFunc(jobs, func(j *job) bool {
			other, e := os.Stat(j.path)
			return err == nil && e == nil && os.SameFile(st, other) && j.part == part
		})
		if !known {
			jobs = append(jobs, &job{path: path, part: part, c: c})
		}
	}
	for _, arg := range args {
		if st, err := os.Stat(arg); err == nil && st.IsDir() {
			entries, err := os.ReadDir(arg)
			if err != nil {
				return nil, fault.Usagef("reading the folder: %w", err)
			}
			found := 0
			for _, e := range entries {
				c := models && cmodel.IsSource(e.Name())
				path := filepath.Join(arg, e.Name())
				if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() || !verilog(e.Name()) && !c {
					continue
				}
				found++
				add(path, "", c)
			}
			if found == 0 {
				return nil, fault.Usagef("no design in the folder %s: expected files .v, .sv or .blif in it; "+
					"folders in it are to be named too", limits.Path(arg))
			}
			continue
		}
		ref, err := multiplier.Parse(arg, multiplier.RTL, multiplier.CFunc)
		if err != nil {
			return nil, err
		}
		add(ref.Path, ref.Func, ref.Kind == multiplier.CFunc)
	}
	if len(jobs) == 0 {
		return nil, fault.Usagef("no designs: name a folder or files")
	}
	name(jobs)
	return jobs, nil
}

// name gives every job a name of its own: the file's without extension, with it, or the whole path, and the part.
func name(jobs []*job) {
	part := func(j *job, name string) string {
		if j.part != "" {
			name += ":" + j.part
		}
		return name
	}
	forms := []func(path string) string{
		func(path string) string { return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) },
		filepath.Base,
		func(path string) string { return path },
	}
	count := make([]map[string]int, len(forms))
	for n, form := range forms {
		count[n] = map[string]int{}
		for _, j := range jobs {
			count[n][part(j, form(j.path))]++
		}
	}
	for _, j := range jobs {
		for n, form := range forms {
			if j.name = part(j, form(j.path)); count[n][j.name] == 1 {
				break
			}
		}
	}
	seen := map[string]bool{}
	for _, j := range jobs { // a.v and a.v.sv
		if seen[j.name] {
			j.name = part(j, j.path)
		}
		seen[j.name] = true
	}
}
