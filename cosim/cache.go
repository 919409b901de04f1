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
	"time"
)

// The build cache holds what Verilator and the compiler made, each under a key
// that is a digest of everything that went in. Entries are complete or absent:
// they are made under another name and renamed. Entries that nobody used for a
// month are removed.

const cacheLifetime = 30 * 24 * time.Hour

// cacheDir returns the folder of the cache: $XDG_CACHE_HOME/approxtrain, by
// default ~/.cache/approxtrain.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("looking for a cache folder (set XDG_CACHE_HOME): %w", err)
	}
	return filepath.Join(base, "approxtrain"), nil
}

// digest is a key under construction: every part is preceded by its length, so
// that no two lists of parts give the same key.
type digest struct{ parts []string }

func (d *digest) add(parts ...string) { d.parts = append(d.parts, parts...) }

func (d *digest) sum() string {
	h := sha256.New()
	for _, p := range d.parts {
		fmt.Fprintf(h, "%d:%s\n", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

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
func (d *digest) addFolder(dir string) {
	entries, _ := os.ReadDir(dir) // an unreadable folder holds nothing to find
	d.add(dir)
	for _, e := range entries {
		switch filepath.Ext(e.Name()) {
		case ".v", ".sv", ".vh", ".svh", ".h", ".inc":
			d.add(e.Name())
		}
	}
}

// cached returns the folder of the entry with a key, made by the given function
// if it is not there. make gets an empty folder.
func cached(kind, key string, make func(dir string) error) (dir string, hit bool, err error) {
	root, err := cacheDir()
	if err != nil {
		return "", false, err
	}
	dir = filepath.Join(root, kind, key)
	if _, err := os.Stat(dir); err == nil {
		now := time.Now()
		os.Chtimes(dir, now, now) // best effort: only the cleaning reads it
		return dir, true, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", false, fmt.Errorf("making the build cache: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".making-")
	if err != nil {
		return "", false, fmt.Errorf("making a folder in the build cache: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := make(tmp); err != nil {
		return "", false, err
	}
	if err := os.Rename(tmp, dir); err != nil {
		if _, there := os.Stat(dir); there == nil {
			return dir, true, nil // somebody else was faster
		}
		return "", false, fmt.Errorf("putting an entry into the build cache: %w", err)
	}
	removeStale(filepath.Dir(dir))
	return dir, false, nil
}

// removeStale removes entries, and left-overs of killed builds, that nobody
// used for the cache's lifetime.
func removeStale(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > cacheLifetime {
			os.RemoveAll(filepath.Join(dir, e.Name()))
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
