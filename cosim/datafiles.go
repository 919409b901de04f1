package cosim

import (
	"context"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/sandbox"
)

// Files of data that a design reads while it is simulated: $readmemh, $readmemb.

// dataFiles returns the reads of memory images in a design, each with the name of
// its file. Verilator's XML has the elaborated design: which of the places are in
// it, and names that parameters give.
func dataFiles(ctx context.Context, t toolchain, s Source, obj string, d *Design, scanned []effect) ([]effect, error) {
	dir := filepath.Join(obj, "xml")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	out := filepath.Join(dir, "design.xml")
	args := append([]string{"--xml-only", "--xml-output", out, "--Mdir", dir, "--top-module", d.Top}, s.arguments(d.Language)...)
	args = append(append(args, s.parameters()...), s.Paths()...)
	r, err := runIn(ctx, dir, t.verilator, args...)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(out)
	if err != nil || r.failed { // a Verilator without XML: what stands in the text is known
		for i := range scanned {
			scanned[i].Unnamed = scanned[i].Data == ""
		}
		return scanned, nil
	}
	defer f.Close()
	found, err := memoriesOf(f)
	if err != nil {
		return nil, fmt.Errorf("reading Verilator's XML of %v: %w", s, err)
	}
	return found, nil
}

// memoriesOf reads the uses of $readmemh from Verilator's XML.
func memoriesOf(r io.Reader) (out []effect, err error) {
	files := map[string]string{}
	seen := map[effect]bool{}
	x := xml.NewDecoder(r)
	within := false // the next element is the name of a file
	for {
		token, err := x.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attr := map[string]string{}
		for _, a := range e.Attr {
			attr[a.Name.Local] = a.Value
		}
		if within {
			m := &out[len(out)-1]
			if m.Data, ok = stringConstant(attr["name"]); !ok || e.Name.Local != "const" {
				m.Data, m.Unnamed = "", true
			}
			if seen[*m] { // another instance of the module
				out = out[:len(out)-1]
			} else {
				seen[*m] = true
			}
		}
		if within = e.Name.Local == "readmem"; within {
			m := effect{What: "$readmemh"}
			if at := strings.Split(attr["loc"], ","); len(at) > 1 {
				m.File = files[at[0]]
				m.Line, _ = strconv.Atoi(at[1])
			}
			out = append(out, m)
		} else if e.Name.Local == "file" {
			files[attr["id"]] = attr["filename"]
		}
	}
}

// stringConstant returns the text of a constant: "text", or a number that holds
// its characters, 32'h74657874.
func stringConstant(constant string) (string, bool) {
	if strings.HasPrefix(constant, `"`) {
		s, err := strconv.Unquote(constant)
		return s, err == nil && s != ""
	}
	_, digits, ok := strings.Cut(constant, "'h")
	if !ok {
		return "", false
	}
	digits = strings.ReplaceAll(digits, "_", "")
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	text, err := hex.DecodeString(digits)
	s := strings.ReplaceAll(string(text), "\x00", "") // as Verilator's library leaves them out
	return s, err == nil && s != ""
}

// readData reads the files of data as they are now. Relative names are relative to
// the current folder, as in any simulator.
func (d *Design) readData() error {
	d.Data = nil
	named := map[string]bool{}
	for _, e := range d.Effects {
		if e.Data == "" || named[e.Data] {
			continue
		}
		named[e.Data] = true
		path := absolute(e.Data)
		sum, err := "", limits.Regular(path) // a device or a pipe has no content to hash
		if err == nil {
			sum, err = buildcache.HashFile(path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			hint := ""
			if beside := filepath.Join(filepath.Dir(e.File), e.Data); !filepath.IsAbs(e.Data) && exists(beside) {
				hint = fmt.Sprintf("; there is %s: simulators look in the folder in which they run", shownPath(beside))
			}
			return fault.Usagef("%v reads %s, which is not there: looked for %s%s", e, e.Data, path, hint)
		} else if err != nil {
			return fault.Usagef("%v reads %s: %w", e, e.Data, err)
		}
		d.Data = append(d.Data, DataFile{Name: e.Data, dependency: dependency{Path: path, SHA256: sum}})
	}
	return nil
}

// DataFile is a file that a design reads while it is simulated, or synthesized.
type DataFile struct {
	Name string // as the source has it
	dependency
}

// Grant is what the design may read while it runs: its data files, and everything if it is
// trusted.
func (d *Design) Grant(s Source) sandbox.Grant {
	g := sandbox.Grant{Trusted: s.Trust}
	for _, f := range d.Data {
		g.Read = append(g.Read, f.Path)
	}
	return g
}

// sameData is an error if a file of data is no longer the one that the table's
// header will name.
func (d *Design) sameData() error {
	for _, f := range d.Data {
		if sum, err := buildcache.HashFile(f.Path); err != nil || sum != f.SHA256 {
			return fault.Usagef("%s has changed since the design was read: run again", shownPath(f.Path))
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
