package buildcache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// Evidence describes the files on disk that tools used to make an entry: the files that they read,
// and the places that they searched. An entry is valid while all of it still holds: a file with
// another content, or one that appears earlier in a search path, makes the entry again.
type Evidence struct {
	Files    []File   `json:"files"`
	Searches []Search `json:"searches,omitempty"`
	// Unsettled means that a file changed while the tools ran, so it is unknown which content they
	// read. Such an entry serves once.
	Unsettled bool `json:"unsettled,omitempty"`
}

// File is a file that a tool read.
type File struct{ Path, SHA256 string }

// Search is a search for names in folders, with its result.
type Search struct {
	Folders []string `json:"folders"`
	Names   []string `json:"names,omitempty"` // relative paths
	// Extensions: every entry of the folders with one of these was looked at.
	Extensions []string `json:"extensions,omitempty"`
	Digest     string   `json:"digest"` // of what there was
}

// Look searches, for later comparison.
func Look(folders, names, extensions []string) Search {
	s := Search{Folders: folders, Names: names, Extensions: extensions}
	s.Digest = s.look(nil)
	return s
}

// look returns a digest of the files found, and calls each with every file that exists.
func (s Search) look(found func(path string)) string {
	key := &Key{}
	at := func(path string) {
		kind := "none"
		if st, err := os.Stat(path); err == nil {
			kind = st.Mode().Type().String()
			if found != nil {
				found(path)
			}
		}
		key.Add(kind)
	}
	for _, dir := range s.Folders {
		key.Add(dir)
		for _, n := range s.Names {
			at(dir + "/" + n) // not cleaned: dir may be a link, and n begin with ..
		}
		if len(s.Extensions) == 0 {
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			key.Add("unreadable")
		}
		for _, e := range entries {
			if slices.Contains(s.Extensions, filepath.Ext(e.Name())) {
				key.Add(e.Name())
				at(dir + "/" + e.Name())
			}
		}
	}
	return key.Sum()
}

// Holds says whether everything is as it was found.
func (e *Evidence) Holds() bool {
	if e.Unsettled || len(e.Files) == 0 {
		return false
	}
	for _, f := range e.Files {
		if sum, err := HashFile(f.Path); err != nil || sum != f.SHA256 {
			return false
		}
	}
	return !slices.ContainsFunc(e.Searches, func(s Search) bool { return s.look(nil) != s.Digest })
}

// tick is the longest time by which the kernel's stamp of a change may be late.
const tick = 20 * time.Millisecond

// Settle marks the evidence if a file in it changed after the tools had started.
func (e *Evidence) Settle(start time.Time) {
	look := func(path string) {
		st, err := os.Stat(path)
		if err != nil {
			e.Unsettled = true
		} else if sys, ok := st.Sys().(*syscall.Stat_t); ok && !st.IsDir() && !time.Unix(sys.Ctim.Unix()).Before(start.Add(-tick)) {
			e.Unsettled = true
		}
	}
	for _, f := range e.Files {
		look(f.Path)
	}
	for _, s := range e.Searches {
		s.look(look)
	}
}

// Add appends other evidence.
func (e *Evidence) Add(other Evidence) {
	e.Files = append(e.Files, other.Files...)
	e.Searches = append(e.Searches, other.Searches...)
	e.Unsettled = e.Unsettled || other.Unsettled
}

// HashFile returns the SHA-256 of a file's content, in hex.
func HashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// HashFiles returns files with their digests.
func HashFiles(paths []string) ([]File, error) {
	var out []File
	for _, p := range paths {
		sum, err := HashFile(p)
		if err != nil {
			return nil, err
		}
		out = append(out, File{p, sum})
	}
	return out, nil
}

// evidenceFile holds an entry's evidence.
const evidenceFile = "evidence.json"

// Checked is Entry for what tools made that find files by themselves: make
// returns their evidence, and an entry whose evidence no longer holds is made
// again.
func Checked(kind, key string, make func(dir string) (Evidence, error)) (dir string, hit bool, err error) {
	return entry(kind, key, holds, func(dir string) error {
		e, err := make(dir)
		if err != nil {
			return err
		}
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, evidenceFile), data, 0o644)
	})
}

// ReadEvidence returns the evidence of an entry that Checked has returned, for entries
// that are made of it.
func ReadEvidence(dir string) (e Evidence, err error) {
	data, err := os.ReadFile(filepath.Join(dir, evidenceFile))
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	return e, err
}

// holds says whether an entry's evidence holds.
func holds(dir string) bool {
	e, err := ReadEvidence(dir)
	return err == nil && e.Holds()
}
