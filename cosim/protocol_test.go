package cosim

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestProtocolMatchesHeader compiles the C++ side of the protocol and compares
// sizes, offsets and numbers with this one.
func TestProtocolMatchesHeader(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, writeHarness(dir))
	const program = `#include "protocol.h"
#include <cstddef>
#include <cstdio>
using namespace approxtrain;
int main() {
    printf("%zu %zu %zu %zu\n", sizeof(Command), offsetof(Command, a0), offsetof(Command, step), offsetof(Command, out));
    printf("%zu %zu %zu\n", offsetof(Command, rows), offsetof(Command, manner), offsetof(Command, valid));
    printf("%zu %zu\n", sizeof(Reply), offsetof(Reply, done));
    printf("%zu %zu %zu %d\n", offsetof(Shared, file), offsetof(Shared, message), sizeof(Shared::message), (int)kDataOffset);
    printf("%zu %zu\n", offsetof(Shared, cycles), offsetof(Shared, want));
    printf("%d %d %d %d %d %d %d %d %d %d\n", kReset, kSweep, kEval, kProbe, kTrace, kCoverage, kDescribe, kWalk, kLearn, kIdle);
    printf("%d %d %d %d %d %d %d %d %d %d\n", kOk, kNeverReady, kNeverValid, kFinished, kStopped, kFatal, kUnsupported, kDiffers, kSecond, kWithdrawn);
    printf("%d %d %d %d\n", kSteady, kHeld, kPaused, kInFlight);
}`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p.cc"), []byte(program), 0o644))
	tools, err := findTools(t.Context(), false)
	require.NoError(t, err)
	exe := filepath.Join(dir, "p")
	require.NoError(t, compileCXX(writing(t.Context(), dir), tools, "-std=c++17", filepath.Join(dir, "p.cc"), "-o", exe))
	got, err := exec.Command(exe).Output()
	require.NoError(t, err)
	var c command
	var a answer
	want := fmt.Sprintln(unsafe.Sizeof(c), unsafe.Offsetof(c.A0), unsafe.Offsetof(c.Step), unsafe.Offsetof(c.Out)) +
		fmt.Sprintln(unsafe.Offsetof(c.Rows), unsafe.Offsetof(c.Manner), unsafe.Offsetof(c.Valid)) +
		fmt.Sprintln(unsafe.Sizeof(a), unsafe.Offsetof(a.Done)) +
		fmt.Sprintln(fileOffset, textOffset, textLength, dataOffset) +
		fmt.Sprintln(cyclesOffset, foundOffset) +
		fmt.Sprintln(opReset, opSweep, opEval, opProbe, opTrace, opCoverage, opDescribe, opWalk, opLearn, opIdle) +
		fmt.Sprintln(statusOK, statusNeverReady, statusNeverValid, statusFinished, statusStopped, statusFatal, statusUnsupported,
			statusDiffers, statusSecond, statusWithdrawn) +
		fmt.Sprintln(uint32(Steady), uint32(Held), uint32(Paused), uint32(InFlight))
	assert.Equal(t, want, string(got))
}
