// Imports writes the table of packages in ARCHITECTURE.md, between its two markers.
//
//	go run ./internal/docs/imports           # compares; exit status 1 if the table is not up to date
//	go run ./internal/docs/imports -write    # rewrites it
//
// A row has the folder of a package, the first sentence of its comment, and the packages of this module that it
// imports, tests and -tags cuda not included.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
)

const (
	page  = "ARCHITECTURE.md"
	begin = "<!-- packages: go run ./internal/docs/imports -write -->\n"
	end   = "<!-- end -->\n"
)

// goPackage is what this program reads of the output of go list.
type goPackage struct {
	ImportPath string
	Name       string
	Doc        string // first sentence of the comment
	Imports    []string
	Module     struct{ Path string }
}

func main() {
	write := flag.Bool("write", false, "rewrite the table")
	flag.Parse()
	if err := run(*write); err != nil {
		fmt.Fprintln(os.Stderr, "imports:", err)
		os.Exit(1)
	}
}

func run(write bool) error {
	packages, err := list()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	want, err := replace(string(text), table(packages))
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	switch {
	case want == string(text):
		return nil
	case write:
		return atomicfile.Write(page, func(w io.Writer) error { _, err := io.WriteString(w, want); return err })
	}
	return fmt.Errorf("the table of packages in %s is not up to date: run go run ./internal/docs/imports -write", page)
}

// list asks the go command for the packages of the module in the current folder.
func list() (packages []goPackage, err error) {
	c := exec.Command("go", "list", "-json=ImportPath,Name,Doc,Imports,Module", "./...")
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c, err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading the output of %s: %w", c, err)
		}
		packages = append(packages, p)
	}
}

var subject = regexp.MustCompile(`^(Package|Command) [\w-]+ (is )?|^(Generate|Imports|Report) `)

// table returns two tables in Markdown, in the order of the packages: first those that other modules may import.
func table(packages []goPackage) string {
	var public, private []goPackage
	for _, p := range packages {
		if p.Name == "main" || strings.Contains(p.ImportPath, "/internal/") {
			private = append(private, p)
		} else {
			public = append(public, p)
		}
	}
	return "Other modules may import these:\n\n" + rows(public) +
		"\nCommands, and packages that only this module imports:\n\n" + rows(private)
}

// rows returns one table.
func rows(packages []goPackage) string {
	var b strings.Builder
	b.WriteString("| package | | imports |\n|---|---|---|\n")
	for _, p := range packages {
		within := p.Module.Path + "/"
		var imports []string
		for _, i := range p.Imports {
			if own, ok := strings.CutPrefix(i, within); ok {
				imports = append(imports, own)
			}
		}
		if len(imports) == 0 {
			imports = []string{"–"}
		}
		doc := strings.ReplaceAll(strings.TrimSuffix(subject.ReplaceAllString(p.Doc, ""), "."), "|", `\|`)
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.TrimPrefix(p.ImportPath, within), doc, strings.Join(imports, ", "))
	}
	return b.String()
}

// replace puts a table between the markers of a page.
func replace(text, table string) (string, error) {
	before, rest, ok := strings.Cut(text, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return "", fmt.Errorf("expected the lines %q and %q", begin, end)
	}
	return before + begin + "\n" + table + "\n" + end + after, nil
}
