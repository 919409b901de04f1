// Package cases finds designs and models for tests that lie beside the repository, in
// ../shared/cases: programs that must be refused, each with a reason. Tests that need
// none of them have examples of their own in testdata.
package cases

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// File returns the path of a case, "trust/f10_counter.v". Where it is missing the test
// is skipped; with CI=true, where the cases are due, it fails. The current folder does
// not matter.
func File(t testing.TB, name string) string {
	t.Helper()
	_, own, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatalf("looking for the case %s: the place of the sources is not known", name)
	}
	root := filepath.Join(filepath.Dir(own), "..", "..")
	path := filepath.Join(filepath.Dir(root), "shared", "cases", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("case %s: %v; with CI=true it must be there", name, err)
		}
		t.Skipf("case %s is not on this machine: %v", name, err)
	}
	return path
}
