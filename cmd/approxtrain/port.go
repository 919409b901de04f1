package main

import (
	"context"

	"github.com/spf13/pflag"

	"approxtrain/fpga"
	"approxtrain/internal/limits"
)

// portFlags say at which port a board is.
type portFlags struct {
	port           string
	baud, openBaud int
}

func (p *portFlags) register(f *pflag.FlagSet, port string) {
	f.StringVar(&p.port, "port", port, "serial `port` of a board, or auto for the only USB one")
	numberVar(f, &p.baud, "baud", "", limits.Range[int]{Least: 1, Most: fastestLine, Zero: "no change"}, "`rate` to go over to (default: the one that the board has)")
	numberVar(f, &p.openBaud, "open-baud", "", limits.Range[int]{Least: 1, Most: fastestLine, Zero: "the usual ones"}, "`rate` that the board has (default: 115,200, then other usual ones)")
}

// auto stands for the only USB port.
const auto = "auto"

// open connects to the board. Only where it is not named the port is looked for.
func (p *portFlags) open(ctx context.Context) (*fpga.Board, error) {
	name := p.port
	if name == auto {
		all, err := fpga.Ports()
		if err != nil {
			return nil, err
		}
		found, err := fpga.FindPort(all)
		if err != nil {
			return nil, err
		}
		name = found.Name
		logf("port %v", found)
	}
	return fpga.Open(ctx, name, fpga.Options{Baud: p.baud, OpenBaud: p.openBaud, Log: logf})
}
