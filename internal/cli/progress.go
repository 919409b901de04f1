package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Count prints a number of products: 65,536.
func Count[T int | int64 | uint64](n T) string { return humanize.Comma(int64(n)) }

// WriteJSON writes a value as indented JSON.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// Logf prints a line about the course of the work.
func Logf(format string, args ...any) { fmt.Fprintf(Stderr, format+"\n", args...) }

// Progress shows how far a long piece of work is: a bar on a terminal, a line
// every few seconds elsewhere. Work that ends at once shows nothing.
type Progress struct {
	what  string
	unit  string
	bar   *progressbar.ProgressBar
	mu    sync.Mutex
	start time.Time
	next  time.Time
}

const (
	quiet = time.Second     // before the first sign of life
	every = 5 * time.Second // between lines where there is no terminal
)

// NewProgress begins work that is called what, in units such as products.
func NewProgress(what, unit string) *Progress {
	now := time.Now()
	return &Progress{what: what, unit: unit, start: now, next: now.Add(quiet)}
}

// Set tells how much is done; it may be called from several goroutines.
func (p *Progress) Set(done, total uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		if p.bar == nil {
			p.bar = progressbar.NewOptions64(int64(total), progressbar.OptionSetDescription(p.what),
				progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
				progressbar.OptionSetItsString(p.unit), progressbar.OptionFullWidth(), progressbar.OptionSetPredictTime(true),
				progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
		}
		p.bar.Set64(int64(done))
		return
	}
	p.next = now.Add(every)
	rate := float64(done) / now.Sub(p.start).Seconds()
	left := time.Duration(float64(total-done) / rate * float64(time.Second)).Round(time.Second)
	Logf("%s: %d%% (%s of %s %s, %v left)", p.what, done*100/max(1, total), Count(done), Count(total), p.unit, left)
}

// Describe changes what stands before the bar.
func (p *Progress) Describe(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what = what
	if p.bar != nil {
		p.bar.Describe(what)
	}
}

// Finish takes the bar away.
func (p *Progress) Finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Finish()
		p.bar.Clear()
	}
}

// Begin is NewProgress for packages that take its two functions.
func Begin(what, unit string) (set func(done, total uint64), finish func()) {
	p := NewProgress(what, unit)
	return p.Set, p.Finish
}
