// Generate writes kernels.ptx.gz, the kernels of a GPU as package kernels embeds them.
//
//	go run ./gpu/ptx/generate -out gpu/kernels/kernels.ptx.gz
//	go run ./gpu/ptx/generate -check gpu/kernels/kernels.ptx.gz
//
// -check compares the text in a file with what clang makes of the sources now. It does not
// compare compressed bytes, because they may change with the release of Go.
//
// It requires clang 16. Other releases make different PTX of equal quality, but then the file
// could not be compared with its sources.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/approxtrain/approxtrain/gpu/ptx"
	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/fault"
)

const release = "clang version 16."

func main() {
	out := flag.String("out", "kernels.ptx.gz", "`file` to write")
	check := flag.String("check", "", "`file` to compare with, instead of writing")
	flag.Parse()
	err := generate(*out, *check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(fault.Status(err))
	}
}

func generate(out, check string) error {
	clang, err := ptx.FindCompiler()
	if err != nil {
		return err
	}
	if !strings.Contains(clang.Version, release) {
		return fault.Missingf("%s is %q, and the kernels are compiled by %s*: apt-get install clang-16, or set CLANG", clang.Path, clang.Version, release)
	}
	text, err := ptx.Kernels()
	if err != nil {
		return err
	}
	if check != "" {
		return compare(check, text)
	}
	return atomicfile.Write(out, func(w io.Writer) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			return err
		}
		_, err = z.Write(text)
		return errors.Join(err, z.Close())
	})
}

// compare returns an error if the file does not hold the text.
func compare(path string, text []byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	had, err := io.ReadAll(z)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if !bytes.Equal(had, text) {
		return fault.Failedf("%s is not what clang makes of the sources: run go generate ./gpu/kernels", path)
	}
	fmt.Printf("%s: %d bytes of PTX are what clang makes of the sources\n", path, len(text))
	return nil
}
