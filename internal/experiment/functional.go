package experiment

import (
	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// functional makes a model ready on a device. Where that is a GPU, another compiler makes
// something of the model than on the CPU: a number of products is compared, and note
// says how many, or why none was.
func functional(dev device.Device, m device.Model, note func(format string, args ...any)) (device.Multiplier, error) {
	mul, err := dev.Functional(m)
	if err != nil || !dev.Properties().GPU {
		return mul, err
	}
	host, err := cpu.New(0)
	if err != nil {
		return nil, err
	}
	pairs, err := cmodel.Compare(m, host, dev)
	switch {
	case fault.Status(err) == fault.Missing:
		note("%s: not compared with the CPU's products: %v", m.Name, err)
	case err != nil:
		return nil, err
	default:
		note("%s: %s products are the CPU's", m.Name, humanize.Comma(int64(pairs)))
	}
	return mul, nil
}
