//go:build linux && (amd64 || arm64)

package dynlib

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The text of an error is the error's own, however many goroutines and threads there are.
func TestErrorsOfManyGoroutines(t *testing.T) {
	dir := t.TempDir()
	source, path := filepath.Join(dir, "gone.c"), filepath.Join(dir, "gone.so")
	require.NoError(t, os.WriteFile(source, []byte("int gone(void); int there(void) { return gone(); }"), 0o600))
	out, err := exec.Command("cc", "-shared", "-fPIC", "-o", path, source).CombinedOutput()
	require.NoError(t, err, "%s", out)

	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			for range 300 {
				_, err := Open(path, false)
				if !assert.ErrorContains(t, err, "undefined symbol: gone") {
					return
				}
				handle, err := Open("", false) // this process
				assert.NoError(t, err)
				_, err = Symbol(handle, "no_such_function")
				if !assert.ErrorContains(t, err, "no_such_function") {
					return
				}
			}
		})
	}
	wait.Wait()
}
