//go:build cuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"fmt"

	"gorgonia.org/cu"

	"github.com/approxtrain/approxtrain/gpu/cuda/shim"
	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/gpu/kernels"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// The compute capability that the kernels need; newer GPUs have it too.
const neededMajor, neededMinor = 8, 0

// Open returns a GPU by its number, 0 for the first.
func Open(ordinal int) (driver.Driver, error) {
	d, err := open(ordinal)
	if err != nil {
		return nil, fault.Missingf("%w", err)
	}
	return d, nil
}

// Devices returns the names of the GPUs. If there are none, the error gives the reason in one
// line.
func Devices() ([]string, error) {
	n, err := count()
	if err != nil {
		return nil, fault.Missingf("%w", err)
	}
	names := make([]string, n)
	for i := range names {
		p, err := look(i)
		if err != nil {
			return nil, fault.Missingf("cuda:%d: %w", i, err)
		}
		names[i] = p.String()
	}
	return names, nil
}

// count returns how many GPUs there are, at least one.
func count() (int, error) {
	if err := shim.Load(); err != nil {
		return 0, err
	}
	n, err := cu.NumDevices()
	if err != nil {
		return 0, failed("cuDeviceGetCount", err)
	}
	if n == 0 {
		return 0, fmt.Errorf("the CUDA driver finds no GPU")
	}
	return n, nil
}

// properties are the attributes of a GPU.
type properties struct {
	ordinal       int
	device        cu.Device
	name          string
	major, minor  int // compute capability
	driverVersion int // 12040 is 12.4
}

func (p properties) String() string {
	return fmt.Sprintf("%s (cuda:%d, sm_%d%d, driver %d.%d)", p.name, p.ordinal, p.major, p.minor, p.driverVersion/1000, p.driverVersion%1000/10)
}

// look asks a GPU for its properties.
func look(ordinal int) (p properties, err error) {
	p.ordinal, p.driverVersion = ordinal, cu.Version()
	if p.device, err = cu.GetDevice(ordinal); err != nil {
		return p, failed("cuDeviceGet", err)
	}
	if p.name, err = p.device.Name(); err != nil {
		return p, failed("cuDeviceGetName", err)
	}
	for _, a := range []struct {
		attribute cu.DeviceAttribute
		to        *int
	}{{cu.ComputeCapabilityMajor, &p.major}, {cu.ComputeCapabilityMinor, &p.minor}} {
		if *a.to, err = p.device.Attribute(a.attribute); err != nil {
			return p, failed("cuDeviceGetAttribute", err)
		}
	}
	return p, nil
}

func open(ordinal int) (*Driver, error) {
	n, err := count()
	if err != nil {
		return nil, err
	}
	if ordinal < 0 || ordinal >= n {
		return nil, fmt.Errorf("there is no such GPU; the last one is cuda:%d", n-1)
	}
	p, err := look(ordinal)
	if err != nil {
		return nil, err
	}
	if p.major < neededMajor || p.major == neededMajor && p.minor < neededMinor {
		return nil, fmt.Errorf("%s has compute capability %d.%d, expected %d.%d or more (Ampere); use the CPU", p, p.major, p.minor, neededMajor, neededMinor)
	}
	d := &Driver{properties: p, allocated: map[driver.Pointer]bool{}, kernels: map[string]*kernel{}}
	if d.context, err = p.device.RetainPrimaryCtx(); err != nil {
		return nil, fmt.Errorf("%s: %w", p, failed("cuDevicePrimaryCtxRetain", err))
	}
	err = d.do(func() error {
		if d.stream, err = cu.MakeStream(cu.NonBlocking); err != nil {
			return d.failed("cuStreamCreate", err)
		}
		if err := d.staging.alloc(d); err != nil {
			return err
		}
		return d.load(kernels.PTX())
	})
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	return d, nil
}
