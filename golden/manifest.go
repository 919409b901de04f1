package golden

import (
	"bytes"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/goccy/go-yaml"

	"github.com/approxtrain/approxtrain/lut"
)

//go:embed manifest.yaml tables/*.lut
var files embed.FS

// MaxCommitted is the largest payload, in bytes, of a table that is committed
// as a file; larger ones are pinned by their digest alone.
const MaxCommitted = 256 << 10

// Row is one entry of the manifest: a multiplier that every regression sweeps out of the RTL, and
// its expected table.
type Row struct {
	Name    string `yaml:"name"`    // as Lookup takes it
	Variant string `yaml:"variant"` // "", Pipelined or Sequential: the RTL that is swept
	Digest  string `yaml:"digest"`  // SHA-256 of the table's payload, as lut.Table.Digest
	Table   bool   `yaml:"table"`   // the table itself is committed: see CommittedTable
}

// String returns the row's name as reports have it: "exact_u8 (sequential)".
func (r Row) String() string {
	if r.Variant == "" {
		return r.Name
	}
	return r.Name + " (" + r.Variant + ")"
}

// Multiplier looks up the row's multiplier with the RTL of its variant.
func (r Row) Multiplier() (Multiplier, error) {
	m, err := Lookup(r.Name)
	if err != nil {
		return m, err
	}
	return m.Variant(r.Variant)
}

// Manifest returns the rows of manifest.yaml in their order. Names are unique
// within a variant; that each is a multiplier is for Row.Multiplier to say.
func Manifest() ([]Row, error) { return readManifest(files) }

func readManifest(fsys fs.FS) ([]Row, error) {
	text, err := fs.ReadFile(fsys, "manifest.yaml")
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	var rows []Row
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&rows); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading manifest.yaml: %w", err)
	}
	seen := map[[2]string]bool{}
	for _, r := range rows {
		key := [2]string{r.Name, r.Variant}
		if seen[key] {
			return nil, fmt.Errorf("manifest.yaml: %s %s stands there twice", r.Name, r.Variant)
		}
		seen[key] = true
		if sum, err := hex.DecodeString(r.Digest); err != nil || len(sum) != 32 {
			return nil, fmt.Errorf("manifest.yaml: %s has digest %q, expected 64 hex digits; run go test ./golden -update",
				r.Name, r.Digest)
		}
	}
	return rows, nil
}

// CommittedTable returns the table committed for a manifest name, as its file
// has it. It is an error if the manifest commits none; Multiplier.Table
// evaluates one then.
func CommittedTable(name string) (*lut.Table, error) { return readTable(files, name) }

func readTable(fsys fs.FS, name string) (*lut.Table, error) {
	path := "tables/" + name + ".lut"
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no committed table of %q: manifest.yaml has no row of that name with table: true", name)
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := lut.Read(f)
	if err != nil {
		return nil, fmt.Errorf("golden/%s: %w", path, err)
	}
	return t, nil
}
