package survey

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/lut"
)

// Figure is a figure that a file states of its design in a comment, such as "// MAE% = 0.018 %".
type Figure struct {
	Name string `json:"name"` // as the comment has it: "MAE%", "PDK45_PWR", "Area (45)"
	Text string `json:"text"` // the value and its unit: "0.018 %"
	// Value is the number, Digit the value of its last printed digit: 0.001.
	Value float64 `json:"value"`
	Digit float64 `json:"last_digit"`
	// Computed is what was measured, in the same unit; nil of figures that are not compared, such as power.
	Computed *float64 `json:"computed,omitempty"`
	// Agrees says of a figure that is compared that it is the computed one with its digits: rounded, or with the further
	// digits cut off.
	Agrees bool `json:"agrees"`
}

// figure matches a line of a comment that states a figure and nothing else.
var figure = regexp.MustCompile(`^[\s/*#%;-]*([A-Za-z]\w*)(\s*\(\s*\d+\s*\))?\s*(%?)\s*[=:]\s*` +
	`([+-]?\d+(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?)\s*(%|[A-Za-zµμ]+[0-9²]?)?\s*[;,.]?\s*$`)

// compared are the figures that are computed too, by their names in capitals, each as a fraction or an absolute value
// and in percent.
var compared = map[string]func(m *lut.Metrics) (plain, percent float64){
	"MAE":  func(m *lut.Metrics) (float64, float64) { return m.MAE, m.MAEPercent },
	"MED":  func(m *lut.Metrics) (float64, float64) { return m.MAE, m.MAEPercent },
	"WCE":  func(m *lut.Metrics) (float64, float64) { return m.WCE, m.WCEPercent },
	"WCRE": func(m *lut.Metrics) (float64, float64) { return m.WCRE, 100 * m.WCRE },
	"EP":   func(m *lut.Metrics) (float64, float64) { return m.EP, 100 * m.EP },
	"ER":   func(m *lut.Metrics) (float64, float64) { return m.EP, 100 * m.EP },
	"MRE":  func(m *lut.Metrics) (float64, float64) { return m.MRED, 100 * m.MRED },
	"MRED": func(m *lut.Metrics) (float64, float64) { return m.MRED, 100 * m.MRED },
	"MSE":  func(m *lut.Metrics) (float64, float64) { return m.MSE, math.NaN() },
	"NMED": func(m *lut.Metrics) (float64, float64) { return m.NMED, 100 * m.NMED },
}

// shown matches the names of figures that are read but not computed: power, area and delay of a technology.
var shown = regexp.MustCompile(`(?i)(^|_)(PWR|POWER|AREA|DELAY|LUTS?)$`)

// mostFigures is the most figures that are read of a file.
const mostFigures = 100

// Published reads the figures that the comments of a source in Verilog or C state. A figure that stands there twice
// with the same value counts once.
func Published(source []byte) (all []Figure) {
	seen := map[string]bool{}
	for line := range strings.Lines(comments(string(source))) {
		g := figure.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if g == nil || len(all) == mostFigures {
			continue
		}
		name := strings.ToUpper(g[1])
		if (compared[name] == nil || g[2] != "") && !shown.MatchString(name) {
			continue
		}
		v, err := strconv.ParseFloat(g[4], 64)
		exponent, _ := strconv.Atoi(g[6]) // "" is 0
		if err != nil {
			continue
		}
		f := Figure{Name: g[1] + g[3], Text: strings.TrimSpace(g[4] + " " + g[7]), Value: v,
			Digit: math.Pow10(exponent - len(g[5]))}
		if g[2] != "" { // of a technology: Area (45)
			f.Name = g[1] + " " + strings.Join(strings.Fields(g[2]), "")
		}
		if key := f.Name + "=" + f.Text; !seen[key] {
			seen[key] = true
			all = append(all, f)
		}
	}
	return all
}

// compare sets what was computed. A figure is in percent if its name or its value says so.
func (f *Figure) compare(m *lut.Metrics) {
	name, percent := strings.CutSuffix(f.Name, "%")
	of := compared[strings.ToUpper(name)]
	if of == nil {
		return
	}
	got, hundredths := of(m)
	if percent || strings.HasSuffix(f.Text, "%") {
		got = hundredths
	}
	if math.IsNaN(got) || math.IsInf(got, 0) {
		return
	}
	f.Computed = &got
	digits := (got - f.Value) / f.Digit
	f.Agrees = digits > -0.5-1e-9 && digits < 1-1e-9
}

// comments returns the text of the comments of a source, in its lines: everything else is left out.
func comments(source string) string {
	var b strings.Builder
	for len(source) > 0 {
		var text string
		switch {
		case strings.HasPrefix(source, "//"):
			text, source = until(source[2:], "\n")
			b.WriteString(text + "\n")
		case strings.HasPrefix(source, "/*"):
			text, source = until(source[2:], "*/")
			b.WriteString(text + "\n")
		case source[0] == '"':
			source = source[1:]
			for len(source) > 0 && source[0] != '"' && source[0] != '\n' {
				if source[0] == '\\' && len(source) > 1 {
					source = source[1:]
				}
				source = source[1:]
			}
			source = source[min(1, len(source)):]
		default:
			source = source[1:]
		}
	}
	return b.String()
}

// until cuts a text behind the end of a comment.
func until(text, end string) (comment, rest string) {
	comment, rest, _ = strings.Cut(text, end)
	return comment, rest
}
