package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/lut"
)

func newConvert() *cobra.Command {
	var from, to, format, name string
	var names []string
	for _, e := range lut.Encodings {
		names = append(names, e.Name)
	}
	c := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "a table to and from other forms",
		Long: "convert reads a table in one form and writes it in another; the forms follow from the file names.\n\n" +
			encodingsHelp(),
		Example: `  approxtrain convert mitchell_e8m7.lut mitchell.npy
  approxtrain convert mbm_e8m7 mbm.h                           # a built-in, by name
  approxtrain convert MBM_7.bin mbm.lut --format e8m7 --name mbm_e8m7`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if err := lut.CheckName(name); err != nil {
				return fault.Usagef("%w", err)
			}
			if err := cli.CanWrite("writing", args[1], false); err != nil {
				return err
			}
			t, err := importTable(args[0], from, format, name)
			if err != nil {
				return err
			}
			if name != "" {
				t.Name = name
			}
			out := args[1]
			if strings.EqualFold(filepath.Ext(out), ".lut") && to == "" || to == "lut" {
				err = t.WriteFile(out)
			} else {
				var e *lut.Encoding
				if e, err = encoding(to, out, "--to"); err != nil {
					return err
				}
				err = atomicfile.Write(out, func(w io.Writer) error { return e.Write(w, t) })
			}
			if err == nil {
				fmt.Fprintf(cli.Stdout, "wrote %s: %s, format %v, %s entries\n", out, t.Name, t.Format, cli.Count(t.Format.Pairs()))
			}
			return err
		},
	}
	f := c.Flags()
	all := "lut|" + strings.Join(names, "|")
	f.StringVar(&from, "from", "", "`form` of the input, if its name does not tell: "+all)
	f.StringVar(&to, "to", "", "`form` of the output, if its name does not tell: "+all)
	f.StringVar(&format, "format", "", "number `format` of a table that is not a .lut file: e8m7, u8, s8")
	f.StringVar(&name, "name", "", "`name` of the table")
	return c
}

func encodingsHelp() string {
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
		return nil, fault.Usagef("%s %s is no form of a table; there are:\n%s", flag, form, encodingsHelp())
	}
	return nil, fault.Usagef("%s: the extension tells no form of a table; say it with %s:\n%s", path, flag,
		encodingsHelp())
}

// importTable reads a table in any form.
func importTable(path, from, format, name string) (*lut.Table, error) {
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
