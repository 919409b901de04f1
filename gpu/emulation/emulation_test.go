package emulation

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// planted are kernels with faults, and the same without.
const planted = `
#include "cuda.cuh"

struct Exchange { uint8_t bytes[64]; };

// exchange reverses 64 bytes.
template <bool BARRIER> DEVICE void exchange(uint8_t *x, Exchange &memory)
{
	memory.bytes[thread_x()] = x[thread_x()];
	if (BARRIER)
		barrier();
	x[thread_x()] = memory.bytes[63 - thread_x()];
}

KERNEL(exchange_right)(uint8_t *x)
{
	SHARED(Exchange, memory);
	exchange<true>(x, memory);
}
EXPORT(exchange_right)

KERNEL(exchange_without_barrier)(uint8_t *x)
{
	SHARED(Exchange, memory);
	exchange<false>(x, memory);
}
EXPORT(exchange_without_barrier)

KERNEL(barrier_for_some)(uint8_t *x)
{
	if (thread_x() < 32)
		barrier();
	x[thread_x()] = 0;
}
EXPORT(barrier_for_some)

KERNEL(two_barriers)(uint8_t *x)
{
	if (thread_x() < 32)
		barrier();
	else
		barrier();
	x[thread_x()] = 0;
}
EXPORT(two_barriers)

KERNEL(bytes_for_some)(uint8_t *x)
{
	int sums[4] = {};
	const uint32_t ones[4] = {}, others[2] = {};
	if (thread_x() < 40)
		add_byte_products(sums, ones, others);
	x[thread_x()] = (uint8_t)sums[0];
}
EXPORT(bytes_for_some)

// Each warp leaves a byte for the other one.
template <bool BARRIER> DEVICE void across_warps(uint8_t *x, Exchange &memory)
{
	int sums[4] = {};
	const uint32_t ones[4] = {}, others[2] = {};
	memory.bytes[thread_x()] = x[thread_x()];
	add_byte_products(sums, ones, others); // no barrier of the block
	if (BARRIER)
		barrier();
	x[thread_x()] = memory.bytes[63 - thread_x()];
}

KERNEL(across_right)(uint8_t *x)
{
	SHARED(Exchange, memory);
	across_warps<true>(x, memory);
}
EXPORT(across_right)

KERNEL(across_without_barrier)(uint8_t *x)
{
	SHARED(Exchange, memory);
	across_warps<false>(x, memory);
}
EXPORT(across_without_barrier)

KERNEL(vote)(uint8_t *x) { x[thread_x()] = barrier_or(x[thread_x()] == 7); }
EXPORT(vote)

KERNEL(beyond_the_end)(uint8_t *x) { x[64 + thread_x()] = 0; }
EXPORT(beyond_the_end)
`

// run launches a kernel on one block of 64 threads and returns what it makes of 0 … 63.
func run(t *testing.T, d *Driver, kernel string) ([]byte, error) {
	x := make([]byte, 64)
	for i := range x {
		x[i] = byte(i)
	}
	p, err := d.Alloc(len(x))
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Free(p)) }()
	require.NoError(t, d.Upload(p, x))
	require.NoError(t, d.Launch(kernel, driver.Dim{X: 1, Y: 1, Z: 1}, driver.Dim{X: 64, Y: 1, Z: 1}, 0, p))
	if err := d.Sync(); err != nil {
		return nil, err
	}
	require.NoError(t, d.Download(x, p))
	return x, nil
}

func TestBarriers(t *testing.T) {
	want, ones := make([]byte, 64), make([]byte, 64)
	for i := range want {
		want[i], ones[i] = byte(63-i), 1
	}
	for _, reverse := range []bool{false, true} {
		d, err := New(Options{Threads: 1, Reverse: reverse, Kernels: planted})
		require.NoError(t, err)
		got, err := run(t, d, "exchange_right")
		require.NoError(t, err)
		assert.Equal(t, want, got)
		got, err = run(t, d, "vote")
		require.NoError(t, err)
		assert.Equal(t, ones, got, "one of 64 votes")

		// The first thread finds what nobody wrote yet.
		got, err = run(t, d, "exchange_without_barrier")
		require.NoError(t, err)
		assert.NotEqual(t, want, got, "a missing barrier shows")
		assert.Contains(t, got, byte(0xcd))

		_, err = run(t, d, "barrier_for_some")
		require.ErrorContains(t, err, "kernel barrier_for_some: divergent barrier in block 0: thread 0 waits at unit.cu:")
		require.ErrorContains(t, err, "thread 32 has returned")
		_, err = run(t, d, "two_barriers")
		require.ErrorContains(t, err, "thread 32 waits at unit.cu:")
		_, err = run(t, d, "bytes_for_some")
		require.ErrorContains(t, err, "kernel bytes_for_some: divergent barrier in block 0: thread 32 waits at emulation.h:")
		require.ErrorContains(t, err, "thread 40 has returned")
		require.NoError(t, d.Sync(), "an error is reported once")
		got, err = run(t, d, "across_right")
		require.NoError(t, err)
		assert.Equal(t, want, got)
		got, err = run(t, d, "across_without_barrier")
		require.NoError(t, err)
		assert.NotEqual(t, want, got, "what a warp does together is no barrier of the block")
		got, err = run(t, d, "exchange_right")
		require.NoError(t, err, "after an error")
		assert.Equal(t, want, got)
		require.NoError(t, d.Close())
	}
}

func TestArguments(t *testing.T) {
	d, err := New(Options{Threads: 2, Memory: 1000, Kernels: planted})
	require.NoError(t, err)
	one := driver.Dim{X: 1, Y: 1, Z: 1}
	for _, c := range []struct {
		want, kernel string
		block        driver.Dim
		args         []any
	}{
		{"there is no such kernel", "none", one, nil},
		{"0 arguments, expected 1", "vote", one, nil},
		{"argument 0 has 4 bytes, expected 8", "vote", one, []any{int32(1)}},
		{"a block of 2048 threads", "vote", driver.Dim{X: 64, Y: 32, Z: 1}, []any{driver.Pointer(0)}},
	} {
		require.NoError(t, d.Launch(c.kernel, one, c.block, 0, c.args...))
		require.ErrorContains(t, d.Sync(), "kernel "+c.kernel+": "+c.want)
	}
	_, err = d.Alloc(1001)
	require.ErrorContains(t, err, "no 1001 bytes")
	p, err := d.Alloc(600)
	require.NoError(t, err)
	free, total, err := d.Memory()
	require.NoError(t, err)
	assert.Equal(t, [2]int64{400, 1000}, [2]int64{free, total})
	require.Error(t, d.Upload(p+100, make([]byte, 501)))
	require.Error(t, d.Download(make([]byte, 1), p+600))
	require.NoError(t, d.Free(p))
	require.ErrorContains(t, d.Free(p), "there is no memory at")
}

// Kernels of several units are launched by name.
func TestCompile(t *testing.T) {
	unit := func(body string, names ...string) string {
		text := "#include \"cuda.cuh\"\n"
		for _, n := range names {
			text += "KERNEL(" + n + ")(uint8_t *x) { " + body + " } EXPORT(" + n + ")\n"
		}
		return text
	}
	d, err := New(Options{Threads: 1, Kernels: unit("x[thread_x()] = 1;", "first")})
	require.NoError(t, err)
	_, err = run(t, d, "second")
	require.ErrorContains(t, err, "kernel second: there is no such kernel")
	require.NoError(t, d.Compile(unit("x[thread_x()] = 2; barrier();", "second", "first")))
	require.NoError(t, d.Compile(unit("x[thread_x()] = 3;", "third", "second")))
	for i, kernel := range []string{"first", "second", "third"} {
		x, err := run(t, d, kernel)
		require.NoError(t, err)
		assert.Equal(t, bytes.Repeat([]byte{byte(i + 1)}, 64), x, kernel)
	}
	err = d.Compile(unit("x = 1.5;", "wrong"))
	require.ErrorContains(t, err, "unit.cu:2:")
	require.Equal(t, fault.Failed, fault.Status(err))
	t.Setenv("CXX", "no-such-compiler")
	require.Equal(t, fault.Missing, fault.Status(d.Compile(unit("x[0] = 4;", "fourth"))))
}

// An access beyond a buffer ends a process whose kernels were compiled with sanitizers.
func TestSanitizer(t *testing.T) {
	const variable = "APPROXTRAIN_TEST_PLANTED"
	if kernel := os.Getenv(variable); kernel != "" {
		d, err := New(Options{Threads: 1, Sanitize: true, Kernels: planted})
		require.NoError(t, err)
		_, err = run(t, d, kernel)
		require.NoError(t, err)
		return
	}
	environment, err := SanitizerEnvironment()
	require.NoError(t, err)
	child := func(kernel string) (string, error) {
		c := exec.Command(os.Args[0], "-test.run=^TestSanitizer$", "-test.v")
		c.Env = append(append(os.Environ(), environment...), variable+"="+kernel)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	out, err := child("exchange_right")
	require.NoError(t, err, out)
	out, err = child("beyond_the_end")
	require.Error(t, err, out)
	assert.Contains(t, out, "heap-buffer-overflow")
	assert.Contains(t, out, "beyond_the_end")
}
