// Package cases finds the hostile designs for tests in ../shared/cases, beside the repository.
// They are programs that must be refused, each with a reason. Tests that need
// none of them have examples of their own in testdata.
package cases

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Find returns the path of a case or of a folder of them, "trust/f10_counter.v" or
// "trust"; empty where there are none. With CI=true, where they are due, the test fails.
// The current folder does not matter.
func Find(t testing.TB, name string) string {
	t.Helper()
	_, own, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatalf("looking for the case %s: the place of the sources is not known", name)
	}
	root := filepath.Join(filepath.Dir(own), "..", "..")
	path := filepath.Join(filepath.Dir(root), "shared", "cases", filepath.FromSlash(name))
	_, err := os.Stat(path)
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") == "true":
		t.Fatalf("case %s: %v; with CI=true it must be there", name, err)
	}
	return ""
}

// File is Find for tests that are about the case: without it they are skipped.
func File(t testing.TB, name string) string {
	t.Helper()
	path := Find(t, name)
	if path == "" {
		t.Skipf("case %s is not on this machine", name)
	}
	return path
}
