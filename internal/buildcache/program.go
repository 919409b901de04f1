package buildcache

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ownKind is the kind of entries that say something about this machine. They are neither
// exported nor taken from a shared cache.
const ownKind = "digests"

// ProgramDigest returns the SHA-256 of a program's file, for the keys of entries that it
// makes. A program is read once: after that the digest is an entry itself, under the
// file's place and the stamps that change when it is replaced. So keys are equal on
// machines that have the same programs, and a shared cache serves them. Of a file that
// cannot be read it returns the stamps.
func ProgramDigest(path string) string {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return ""
	}
	stamps := fmt.Sprint(st.Dev, st.Ino, st.Size, st.Mtim, st.Ctim)
	key := &Key{}
	key.Add("program 1", path, stamps)
	const name = "sha256"
	dir, _, err := Entry(ownKind, key.Sum(), func(dir string) error {
		sum, err := HashFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), []byte(sum), 0o644)
	})
	if err != nil {
		return stamps
	}
	sum, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return stamps
	}
	return string(sum)
}
