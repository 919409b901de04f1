// Package cases finds designs and models for tests that lie beside the repository, in
// ../shared/cases: programs that must be refused, each with a reason. Tests that need
// none of them have examples of their own in testdata.
package cases

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a case, such as trust/f01d_memo.c. Where there are none the
// test is skipped; with CI=true, where they are due, it fails.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			continue
		}
		path := filepath.Join(filepath.Dir(dir), "shared", "cases", name)
		if _, err := os.Stat(path); err == nil {
			return path
		} else if os.Getenv("CI") == "true" {
			t.Fatalf("no case: %v", err)
		}
		break
	}
	t.Skipf("case %s is not on this machine", name)
	return ""
}
