package gateware

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"approxtrain/cosim"
	"approxtrain/golden"
	"approxtrain/internal/buildcache"
	"approxtrain/lut"
	"approxtrain/rtl"
)

// The clock and the rate of the bench's boards: four cycles a bit, and time-outs
// that are soon over.
const (
	clockHz = 400_000
	baud    = clockHz / 4
	second  = clockHz
)

// openBuiltin opens the Verilog of a built-in multiplier.
func openBuiltin(t testing.TB, name, variant string) (*cosim.RTL, golden.Multiplier) {
	t.Helper()
	m, err := golden.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = m.Variant(variant); err != nil {
		t.Fatal(err)
	}
	dir := library(t)
	s := cosim.Source{Files: []string{filepath.Join(dir, m.RTL.File)}, Top: m.RTL.Top, Include: []string{dir}}
	for _, p := range slices.Sorted(maps.Keys(m.RTL.Params)) {
		s.Params = append(s.Params, p+"="+m.RTL.Params[p])
	}
	r, err := cosim.OpenRTL(t.Context(), s, cosim.Overrides{Kind: cosim.Kind(m.RTL.Kind)}, cosim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r, m
}

// openFile opens a design of testdata.
func openFile(t testing.TB, file string, over cosim.Overrides) *cosim.RTL {
	t.Helper()
	s := cosim.Source{Files: []string{filepath.Join("testdata", file)}, Include: []string{library(t)}}
	r, err := cosim.OpenRTL(t.Context(), s, over, cosim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func library(t testing.TB) string {
	t.Helper()
	dir, err := cosim.Library()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// adapt is New with the format of the ports.
func adapt(t testing.TB, r *cosim.RTL) *Multiplier {
	t.Helper()
	f, err := r.Shape().Format()
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(r, f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// board is a Verilated board_core at the end of a line (rtl/testbench/board_line.cc).
type board struct {
	t      testing.TB
	in     io.WriteCloser
	out    *bufio.Scanner
	format lut.Format
}

// start builds a board with a multiplier and starts it.
func start(t testing.TB, m *Multiplier, parameters ...string) *board {
	t.Helper()
	cmd := exec.Command(buildBoard(t, m, parameters))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := &board{t: t, in: in, out: bufio.NewScanner(out), format: m.Format}
	b.out.Buffer(nil, 16<<20)
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the board's process: %v", err)
		}
	})
	return b
}

// buildBoard returns the program; it is cached by everything that goes in.
func buildBoard(t testing.TB, m *Multiplier, parameters []string) string {
	t.Helper()
	line, err := rtl.Testbench.Open("board_line.cc")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(line)
	if err != nil {
		t.Fatal(err)
	}
	lib := library(t)
	key := &buildcache.Key{}
	key.Add("bench 1", m.Config, m.Verilog, m.Digest.String(), lib, string(text))
	key.Add(parameters...)
	dir, _, err := buildcache.Entry("benches", key.Sum(), func(dir string) error {
		for name, text := range map[string]string{ConfigFile: m.Config, MultiplierFile: m.Verilog, "board_line.cc": string(text)} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				return err
			}
		}
		args := []string{"--cc", "--exe", "--build", "-j", "2", "-O3", "--x-assign", "unique", "--x-initial", "unique", "--assert", "-Wno-fatal",
			"-Wno-lint", "-Wno-style", "-MAKEFLAGS", "OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O1", "--Mdir", filepath.Join(dir, "obj"),
			"--top-module", "board_core", "-I" + dir, "-I" + filepath.Join(lib, "fpga")}
		for _, p := range parameters {
			args = append(args, "-G"+p)
		}
		for _, i := range append(m.Source.Searched(), filepath.Join(lib, "fp")) {
			args = append(args, "-I"+i)
		}
		args = append(args, m.Source.Paths()...)
		args = append(args, filepath.Join(dir, MultiplierFile), filepath.Join(lib, "fpga", "board_core.v"), filepath.Join(dir, "board_line.cc"))
		if out, err := exec.Command("verilator", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("verilator: %w\n%s", err, out)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "obj", "Vboard_core")
}

// slowClock are the parameters for the clock and rate above.
var slowClock = []string{fmt.Sprintf("CLK_HZ=%d", clockHz), fmt.Sprintf("BAUD=%d", baud)}

// startSlow starts a board with slowClock.
func startSlow(t testing.TB, m *Multiplier) *board {
	b := start(t, m, slowClock...)
	b.bit(4)
	return b
}

func (b *board) command(format string, args ...any) {
	if _, err := fmt.Fprintf(b.in, format+"\n", args...); err != nil {
		b.t.Fatalf("writing to the board's process: %v", err)
	}
}

// bit sets the length of a bit in clock cycles.
func (b *board) bit(cycles float64) { b.command("bit %d", int(cycles*256+0.5)) }

func (b *board) send(bytes ...byte) { b.command("send %x", bytes) }

// level holds the line at 0 or 1.
func (b *board) level(l, cycles int) { b.command("level %d %d", l, cycles) }

// answer returns what came while a command ran.
func (b *board) answer() (cycles int, bytes []byte, errors int) {
	b.t.Helper()
	if !b.out.Scan() {
		b.t.Fatalf("the board's process has ended (%v)", b.out.Err())
	}
	f := strings.Split(b.out.Text(), " ")
	if len(f) == 3 {
		bytes, err := hex.DecodeString(f[1])
		if _, e := fmt.Sscan(f[0]+" "+f[2], &cycles, &errors); e == nil && err == nil {
			return cycles, bytes, errors
		}
	}
	b.t.Fatalf("the board's process wrote %q", b.out.Text())
	return
}

// run lets time pass.
func (b *board) run(cycles int) []byte {
	b.t.Helper()
	b.command("run %d", cycles)
	_, bytes, _ := b.answer()
	return bytes
}

// drain runs until everything is sent.
func (b *board) drain() []byte {
	b.t.Helper()
	b.command("drain")
	_, bytes, _ := b.answer()
	return bytes
}

// frames runs until so many frames have come.
func (b *board) frames(n, most int) []response {
	b.t.Helper()
	b.command("flags %d %d", 2*n, most)
	cycles, bytes, errors := b.answer()
	r, err := responses(bytes)
	if err != nil || errors > 0 {
		b.t.Fatalf("the board sent % x: %v, %d framing errors", bytes, err, errors)
	}
	if len(r) != n {
		b.t.Fatalf("the board sent %d frames in %d cycles, expected %d", len(r), cycles, n)
	}
	return r
}

// ask sends a request and returns its only response.
func (b *board) ask(head, sequence byte, payload ...byte) response {
	b.t.Helper()
	b.send(request(head, sequence, payload...)...)
	r := b.frames(1, 2*second)[0]
	if r.sequence != sequence {
		b.t.Fatalf("response %+v has the sequence number %d, expected %d", r, r.sequence, sequence)
	}
	return r
}
