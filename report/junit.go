package report

import (
	"io"
	"strconv"
	"time"

	"approxtrain/internal/atomicfile"

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
// file appears when it is complete.
func WriteJUnit(path, suite string, cases []JUnitCase) error {
	s := junit.Testsuite{Name: suite}
	var total time.Duration
	for _, c := range cases {
		t := junit.Testcase{Name: c.Name, Classname: c.Class, Time: seconds(c.Time)}
		switch {
		case c.Failure != "":
			t.Failure = &junit.Result{Message: c.Failure, Type: "mismatch", Data: c.Details}
		case c.Error != "":
			t.Error = &junit.Result{Message: c.Error, Type: "error"}
		case c.Skipped:
			t.Skipped = &junit.Result{Message: "not run"}
		}
		if c.Output != "" {
			t.SystemOut = &junit.Output{Data: c.Output}
		}
		s.AddTestcase(t)
		total += c.Time
	}
	s.Time = seconds(total)
	var all junit.Testsuites
	all.AddSuite(s)
	return atomicfile.Write(path, func(w io.Writer) error { return all.WriteXML(w) })
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }
