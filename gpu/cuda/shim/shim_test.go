//go:build cuda && cgo && linux && (amd64 || arm64)

package shim

import (
	_ "embed"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

//go:embed symbols.h
var list string

// Whatever cu was compiled to call is defined here, or by cu itself.
func TestSymbols(t *testing.T) {
	command := func(name string, args ...string) string {
		out, err := exec.Command(name, args...).Output()
		require.NoError(t, err, name)
		return string(out)
	}
	names := func(pattern, text string) map[string]bool {
		all := map[string]bool{}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			all[m[1]] = true
		}
		return all
	}
	archive := strings.TrimSpace(command("go", "list", "-tags", "cuda", "-export", "-f", "{{.Export}}", "gorgonia.org/cu"))
	symbols := command("nm", archive)
	wanted := names(`(?m)^\s+U (cu[A-Z]\w*)$`, symbols)
	defined := names(`(?m)^[0-9a-f]+ T (cu[A-Z]\w*)$`, symbols)
	here := names(`(?m)^X\((\w+)\)$`, list)
	here["cuInit"] = true // loader.c
	assert.Greater(t, len(wanted), 140)
	for name := range wanted {
		assert.True(t, here[name] || defined[name], "cu calls %s: add X(%s) to symbols.h", name, name)
	}
}
