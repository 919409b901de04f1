package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"approxtrain/fpga/gateware"
	"approxtrain/internal/fault"
	"approxtrain/internal/sandbox"
)

func newFpgaProgram() *cobra.Command {
	var board string
	c := &cobra.Command{
		Use:     "program --board NAME FILE.bin",
		Short:   "write a bitstream into a board's flash, by openFPGALoader or iceprog",
		Example: `  approxtrain fpga program --board icebreaker mul_u8_icebreaker.bin`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			b, err := gateware.FindBoard(board)
			if err != nil {
				return err
			}
			if st, err := os.Stat(args[0]); err != nil || st.IsDir() {
				return fault.Usagef("no bitstream %s; approxtrain fpga build makes one", args[0])
			}
			name, flags, err := programmer(b)
			if err != nil {
				return err
			}
			run := sandbox.Command{
				Path: name, Args: append(flags, args[0]), Stdout: stdout.forProgram(), Stderr: stderr.forProgram(),
				Grant: sandbox.Grant{Trusted: true}, // it opens USB devices; what it starts ends with it
			}
			fmt.Fprintln(c.ErrOrStderr(), name, strings.Join(run.Args, " "))
			var exit *sandbox.ExitError
			if err := run.Run(c.Context()); errors.As(err, &exit) {
				return fault.Failedf("%s ended with %w: is the %s plugged in, and may you open USB devices?", name, exit, b.Title)
			} else if err != nil {
				return fmt.Errorf("running %s: %w", name, err)
			}
			return nil
		},
	}
	c.Flags().StringVar(&board, "board", "", "board: `"+boardNames()+"`")
	c.MarkFlagRequired("board")
	return c
}

// programmer returns the tool that is there, and its arguments but the file.
// $OPENFPGALOADER and $ICEPROG name others.
func programmer(b gateware.Board) (string, []string, error) {
	for _, t := range []struct {
		env, name string
		args      []string
	}{
		{"OPENFPGALOADER", "openFPGALoader", []string{"-b", b.Loader, "-f"}},
		{"ICEPROG", "iceprog", nil},
	} {
		name := t.name
		if v := os.Getenv(t.env); v != "" {
			name = v
		}
		if path, err := exec.LookPath(name); err == nil {
			return path, t.args, nil
		}
	}
	return "", nil, fault.Missingf("neither openFPGALoader nor iceprog is installed: apt-get install openfpgaloader, or fpga-icestorm")
}
