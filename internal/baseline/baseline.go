// Package baseline holds C programs against which the kernels of package cpu are measured.
//
// They are a functional model called for each product, a table read with gathers, the
// native matrix product, and the peak rate of the multiply-adders. They are no part of any
// result: only `approxtrain bench` and tests run them.
//
// The system's compiler builds them for this machine when they are needed. They run in a
// process that serves rounds on request, so a caller can alternate them with its own. Start
// reading at c/main.c.
//
// Operands must be normal numbers whose products are normal: only the functional model
// handles special cases. Sums are in the order of device.Sum, except those of the native
// product.
package baseline

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
	"github.com/approxtrain/approxtrain/lut"
)

//go:embed c
var sources embed.FS

// The programs. A machine has those whose instructions it has.
const (
	Direct     = "direct"      // Mitchell's multiplier, a function called for each product
	Gather     = "gather"      // a table of 7 fraction bits, AVX2
	FMAAVX2    = "fma-avx2"    // native binary32, one rounding for product and sum
	FMAAVX512  = "fma-avx512"  // the same
	PeakAVX2   = "peak-avx2"   // independent multiply-adds, no matrix
	PeakAVX512 = "peak-avx512" // the same
)

// ErrNoCompiler says that there is no C compiler.
var ErrNoCompiler = errors.New("no C compiler")

// Process serves the programs. One goroutine at a time uses it.
type Process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
	has    []string
	shape  device.Gemm
}

// Build compiles the programs, with $CC or else cc, into dir and returns the path
// of what serves them.
func Build(ctx context.Context, dir string) (string, error) {
	cc, err := tool.Find("CC", "apt-get install gcc, or set CC", "cc")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoCompiler, err)
	}
	if err := os.CopyFS(dir, sources); err != nil {
		return "", fmt.Errorf("writing the comparison programs: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "c", "*.c"))
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "baseline")
	args := []string{"-O3", "-std=gnu11", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-o", path}
	if runtime.GOARCH == "amd64" {
		args = append(args, "-march=native")
	}
	var out bytes.Buffer
	compiler := sandbox.Command{Path: cc, Args: append(args, files...), Stdout: &out, Stderr: &out, Grant: sandbox.Grant{Read: []string{dir}, Write: []string{dir}}}
	if err := compiler.Run(ctx); err != nil {
		return "", fmt.Errorf("compiling the comparison programs with %s: %w\n%s", cc, err, &out)
	}
	return path, nil
}

// Start starts what Build returned; the end of ctx ends it.
func Start(ctx context.Context, path string) (_ *Process, err error) {
	p := &Process{cmd: exec.CommandContext(ctx, path)}
	p.cmd.Stderr = &p.stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the comparison programs: %w", err)
	}
	names, err := p.line()
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	p.has = strings.Fields(names)
	return p, nil
}

// Has says whether this machine has a program.
func (p *Process) Has(name string) bool { return slices.Contains(p.has, name) }

// Load gives the programs the operands of a product, A and B not transposed.
func (p *Process) Load(g device.Gemm, a, b []float32) error {
	if err := g.Check(len(a), len(b), g.M*g.N); err != nil || g.TransA || g.TransB {
		return fmt.Errorf("comparison programs: %+v is no plain product: %w", g, err)
	}
	p.shape = g
	return p.send(fmt.Sprintf("load %d %d %d", g.M, g.N, g.K), a, b)
}

// Table gives them the table that Gather looks up; Direct is Mitchell's
// multiplier whatever the table.
func (p *Process) Table(t *lut.Table) error {
	if t.Format != lut.FloatFormat(7, 7) || t.Rounding != lut.Truncate {
		return fmt.Errorf("comparison programs: table %s is not e8m7 with truncated operands", t.Name)
	}
	entries := make([]byte, 0, t.Format.Pairs())
	for a := range uint32(t.Format.Rows()) {
		for b := range uint32(t.Format.Cols()) {
			entries = append(entries, byte(t.At(a, b)))
		}
	}
	return p.send("table", entries)
}

// Run runs a program once, for the first rows of C, and returns the seconds of
// processor time and the multiply-accumulates that it took.
func (p *Process) Run(name string, rows int) (seconds, macs float64, err error) {
	if err := p.request(fmt.Sprintf("run %s %d", name, rows)); err != nil {
		return 0, 0, err
	}
	s, err := p.line()
	if err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Sscanf(s, "%g %g", &seconds, &macs); err != nil {
		return 0, 0, fmt.Errorf("comparison program %s: answer %q: %w", name, s, err)
	}
	return seconds, macs, nil
}

// Result returns the first rows of C.
func (p *Process) Result(rows int) ([]float32, error) {
	if err := p.request(fmt.Sprintf("result %d", rows)); err != nil {
		return nil, err
	}
	c := make([]float32, rows*p.shape.N)
	if err := binary.Read(p.out, binary.LittleEndian, c); err != nil {
		return nil, p.died(err)
	}
	return c, nil
}

// Close ends the process.
func (p *Process) Close() error {
	p.in.Close()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("comparison programs: %w", err)
	}
	return nil
}

// send makes a request with data that is answered with ok.
func (p *Process) send(request string, data ...any) error {
	if err := p.request(request); err != nil {
		return err
	}
	for _, d := range data {
		if err := binary.Write(p.in, binary.LittleEndian, d); err != nil {
			return p.died(err)
		}
	}
	s, err := p.line()
	if err == nil && s != "ok" {
		err = fmt.Errorf("comparison programs: %s: answer %q, expected ok", request, s)
	}
	return err
}

func (p *Process) request(line string) error {
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		return p.died(err)
	}
	return nil
}

func (p *Process) line() (string, error) {
	s, err := p.out.ReadString('\n')
	if err != nil {
		return "", p.died(err)
	}
	return strings.TrimSpace(s), nil
}

// died returns the error of a process that does not answer.
func (p *Process) died(err error) error {
	p.in.Close()
	p.cmd.Wait() // its messages are complete then
	return fmt.Errorf("comparison programs: no answer (%w): %v %s", err, p.cmd.ProcessState, strings.TrimSpace(p.stderr.String()))
}
