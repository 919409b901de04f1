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
