package main

import (
	"context"
	"fmt"
	"time"

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

// portHelp is what every command that uses a board says of time and of errors.
var portHelp = fmt.Sprintf(`The port is locked while it is in use; a second program is told which process has it.
Every command ends, whatever the line does: a board is found, at all usual rates, within
%s, another rate is agreed on within %s, and all other work ends within %s plus
%d times the time that its requests and responses take on a line without errors.

Exit status of what concerns the port: 1 if nothing there answers as a board does, if the
line fails, if another program has the port or this user may not open it; 2 if there is no
such port, or it is no serial port; 3 if --port is not given and there is no USB serial
port.`, seconds(fpga.FindTime), seconds(fpga.RateTime), seconds(fpga.WorkTime), fpga.WorkSlack)

func seconds(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) }

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
