package design

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// Port holds the flags that say at which port a board is.
type Port struct {
	name           string
	baud, openBaud int
}

// Register defines the flags. port is the default: "" for none, or Auto.
func (p *Port) Register(f *pflag.FlagSet, port string) {
	f.StringVar(&p.name, "port", port, "serial `port` of a board, or auto for the only USB one")
	command.NumberVar(f, &p.baud, "baud", "", limits.Range[int]{Least: 1, Most: FastestLine, Zero: "no change"},
		"`rate` to use for the check (default: the rate that the board has)")
	command.NumberVar(f, &p.openBaud, "open-baud", "",
		limits.Range[int]{Least: 1, Most: FastestLine, Zero: "the usual ones"},
		"`rate` that the board has (default: 115,200, then other usual rates)")
}

// Named returns the board as the flags name it, for reports.
func (p *Port) Named() string { return "board at " + p.name }

// PortHelp is the text on time limits and errors in the help of every command that uses a board.
var PortHelp = fmt.Sprintf(portHelp, seconds(fpga.FindTime), seconds(fpga.RateTime), seconds(fpga.WorkTime),
	fpga.WorkSlack)

const portHelp = `The port is locked while it is in use; a second program gets an error that names the process.
Every command ends, whatever the line does: it finds a board, at all usual rates, within
%s, agrees on another rate within %s, and ends all other work within %s plus
%d times the time that its requests and responses take on a line without errors.

Exit status of errors of the port: 1 if no board answers, if the line fails, if another
program has the port, or if you may not open it; 2 if the port does not exist or is no serial
port; 3 if --port is missing and the machine has no USB serial port.`

func seconds(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) }

// Auto stands for the only USB port.
const Auto = "auto"

// Open connects to the board. It searches for a port only if the user named none.
func (p *Port) Open(ctx context.Context) (*fpga.Board, error) {
	name := p.name
	if name == Auto {
		all, err := fpga.Ports()
		if err != nil {
			return nil, err
		}
		found, err := fpga.FindPort(all)
		if err != nil {
			return nil, err
		}
		name = found.Name
		cli.Logf("port %v", found)
	}
	return fpga.Open(ctx, name, fpga.Options{Baud: p.baud, OpenBaud: p.openBaud, Log: cli.Logf})
}

// FastestLine is the highest allowed rate of a serial line, in bit/s.
const FastestLine = 12_000_000
