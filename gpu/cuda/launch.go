//go:build cuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/approxtrain/approxtrain/gpu/cuda/shim"
	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/gpu/ptx"
)

// kernel is one that can be launched.
type kernel struct {
	signature signature
	module    cu.Module
	function  *cu.Function // asked for at the first launch
	shared    int          // bytes of dynamic shared memory that it may have
}

// freeShared is the dynamic shared memory that a kernel may have without a special attribute.
const freeShared = 48 << 10

// launch is a launch for messages.
type launch struct {
	kernel      string
	grid, block driver.Dim
}

func (l launch) String() string {
	return fmt.Sprintf("%s on %d × %d × %d blocks of %d × %d × %d threads", l.kernel, l.grid.X, l.grid.Y, l.grid.Z, l.block.X, l.block.Y, l.block.Z)
}

// Compile implements driver.Driver.
func (d *Driver) Compile(unit string) error {
	text, err := ptx.Compile(unit)
	if err != nil {
		return err
	}
	return d.do(func() error { return d.load(text) })
}

// load lets the driver compile the kernels of a PTX file for its GPU.
func (d *Driver) load(text []byte) error {
	all, err := signatures(text)
	if err != nil {
		return err
	}
	messages := make([]byte, 8<<10)
	var pin runtime.Pinner // cu hides the address from the collector
	pin.Pin(&messages[0])
	defer pin.Unpin()
	module, err := cu.LoadDataEx(string(text), &cu.JITErrorLogBuffer{Buffer: messages})
	if err != nil {
		const unsupportedVersion shim.Result = 222 // cu has no name for it
		err, r := d.failed("cuModuleLoadDataEx", err), resultOf(err)
		if r == unsupportedVersion {
			err = fmt.Errorf("%w: the driver is too old for these kernels; install one for CUDA 11 or later", err)
		}
		end := bytes.IndexByte(messages, 0)
		if log := bytes.TrimSpace(messages[:max(end, 0)]); len(log) > 0 {
			err = fmt.Errorf("%w; its compiler says:\n%s", err, log)
		}
		return err
	}
	d.modules = append(d.modules, module)
	for name, s := range all {
		if d.kernels[name] == nil {
			d.kernels[name] = &kernel{signature: s, module: module, shared: freeShared}
		}
	}
	return nil
}

// find returns a kernel, ready to be launched.
func (d *Driver) find(name string, shared int) (*kernel, error) {
	k := d.kernels[name]
	if k == nil {
		return nil, errors.New("there is no such kernel")
	}
	if k.function == nil {
		f, err := k.module.Function(name)
		if err != nil {
			return nil, d.failed("cuModuleGetFunction", err)
		}
		k.function = &f
	}
	if shared > k.shared {
		if err := shim.AllowShared(k.handle(), shared); err != nil {
			return nil, fmt.Errorf("%d bytes of dynamic shared memory: %w", shared, d.failed("cuFuncSetAttribute", err))
		}
		k.shared = shared
	}
	return k, nil
}

// handle returns the CUfunction, which cu does not show: it is all that a cu.Function
// holds.
func (k *kernel) handle() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(k.function)) }

// packed are arguments as a kernel gets them: each at the beginning of a word.
type packed struct {
	words []uint64
	at    []uint32 // where each begins
	sizes []int    // in bytes
}

func pack(args []any) packed {
	p := packed{at: make([]uint32, len(args)), sizes: make([]int, len(args))}
	n := 0
	for i, a := range args {
		p.at[i], p.sizes[i] = uint32(n), int(reflect.TypeOf(a).Size())
		n += (p.sizes[i] + 7) / 8
	}
	p.words = make([]uint64, n)
	for i, a := range args {
		v := reflect.ValueOf(a)
		reflect.NewAt(v.Type(), unsafe.Pointer(&p.words[p.at[i]])).Elem().Set(v)
	}
	return p
}

// Launch implements driver.Driver. It does not wait, so its error may be that of an earlier
// kernel.
func (d *Driver) Launch(name string, grid, block driver.Dim, shared int, args ...any) error {
	return d.do(func() error {
		k, err := d.find(name, shared)
		if err != nil {
			return err
		}
		p := pack(args)
		if err := k.signature.check(p.sizes); err != nil {
			return err
		}
		d.launched++
		d.last = launch{name, grid, block}
		return d.failed("cuLaunchKernel", d.launch(k, grid, block, shared, p))
	})
}

// launch launches a kernel. cu copies eight bytes of each argument; structures go past
// it.
func (d *Driver) launch(k *kernel, grid, block driver.Dim, shared int, p packed) error {
	if len(p.words) != len(p.at) {
		return shim.Launch(k.handle(), unsafe.Pointer(d.stream.C()), [3]uint32{grid.X, grid.Y, grid.Z}, [3]uint32{block.X, block.Y, block.Z},
			shared, p.words, p.at)
	}
	pointers := make([]unsafe.Pointer, len(p.words))
	for i := range p.words {
		pointers[i] = unsafe.Pointer(&p.words[i])
	}
	return k.function.Launch(int(grid.X), int(grid.Y), int(grid.Z), int(block.X), int(block.Y), int(block.Z), shared, d.stream, pointers)
}
