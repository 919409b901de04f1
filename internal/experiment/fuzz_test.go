package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Whatever a file holds, it is an experiment or an error that names the file and ends
// with the status of wrong input.
func FuzzLoad(f *testing.F) {
	paths, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no examples: %v", err)
	}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{"? [a, b]\n: c", "a: &x [*x]", "model: &x\n  - block: *x", "? {a: b}\n", "a: |\n  b\n", "!!map {}", "- - - -", "{,}", "a:\n\t- b",
		"%YAML 1.2\n---\nmodel: lenet-5\n...\n", "model: [{block: &b [relu, {block: *b}]}]", "\xff\xfe", "model: *x", "<<: *x", "&a a: *a", "model: [*a, &a relu]"} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "net.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path)
		if err != nil && (!strings.Contains(err.Error(), "net.yaml:") || fault.Status(err) != fault.Usage) {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil && c.check() != nil {
			t.Fatalf("%q: loaded, but %v", text, c.check())
		}
	})
}
