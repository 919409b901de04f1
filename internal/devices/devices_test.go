package devices

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/gpu/emulation"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// two is a machine with two GPUs, which are emulated; the second is out of order.
var two = gpus{
	func() ([]string, error) { return []string{"A", "B"}, nil },
	func(n int) (driver.Driver, error) {
		if n == 1 {
			return nil, errors.New("out of order\nor worse")
		}
		return emulation.New(emulation.Options{Threads: 2})
	},
}

var (
	broken = gpus{two.names, func(int) (driver.Driver, error) { return nil, errors.New("out of order\nor worse") }}
	none   = gpus{func() ([]string, error) { return nil, fault.Missingf("there is no driver") }, nil}
	empty  = gpus{func() ([]string, error) { return nil, nil }, nil}
)

func TestOpen(t *testing.T) {
	for _, c := range []struct {
		of         gpus
		name, want string // of the device
		note       string
	}{
		{two, Auto, "gpu emulation, 2 threads", ""},
		{two, "cuda:0", "gpu emulation, 2 threads", ""},
		{two, CPU, "cpu ", ""},
		{broken, Auto, "cpu ", "device: cpu, since out of order"},
		{none, Auto, "cpu ", "device: cpu, since there is no driver"},
		{empty, Auto, "cpu ", "device: cpu, since there is no GPU"},
		{none, Emulation, "gpu emulation, 3 threads", ""},
	} {
		d, note, err := c.of.open(c.name, 3)
		require.NoError(t, err, c.name)
		assert.Contains(t, d.Name(), c.want)
		assert.Equal(t, c.note, note)
		emulated := c.want != "cpu "
		assert.Equal(t, device.Properties{GPU: emulated, Emulated: emulated}, d.Properties())
		require.NoError(t, d.Sync())
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		of         gpus
		name, want string
		status     int
	}{
		{two, "cuda:7", "device cuda:7: there is no such GPU: expected one of A, B", fault.Usage},
		{two, "cuda:1", "device cuda:1: out of order", fault.Failed},
		{none, "cuda:0", "device cuda:0: there is no driver", fault.Missing},
		{empty, "cuda:0", "device cuda:0: there is no GPU", fault.Missing},
		{two, "", `device ""`, fault.Usage},
		{two, "gpu", `device "gpu": expected auto, cpu, cuda:N (N from 0) or emulation`, fault.Usage},
		{two, "cuda", `device "cuda"`, fault.Usage},
		{two, "cuda:", `device "cuda:"`, fault.Usage},
		{two, "cuda:-1", `device "cuda:-1"`, fault.Usage},
		{two, "cuda:01", `device "cuda:01"`, fault.Usage},
	} {
		_, _, err := c.of.open(c.name, 1)
		require.ErrorContains(t, err, c.want)
		assert.Equal(t, c.status, fault.Status(err), c.name)
	}
	t.Setenv("APPROXTRAIN_CPU", "sse9")
	_, _, err := Open(CPU, 1)
	assert.Equal(t, fault.Usage, fault.Status(err))
}
