package design

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/survey"
	"github.com/approxtrain/approxtrain/internal/text"
	"github.com/approxtrain/approxtrain/internal/witness"
)

// Several names many designs under test, which are read alike, and the outputs of a survey of them.
type Several struct {
	Outputs text.SurveyOutputs
	JUnit   string // file of the outcome, "" for none

	flags  Flags
	golden string
	board  string
	models bool
	each   []string // ports all of whose values are gone through
}

// noBoard is the value of --board for no place and route.
const noBoard = "none"

// Register defines the flags.
func (s *Several) Register(c *cobra.Command) {
	f, d := c.Flags(), &s.flags
	f.StringVar(&s.golden, "golden", "", "golden `model` to compare each design with: exact, a built-in NAME, or file.lut")
	f.StringVar(&s.Outputs.SortBy, "sort", "",
		"`column` by which rows are sorted, the least value first: "+strings.Join(survey.Orders(), ", ")+
			" (default: the order of the files)")
	f.StringVar(&s.board, "board", "hx8k", "`FPGA` of logic cells and delay: "+strings.Join(boards(), ", "))
	f.BoolVar(&s.models, "with-c", false, "functions in C and C++ of the folders are designs too")
	f.StringVar(&s.Outputs.CSV, "csv", "", "write all figures as CSV: `file.csv`")
	f.StringVar(&s.Outputs.Plot, "plot", "", "picture of error against area with the Pareto front: `file.png|file.svg`")
	f.StringVar(&s.JUnit, "junit", "", "write the outcome as JUnit XML: `file.xml`")
	f.BoolVar(&s.Outputs.Markdown, "markdown", false, "print the table in Markdown")
	f.BoolVar(&s.Outputs.JSON, "json", false, "print the result as JSON")
	f.StringArrayVar(&d.source.Libraries, "lib", nil, "cell library `FILE.lib` (Liberty) of netlists")
	f.StringArrayVarP(&d.source.Include, "include", "I", nil, "`folder` searched for includes and modules")
	f.StringArrayVarP(&d.source.Defines, "define", "D", nil, "macro `NAME[=value]`")
	f.StringArrayVarP(&d.source.Params, "param", "G", nil, "parameter of every top, `NAME=value`")
	f.StringVar(&d.kind, "kind", "", "how ports are read: `fp|mant|uint|sint|sxu|uxs`")
	command.NumberVar(f, &d.over.Mantissa, "mant", "", mantissaRange, "mantissa `bits` of the operands")
	d.registerFormat(f)
	f.StringArrayVar(&s.each, "each", nil, "input `port` of designs whose values make a row each")
	f.StringArrayVar(&d.over.Tie, "tie", nil, "constant for an input of designs, `NAME=value`, or NAME=0,1,2 for a row of each value")
	f.StringVar(&d.over.P, "p", "", "`port` of the product of every design")
	registerLSB(f, &d.over.LSB)
	d.decode.register(f)
	f.StringVar(&d.width, "width", "", "integer operands of functions in C, in `bits`: 8 or 8x6")
	f.StringVar(&d.simulators, "simulator", string(witness.Both),
		"what computes the products of RTL: `verilator|netlist|both`")
	f.BoolVar(&d.strict, "strict", false, "refuse a design that only one simulator reads")
	d.timeout = cosim.DefaultTimeout
	command.NumberVar(f, &d.timeout, "timeout", "", timeoutRange, "longest `time` without a product")
	command.NumberVar(f, &d.Jobs, "jobs", "j", limits.Threads, "`designs` side by side (default: one per core)")
}

// boards returns the values of --board.
func boards() (names []string) {
	for _, b := range gateware.Boards() {
		names = append(names, b.Name)
	}
	return append(names, noBoard)
}

// Run makes the survey of the designs that the arguments name. It refuses flags that mean nothing before the work.
func (s *Several) Run(c *cobra.Command, args []string) (*survey.Result, error) {
	o, err := s.options(c)
	if err != nil {
		return nil, err
	}
	r, err := survey.Run(c.Context(), args, o)
	var stopped *survey.StoppedError
	if errors.As(err, &stopped) {
		cli.Logf("%v; the same command goes on from there", stopped)
	}
	if err == nil && r.Kept > 0 {
		cli.Logf("%d of %d rows are those of an earlier survey: nothing that they were made from has changed",
			r.Kept, len(r.Rows))
	}
	return r, err
}

// options returns what the flags say.
func (s *Several) options(c *cobra.Command) (o survey.Options, err error) {
	d := &s.flags
	if err := d.checkKind(); err != nil {
		return o, err
	}
	if err := d.parseFormat(); err != nil {
		return o, err
	}
	d.over.LSBGiven = c.Flags().Changed("lsb")
	if err := d.parseDecode(); err != nil {
		return o, err
	}
	if o.Knobs, err = s.knobs(); err != nil {
		return o, err
	}
	if s.Outputs.SortBy != "" && !slices.Contains(survey.Orders(), s.Outputs.SortBy) {
		return o, fault.Usagef("--sort %s: expected %s", s.Outputs.SortBy, strings.Join(survey.Orders(), ", "))
	}
	if err := d.check(c, false); err != nil {
		return o, err
	}
	if ext := strings.ToLower(filepath.Ext(s.Outputs.Plot)); s.Outputs.Plot != "" && ext != ".png" && ext != ".svg" {
		return o, fault.Usagef("--plot %s: expected .png or .svg", s.Outputs.Plot)
	}
	for _, out := range [][2]string{{"--csv", s.Outputs.CSV}, {"--plot", s.Outputs.Plot}, {"--junit", s.JUnit}} {
		if err := cli.CanWrite(out[0], out[1], false); err != nil {
			return o, err
		}
	}
	if s.golden != "" {
		if o.Golden, err = multiplier.Parse(s.golden, survey.Golden...); err != nil {
			return o, fmt.Errorf("--golden: %w", err)
		}
	}
	if s.board != noBoard {
		b, err := gateware.FindBoard(s.board)
		if err != nil {
			return o, fault.Usagef("--board %s: expected %s", s.board, strings.Join(boards(), ", "))
		}
		o.Boards = []gateware.Board{b}
	}
	if o.A, o.B, err = d.widths(); err != nil {
		return o, err
	}
	d.over.Tie = nil // the knobs say it
	o.Proof, o.Models, o.Jobs, o.Progress = *d.Options(), s.models, d.Jobs, cli.Begin
	return o, nil
}

// knobs returns the inputs that --tie and --each hold at one value after the other.
func (s *Several) knobs() (all []survey.Knob, err error) {
	for _, t := range s.flags.over.Tie {
		name, list, ok := strings.Cut(t, "=")
		values := strings.Split(list, ",")
		if !ok || name == "" || slices.Contains(values, "") {
			return nil, fault.Usagef("--tie %s: expected NAME=value, or NAME=0,1,2", t)
		}
		all = append(all, survey.Knob{Port: name, Values: values})
	}
	for _, name := range s.each {
		all = append(all, survey.Knob{Port: name})
	}
	for i, k := range all {
		if slices.ContainsFunc(all[:i], func(o survey.Knob) bool { return o.Port == k.Port }) {
			return nil, fault.Usagef("%s is given twice by --tie and --each", k.Port)
		}
	}
	return all, nil
}
