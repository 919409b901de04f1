// Report prints the registers, memory and instructions of the kernels of package kernels.
// It uses NVIDIA's assembler and disassembler, which scripts/ptx-report finds:
//
//	go run ./gpu/ptx/report -tools FOLDER [FILE.ptx]
//
// Nothing runs on a GPU. Exit status 1 means that a product spills registers.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/gpu/kernels"
	"github.com/approxtrain/approxtrain/gpu/ptx"
	"github.com/approxtrain/approxtrain/internal/fault"
)

func main() {
	tools := flag.String("tools", "", "`folder` of ptxas, cuobjdump and nvdisasm")
	flag.Parse()
	if err := report(*tools, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "ptx-report:", err)
		os.Exit(fault.Status(err))
	}
}

func report(tools string, files []string) error {
	text := kernels.PTX()
	if len(files) > 0 {
		var err error
		if text, err = os.ReadFile(files[0]); err != nil {
			return fault.Usagef("reading kernels: %w", err)
		}
	}
	dir, err := os.MkdirTemp("", "ptx-report-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "kernels.ptx")
	if err := os.WriteFile(source, text, 0o644); err != nil {
		return fmt.Errorf("writing kernels: %w", err)
	}
	version, _, err := run(tools, "ptxas", "--version")
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(version)), "\n")
	fmt.Printf("Compiled, not measured: %s.\n", lines[len(lines)-1])
	fmt.Println("blocks, warps: at once on a multiprocessor. instr/product: issued in the innermost loop of regular products, none skipped.")
	var spilled []string
	for _, m := range ptx.Multiprocessors {
		out := filepath.Join(dir, m.Arch+".cubin")
		_, messages, err := run(tools, "ptxas", "-v", "-arch="+m.Arch, "-o", out, source)
		if err != nil {
			return err
		}
		usages, err := ptx.Usages(messages, string(text))
		if err != nil {
			return err
		}
		sass, _, err := run(tools, "cuobjdump", "-sass", out)
		if err != nil {
			return err
		}
		loops, err := ptx.Loops(sass)
		if err != nil {
			return err
		}
		fmt.Println()
		s, err := ptx.WriteReport(os.Stdout, m, usages, loops)
		if err != nil {
			return fmt.Errorf("printing: %w", err)
		}
		for _, kernel := range s {
			spilled = append(spilled, kernel+" on "+m.Arch)
		}
	}
	if len(spilled) > 0 {
		return fault.Failedf("products spill registers, which makes each of their loops wait for memory: %s. Give their tiles fewer sums, or fewer blocks (gpu/kernels/gemm.cuh)",
			strings.Join(spilled, ", "))
	}
	return nil
}

// run runs a tool, which finds the others in its own folder.
func run(tools, name string, args ...string) (out, messages []byte, err error) {
	c := exec.Command(filepath.Join(tools, name), args...)
	c.Env = append(os.Environ(), "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))
	var o, m bytes.Buffer
	c.Stdout, c.Stderr = &o, &m
	if err := c.Run(); err != nil {
		return nil, nil, fault.Failedf("%s %s: %w\n%s", name, strings.Join(args, " "), err, m.Bytes())
	}
	return o.Bytes(), m.Bytes(), nil
}
