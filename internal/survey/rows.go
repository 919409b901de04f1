package survey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/icarus"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/netlist"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Rows are entries of this kind in the build cache.
const kind, rowFile = "survey", "row.json"

// prepare collects what every row depends on, besides its sources. It looks for the tools, so that one that is missing
// is an error before the work, or a note.
func (s *survey) prepare(ctx context.Context, jobs []*job) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("looking for this program: %w", err)
	}
	folder, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("looking for the current folder: %w", err)
	}
	s.key = []string{"survey 3", buildcache.ProgramDigest(program), folder}
	var rtl bool
	for _, j := range jobs {
		rtl = rtl || !j.c
	}
	tools, err := cosim.Versions(ctx, rtl)
	if err != nil {
		return err
	}
	s.key = append(s.key, tools)
	if len(s.Boards) > 1 {
		s.Boards = s.Boards[:1]
	}
	if rtl {
		if tools, err = gateware.Versions(ctx, len(s.Boards) > 0); fault.Status(err) == fault.Missing && len(s.Boards) > 0 {
			s.notes = append(s.notes, "no logic cells and no delay: "+oneLine(err.Error()))
			s.Boards = nil
			tools, err = gateware.Versions(ctx, false)
		}
		if err != nil {
			return err
		}
		s.key = append(s.key, tools)
		if tools, err = icarus.Versions(ctx); err != nil && fault.Status(err) != fault.Missing {
			return err
		}
		s.key = append(s.key, tools) // "" without Icarus Verilog
	}
	p := &s.Proof
	if rtl && !s.both() {
		s.notes = append(s.notes,
			fmt.Sprintf("products come from one simulator, as %v %v says", option.Simulator, p.Witness.Simulators))
	}
	over, err := json.Marshal(p.Over) // in which the format is a pointer
	if err != nil {
		return err
	}
	s.key = append(s.key, fmt.Sprintf("%q %q %q %q %v", p.Source.Libraries, p.Source.Include, p.Source.Defines, p.Source.Params,
		p.Source.Trust), string(over), fmt.Sprintf("%+v", p.Witness), fmt.Sprint(p.Timeout, s.A, s.B, s.Boards),
		fmt.Sprintf("%v %q", s.Golden.Kind, s.Golden.Text))
	for _, c := range []lut.Coding{p.Codes.A, p.Codes.B, p.Codes.P} {
		s.key = append(s.key, fmt.Sprintf("%s %v", c.Name(), c.Values()))
	}
	if s.Golden.Kind == multiplier.Table {
		path, err := filepath.Abs(s.Golden.Path)
		if err != nil {
			return err
		}
		s.golden = []string{path}
	}
	return nil
}

// stored is a row in the build cache.
type stored struct {
	Row   Row    `json:"row"`
	Group string `json:"group"`
}

// both says whether every simulator is asked.
func (s *survey) both() bool {
	return s.Proof.Witness.Simulators == "" || s.Proof.Witness.Simulators == witness.Both
}

// errUnkept ends the making of an entry for a row that is not kept.
var errUnkept = errors.New("the row is not kept")

// row returns the row of a design: the one of an earlier survey, if all that it was made from is still the same, or
// else a new one. The error ends the survey.
func (s *survey) row(ctx context.Context, j *job) (row Row, kept bool, err error) {
	key := &buildcache.Key{}
	key.Add(s.key...)
	key.Add(resolved(j.path), j.path, j.part, fmt.Sprint(j.c), fmt.Sprintf("%q %v", j.ties, j.turned))
	dir, kept, err := buildcache.Checked(kind, key.Sum(), func(dir string) (e buildcache.Evidence, err error) {
		if row, e, err = s.evidence(ctx, j); err != nil {
			return e, err
		}
		data, err := json.Marshal(stored{row, row.Group})
		if err != nil {
			return e, err
		}
		return e, os.WriteFile(filepath.Join(dir, rowFile), data, 0o644)
	})
	switch {
	case errors.Is(err, errUnkept):
		err = nil
	case err == nil && kept:
		var data []byte
		if data, err = limits.ReadFile(filepath.Join(dir, rowFile), 16*limits.MiB); err == nil {
			var is stored
			err = json.Unmarshal(data, &is)
			row, row.Group = is.Row, is.Group
		}
	}
	row.Name, row.File, row.Knobs = j.name, j.path, j.ties
	return row, kept, err
}

// evidence measures a design and lists the files that its row depends on.
func (s *survey) evidence(ctx context.Context, j *job) (row Row, e buildcache.Evidence, err error) {
	var folders []string
	var known []buildcache.File // before anything is measured
	if !j.c {
		folders = j.source(&s.Proof).Searched()
	}
	if j.design != nil {
		known = j.design.Deps
	}
	// A module or an include is looked for by its name; other files of the folders are of no importance.
	look := func(files []buildcache.File) buildcache.Search {
		return buildcache.Look(folders, cosim.SearchedVerilog(folders, files).Names, nil)
	}
	before, start := look(known), time.Now()
	row, read, err := s.measure(ctx, j)
	if err != nil {
		return row, e, err
	}
	if len(read) == 0 { // it is not known what the tools have read, or the design may do better another time
		return row, e, errUnkept
	}
	golden, err := buildcache.HashFiles(s.golden)
	if err != nil {
		return row, e, fault.Usagef("reading the golden model: %w", err)
	}
	seen := map[string]bool{}
	for _, f := range append(read, golden...) {
		if !seen[f.Path+f.SHA256] { // with two digests: it has changed meanwhile, and the row serves once
			seen[f.Path+f.SHA256] = true
			e.Files = append(e.Files, f)
		}
	}
	e.Settle(start)
	e.Unsettled = e.Unsettled || before.Digest != look(known).Digest
	e.Searches = []buildcache.Search{look(e.Files)}
	return row, e, nil
}

// keeps says whether the reason for which a design failed is the design itself, so that it would fail again. A process
// that something else killed may do better another time.
func keeps(err error) bool {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.ENOMEM) {
		return false
	}
	var design *cosim.DesignError
	if errors.As(err, &design) {
		return !outside.MatchString(design.Crash)
	}
	return errors.As(err, new(*icarus.DesignError)) ||
		errors.As(err, new(*icarus.UnknownError)) || errors.As(err, new(*lutgen.DisagreeError)) ||
		errors.As(err, new(*lutgen.ImpureError)) || errors.As(err, new(*lutgen.BuildError)) ||
		errors.As(err, new(*netlist.FaultError))
}

// outside matches how a process ended that another one killed.
var outside = regexp.MustCompile(`signal: (killed|terminated|interrupt|hangup)`)
