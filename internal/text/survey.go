package text

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize/english"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/internal/survey"
)

// SurveyOutputs say how a survey is written.
type SurveyOutputs struct {
	JSON, Markdown bool   // instead of a table in text
	CSV, Plot      string // files, "" for none
	SortBy         string // one of survey.Orders, "" for the order of the files
}

// WriteSurvey writes a survey: its files, then its table or JSON.
func WriteSurvey(w io.Writer, r *survey.Result, o SurveyOutputs) error {
	if o.SortBy != "" {
		r.Sort(o.SortBy)
	}
	wrote := ""
	if o.CSV != "" {
		if err := atomicfile.Write(o.CSV, r.CSV); err != nil {
			return err
		}
		wrote += fmt.Sprintf("wrote %s\n", o.CSV)
	}
	if o.Plot != "" {
		points := r.Points()
		if len(points) == 0 {
			return fault.Failedf("drawing %s: of no design both error and area are known", o.Plot)
		}
		if err := report.AreaPlot(points, o.Plot); err != nil {
			return err
		}
		wrote += fmt.Sprintf("wrote %s: %s\n", o.Plot, english.Plural(len(points), "design", ""))
	}
	if o.JSON {
		if !r.Totals.Good() {
			surveyTotals(cli.Stderr, r.Totals)
		}
		return cli.WriteJSON(w, r)
	}
	err := Survey(w, o.Markdown, r)
	fmt.Fprint(w, wrote)
	return err
}

// Survey prints a row for each design, then groups of equal tables, files that are no designs, and totals.
func Survey(w io.Writer, markdown bool, r *survey.Result) error {
	head := []string{"design", "format", "MRED", "bias", "WCRE", "EP", "NAND2", "depth"}
	golden, cells, library := false, false, false
	for _, row := range r.Rows {
		golden = golden || row.Golden != nil
		cells = cells || row.Area != nil && row.Area.Cells != nil
		library = library || row.Area != nil && row.Area.Library != nil
	}
	if library {
		head = append(head, "area")
	}
	if cells {
		head = append(head, "cells", "delay")
	}
	if golden {
		head = append(head, "golden")
	}
	head = append(head, "remarks")
	var rows [][]string
	for i := range r.Rows {
		rows = append(rows, surveyRow(&r.Rows[i], library, cells, golden, markdown))
	}
	if err := grid(w, markdown, head, rows); err != nil {
		return err
	}
	for _, names := range r.Equal {
		fmt.Fprintf(w, "equal tables: %s\n", strings.Join(names, ", "))
	}
	for _, l := range r.LeftOut {
		fmt.Fprintf(w, "left out: %v\n", l)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
	surveyTotals(w, r.Totals)
	return nil
}

// libraryArea is the area of library cells.
func libraryArea(a *survey.Area) string {
	if a == nil || a.Library == nil {
		return "–"
	}
	return fmt.Sprintf("%.6g", a.Library.Area)
}

// widest is the most characters of a remark; CSV and JSON have them whole.
const widest = 120

// surveyRow returns the cells of a design's row. The reason of one that failed follows FAIL.
func surveyRow(r *survey.Row, library, cells, golden, markdown bool) []string {
	none := "–"
	line := []string{limits.Show(r.Name), none, none, none, none, none, none, none}
	if m := r.Metrics; r.Error == "" && m != nil {
		line = []string{line[0], r.Format, percent(m.MRED, "%.4g %%"), percent(m.Bias, "%+.4g %%"),
			percent(m.WCRE, "%.4g %%"), percent(m.EP, "%.4g %%"), none, none}
	}
	delay := []string{none, none}
	if a := r.Area; a != nil {
		line[6] = cli.Count(int(a.NAND2 + 0.5))
		if a.Depth != nil {
			line[7] = cli.Count(*a.Depth)
		}
		if a.Cells != nil {
			delay = []string{cli.Count(*a.Cells), fmt.Sprintf("%.1f ns", *a.Delay)}
		}
	}
	if library {
		line = append(line, libraryArea(r.Area))
	}
	if cells {
		line = append(line, delay...)
	}
	if golden {
		switch g := r.Golden; {
		case g == nil:
			line = append(line, none)
		case g.Equal():
			line = append(line, "PASS")
		default:
			line = append(line, fmt.Sprintf("FAIL (%s)", cli.Count(g.Mismatched)))
		}
	}
	text := strings.Join(remarks(r), "; ")
	if utf8.RuneCountInString(text) > widest && !markdown {
		text = string([]rune(text)[:widest-1]) + "…"
	}
	if markdown {
		text = strings.ReplaceAll(text, "|", `\|`)
	}
	return append(line, limits.Escape(text))
}

// percent prints a fraction in percent. A figure that is only noise of rounding prints as 0.
func percent(x float64, format string) string {
	if -1e-15 < x && x < 1e-15 {
		return "0 %"
	}
	return fmt.Sprintf(format, 100*x)
}

// remarks are the reason of a design that failed, or what is remarkable of one that did not.
func remarks(r *survey.Row) (all []string) {
	if r.Error != "" {
		why := strings.Replace(r.Error, "Verilator does not accept "+r.File+": ", "Verilator: ", 1)
		own := regexp.MustCompile(`(^|[ (,])` + regexp.QuoteMeta(r.File) + `:(\d)`) // lines of the file itself
		return []string{"FAIL: " + own.ReplaceAllString(why, "${1}line ${2}")}
	}
	for _, f := range r.Untrue() {
		all = append(all, fmt.Sprintf("published %s = %s, computed %.6g", f.Name, f.Text, *f.Computed))
	}
	if r.Known != "" {
		all = append(all, "equal to "+r.Known)
	}
	if r.Kind != "" {
		all = append(all, fmt.Sprintf("read as %s by its products", r.Kind))
	}
	if r.Alone != "" {
		all = append(all, "one simulator: "+r.Alone)
	}
	return append(all, r.Notes...)
}

// surveyTotals prints the line of totals, and one on published figures.
func surveyTotals(w io.Writer, t survey.Totals) {
	if t.Figures > 0 {
		fmt.Fprintf(w, "published figures: %s compared, %s differ from the computed ones\n",
			cli.Count(t.Figures), cli.Count(t.Untrue))
	}
	fmt.Fprintf(w, "%s designs, %s failed; %s products of two simulators compared", cli.Count(t.Designs),
		cli.Count(t.Failed), cli.Count(t.Agreed))
	if t.Compared > 0 {
		fmt.Fprintf(w, ", %s with the golden model: %s of %s designs differ", cli.Count(t.Compared),
			cli.Count(t.Unequal), cli.Count(t.Designs-t.Failed))
	}
	fmt.Fprintln(w)
}

// SurveyCases makes a test case of each design, or one of the error of a survey that did not come to its end.
func SurveyCases(r *survey.Result, err error) (cases []report.JUnitCase) {
	const class = "approxtrain.survey"
	if r == nil {
		return []report.JUnitCase{{Name: "survey", Class: class, Error: err.Error()}}
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		j := report.JUnitCase{Name: row.Name, Class: class, Output: row.Inferred, Error: row.Error}
		var faults []string
		if g := row.Golden; g != nil && !g.Equal() {
			faults = append(faults, fmt.Sprintf("%s of %s products differ from %s", cli.Count(g.Mismatched),
				cli.Count(g.Compared), g.Model))
		}
		for _, f := range row.Untrue() {
			faults = append(faults, fmt.Sprintf("published %s = %s, computed %.6g", f.Name, f.Text, *f.Computed))
		}
		j.Failure = strings.Join(faults, "; ")
		cases = append(cases, j)
	}
	return cases
}
