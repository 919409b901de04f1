package cosim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"approxtrain/internal/buildcache"
)

// What goes into the keys of the build cache, beside tools and flags, and comes
// out of it.

// dependency is a file that a design was made from.
type dependency struct{ Path, SHA256 string }

func hashFile(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

func hashFiles(paths []string) ([]dependency, error) {
	var out []dependency
	for _, p := range paths {
		sum, err := hashFile(p)
		if err != nil {
			return nil, fmt.Errorf("reading a source of the design: %w", err)
		}
		out = append(out, dependency{p, sum})
	}
	return out, nil
}

// unchanged says whether every dependency still has its content.
func unchanged(deps []dependency) bool {
	return !slices.ContainsFunc(deps, func(d dependency) bool {
		sum, err := hashFile(d.Path)
		return err != nil || sum != d.SHA256
	})
}

// addFolder adds the names of the Verilog files in a folder to a key: a new
// file there can hide one further down the search path.
func addFolder(key *buildcache.Key, dir string) {
	entries, _ := os.ReadDir(dir) // an unreadable folder holds nothing to find
	key.Add(dir)
	for _, e := range entries {
		switch filepath.Ext(e.Name()) {
		case ".v", ".sv", ".vh", ".svh", ".h", ".inc":
			key.Add(e.Name())
		}
	}
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// readJSON reads a cache entry; false if it is not there or not whole.
func readJSON(path string, v any) (bool, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return json.Unmarshal(data, v) == nil, nil
}
