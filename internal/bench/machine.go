package bench

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/devices"
)

// Machine says what was measured.
type Machine struct {
	CPU    string `json:"cpu"`              // the model's name, or the architecture
	Cores  int    `json:"cores"`            // as the operating system counts them
	Device string `json:"device,omitempty"` // that computed; empty where figures say which instructions they used
}

func thisMachine() Machine { return Machine{CPU: cpuName(), Cores: runtime.NumCPU()} }

var modelName = regexp.MustCompile(`(?m)^model name\s*: (.*)$`)

func cpuName() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if g := modelName.FindSubmatch(info); err == nil && g != nil {
		return string(g[1])
	}
	return runtime.GOARCH
}

// openDevice opens a device by name, "" being the processor, and reports why it is the processor where that was
// not asked for. It returns the Watcher to use.
func openDevice(name string, threads int, w Watcher) (device.Device, Watcher, error) {
	if w == nil {
		w = silent{}
	}
	dev, note, err := devices.Open(cmp.Or(name, devices.CPU), threads)
	if err != nil {
		return nil, nil, err
	}
	if note != "" {
		w.Logf("%s", note)
	}
	return dev, w, nil
}

var peakLine = regexp.MustCompile(`(?m)^VmHWM:\s*(\d+) kB$`)

// peakMemory returns the most bytes of memory that this process had at any time.
func peakMemory() (float64, error) {
	const path = "/proc/self/status"
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("reading the peak of memory: %w", err)
	}
	g := peakLine.FindSubmatch(text)
	if g == nil {
		return 0, fmt.Errorf("reading the peak of memory: %s has no VmHWM", path)
	}
	kib, err := strconv.ParseFloat(string(g[1]), 64)
	return kib * 1024, err
}
