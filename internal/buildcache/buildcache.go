// Package buildcache keeps what compilers made, each under a key that is a digest
// of everything that went in. Entries are complete or absent: they are made under
// another name and renamed. Entries that nobody used for a month are removed.
package buildcache

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const lifetime = 30 * 24 * time.Hour

// Dir returns the folder of the cache: $XDG_CACHE_HOME/approxtrain, by
// default ~/.cache/approxtrain.
func Dir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("looking for a cache folder (set XDG_CACHE_HOME): %w", err)
	}
	return filepath.Join(base, "approxtrain"), nil
}

// Key is a key under construction: every part is preceded by its length, so
// that no two lists of parts give the same key.
type Key struct{ parts []string }

// Add appends parts.
func (k *Key) Add(parts ...string) { k.parts = append(k.parts, parts...) }

// Sum returns the key.
func (k *Key) Sum() string {
	h := sha256.New()
	for _, p := range k.parts {
		fmt.Fprintf(h, "%d:%s\n", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// Entry returns the folder of the entry with a key, made by the given function
// if it is not there. make gets an empty folder.
func Entry(kind, key string, make func(dir string) error) (dir string, hit bool, err error) {
	root, err := Dir()
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
// used for the lifetime.
func removeStale(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > lifetime {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
