// Package realdata finds the published data sets for tests.
// Programs find them with data.Open; tests may also use a folder beside the repository.
//
// Start reading at Find; cifar.go unpacks the copy of CIFAR-10 in that folder.
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
// The folder has a name under which data.Open looks for the set. With CI=true, where
// the files are due, the test then fails.
func Find(t testing.TB, name string) string {
	t.Helper()
	names, holds := []string{name}, holdsIDX
	switch name {
	case "cifar10":
		names, holds = append(names, "cifar-10"), holdsCIFAR
	case "evoapprox":
		holds = holdsFigures
	}
	var tried []string
	for _, home := range homes() {
		for _, n := range names {
			dir := filepath.Join(home, n)
			if tried = append(tried, dir); holds(dir) {
				return dir
			}
			if packed := filepath.Join(dir, packedCIFAR); exists(packed) {
				return unpackCIFAR(t, packed)
			}
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("data set %s is in none of %q; with CI=true it must be there", name, tried)
	}
	return ""
}

// homes lists the folders that may hold sets.
func homes() (list []string) {
	if home := os.Getenv("APPROXTRAIN_DATA"); home != "" {
		list = append(list, home)
	}
	if root := root(); root != "" {
		list = append(list, filepath.Join(filepath.Dir(root), "shared", "data"))
	}
	return list
}

func holdsIDX(dir string) bool { return exists(filepath.Join(dir, "train-images-idx3-ubyte.gz")) }

// holdsFigures says whether a folder holds published error figures of multipliers, with their tables.
func holdsFigures(dir string) bool { return exists(filepath.Join(dir, "figures.csv")) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// root returns the folder with go.mod above the working folder, "" if there is none.
func root() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if exists(filepath.Join(dir, "go.mod")) {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}
