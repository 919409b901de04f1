package cosim

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// Coverage collects the coverage of the instances of a design in a build with Variant.Coverage.
// Collect may run for several instances at once.
type Coverage struct {
	dir   string
	clear func() error
	mu    sync.Mutex
	files []string
}

// NewCoverage returns an empty collection; Close removes its files.
func NewCoverage() (*Coverage, error) {
	dir, remove, err := leftovers.Dir(os.TempDir(), "approxtrain-coverage-")
	return &Coverage{dir: dir, clear: remove}, err
}

// Writing returns a context in which designs that are opened may write their counters.
func (c *Coverage) Writing(ctx context.Context) context.Context { return writing(ctx, c.dir) }

// Close removes the collected counters.
func (c *Coverage) Close() error { return c.clear() }

// Collect takes the counters of one instance.
func (c *Coverage) Collect(ctx context.Context, d DUT) error {
	i, ok := d.(Coverer)
	if !ok {
		return unsupported("coverage")
	}
	c.mu.Lock()
	path := filepath.Join(c.dir, fmt.Sprintf("%d.dat", len(c.files)))
	c.files = append(c.files, path)
	c.mu.Unlock()
	return i.WriteCoverage(ctx, path)
}

// WriteCoverage implements Coverer.
func (d *instance) WriteCoverage(ctx context.Context, path string) error {
	return d.writeTo(ctx, opCoverage, path)
}

// Figure is a share of coverage points.
type Figure struct {
	Hit   int `json:"hit"`
	Total int `json:"total"`
}

// String returns "3 of 4 (75.0 %)", or "none" where there are no points: a
// design of plain assignments has no lines that could be left out.
func (f Figure) String() string {
	if f.Total == 0 {
		return "none"
	}
	return fmt.Sprintf("%d of %d (%.1f %%)", f.Hit, f.Total, 100*float64(f.Hit)/float64(f.Total))
}

// Summary is line and toggle coverage of a design, with the points that were
// never hit.
type Summary struct {
	Line   Figure   `json:"line"`
	Toggle Figure   `json:"toggle"`
	Missed []string `json:"missed,omitempty"` // file:line: kind name
}

// A point of Verilator's coverage.dat: C '<key>' count, where the key is a list
// of \x01name\x02value.
var coveragePoint = regexp.MustCompile(`^C '(.*)' (\d+)$`)

// Summarize adds the counters of all instances.
func (c *Coverage) Summarize() (Summary, error) {
	counts := map[string]int{}
	for _, f := range c.files {
		data, err := os.ReadFile(f)
		if err != nil {
			return Summary{}, fmt.Errorf("reading coverage counters: %w", err)
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if g := coveragePoint.FindStringSubmatch(lines.Text()); g != nil {
				n, _ := strconv.Atoi(g[2])
				counts[g[1]] += n
			}
		}
		if err := lines.Err(); err != nil {
			return Summary{}, fmt.Errorf("reading coverage counters: %w", err)
		}
	}
	var s Summary
	for key, n := range counts {
		field := map[string]string{}
		for part := range strings.SplitSeq(key, "\x01") {
			if k, v, ok := strings.Cut(part, "\x02"); ok {
				field[k] = v
			}
		}
		figure := &s.Line
		if strings.HasPrefix(field["page"], "v_toggle") {
			figure = &s.Toggle
		}
		figure.Total++
		if n > 0 {
			figure.Hit++
			continue
		}
		kind, _, _ := strings.Cut(strings.TrimPrefix(field["page"], "v_"), "/")
		s.Missed = append(s.Missed, fmt.Sprintf("%s:%s: %s %s", shownPath(field["f"]), field["l"], kind, field["o"]))
	}
	slices.Sort(s.Missed)
	if s.Line.Total+s.Toggle.Total == 0 {
		return s, fmt.Errorf("the design has no coverage points")
	}
	return s, nil
}

// WriteLcov writes the counters in lcov's format, with Verilator's own tool.
func (c *Coverage) WriteLcov(ctx context.Context, path string) error {
	program, err := tool.Find("", howToInstall, "verilator_coverage")
	if err != nil {
		return err
	}
	tmp := filepath.Join(c.dir, "lcov.info")
	r, err := run(writing(ctx, c.dir), program, append([]string{"--write-info", tmp}, c.files...)...)
	if err != nil {
		return err
	}
	if r.failed {
		return fmt.Errorf("verilator_coverage failed:\n%s", tool.FirstLines(r.stderr+r.stdout, 10))
	}
	data, err := os.ReadFile(tmp)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, data)
}
