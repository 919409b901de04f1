package gateware

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// Programmer is a tool that writes bitstreams into the flash of a board.
type Programmer struct {
	Path  string
	Args  []string // all but the bitstream's file
	board Board
}

// FindProgrammer returns openFPGALoader or else iceprog, or the tools that $OPENFPGALOADER and $ICEPROG name. The
// error that none is installed has exit status 3.
func FindProgrammer(b Board) (*Programmer, error) {
	for _, t := range []struct {
		env, name string
		args      []string
	}{
		{"OPENFPGALOADER", "openFPGALoader", []string{"-b", b.Loader, "-f"}},
		{"ICEPROG", "iceprog", nil},
	} {
		if path, err := tool.Find(t.env, "", t.name); err == nil {
			return &Programmer{path, t.args, b}, nil
		}
	}
	return nil, fault.Missingf("neither openFPGALoader nor iceprog is installed: " +
		"apt-get install openfpgaloader, or fpga-icestorm")
}

// Program writes the bitstream of a file. The tool writes to stdout and stderr.
func (p *Programmer) Program(ctx context.Context, file string, stdout, stderr io.Writer) error {
	run := sandbox.Command{
		Path: p.Path, Args: append(p.Args[:len(p.Args):len(p.Args)], file), Stdout: stdout, Stderr: stderr,
		Grant: sandbox.Grant{Trusted: true}, // it opens USB devices; the programs that it starts end with it
	}
	var exit *sandbox.ExitError
	if err := run.Run(ctx); errors.As(err, &exit) {
		return fault.Failedf("%s ended with %w: is the %s plugged in, and may you open USB devices?",
			p.Path, exit, p.board.Title)
	} else if err != nil {
		return fmt.Errorf("running %s: %w", p.Path, err)
	}
	return nil
}
