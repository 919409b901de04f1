package cpu

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// A function that makes system calls by itself needs no library; the sandbox in which it is
// tried, before it is loaded here, names what it does.
func TestTrialInSandbox(t *testing.T) {
	needCompiler(t)
	d := &Device{threads: 1, level: generic}
	const call = `static long call(long n, long a, long b, long c) {
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return r;
}
`
	for _, c := range []struct{ body, want string }{
		{`call(2, (long)"beside.txt", 0101, 0644)`, `beside.txt for writing, which the sandbox forbids; operands a = `},
		{`call(2, (long)"/etc/shadow", 0, 0)`, `it opens /etc/shadow, which the sandbox forbids; operands a = `},
		{`call(41, 2, 1, 0)`, `it opens a socket (AF_INET), which the sandbox forbids; operands a = `},
		{`call(57, 0, 0, 0)`, `it starts a process (fork), which the sandbox forbids; operands a = `},
		{`call(9, 0, 8l << 30, 3)`, `it takes more than 4.0 GiB of memory, 8.0 GiB at once`},
		{`call(87, (long)"/tmp/x", 0, 0)`, `it changes /tmp/x (unlink), which the sandbox forbids`},
	} {
		_, err := d.Functional(device.Model{Name: "f.c", Func: "f", File: "f.c",
			Source: call + "float f(float a, float b) { if (a == 3) " + c.body + "; return a * b; }"})
		require.ErrorContains(t, err, c.want)
		assert.ErrorContains(t, err, "the model f.c: its function f was ended: it ")
		assert.Equal(t, fault.Failed, fault.Status(err))
	}
	assert.NoFileExists(t, "beside.txt")
}
