// Package forms reads and writes tables in the forms that flags and file names say.
package forms

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/lut"
)

// Names returns the names of all forms, in the order of Help.
func Names() []string {
	names := []string{"lut"}
	for _, e := range lut.Encodings {
		names = append(names, e.Name)
	}
	return names
}

// Help lists the forms, with the extensions of their files, one on a line.
func Help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %-4s %-5s %s\n", "lut", ".lut", "approxtrain's own: checked, with its history")
	for _, e := range lut.Encodings {
		fmt.Fprintf(&b, "  %-4s %-5s %s\n", e.Name, e.Ext, e.About)
	}
	return b.String()
}

// encoding finds a foreign form by its name, or by the extension of a file.
func encoding(form, path, flag string) (*lut.Encoding, error) {
	if e := lut.FindEncoding(form, path); e != nil {
		return e, nil
	}
	if form != "" {
		return nil, fault.Usagef("%s %s is no form of a table; there are:\n%s", flag, form, Help())
	}
	return nil, fault.Usagef("%s: the extension tells no form of a table; say it with %s:\n%s", path, flag,
		Help())
}

// Read reads a table in any form: from is the value of --from, format that of --format, name that of --name. A name
// that is no path of a table may be that of a built-in multiplier.
func Read(path, from, format, name string) (*lut.Table, error) {
	own := from == "" && !multiplier.IsForeign(path)
	if from == "lut" || own {
		if format != "" {
			return nil, fault.Usagef("--format %s: %s says its format itself; --format is for inputs that are no .lut file",
				format, path)
		}
		if own {
			return multiplier.ReadTable(path)
		}
		return multiplier.Ref{Kind: multiplier.Table, Text: path, Path: path}.Table()
	}
	e, err := encoding(from, path, "--from")
	if err != nil {
		return nil, err
	}
	if format == "" {
		return nil, fault.Usagef("%s does not say its number format: give it with --format e8m7, u8 or s8", path)
	}
	f, err := lut.ParseFormat(format)
	if err != nil {
		return nil, fault.Usagef("--format: %w", err)
	}
	if name == "" {
		name = proof.NameOf(path)
	}
	file, err := limits.Open(path)
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	defer file.Close()
	t, err := e.Read(file, f, name)
	if err != nil {
		return nil, fault.Usagef("reading %s as %s: %w", path, e.Name, err)
	}
	return t, nil
}

// Write writes a table in the form that --to says, or the file's name.
func Write(t *lut.Table, path, to string) error {
	if strings.EqualFold(filepath.Ext(path), ".lut") && to == "" || to == "lut" {
		return t.WriteFile(path)
	}
	e, err := encoding(to, path, "--to")
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return e.Write(w, t) })
}
