package icarus

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// toolchain is the compiler and the simulator, by their paths.
type toolchain struct {
	iverilog, vvp string
	version       string // Icarus Verilog 11.0
	whole         string // what the compiler prints of its version
}

const howToInstall = "run scripts/bootstrap, or apt-get install iverilog"

var versionLine = regexp.MustCompile(`^Icarus Verilog version (\S+)`)

// findTools locates $IVERILOG and $VVP, else iverilog and vvp in the path.
func findTools(ctx context.Context) (t toolchain, err error) {
	if t.iverilog, err = tool.Find("IVERILOG", howToInstall, "iverilog"); err != nil {
		return t, err
	}
	if t.vvp, err = tool.Find("VVP", howToInstall, "vvp"); err != nil {
		return t, err
	}
	for _, path := range []*string{&t.iverilog, &t.vvp} { // they run in other folders as well
		if *path, err = filepath.Abs(*path); err != nil {
			return t, err
		}
	}
	// In the sandbox, which removes the files that iverilog leaves when a signal ends it: even
	// before it prints its version it makes three.
	var out strings.Builder
	c := sandbox.Command{Path: t.iverilog, Args: []string{"-V"}, Stdout: &out}
	if err := c.Run(ctx); ctx.Err() != nil {
		return t, ctx.Err()
	} else if err != nil {
		return t, fault.Missingf("%s -V failed: %w; %s", t.iverilog, err, howToInstall)
	}
	t.whole, _, _ = strings.Cut(out.String(), "\n")
	g := versionLine.FindStringSubmatch(t.whole)
	if g == nil {
		return t, fault.Missingf("%s -V prints %q, expected Icarus Verilog's version; %s", t.iverilog, t.whole, howToInstall)
	}
	t.version = "Icarus Verilog " + g[1]
	return t, nil
}

// Versions returns the version and a digest of Icarus Verilog, for keys of what is made with it. That it is missing is
// an error of status 3.
func Versions(ctx context.Context) (string, error) {
	t, err := findTools(ctx)
	if err != nil {
		return "", err
	}
	return t.whole + "\n" + cosim.Identity([]string{t.iverilog, t.vvp}, nil), nil
}

// shellText matches what the shell, to which iverilog gives names in double
// quotes, would not take literally, and what would end a line of its settings.
var shellText = regexp.MustCompile("[$`\"\\\\\x00-\x1f]")

// safe refuses what iverilog would take for something else than Verilog or hand
// to a shell.
func (b *Bench) safe(s cosim.Source, folders []string) error {
	refuse := func(format string, args ...any) error { return b.readError(fmt.Sprintf(format, args...)) }
	for _, f := range s.Paths() {
		if shellText.MatchString(f) {
			return refuse("%q: a character of the path would be interpreted by a shell", f)
		}
		switch ext := strings.ToLower(filepath.Ext(f)); ext {
		case ".vpi", ".vpl", ".sft", ".vhd", ".vhdl", ".so":
			return refuse("%s: files that end in %s are not read as Verilog", f, ext)
		}
	}
	for _, dir := range folders {
		if shellText.MatchString(dir) {
			return refuse("%q: a character of the path would be interpreted by a shell", dir)
		}
		for _, name := range verilogIn(dir) {
			if shellText.MatchString(name) {
				return refuse("%q: a character of the name would be interpreted by a shell", filepath.Join(dir, name))
			}
		}
	}
	for _, d := range s.Defines {
		if strings.ContainsAny(d, "\n\r") {
			return refuse("%v %q: the value has several lines", option.Define, d)
		}
	}
	return nil
}
