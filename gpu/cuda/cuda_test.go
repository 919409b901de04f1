//go:build cuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"debug/elf"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/device/devicetest"
	"github.com/approxtrain/approxtrain/gpu"
	"github.com/approxtrain/approxtrain/gpu/cuda/shim"
	"github.com/approxtrain/approxtrain/gpu/cuda/standin"
	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/gpu/gputest"
	"github.com/approxtrain/approxtrain/internal/fault"
)

var loadStandin = sync.OnceValues(standin.New)

// fake makes the stand-in the driver, with settings, for the time of a test, which must
// use it properly and give everything back.
func fake(t *testing.T, settings ...string) *standin.Standin {
	s, err := loadStandin()
	require.NoError(t, err)
	s.Reset()
	require.NoError(t, s.Set(settings...))
	t.Cleanup(func() { assert.Empty(t, s.Report(), "what the driver was asked for") })
	return s
}

// opened returns the first GPU, closed after the test.
func opened(t *testing.T) *Driver {
	d, err := Open(0)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d.(*Driver)
}

func asDevice(t *testing.T, d driver.Driver) device.Device {
	g, err := gpu.New(d)
	require.NoError(t, err)
	return g
}

var one = driver.Dim{X: 1, Y: 1, Z: 1}

func TestBattery(t *testing.T) {
	fake(t)
	devicetest.Run(t, asDevice(t, opened(t)))
}

// compiling is a driver whose stand-in gets a unit's kernels too, which are only named in
// the PTX.
type compiling struct {
	*Driver
	standin *standin.Standin
}

func (c compiling) Compile(unit string) error {
	return errors.Join(c.Driver.Compile(unit), c.standin.Compile(unit))
}

// Training LeNet-5 through a table and a functional model gives the losses and weights of
// the CPU.
func TestLeNet(t *testing.T) {
	s := fake(t)
	gputest.TrainsAsCPU(t, asDevice(t, compiling{opened(t), s}), "mitchell_e8m7", "mbm_e8m23")
}

func TestNames(t *testing.T) {
	fake(t, "devices=2", "capability=120", "version=13010")
	names, err := Devices()
	require.NoError(t, err)
	assert.Equal(t, []string{"Stand-in (cuda:0, sm_120, driver 13.1)", "Stand-in (cuda:1, sm_120, driver 13.1)"}, names)
	d, err := Open(1)
	require.NoError(t, err)
	assert.Equal(t, names[1], d.Name())
	require.NoError(t, d.Close())
	require.NoError(t, d.Close(), "a second time")
	_, err = d.Alloc(1)
	require.ErrorIs(t, err, errClosed)
}

// What is uploaded may be changed at once, and copies of any length arrive.
func TestCopies(t *testing.T) {
	fake(t)
	d := opened(t)
	rng := rand.New(rand.NewPCG(1, 1))
	var pointers []driver.Pointer
	var want [][]byte
	src := make([]byte, 3*chunkSize)
	for _, n := range []int{1, 7, 4096, chunkSize, chunkSize + 1, 3*chunkSize - 5} {
		p, err := d.Alloc(n)
		require.NoError(t, err)
		for i := range src {
			src[i] = byte(rng.Uint32())
		}
		require.NoError(t, d.Upload(p, src[:n]))
		want = append(want, append([]byte(nil), src[:n]...))
		pointers = append(pointers, p)
	}
	for i, p := range pointers {
		got := make([]byte, len(want[i]))
		require.NoError(t, d.Download(got, p))
		require.True(t, string(want[i]) == string(got), len(got))
	}
	require.NoError(t, d.Upload(0, nil))
}

// A goroutine may call from any thread, others may use CUDA on theirs.
func TestThreads(t *testing.T) {
	fake(t, "devices=2")
	first, err := Open(0)
	require.NoError(t, err)
	second, err := Open(1)
	require.NoError(t, err)
	var all sync.WaitGroup
	for i, d := range []driver.Driver{first, second} {
		p, err := d.Alloc(400)
		require.NoError(t, err)
		all.Go(func() {
			for range 50 {
				done := make(chan error)
				go func() { // on another thread
					runtime.LockOSThread() // which ends with the goroutine
					done <- d.Launch("zero", one, driver.Dim{X: 100, Y: 1, Z: 1}, 0, p, uint32(100))
				}()
				assert.NoError(t, <-done, i)
			}
			assert.NoError(t, d.Sync())
			got := []byte{1, 1, 1, 1}
			assert.NoError(t, d.Download(got, p+396))
			assert.Equal(t, make([]byte, 4), got)
			assert.NoError(t, d.Free(p))
		})
	}
	all.Wait()
	require.NoError(t, first.Close())
	require.NoError(t, second.Close())
}

// Kernels of a user's unit, one of them with a structure and dynamic shared memory.
func TestCompile(t *testing.T) {
	s := fake(t)
	d := opened(t)
	const unit = `#include "cuda.cuh"
struct Three { uint32_t a; float b; uint64_t c; };
KERNEL(keep_three)(Three three, uint32_t *to, uint32_t last)
{
	to[0] = three.a, to[1] = bits_of(three.b), to[2] = (uint32_t)three.c, to[3] = last;
}
EXPORT(keep_three)
KERNEL(zero)(uint32_t *to) { to[0] = 1; }
EXPORT(zero)
`
	require.NoError(t, s.Compile(unit))
	require.NoError(t, d.Compile(unit))
	p, err := d.Alloc(16)
	require.NoError(t, err)
	type three struct {
		a uint32
		b float32
		c uint64
	}
	require.NoError(t, d.Launch("keep_three", one, one, 64<<10, three{7, 1, 9}, p, uint32(11)))
	got := make([]byte, 16)
	require.NoError(t, d.Download(got, p))
	assert.Equal(t, []byte{7, 0, 0, 0, 0, 0, 0x80, 0x3f, 9, 0, 0, 0, 11, 0, 0, 0}, got)
	assert.Equal(t, signature{8, 4}, d.kernels["zero"].signature, "a name belongs to the unit that had it first")

	require.ErrorContains(t, d.Launch("keep_three", one, one, 228<<10, three{}, p, uint32(1)),
		"233472 bytes of dynamic shared memory: cuFuncSetAttribute: CUDA_ERROR_INVALID_VALUE (invalid argument)")
	require.EqualError(t, d.Launch("keep_three", one, one, 0, uint32(1), p, uint32(1)), "argument 0 has 4 bytes, expected 16")
	require.EqualError(t, d.Launch("zero", one, one, 0, p), "1 arguments, expected 2")
	require.EqualError(t, d.Launch("none", one, one, 0), "there is no such kernel")
	require.ErrorContains(t, d.Compile(`#include "cuda.cuh"`+"\nKERNEL(wrong)(float *x) { *x = y; }"), "unit.cu:2:")
	require.NoError(t, s.Set("load=218"))
	require.EqualError(t, d.Compile(unit), "cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX (a PTX JIT compilation failed); its compiler says:\nline 1: the stand-in does not like this")
	require.NoError(t, d.Sync())
}

// The loader of programs must not look for a driver.
func TestLink(t *testing.T) {
	program, err := elf.Open(os.Args[0])
	require.NoError(t, err)
	defer program.Close()
	libraries, err := program.ImportedLibraries()
	require.NoError(t, err)
	for _, l := range libraries {
		assert.NotContains(t, l, "libcuda", "the linker found a driver where it should find gpu/cuda/shim/libcuda.a: "+
			"set CGO_LDFLAGS as make build-cuda does")
	}
}

// What keeps a GPU from being opened is one line, and status 3.
func TestNoDevice(t *testing.T) {
	for _, c := range []struct {
		settings, want string
		ordinal        int
		devices        bool // Devices says the same
	}{
		{"devices=0", "the CUDA driver finds no GPU", 0, true},
		{"devices=2", "there is no such GPU; the last one is cuda:1", 2, false},
		{"devices=2", "there is no such GPU; the last one is cuda:1", -1, false},
		{"capability=75", "Stand-in (cuda:0, sm_75, driver 12.4) has compute capability 7.5, expected 8.0 or more (Ampere); use the CPU", 0, false},
		{"load=222", "Stand-in (cuda:0, sm_90, driver 12.4): cuModuleLoadDataEx: CUDA_ERROR_UNSUPPORTED_PTX_VERSION", 0, false},
	} {
		fake(t, c.settings)
		_, err := Open(c.ordinal)
		require.ErrorContains(t, err, c.want)
		require.Equal(t, fault.Missing, fault.Status(err))
		_, err = Devices()
		if !c.devices {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.want)
		require.NotContains(t, err.Error(), "\n")
		require.Equal(t, fault.Missing, fault.Status(err))
	}
}

// A program starts where there is no driver, or none that starts. That is decided once
// in a process, thus others.
func TestNoDriver(t *testing.T) {
	if os.Getenv("APPROXTRAIN_TEST_NO_DRIVER") != "" {
		_, err := Devices()
		require.Equal(t, fault.Missing, fault.Status(err))
		_, again := Open(0)
		require.EqualError(t, again, err.Error())
		os.Stdout.WriteString("says: " + err.Error() + "\n")
		return
	}
	run := func(environment ...string) string {
		c := exec.Command(os.Args[0], "-test.run=^TestNoDriver$")
		c.Env = append(append(os.Environ(), "APPROXTRAIN_TEST_NO_DRIVER=1"), environment...)
		out, err := c.CombinedOutput()
		require.NoError(t, err, string(out))
		_, said, found := strings.Cut(string(out), "says: ")
		require.True(t, found, string(out))
		said, _, _ = strings.Cut(said, "\nPASS")
		return said
	}
	assert.Equal(t, "there is no CUDA driver: /nonexistent: cannot open shared object file: No such file or directory", run(shim.Variable+"=/nonexistent"))
	environment, err := standin.Environment("init=100")
	require.NoError(t, err)
	assert.Equal(t, "the CUDA driver does not start: cuInit: CUDA_ERROR_NO_DEVICE (no CUDA-capable device is detected)", run(environment...))
}

func TestOutOfMemory(t *testing.T) {
	fake(t, "memory=1048576")
	d := opened(t)
	p, err := d.Alloc(1 << 19)
	require.NoError(t, err)
	_, err = d.Alloc(1<<19 + 1)
	require.ErrorIs(t, err, driver.ErrMemory)
	require.EqualError(t, err, "cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY (out of memory)")
	_, err = d.Alloc(0)
	require.Error(t, err)
	require.NotErrorIs(t, err, driver.ErrMemory)
	free, total, err := d.Memory()
	require.NoError(t, err)
	assert.Equal(t, [2]int64{1 << 19, 1 << 20}, [2]int64{free, total})
	require.NoError(t, d.Free(p))
	require.ErrorContains(t, d.Free(p), "there is no memory at")
	require.ErrorContains(t, d.Sync(), "Stand-in (cuda:0, sm_90, driver 12.4): there is no memory at")
	require.NoError(t, d.Sync(), "an error is reported once")

	g := asDevice(t, d)
	g.Alloc(1 << 20)
	require.ErrorContains(t, g.Sync(), "allocation: out of memory on Stand-in (cuda:0, sm_90, driver 12.4): asked for 4.0 MiB, 1.0 MiB of 1.0 MiB are free")
}

// A launch that the driver refuses is an error of that launch alone.
func TestRefusedLaunch(t *testing.T) {
	fake(t, "refuse=3")
	d := asDevice(t, opened(t))
	x, y := d.Alloc(1000), d.Alloc(1000)
	d.Add(x, y)
	require.EqualError(t, d.Sync(), "addition of 1000 on gpu Stand-in (cuda:0, sm_90, driver 12.4): kernel add, 4 × 256 threads: "+
		"cuLaunchKernel: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (too many resources requested for launch)")
	d.Add(x, y)
	require.NoError(t, d.Sync())
}

// After a kernel has broken the context every call says so, and closing does not wait.
func TestLostDevice(t *testing.T) {
	s := fake(t, "break=2")
	d, err := Open(0)
	require.NoError(t, err)
	g := asDevice(t, d)
	x := g.Alloc(1000)
	g.ReLU(x, x)
	g.GELU(x, x)
	const lost = "cuStreamSynchronize: CUDA_ERROR_ILLEGAL_ADDRESS (an illegal memory access was encountered); the device is lost to this program. " +
		"Since it last answered 3 kernels were launched, the last one gelu on 4 × 1 × 1 blocks of 256 × 1 × 1 threads; with CUDA_LAUNCH_BLOCKING=1 it is the last one that fails"
	require.EqualError(t, g.Sync(), "Stand-in (cuda:0, sm_90, driver 12.4): "+lost)
	for range 2 {
		g.ReLU(x, x)
		require.ErrorContains(t, g.Sync(), "kernel relu, 4 × 256 threads: "+lost)
		require.ErrorContains(t, x.Read(make([]float32, 1000)), lost)
		_, err := d.Alloc(10)
		require.EqualError(t, err, lost)
		require.NotErrorIs(t, err, driver.ErrMemory)
		g.Alloc(1 << 20)
		require.ErrorContains(t, g.Sync(), lost)
	}
	require.EqualError(t, d.Close(), lost)
	left := s.Report()
	assert.Contains(t, left, "device 0: 1 uses of the context left", "a lost device is left as it is")
	assert.NotEmpty(t, left)
	s.Reset()
}

// The stand-in finds what this driver does not do.
func TestStandin(t *testing.T) {
	s := fake(t)
	d := opened(t)
	p, err := d.Alloc(400)
	require.NoError(t, err)
	require.NoError(t, d.Launch("zero", one, one, 0, p, uint32(1)))
	require.NoError(t, d.Free(p))
	require.NoError(t, d.Launch("zero", one, one, 0, p, uint32(1)))
	assert.Equal(t, []string{"kernel zero: argument 0 is memory that was freed"}, problems(s))
	require.Error(t, d.Upload(p, []byte{1}))
	assert.Contains(t, problems(s), "cuMemcpyHtoDAsync: the device has no such memory")
	require.NoError(t, d.Sync())
	s.Reset()
	require.NoError(t, d.lost)
	d.lost = errClosed // the reset took its context away
}

// problems returns what was done wrong so far.
func problems(s *standin.Standin) (all []string) {
	for _, l := range s.Report() {
		if !strings.HasSuffix(l, " left") {
			all = append(all, l)
		}
	}
	return all
}
