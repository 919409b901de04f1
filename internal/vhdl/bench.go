package vhdl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// Bench is a design as GHDL simulates it, which is another road than its synthesis: the analysis is the same, the
// rest is not.
type Bench struct {
	Design  Design
	Top     Entity
	A, B, P Pin
	// Clock and Reset are ports, "" where there is none.
	Clock, Reset string
	ResetLow     bool
	Latency      int // edges of the clock, for which operands are held
	Ties         []Tie
}

// Pin is a port of several bits; Bits is 1 for a vector of one bit too.
type Pin struct {
	Port string
	Bits int
}

// Tie is a port with constant bits, the highest first.
type Tie struct{ Port, Bits string }

// UnsimulatedError says why GHDL's simulation was not asked.
type UnsimulatedError struct{ Why string }

func (e *UnsimulatedError) Error() string { return e.Why }

// in returns the actual of a port whose bits are those of a vector of std_logic.
func (b *Bench) in(port, vector string, bits int) (string, error) {
	switch kind := b.Top.types[strings.ToLower(port)]; {
	case kind == "std_logic" || kind == "std_ulogic":
		if bits == 1 {
			return vector + "(0)", nil
		}
	case kind == "unsigned" || kind == "signed":
		return kind + "(" + vector + ")", nil
	case kind == "bit" || kind == "integer" || kind == "natural" || kind == "positive" || kind == "boolean" || kind == "bit_vector":
		return "", &UnsimulatedError{"port " + port + " is of type " + kind}
	}
	return vector, nil // of a subtype of std_logic_vector
}

// text returns the testbench.
func (b *Bench) text() (string, error) {
	var signals, ports strings.Builder
	connect := func(port, vector string, bits int, out bool) error {
		fmt.Fprintf(&signals, "  signal %s : std_logic_vector(%d downto 0)", vector, bits-1)
		actual, err := b.in(port, vector, bits)
		if err != nil {
			return err
		}
		if signals.WriteString(";\n"); ports.Len() > 0 {
			ports.WriteString(", ")
		}
		if kind := b.Top.types[strings.ToLower(port)]; out && (kind == "unsigned" || kind == "signed") {
			fmt.Fprintf(&ports, "std_logic_vector(%s) => %s", port, vector)
		} else {
			fmt.Fprintf(&ports, "%s => %s", port, actual)
		}
		return nil
	}
	for _, p := range []struct {
		pin    Pin
		vector string
	}{{b.A, "bench_a"}, {b.B, "bench_b"}, {b.P, "bench_p"}} {
		if err := connect(p.pin.Port, p.vector, p.pin.Bits, p.vector == "bench_p"); err != nil {
			return "", err
		}
	}
	var first strings.Builder
	for i, t := range b.Ties {
		vector := fmt.Sprintf("bench_tie%d", i)
		if err := connect(t.Port, vector, len(t.Bits), false); err != nil {
			return "", err
		}
		fmt.Fprintf(&first, "    %s <= \"%s\";\n", vector, t.Bits)
	}
	for _, p := range []struct{ port, vector string }{{b.Clock, "bench_clk"}, {b.Reset, "bench_rst"}} {
		if p.port == "" {
			continue
		}
		if err := connect(p.port, p.vector, 1, false); err != nil {
			return "", err
		}
		fmt.Fprintf(&first, "    %s <= \"0\";\n", p.vector)
	}
	edge := "bench_clk <= \"1\"; wait for 5 ns; bench_clk <= \"0\"; wait for 5 ns;"
	reset := ""
	if b.Reset != "" {
		on, off := "1", "0"
		if b.ResetLow {
			on, off = off, on
		}
		cycles := ""
		if b.Clock != "" {
			cycles = "for i in 1 to 8 loop " + edge + " end loop;"
		}
		reset = fmt.Sprintf("bench_rst <= \"%s\"; wait for 10 ns; %s bench_rst <= \"%s\"; wait for 10 ns;", on, cycles, off)
	}
	wait := ""
	if b.Latency > 0 {
		wait = fmt.Sprintf("for i in 1 to %d loop %s end loop;", b.Latency, edge)
	}
	var generics []string
	for _, g := range b.Design.Generics {
		name, value, _ := strings.Cut(g, "=")
		generics = append(generics, name+" => "+value)
	}
	generic := ""
	if len(generics) > 0 {
		generic = "generic map (" + strings.Join(generics, ", ") + ") "
	}
	return fmt.Sprintf(`library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use std.textio.all;
entity approxtrain_bench is end;
architecture bench of approxtrain_bench is
%sbegin
  dut : entity work.%s %sport map (%s);
  process
    file operands : text open read_mode is "operands";
    file products : text open write_mode is "products";
    variable l, o : line;
    variable a : bit_vector(%d downto 0);
    variable b : bit_vector(%d downto 0);
  begin
    bench_a <= (others => '0');
    bench_b <= (others => '0');
%s    wait for 10 ns;
    %s
    while not endfile(operands) loop
      readline(operands, l);
      read(l, a);
      read(l, b);
      bench_a <= to_stdlogicvector(a);
      bench_b <= to_stdlogicvector(b);
      wait for 10 ns;
      %s
      for i in bench_p'range loop
        case bench_p(i) is
          when '0' | 'L' => write(o, character'('0'));
          when '1' | 'H' => write(o, character'('1'));
          when others => write(o, character'('x'));
        end case;
      end loop;
      writeline(products, o);
    end loop;
    file_close(products);
    wait;
  end process;
end;
`, signals.String(), b.Top.Name, generic, ports.String(), b.A.Bits-1, b.B.Bits-1, first.String(), reset, wait), nil
}

// Products returns the products of pairs as GHDL simulates them, a text of 0, 1 and x for each, the highest bit first.
// The error is an [*UnsimulatedError] where it cannot simulate the design.
func (t Tool) Products(ctx context.Context, b *Bench, x, y []uint32) ([]string, error) {
	text, err := b.text()
	if err != nil {
		return nil, err
	}
	var first error
	for _, standard := range standards {
		p, err := t.simulate(ctx, b, text, standard, x, y)
		var not *UnsimulatedError
		if !errors.As(err, &not) {
			return p, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func (t Tool) simulate(ctx context.Context, b *Bench, text, standard string, x, y []uint32) ([]string, error) {
	work, remove, err := leftovers.Dir(os.TempDir(), "approxtrain-ghdl-")
	if err != nil {
		return nil, err
	}
	defer remove()
	bench := filepath.Join(work, "approxtrain_bench.vhd")
	var operands strings.Builder
	for i := range x {
		fmt.Fprintf(&operands, "%0*b %0*b\n", b.A.Bits, x[i], b.B.Bits, y[i])
	}
	for path, text := range map[string]string{bench: text, filepath.Join(work, "operands"): operands.String()} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	options := []string{"--std=" + standard, "--workdir=" + work, "-fsynopsys", "-frelaxed"}
	const top = "approxtrain_bench"
	for _, command := range [][]string{append([]string{"-i"}, append(b.Design.Files, bench)...), {"-m", top}, {"-r", top}} {
		var out strings.Builder
		c := sandbox.Command{
			Path: t.Path, Args: append(append([]string{command[0]}, options...), command[1:]...), Dir: work, Stdout: &out, Stderr: &out,
			Env: []string{"TMPDIR=" + work}, Grant: sandbox.Grant{Read: b.Design.Files, Write: []string{work}},
		}
		err := c.Run(ctx)
		var exit *sandbox.ExitError
		switch {
		case errors.As(err, &exit):
			first, _, _ := strings.Cut(strings.TrimSpace(out.String()), "\n")
			return nil, &UnsimulatedError{fmt.Sprintf("%s %s: %s", t.Version, command[0], first)}
		case err != nil:
			return nil, tool.Ended("ghdl", err)
		}
	}
	data, err := limits.ReadFile(filepath.Join(work, "products"), mostBytes)
	if err != nil {
		return nil, &UnsimulatedError{"its simulation wrote no products"}
	}
	products := strings.Fields(string(data))
	if len(products) != len(x) {
		return nil, &UnsimulatedError{fmt.Sprintf("its simulation ended after %d of %d products", len(products), len(x))}
	}
	for _, p := range products {
		if len(p) != b.P.Bits || strings.Trim(p, "01x") != "" {
			return nil, fmt.Errorf("a product of GHDL's simulation is %q, expected %d bits", p, b.P.Bits)
		}
	}
	return products, nil
}
