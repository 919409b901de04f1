// Package tool is what running other programs' tools has in common.
package tool

import (
	"context"
	"os/exec"
	"strings"
	"syscall"
)

// Command returns a command that, when the context ends, is killed with all that it
// started.
func Command(ctx context.Context, path string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, path, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	return c
}

// FirstLines returns the first n lines of what a tool printed, indented.
func FirstLines(s string, n int) string {
	lines := strings.SplitN(strings.TrimSpace(s), "\n", n+1)
	if len(lines) > n {
		lines[n] = "…"
	}
	return "  " + strings.Join(lines, "\n  ")
}

// MakeDependencies returns the files behind the colon of a rule for make.
func MakeDependencies(rule string) (out []string) {
	_, rule, _ = strings.Cut(strings.ReplaceAll(rule, "\\\n", " "), ": ")
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
		}
		word.Reset()
	}
	for i := 0; i < len(rule); i++ {
		switch c := rule[i]; {
		case c == '\\' && i+1 < len(rule) && strings.IndexByte(` #\`, rule[i+1]) >= 0,
			c == '$' && i+1 < len(rule) && rule[i+1] == '$':
			i++
			word.WriteByte(rule[i])
		case c == ' ' || c == '\n':
			end()
		default:
			word.WriteByte(c)
		}
	}
	end()
	return out
}
