package cosim

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// compileObject compiles a unit of C++ and returns the headers that the compiler
// read, by its own list, and where it looked for them. What lies in the object's
// folder belongs to the entry and is no evidence.
func compileObject(ctx context.Context, t toolchain, unit, object string, args []string) (buildcache.Evidence, error) {
	return compileUnit(ctx, t, "c++", unit, object, args)
}

// compileUnit is compileObject for a unit in another language of the compiler's.
func compileUnit(ctx context.Context, t toolchain, language, unit, object string, args []string) (buildcache.Evidence, error) {
	list := object + ".d"
	defer os.Remove(list)
	err := compileCXX(ctx, t, append(slices.Clone(args), "-MD", "-MF", list, "-x", language, "-c", unit, "-o", object)...)
	if err != nil {
		return buildcache.Evidence{}, err
	}
	// The search list has no need of a header, which takes longer to read than the list.
	if i := slices.Index(args, "-include"); i >= 0 {
		args = slices.Delete(slices.Clone(args), i, i+2)
	}
	return includedHeaders(ctx, t, "c++", list, filepath.Dir(object), args)
}

// includedHeaders returns the evidence of a compiler's run: the files in its list,
// written by -MD, and the folders that it searches by its own words. Files below
// the folder own are left out.
func includedHeaders(ctx context.Context, t toolchain, language, list, own string, args []string) (e buildcache.Evidence, err error) {
	text, err := os.ReadFile(list)
	if err != nil {
		return e, fmt.Errorf("reading the compiler's list of headers: %w", err)
	}
	var paths []string
	for _, p := range tool.MakeDependencies(string(text)) {
		if !filepath.IsAbs(p) {
			p = absolute(".") + "/" + p
		}
		if !strings.HasPrefix(p, own+"/") {
			paths = append(paths, p)
		}
	}
	if e.Files, err = hashFiles(paths); err != nil {
		return e, err
	}
	r, err := run(ctx, t.cxx, append(slices.Clone(args), "-x", language, "-E", "-v", os.DevNull)...)
	if err != nil {
		return e, err
	}
	folders := searchList(r.stderr)
	folders = slices.DeleteFunc(folders, func(d string) bool { return d == own })
	names := map[string]bool{}
	for _, p := range paths {
		for _, d := range folders {
			if name, inside := strings.CutPrefix(p, d+"/"); inside {
				names[name] = true
			}
		}
	}
	e.Searches = []buildcache.Search{buildcache.Look(folders, slices.Sorted(maps.Keys(names)), nil)}
	return e, nil
}

// searchList returns the folders that a compiler lists with -v.
func searchList(text string) (out []string) {
	in := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasSuffix(line, "search starts here:"):
			in = true
		case strings.HasPrefix(line, "End of search list"):
			in = false
		case in:
			out = append(out, absolute(line))
		}
	}
	return out
}
