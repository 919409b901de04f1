package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// validate compares a report with the schema and returns what xmllint says about it.
func validate(t *testing.T, path string) error {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v: scripts/bootstrap --tests installs it", err)
		}
		t.Skip("needs xmllint: apt-get install libxml2-utils")
	}
	out, err := exec.Command("xmllint", "--noout", "--schema", "testdata/junit.xsd", path).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// reports are outcomes of each sort, with the times and the texts that designs, tools and
// users give.
var reports = map[string][]JUnitCase{
	"none":    nil,
	"passed":  {{Name: "mul", Class: "approxtrain.check", Time: 1234567 * time.Microsecond, Output: "65,536 products compared, 0 differ"}},
	"failed":  {{Name: "mul", Class: "c", Failure: "1 of 4 products differ", Details: "a\tb\n1\t2\n", Output: "top mul"}},
	"errored": {{Name: "mul", Class: "c", Error: "verilator is not installed"}},
	"skipped": {{Name: "a", Class: "c", Skipped: true}, {Name: "b", Class: "c", Skipped: true, Output: "later"}},
	"all": {{Name: "a", Class: "c", Failure: "f"}, {Name: "b", Class: "c", Error: "e"}, {Name: "d", Class: "c", Skipped: true},
		{Name: "g", Class: "c", Time: time.Hour * 999999}},
	"times": {{Name: "a", Class: "c", Time: -time.Hour}, {Name: "b", Class: "c", Time: 1}, {Name: "d", Class: "c", Time: math.MaxInt64}},
	"markup": {{Name: `<a href="x">&amp;'`, Class: "a<b>&", Failure: `"<![CDATA[`, Details: "]]>]]>]]]]>]]", Output: "<!-- --> ]]> &#27; &undefined;"},
		{Name: "b", Class: "c", Error: "]]>", Output: "]]>"}},
	"bytes": {{Name: "\x00\x1b[31m", Class: "\x7f\x80\xff", Failure: "\x01\x02\x0b\x0c", Details: "\x1b[1m\xff\xfe\r\n\x00", Output: "\xed\xa0\x80\xf4\x90\x80\x80"},
		{Name: "\ufffe\uffff\U0001ffff", Class: "\u0085\u2028", Error: "\x1b", Output: "\ufeff\ufffe"}},
	"lines": {{Name: "a\nb", Class: "c\td", Error: "one\ntwo\r\nthree", Output: strings.Repeat("0123456789\n", 10000)}},
}

// Reports are valid, count what they hold, and keep the texts that XML can hold.
func TestJUnitIsValid(t *testing.T) {
	valid := 0
	for name, cases := range reports {
		path := filepath.Join(t.TempDir(), "report.xml")
		require.NoError(t, WriteJUnit(path, "suite "+name, cases))
		assert.NoError(t, validate(t, path), name)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		var all struct {
			Suites []struct {
				Tests    int `xml:"tests,attr"`
				Failures int `xml:"failures,attr"`
				Errors   int `xml:"errors,attr"`
				Skipped  int `xml:"skipped,attr"`
				Cases    []struct {
					Name    string `xml:"name,attr"`
					Failure *struct {
						Message string `xml:"message,attr"`
						Data    string `xml:",chardata"`
					} `xml:"failure"`
					Output string `xml:"system-out"`
				} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		require.NoError(t, xml.Unmarshal(data, &all), name)
		require.Len(t, all.Suites, 1)
		s := all.Suites[0]
		require.Len(t, s.Cases, len(cases), name)
		var failures, failed, skipped int
		for i, c := range cases {
			switch {
			case c.Failure != "":
				failures++
			case c.Error != "":
				failed++
			case c.Skipped:
				skipped++
			}
			if name != "bytes" && name != "lines" {
				assert.Equal(t, c.Name, s.Cases[i].Name)
				assert.Equal(t, c.Output, s.Cases[i].Output)
				if c.Failure != "" {
					assert.Equal(t, c.Failure, s.Cases[i].Failure.Message)
					assert.Equal(t, c.Details, s.Cases[i].Failure.Data)
				}
			}
		}
		assert.Equal(t, []int{len(cases), failures, failed, skipped}, []int{s.Tests, s.Failures, s.Errors, s.Skipped}, name)
		valid++
	}
	assert.Equal(t, 10, valid)
}

// Whatever bytes come, the report is valid.
func TestJUnitOfAnyBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		b := []byte("x") // the schema demands names
		for range random.IntN(200) {
			if random.IntN(2) == 0 {
				b = append(b, string(rune(random.IntN(0x110000)))...)
			} else {
				b = append(b, byte(random.IntN(256)))
			}
		}
		return string(b)
	}
	var cases []JUnitCase
	for range 500 {
		cases = append(cases, JUnitCase{Name: text(), Class: text(), Failure: text(), Details: text(), Output: text()},
			JUnitCase{Name: text(), Class: text(), Error: text()})
	}
	path := filepath.Join(t.TempDir(), "report.xml")
	require.NoError(t, WriteJUnit(path, text(), cases))
	assert.NoError(t, validate(t, path))
}

// The schema refuses what Jenkins' refuses, so that the tests above mean something.
func TestJUnitSchema(t *testing.T) {
	const good = `<testsuites tests="1"><testsuite name="s" tests="1" failures="0" errors="0" skipped="1" time="0.000">` +
		`<testcase name="n" classname="c" time="0.000"><skipped message="m"></skipped></testcase></testsuite></testsuites>`
	check := func(text string) error {
		path := filepath.Join(t.TempDir(), "report.xml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return validate(t, path)
	}
	require.NoError(t, check(good))
	refused := 0
	for _, c := range [][2]string{
		{`<testsuites tests="1">`, `<testsuites tests="1" skipped="1">`},
		{`<testcase name="n"`, `<testcase name="n" status="run"`},
		{`<testcase name="n"`, `<testcase`},
		{`<testsuite name="s"`, `<testsuite`},
		{` errors="0"`, ``},
		{`errors="0"`, `errors="0" disabled="0"`},
		{`skipped="1" time="0.000"`, `time="-1.000"`},
		{`skipped="1" time="0.000"`, `time="1e-3"`},
		{`skipped="1" time="0.000"`, `time="1,5"`},
		{`</skipped>`, `</skipped><properties/>`},
		{`message="m"`, "message=\"\x1b\""},
		{`message="m"`, `message="&#27;"`},
		{`<testcase`, `text<testcase`},
	} {
		bad := strings.Replace(good, c[0], c[1], 1)
		require.NotEqual(t, good, bad)
		var exit *exec.ExitError
		if err := check(bad); assert.Error(t, err, bad) && errors.As(err, &exit) {
			refused++
		}
	}
	assert.Equal(t, 13, refused)
}
