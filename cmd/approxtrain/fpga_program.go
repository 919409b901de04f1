package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
)

func newFpgaProgram() *cobra.Command {
	var board string
	c := &cobra.Command{
		Use:     "program --board NAME FILE.bin",
		Short:   "write a bitstream into a board's flash, with openFPGALoader or iceprog",
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
			p, err := gateware.FindProgrammer(b)
			if err != nil {
				return err
			}
			fmt.Fprintln(c.ErrOrStderr(), p.Path, strings.Join(append(p.Args, args[0]), " "))
			return p.Program(c.Context(), args[0], cli.Stdout.ForProgram(), cli.Stderr.ForProgram())
		},
	}
	c.Flags().StringVar(&board, "board", "", "board: `"+boardNames()+"`")
	c.MarkFlagRequired("board")
	return c
}
