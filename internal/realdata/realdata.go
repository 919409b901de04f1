// Package realdata finds the published data sets for tests. Programs look for them
// in data.Open; tests may also use a folder beside the repository.
package realdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir returns the folder with the files of a set as Find does; where there is none
// the test is skipped.
func Dir(t testing.TB, name string) string {
	t.Helper()
	dir := Find(t, name)
	if dir == "" {
		t.Skipf("data set %s is not on this machine; set APPROXTRAIN_DATA to the folder that holds it", name)
	}
	return dir
}

// Find returns the folder with the files of a set: in $APPROXTRAIN_DATA, or in
// ../shared/data relative to the root of the repository, "" where there is none.
// With CI=true, where the files are due, the test then fails.
func Find(t testing.TB, name string) string {
	t.Helper()
	var tried []string
	if home := os.Getenv("APPROXTRAIN_DATA"); home != "" {
		tried = append(tried, filepath.Join(home, name))
	}
	if root := root(); root != "" {
		tried = append(tried, filepath.Join(filepath.Dir(root), "shared", "data", name))
	}
	for _, dir := range tried {
		if _, err := os.Stat(filepath.Join(dir, "train-images-idx3-ubyte.gz")); err == nil {
			return dir
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("data set %s is in none of %q; with CI=true it must be there", name, tried)
	}
	return ""
}

// root returns the folder with go.mod above the working folder, "" if there is none.
func root() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}
