package cpu

import (
	"bytes"
	"debug/elf"
	"debug/gosym"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// The emulator runs assembly functions of this program on an emulated processor
// that has AVX-512, without an operating system: Bochs boots a disk with a driver
// (testdata/bare), the functions' code, and the calls to make. Memory below 16 MiB
// holds the program where it was linked, the job lies behind the driver.
const (
	driverAddress = 0x1000000
	jobAddress    = 0x1010000
	sectorSize    = 512
)

// emulator collects calls.
type emulator struct {
	t      *testing.T
	memory []byte // what functions read and write, at address
	calls  []uint64
	where  map[string][2]uint64 // begin and end of functions, by name
}

// address is where the emulator's memory lies: well behind the job.
const memoryAddress = 0x4000000

// newEmulator skips the test where there is no emulator to run, except in CI.
func newEmulator(t *testing.T) *emulator {
	for _, tool := range []string{"bochs-bin", "gcc", "ld"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				require.NoError(t, err, "`scripts/bootstrap --emulator` installs it")
			}
			t.Skipf("%v; `scripts/bootstrap --emulator` installs it", err)
		}
	}
	e := &emulator{t: t, where: map[string][2]uint64{}}
	f := e.program()
	defer f.Close()
	table, err := f.Section(".gopclntab").Data()
	require.NoError(t, err)
	symbols, err := gosym.NewTable(nil, gosym.NewLineTable(table, f.Section(".text").Addr))
	require.NoError(t, err)
	// A program that can load libraries begins with a little C, of which the table
	// does not know: everything lies as much further on as this function does.
	self := runtime.FuncForPC(reflect.ValueOf(newEmulator).Pointer())
	shift := uint64(self.Entry()) - symbols.LookupFunc(self.Name()).Entry
	for _, fn := range symbols.Funcs { // the assembly is longer than the wrapper of its name
		if at := e.where[fn.Name]; fn.End-fn.Entry > at[1]-at[0] {
			e.where[fn.Name] = [2]uint64{fn.Entry + shift, fn.End + shift}
		}
	}
	return e
}

func (e *emulator) program() *elf.File {
	path, err := os.Executable()
	require.NoError(e.t, err)
	f, err := elf.Open(path)
	require.NoError(e.t, err)
	return f
}

// put places data in the emulated memory, at a cache line, and returns its address.
func put[T byte | float32 | uint32](e *emulator, data []T) uint64 {
	for len(e.memory)%64 != 0 {
		e.memory = append(e.memory, 0)
	}
	at := memoryAddress + uint64(len(e.memory))
	size := int(unsafe.Sizeof(data[0])) * len(data)
	e.memory = append(e.memory, unsafe.Slice((*byte)(unsafe.Pointer(&data[0])), size)...)
	return at
}

// get returns n values at an address.
func get[T byte | float32 | uint32](e *emulator, at uint64, n int) []T {
	out := make([]T, n)
	size := int(unsafe.Sizeof(out[0])) * n
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), size), e.memory[at-memoryAddress:])
	return out
}

// call asks for a call of an assembly function.
func (e *emulator) call(function any, arguments ...uint64) {
	name := runtime.FuncForPC(reflect.ValueOf(function).Pointer()).Name()
	at, ok := e.where[name]
	require.True(e.t, ok, "no function %s", name)
	e.calls = append(e.calls, at[0])
	for i := range 7 {
		a := uint64(0)
		if i < len(arguments) {
			a = arguments[i]
		}
		e.calls = append(e.calls, a)
	}
}

// run makes the calls; get then returns what they left.
func (e *emulator) run() {
	t, dir := e.t, e.t.TempDir()
	shell := func(name string, args ...string) {
		out, err := exec.Command(name, args...).CombinedOutput()
		require.NoError(t, err, "%s %v: %s", name, args, out)
	}
	boot, driver := filepath.Join(dir, "boot"), filepath.Join(dir, "driver")
	shell("gcc", "-c", "testdata/bare/boot.S", "-o", boot+".o")
	shell("ld", "-Ttext=0x7c00", "--oformat", "binary", "-o", boot, boot+".o")
	shell("gcc", "-O2", "-ffreestanding", "-fno-stack-protector", "-fno-pie", "-fcf-protection=none", "-mno-red-zone", "-mgeneral-regs-only", "-Wall", "-Werror",
		"-fno-asynchronous-unwind-tables", "-c", "testdata/bare/driver.c", "-o", driver+".o")
	shell("ld", "-T", "testdata/bare/link.ld", "--oformat", "binary", "-o", driver, driver+".o")

	// The job: its head, parts, calls, then what the parts and the memory hold.
	f := e.program()
	defer f.Close()
	var parts []uint64
	var content []byte
	e.memory = append(e.memory, make([]byte, 2*sectorSize-len(e.memory)%sectorSize)...)
	features := memoryAddress + uint64(len(e.memory)) - 8
	head := 8 * (6 + 3*4 + len(e.calls))
	add := func(to uint64, data []byte) {
		parts = append(parts, to, jobAddress+uint64(head+len(content)), uint64(len(data)))
		content = append(content, data...)
	}
	for _, name := range []string{".text", ".rodata", ".noptrdata"} {
		s := f.Section(name)
		data, err := s.Data()
		require.NoError(t, err)
		if name == ".text" { // only this package's assembly
			first, last := e.span()
			data, s.Addr = data[first-s.Addr:last-s.Addr], first
		}
		require.Less(t, s.Addr+uint64(len(data)), uint64(driverAddress))
		add(s.Addr, data)
	}
	add(memoryAddress, e.memory)
	image := read(t, boot)
	image = append(image, read(t, driver)...)
	image = append(image, make([]byte, sectorSize+jobAddress-driverAddress-len(image))...)
	pad := func() {
		image = append(image, make([]byte, (sectorSize-len(image)%sectorSize)%sectorSize)...)
	}
	words := []uint64{4, uint64(len(e.calls) / 8), memoryAddress, 0, uint64(len(e.memory) / sectorSize), features}
	size := head + len(content)
	words[3] = uint64(len(image)+size+sectorSize-1) / sectorSize
	for _, list := range [][]uint64{words, parts, e.calls} {
		for _, w := range list {
			image = binary.LittleEndian.AppendUint64(image, w)
		}
	}
	image = append(image, content...)
	pad()
	binary.LittleEndian.PutUint32(image[506:], uint32(len(image)/sectorSize-1))
	result := len(image)
	require.EqualValues(t, words[3], result/sectorSize)
	image = append(image, make([]byte, len(e.memory))...)
	const cylinder = 16 * 63 * sectorSize
	cylinders := len(image)/cylinder + 1
	image = append(image, make([]byte, cylinders*cylinder-len(image))...)
	disk := filepath.Join(dir, "disk")
	require.NoError(t, os.WriteFile(disk, image, 0o644))

	e.boot(dir, disk, cylinders)
	e.memory = read(t, disk)[result:][:len(e.memory)]
	have := binary.LittleEndian.Uint64(e.memory[features-memoryAddress:])
	require.NotZero(t, have, "the emulated processor did not get to the end: %s", tail(filepath.Join(dir, "log")))
	for _, bit := range []uint{16, 30, 31, 33} { // F, BW, VL, VBMI
		require.NotZero(t, have>>bit&1, "the emulated processor lacks a part of AVX-512: features %#x, bit %d", have, bit)
	}
}

// span is where the assembly functions lie that are called.
func (e *emulator) span() (first, last uint64) {
	first = ^uint64(0)
	for _, at := range e.where {
		for i := 0; i < len(e.calls); i += 8 {
			if e.calls[i] == at[0] {
				first, last = min(first, at[0]), max(last, at[1])
				break
			}
		}
	}
	return first, last
}

// boot runs the emulator until the driver ends it.
func (e *emulator) boot(dir, disk string, cylinders int) {
	config := filepath.Join(dir, "config")
	require.NoError(e.t, os.WriteFile(config, []byte(`display_library: term
cpu: model=tigerlake, ips=50000000, reset_on_triple_fault=0
clock: sync=none
megs: 128
romimage: file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
sound: driver=dummy
speaker: enabled=0
boot: disk
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=disk, path=`+disk+`, mode=flat, cylinders=`+strconv.Itoa(cylinders)+`, heads=16, spt=63
log: `+filepath.Join(dir, "log")+`
panic: action=fatal
`), 0o644))
	commands := filepath.Join(dir, "commands") // for its debugger
	require.NoError(e.t, os.WriteFile(commands, []byte("c\nq\n"), 0o644))
	c := exec.Command("bochs-bin", "-q", "-f", config, "-rc", commands)
	c.Env = append(os.Environ(), "TERM=vt100")
	require.NoError(e.t, c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case <-ended: // the driver's way to end it is a panic: what it left says whether it got there
	case <-time.After(5 * time.Minute):
		c.Process.Kill()
		require.Fail(e.t, "the emulator did not end", "%s", tail(filepath.Join(dir, "log")))
	}
}

func read(t *testing.T, path string) []byte {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// tail returns the end of a file.
func tail(path string) string {
	data, _ := os.ReadFile(path)
	lines := bytes.Split(data, []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-80):], []byte("\n")))
}
