// Generate writes kernels.ptx, the kernels of a GPU as package kernels embeds them:
//
//	go run ./gpu/ptx/generate -out gpu/kernels/kernels.ptx
//
// It wants clang 16: another release makes other PTX, as good, but then nobody could
// tell whether the file is up to date.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"approxtrain/gpu/ptx"
	"approxtrain/internal/atomicfile"
	"approxtrain/internal/fault"
)

const release = "clang version 16."

func main() {
	out := flag.String("out", "kernels.ptx", "`file` to write")
	flag.Parse()
	if err := generate(*out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(fault.Status(err))
	}
}

func generate(out string) error {
	clang, err := ptx.FindCompiler()
	if err != nil {
		return err
	}
	if !strings.Contains(clang.Version, release) {
		return fault.Missingf("%s is %q, and %s is made by %s*: apt-get install clang-16, or set CLANG", clang.Path, clang.Version, out, release)
	}
	text, err := ptx.Kernels()
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(out, text)
}
