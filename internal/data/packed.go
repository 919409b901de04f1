package data

import (
	"fmt"
	"path/filepath"
	"strings"
)

// otherArchives are the endings of archives that are not read, and what unpacks them.
var otherArchives = []struct{ ending, command string }{
	{".tar.xz", "tar -xf"}, {".txz", "tar -xf"}, {".tar.bz2", "tar -xf"}, {".tbz2", "tar -xf"}, {".tar.zst", "tar -xf"}, {".zip", "unzip"}, {".7z", "7z x"},
}

// unpack returns advice about an archive that cannot be read; "" if the file is no archive.
func unpack(path string) string {
	for _, a := range otherArchives {
		if strings.HasSuffix(path, a.ending) {
			return fmt.Sprintf("%s archives are not read: unpack it with %s %s", a.ending, a.command, path)
		}
	}
	return ""
}

// Packed returns advice about an archive, in a folder that is searched for the set's files, that
// cannot be read; "" if there is none.
func (k *Known) Packed() string {
	dir, tried := k.locate()
	if dir != "" {
		return ""
	}
	for _, dir := range tried {
		found, _ := filepath.Glob(filepath.Join(dir, "*")) // sorted
		for _, path := range found {
			if advice := unpack(path); advice != "" && isFile(path) {
				return fmt.Sprintf("%s, in %s", advice, dir)
			}
		}
	}
	return ""
}
