package cosim

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/internal/buildcache"
)

// commonHeader includes what every harness of a Verilated model includes. Reading these
// headers takes a compiler longer than most designs do.
const commonHeader = `#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include "verilated.h"
`

// precompiled returns the path of a header for the option -include of a compiler that is called
// with the same flags, and the evidence of all files that it includes: a compiler does not list
// these files if it reads them precompiled. Compilers read the .gch file next to the header, or,
// if it does not fit them, the header.
func precompiled(ctx context.Context, t toolchain, flags string) (header string, evidence buildcache.Evidence, err error) {
	args := append(strings.Fields(flags), Variant{}.cFlags()...)
	args = append(args, "-I"+t.include, "-I"+filepath.Join(t.include, "vltstd"))
	key := &buildcache.Key{}
	key.Add("precompiled 1", commonHeader, t.include)
	key.Add(args...)
	key.Add(t.identity()...)
	const name = "common.h"
	dir, _, err := buildcache.Checked("runtime", key.Sum(), func(dir string) (buildcache.Evidence, error) {
		start := time.Now()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(commonHeader), 0o644); err != nil {
			return buildcache.Evidence{}, err
		}
		read, err := compileUnit(writing(ctx, dir), t, "c++-header", filepath.Join(dir, name), filepath.Join(dir, name+".gch"), args)
		read.Settle(start)
		return read, err
	})
	if err != nil {
		return "", evidence, err
	}
	evidence, err = buildcache.ReadEvidence(dir)
	return filepath.Join(dir, name), evidence, err
}
