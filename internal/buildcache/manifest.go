package buildcache

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// manifestFile is the manifest of an entry. It is written last.
const manifestFile = "entry.json"

// manifest lists the files of an entry.
type manifest struct {
	Format int            `json:"format"`
	Kind   string         `json:"kind"`
	Key    string         `json:"key"` // the digest of all parts of the key
	Files  []manifestItem `json:"files"`
}

// manifestItem is a file of an entry, by its path in there. Folders are those of the files.
type manifestItem struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	Mode   string `json:"mode"` // 0644 or 0755
	SHA256 string `json:"sha256"`
}

const manifestFormat = 2

// modes are those of files in an entry: programs and libraries, and other files.
var modes = map[string]fs.FileMode{"0644": 0o644, "0755": 0o755}

// damaged says in which way an entry differs from its manifest.
type damaged struct{ text string }

func (d *damaged) Error() string { return d.text }

func damagedf(format string, args ...any) error { return &damaged{fmt.Sprintf(format, args...)} }

// seal gives the files of an entry their modes, and writes its manifest.
func seal(dir, kind, key string) error {
	m := manifest{Format: manifestFormat, Kind: kind, Key: key}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == "." {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if e.IsDir() {
			if len(readDir(path)) == 0 {
				return fmt.Errorf("%s leaves the empty folder %s", kind, name)
			}
			return os.Chmod(path, 0o700)
		}
		if !info.Mode().IsRegular() || name == manifestFile {
			return fmt.Errorf("%s leaves %s, which is no regular file or has the manifest's name", kind, name)
		}
		mode := fs.FileMode(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		if err := os.Chmod(path, mode); err != nil {
			return err
		}
		sum, err := HashFile(path)
		m.Files = append(m.Files, manifestItem{name, info.Size(), fmt.Sprintf("%04o", mode), sum})
		return err
	})
	if err != nil {
		return fmt.Errorf("completing an entry of the build cache: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, manifestFile), m.text(), 0o644)
}

// text is the only form in which a manifest counts, so that each byte of it is verified.
func (m manifest) text() []byte {
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		panic(err) // it holds strings and numbers
	}
	return append(data, '\n')
}

// verify compares an entry with its manifest: *damaged is the error if it differs, fs.ErrNotExist
// if there is none. The folder's name is the key, the name of the folder above it the kind.
func verify(dir string) error { return verifyFor(dir, ownOnly) }

// verifyFor is verify for entries whose owners are others.
func verifyFor(dir string, trusted owners) error {
	if err := trusted.check(dir); err != nil {
		return err
	}
	m, err := readManifest(dir, filepath.Base(filepath.Dir(dir)), filepath.Base(dir))
	if err != nil {
		return err
	}
	return m.verify(dir, trusted)
}

// readManifest reads the manifest of an entry.
func readManifest(dir, kind, key string) (m manifest, err error) {
	path := filepath.Join(dir, manifestFile)
	if info, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return m, damagedf("it has no manifest")
	} else if err != nil || !info.Mode().IsRegular() {
		return m, damagedf("its manifest cannot be read")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return m, damagedf("reading its manifest: %v", err)
	}
	if err := json.Unmarshal(data, &m); err != nil || !bytes.Equal(data, m.text()) {
		return m, damagedf("its manifest is not in the form in which approxtrain writes it")
	}
	if m.Format != manifestFormat || m.Kind != kind || m.Key != key {
		return m, damagedf("its manifest is that of the entry %s of kind %s in format %d", m.Key, m.Kind, m.Format)
	}
	for _, f := range m.Files {
		if !filepath.IsLocal(f.Path) || filepath.Clean(f.Path) != f.Path || f.Path == manifestFile || modes[f.Mode] == 0 {
			return m, damagedf("its manifest names %q with the mode %q", f.Path, f.Mode)
		}
	}
	return m, nil
}

// verify compares the files in a folder with the manifest.
func (m manifest) verify(dir string, trusted owners) error {
	items := map[string]manifestItem{}
	folders := map[string]bool{".": true}
	for _, f := range m.Files {
		items[f.Path] = f
		for d := filepath.Dir(f.Path); d != "."; d = filepath.Dir(d) {
			folders[d] = true
		}
	}
	if len(items) != len(m.Files) {
		return damagedf("its manifest names a file twice")
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		switch {
		case !trusted.own(info):
			return fmt.Errorf("user %d owns %s", info.Sys().(*syscall.Stat_t).Uid, name)
		case info.Mode().Perm()&0o022 != 0:
			return fmt.Errorf("others may write %s", name)
		case e.IsDir() && folders[name]:
			return nil
		case name == manifestFile:
			return nil
		}
		f, listed := items[name]
		if !listed {
			return fmt.Errorf("%s does not belong to it", name)
		}
		delete(items, name)
		return f.verify(path, info)
	})
	if err != nil {
		return damagedf("%v", err)
	}
	if len(items) > 0 {
		var missing []string
		for name := range items {
			missing = append(missing, name)
		}
		return damagedf("%s is missing", slices.Min(missing))
	}
	return nil
}

// verify compares a file with the manifest.
func (f manifestItem) verify(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file", f.Path)
	}
	if mode := fmt.Sprintf("%04o", info.Mode()); mode != f.Mode {
		return fmt.Errorf("%s has the mode %s instead of %s", f.Path, mode, f.Mode)
	}
	if info.Size() != f.Size {
		return fmt.Errorf("%s has %d bytes instead of %d", f.Path, info.Size(), f.Size)
	}
	sum, err := HashFile(path)
	if err != nil {
		return err
	}
	if sum != f.SHA256 {
		return fmt.Errorf("%s has another SHA-256", f.Path)
	}
	return nil
}
