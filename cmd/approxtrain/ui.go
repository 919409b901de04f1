package main

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

// count prints a number of products: 65,536.
func count[T int | int64 | uint64](n T) string { return humanize.Comma(int64(n)) }

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// logf prints a line about the course of the work.
func logf(format string, args ...any) { fmt.Fprintf(stderr, format+"\n", args...) }

// progress shows how far a long piece of work is: a bar on a terminal, a line
// every few seconds elsewhere. Work that ends at once shows nothing.
type progress struct {
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

func newProgress(what, unit string) *progress {
	now := time.Now()
	return &progress{what: what, unit: unit, start: now, next: now.Add(quiet)}
}

// set tells how much is done; it may be called from several goroutines.
func (p *progress) set(done, total uint64) {
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
	logf("%s: %d%% (%s of %s %s, %v left)", p.what, done*100/max(1, total), count(done), count(total), p.unit, left)
}

// describe changes what stands before the bar.
func (p *progress) describe(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what = what
	if p.bar != nil {
		p.bar.Describe(what)
	}
}

// finish takes the bar away.
func (p *progress) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Finish()
		p.bar.Clear()
	}
}
