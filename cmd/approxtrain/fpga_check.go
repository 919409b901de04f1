package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cmd/internal/design"
	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/internal/text"
)

func newFpgaCheck() *cobra.Command {
	var k boardCheck
	c := &cobra.Command{
		Use:   "check [--port PORT] --golden NAME|file.lut|file.c",
		Short: "compare every product of a board with a table",
		Long: `check reads every product of a board and compares it with a table: that of a golden model,
one that was made from the same Verilog, or a C function's. It compares format and build
first. It passes only if all products were compared and are equal.

With --mode crc the board sweeps and sends a digest of each row: a CRC of 32 bits whose
polynomial, the key, is drawn anew for each check. Rows that differ are read and compared
product by product. A wrong table passes with a small probability, whatever its errors; the
check prints this bound. --key repeats a check with its key. With --mode stream the board
sweeps and sends every product. With --mode batch it receives every pair and answers each.

check repeats requests that the line damaged. It reports a mismatch only if two answers to two
requests contain it.

` + design.PortHelp,
		Example: `  approxtrain fpga check --golden mbm_e8m7                 # at the only USB serial port
  approxtrain fpga check --port /dev/ttyUSB1 --baud 1000000 --golden mul.lut --mode stream
  approxtrain fpga check --golden drum6_u8 --junit board.xml --plot wrong.png`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, err := range []error{cli.CanWrite("--junit", k.junit, false), command.CanPlot(k.plot), k.golden.Parse()} {
				if err != nil {
					return err
				}
			}
			start := time.Now()
			r, err := k.run(c.Context(), c.OutOrStdout())
			return cli.WriteJUnit(k.junit, "approxtrain fpga check",
				text.BoardCases(k.port.Named()+" against "+k.golden.Text, r, k.board, k.what, k.show, k.plot, err, c.Context().Err() != nil, time.Since(start)), err)
		},
	}
	f := c.Flags()
	k.port.Register(f, design.Auto)
	k.golden.Register(f, "golden `model` of the board: a built-in NAME, file.lut or file.c[:function]")
	f.StringVar(&k.mode, "mode", string(fpga.CRC), "way to read the products: `crc|stream|batch`")
	f.StringVar(&k.keyText, "key", "",
		"repeat a check in mode crc with its `key` of 8 hexadecimal digits (default: drawn)")
	f.BoolVar(&k.anyBuild, "any-build", false, "compare even if board and table are of different builds")
	f.StringVar(&k.junit, "junit", "", "write the outcome as JUnit XML: `file.xml`")
	f.StringVar(&k.plot, "plot", "", "draw the products that differ: `file.png|file.svg`")
	k.show = 10
	command.NumberVar(f, &k.show, "show", "", shownRange, "`mismatches` to print")
	f.BoolVar(&k.asJSON, "json", false, "print the result as JSON")
	return c
}

// boardCheck is a check of a board.
type boardCheck struct {
	port                 design.Port
	golden               design.Golden
	mode                 string
	keyText, junit, plot string
	anyBuild, asJSON     bool
	show                 int
	board, what          string // for the reports
}

// run connects, compares and prints.
func (k *boardCheck) run(ctx context.Context, w io.Writer) (*fpga.Result, error) {
	if k.golden.Text == "" {
		return nil, fault.Usagef("say what the board should hold: --golden NAME, --golden file.lut or --golden file.c")
	}
	switch fpga.Mode(k.mode) {
	case fpga.CRC, fpga.Stream, fpga.Batch:
	default:
		return nil, fault.Usagef("--mode %s: expected crc, stream or batch", k.mode)
	}
	key, err := k.key()
	if err != nil {
		return nil, err
	}
	b, err := k.port.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer b.Disconnect()
	k.board = b.Describe()
	if !k.asJSON {
		fmt.Fprintln(w, k.board)
	}
	p := &proof.Options{Timeout: cosim.DefaultTimeout, Progress: cli.Begin}
	want, what, err := p.GoldenTable(ctx, k.golden.Ref, proof.Board(b))
	if err != nil {
		return nil, design.GoldenError(err)
	}
	k.what = what
	bar := cli.NewProgress("board", "products")
	defer bar.Finish()
	r, err := fpga.Check(ctx, b, want,
		fpga.CheckOptions{Mode: fpga.Mode(k.mode), AnyBuild: k.anyBuild, Key: key, Progress: bar.Set})
	bar.Finish()
	if err != nil {
		return nil, err
	}
	if k.plot != "" {
		f := r.Table().Format
		var wrong []report.Mismatch
		for _, m := range r.Wrong {
			wrong = append(wrong, report.Mismatch{A: m.A, B: m.B, Off: m.Difference(f)})
		}
		if err := report.MismatchMap(k.plot, b.Name, f, wrong); err != nil {
			return r, err
		}
	}
	if k.asJSON {
		shown := *r
		shown.Pairs = r.Pairs.Shortened(k.show)
		err = cli.WriteJSON(w, boardReport{k.board, what, r.Equal(), &shown})
	} else {
		text.BoardCheck(w, r, what, k.show, k.plot)
	}
	if err == nil && !r.Equal() {
		err = cli.ErrNotEqual
	}
	return r, err
}

// key returns the key of --key, 0 if there is none.
func (k *boardCheck) key() (link.Key, error) {
	if k.keyText == "" {
		return 0, nil
	}
	if fpga.Mode(k.mode) != fpga.CRC {
		return 0, fault.Usagef("--key has no meaning with --mode %s, which compares every product", k.mode)
	}
	key, err := link.ParseKey(k.keyText)
	if err != nil {
		return 0, fault.Usagef("--key: %w", err)
	}
	return key, nil
}

// boardReport is what check prints as JSON.
type boardReport struct {
	Board  string `json:"board"`
	Golden string `json:"golden"`
	Equal  bool   `json:"equal"`
	*fpga.Result
}
