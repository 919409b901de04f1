package realdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Cases returns a folder of cases for tests: ../shared/cases/NAME relative to the
// root of the repository, "" where there is none. With CI=true, where it is due, the
// test then fails.
func Cases(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(filepath.Dir(root()), "shared", "cases", name)
	if exists(dir) {
		return dir
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("the cases %s are not in %s; with CI=true they must be there", name, dir)
	}
	return ""
}
