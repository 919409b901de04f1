package report

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/approxtrain/approxtrain/internal/atomicfile"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

// JUnitCase is one test case of a JUnit report. At most one of Failure, Error
// and Skipped is set; Output goes into the report in every case.
type JUnitCase struct {
	Name    string // what was tested
	Class   string // of which design
	Time    time.Duration
	Failure string // a comparison found differences
	Details string // of the failure: text of several lines
	Error   string // the comparison could not be made
	Skipped bool
	Output  string
}

// WriteJUnit writes a report that CI systems read: one suite of test cases. The
// file appears when it is complete. It is valid against the schema that Jenkins'
// xUnit plugin uses (testdata/junit.xsd), whatever characters the texts hold.
func WriteJUnit(path, suite string, cases []JUnitCase) error {
	s := junit.Testsuite{Name: xmlText(suite)}
	var total time.Duration
	for _, c := range cases {
		t := junit.Testcase{Name: xmlText(c.Name), Classname: xmlText(c.Class), Time: seconds(c.Time)}
		switch {
		case c.Failure != "":
			t.Failure = &junit.Result{Message: xmlText(c.Failure), Type: "mismatch", Data: xmlText(c.Details)}
		case c.Error != "":
			t.Error = &junit.Result{Message: xmlText(c.Error), Type: "error"}
		case c.Skipped:
			t.Skipped = &junit.Result{Message: "not run"}
		}
		if c.Output != "" {
			t.SystemOut = &junit.Output{Data: xmlText(c.Output)}
		}
		s.AddTestcase(t)
		total += max(c.Time, 0)
	}
	s.Time = seconds(total)
	var all junit.Testsuites
	all.AddSuite(s)
	all.Skipped = 0 // the schema knows it of a suite only
	return atomicfile.Write(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, xml.Header); err != nil {
			return err
		}
		return all.WriteXML(w)
	})
}

// seconds has the form that the schema demands: no sign and no exponent.
func seconds(d time.Duration) string { return strconv.FormatFloat(max(d, 0).Seconds(), 'f', 3, 64) }

// xmlText makes a text that XML 1.0 can hold. A design's output may have any bytes, and
// no escape stands for a control character. Its picture does: ␛ for ESC.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return r
		case r < ' ':
			return 0x2400 + r
		case r == 0x7f:
			return 0x2421
		case r >= 0xd800 && r < 0xe000, r&0xfffe == 0xfffe, r > utf8.MaxRune:
			return utf8.RuneError
		}
		return r // strings.Map gives utf8.RuneError for each byte that is not UTF-8
	}, s)
}
