package multiplier

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/lut"
)

// FP32 is the name of binary32's own multiplication.
const FP32 = "fp32"

// Ref is what a multiplier's name stands for.
type Ref struct {
	Kind Kind
	Text string // as the user wrote it
	Name string // of Native, Builtin and Design
	Path string // of a file, or of a board's port
	Func string // of CFunc the function, of RTL the top module; "": the only one
}

// shown is the name for messages.
func (r Ref) shown() string { return limits.Show(r.Text) }

// Parse finds out what a multiplier's name stands for, in a place that takes some kinds only; all
// if none is given. A file must be there, and only a table may come through a pipe. Errors have
// the status fault.Usage. The error is a *KindError for a multiplier of another kind. For a name
// that stands for nothing it lists the nearest names and the kinds that are taken.
func Parse(text string, takes ...Kind) (Ref, error) {
	if len(takes) == 0 {
		takes = []Kind{Native, Builtin, Design, Table, CFunc, RTL, Board}
	}
	r := classify(text, slices.Contains(takes, Design), nil)
	if r.Kind == Unknown && r.Path == "" {
		if strings.EqualFold(text, FP32) && slices.Contains(takes, Native) {
			return r, fault.Usagef("multiplier %q is not built in; did you mean %s?", text, FP32)
		}
		return r, fault.Usagef("%w; expected %s", notBuiltin(text), Spellings(takes))
	}
	if r.Kind != Unknown && !slices.Contains(takes, r.Kind) {
		return r, fault.Usagef("%w", &KindError{r, takes})
	}
	if r.Path == "" || r.Kind == Board {
		return r, nil
	}
	if err := r.look(); errors.Is(err, fs.ErrNotExist) && r.Kind == Unknown { // it may have been meant as a name
		return r, fault.Usagef("%w; expected %s", err, Spellings(takes))
	} else if err != nil {
		return r, fault.Usagef("%w", err)
	}
	if !slices.Contains(takes, r.Kind) {
		return r, fault.Usagef("%w", &KindError{r, takes})
	}
	return r, nil
}

// look refuses a file that is not there or cannot be read as one, and finds out whether a file of
// unknown kind is a table. A table may come through a pipe, which is read only once, so a pipe
// of unknown kind counts as a table.
func (r *Ref) look() error {
	table := r.Kind == Unknown || r.Kind == Table
	if st, err := os.Stat(r.Path); err == nil && table && !st.IsDir() && !st.Mode().IsRegular() {
		r.Kind = Table
		return nil
	}
	if err := limits.Regular(r.Path); err != nil || r.Kind != Unknown {
		return err
	}
	is, err := startsLikeTable(r.Path)
	if is {
		r.Kind = Table
	}
	return err
}

// Rebase returns a multiplier's text with its path replaced by what a function makes of it. Names
// of built-in multipliers, and fp32, stay as they are. So does a word that may be either a
// mistyped name or a file, if there is no such file at the replaced path.
func Rebase(text string, to func(path string) string) string {
	if text == "" {
		return ""
	}
	if r := classify(text, false, to); r.Path != "" && r.Kind != Board {
		return to(text)
	}
	return text
}

// classify tells by its looks what a text stands for. Its Kind is Unknown for a file that
// has to be read to tell, and for a text that stands for nothing, which has no Path. A word
// without an extension and without a slash is a file if there is one at its path, or at what the
// function makes of it.
func classify(text string, designs bool, to func(path string) string) Ref {
	r := Ref{Text: text}
	file, part := split(text)
	switch ext := strings.ToLower(filepath.Ext(file)); {
	case text == FP32:
		r.Kind, r.Name = Native, text
	case isPort(text):
		r.Kind, r.Path = Board, text
	case cmodel.IsSource(file):
		r.Kind, r.Path, r.Func = CFunc, file, part
	case ext == ".v" || ext == ".sv":
		r.Kind, r.Path, r.Func = RTL, file, part
	case strings.EqualFold(filepath.Ext(text), ".lut"):
		r.Kind, r.Path = Table, text
	case strings.ContainsAny(text, "./"):
		r.Path = text
	case golden.IsName(text):
		r.Kind, r.Name = Builtin, text
	case designs && golden.IsDesign(text):
		r.Kind, r.Name = Design, text
	default:
		path := text
		if to != nil {
			path = to(text)
		}
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			r.Path = text
		}
	}
	return r
}

// colon matches FILE:NAME, where NAME is that of a function or a module.
var colon = regexp.MustCompile(`^(.+):([\w$]+)$`)

// split splits FILE:NAME into the two; the name is "" without a colon.
func split(text string) (file, name string) {
	if g := colon.FindStringSubmatch(text); g != nil {
		return g[1], g[2]
	}
	return text, ""
}

// port matches the names that systems give to serial ports and pseudo-terminals.
var port = regexp.MustCompile(`^(/dev/(tty|cu\.|pts/|serial/).*|COM[1-9]\d*)$`)

func isPort(text string) bool { return port.MatchString(text) }

// notBuiltin returns the error for a name that is no built-in multiplier's: it says what is out of
// range, or which names come closest.
func notBuiltin(name string) (err error) {
	if golden.IsWide(name) {
		_, err = golden.LookupWide(name)
	} else {
		_, err = golden.Lookup(name)
	}
	return err
}

// startsLikeTable reports whether the first bytes of a regular file are those of a table.
func startsLikeTable(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	start := make([]byte, len(lut.Magic))
	switch _, err := io.ReadFull(f, start); err {
	case nil, io.EOF, io.ErrUnexpectedEOF:
		return bytes.Equal(start, []byte(lut.Magic)), nil
	default:
		return false, &fs.PathError{Op: "read", Path: path, Err: err}
	}
}
