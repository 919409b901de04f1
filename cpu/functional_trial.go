package cpu

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"approxtrain/device"
	"approxtrain/internal/buildcache"
	"approxtrain/internal/fault"
	"approxtrain/internal/tool"
)

//go:embed functional/trial.c
var trialSource string

// tryModel multiplies pairs of operands by a compiled model in a process of its own, where a
// crash is an error and not the end of training. It returns how many pairs that were: those of a
// slow function are as many as a twentieth of a second allows.
func tryModel(m device.Model, path string) (tried int, err error) {
	program, err := compileTrial(m)
	if err != nil {
		return 0, err
	}
	x, y := trialOperands()
	var in bytes.Buffer
	for _, part := range []any{int32(len(x)), int32(len(y)), x, y} {
		binary.Write(&in, binary.NativeEndian, part) // into memory, of fixed sizes
	}
	c := exec.Command(program, path)
	var out, messages bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = &in, &out, &messages
	c.WaitDelay = time.Second // if it left another process behind
	ended := c.Run()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n") // the function may print as well
	last := lines[len(lines)-1]
	if n, _ := fmt.Sscanf(last, "done %d", &tried); n == 1 && ended == nil {
		return tried, nil
	}
	what := "ended the process that tried it"
	if ended != nil {
		what += ": " + ended.Error()
	}
	var reason string
	var number, multiplying int
	var p, q uint32
	if n, _ := fmt.Sscanf(last, "%s %d %d %d %d", &reason, &number, &p, &q, &multiplying); n == 5 {
		switch {
		case reason == "exit":
			what = "ended the program"
		case number == int(unix.SIGPROF):
			what = "did not return within a second"
		case number == int(unix.SIGALRM):
			what = "waited for something and did not return within ten seconds"
		default:
			what = "crashed: " + signalName(number)
		}
		if multiplying == 1 {
			what += fmt.Sprintf("; operands a = %v (%#08x), b = %v (%#08x)", math.Float32frombits(p), p, math.Float32frombits(q), q)
		}
	}
	if messages.Len() > 0 {
		what += "\n" + tool.FirstLines(messages.String(), 4)
	}
	return 0, fault.Failedf("the model %s: its function %s %s", m.File, m.Func, what)
}

// signalName returns "SIGSEGV (segmentation fault)".
func signalName(number int) string {
	s := syscall.Signal(number)
	return fmt.Sprintf("%s (%v)", unix.SignalName(s), s)
}

// compileTrial returns the program of trial.c, made by the model's compiler.
func compileTrial(m device.Model) (string, error) {
	c, err := compilerOf(m)
	if err != nil {
		return "", err
	}
	key := &buildcache.Key{}
	key.Add("trial 1", c.path, c.version, c.language, trialSource)
	dir, _, err := buildcache.Entry("models", key.Sum(), func(dir string) error {
		_, err := c.run(trialSource, "the program that tries models", "-O1", "-w", "-x", c.language, "-", "-ldl", "-o", filepath.Join(dir, "trial"))
		return err
	})
	return filepath.Join(dir, "trial"), err
}

// trialOperands returns operands of which all pairs are tried: numbers at which the rules of
// multipliers change, then those that inconsistent multiplies.
func trialOperands() (x, y []float32) {
	for _, v := range []float32{0, 1, 2, 3, 0.5, 1.5, 1e-3, 255, 1e-45, 1e-40, 0x1p-126, 0x1p-127, 0x1p64, 0x1p-64, 1e30,
		math.MaxFloat32, float32(math.Inf(1)), math.Float32frombits(0x7fc00000), math.Float32frombits(0x7f800001), math.Float32frombits(0x3fffffff)} {
		for _, sign := range []uint32{0, 1 << 31} {
			x = append(x, math.Float32frombits(math.Float32bits(v)|sign))
		}
	}
	p, q := consistencyOperands()
	return append(x, p...), append(x[:len(x):len(x)], q...)
}
