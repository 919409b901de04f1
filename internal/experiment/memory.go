package experiment

import (
	"strings"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

// memory returns the bytes of memory that the machine has, 0 if that is not known. It is a
// variable for the sake of tests.
var memory = func() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}

// needs returns the bytes that training takes: the buffers of the network, and the optimizer's.
func (e *Experiment) needs() uint64 {
	kept := 1 // numbers for each parameter
	if strings.HasPrefix(e.Config.Optimizer, "adam") {
		kept = 2
	}
	return uint64(e.Plan.Bytes) + 4*uint64(kept)*uint64(e.Plan.Params)
}

// fits refuses a network that the processor's memory cannot hold.
func (e *Experiment) fits() error {
	return CheckMemory(e.Device, e.Config.Model, e.Config.Batch, e.needs())
}

// CheckMemory refuses what takes more bytes than the processor's memory has. A GPU says that
// itself.
func CheckMemory(d device.Device, model string, batch int, needs uint64) error {
	if d.Properties().GPU {
		return nil
	}
	if has := memory(); has > 0 && needs > has {
		return fault.Usagef("%s takes %d MiB of memory for a batch of %d, and this machine has %d MiB; "+
			"take a smaller %v or a smaller network", model, needs>>20, batch, has>>20, option.Batch)
	}
	return nil
}
