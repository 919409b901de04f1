package realdata

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// packedCIFAR is the archive of CIFAR-10's binary version, packed more tightly than
// it is published.
const packedCIFAR = "cifar-10-binary.tar.xz"

func holdsCIFAR(dir string) bool {
	return exists(filepath.Join(dir, "cifar-10-batches-bin")) || exists(filepath.Join(dir, "cifar-10-binary.tar.gz"))
}

// unpackCIFAR unpacks the archive, with the tools tar and xz, into the user's cache and returns
// the folder; it keeps files from an earlier test. Tests compare the files with the published
// digests.
func unpackCIFAR(t testing.TB, packed string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatalf("unpacking %s: %v", packed, err)
	}
	home := filepath.Join(cache, "approxtrain", "testdata")
	dir := filepath.Join(home, "cifar10")
	if holdsCIFAR(dir) {
		return dir
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		t.Fatalf("unpacking %s: %v", packed, err)
	}
	tmp, err := os.MkdirTemp(home, "unpacking-")
	if err != nil {
		t.Fatalf("unpacking %s: %v", packed, err)
	}
	defer os.RemoveAll(tmp)
	if out, err := exec.Command("tar", "-xJf", packed, "-C", tmp).CombinedOutput(); err != nil {
		t.Fatalf("unpacking %s with tar and xz (Debian: xz-utils): %v\n%s", packed, err, out)
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		t.Fatalf("unpacking %s: %v", packed, err)
	}
	if err := os.Rename(tmp, dir); err != nil && !errors.Is(err, fs.ErrExist) { // another test was quicker
		t.Fatalf("unpacking %s: %v", packed, err)
	}
	return dir
}
