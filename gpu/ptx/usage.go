package ptx

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"strconv"
)

// Usage is the share of a multiprocessor that a kernel takes, as ptxas -v prints it.
type Usage struct {
	Kernel                  string
	Registers               int // of a thread
	Stack                   int // bytes of a thread
	SpillStores, SpillLoads int // bytes of a thread
	Shared                  int // bytes of a block
	Threads                 int // of a block
}

var (
	compiling = regexp.MustCompile(`^ptxas info +: Compiling entry function '(\w+)' for '(\w+)'`)
	frame     = regexp.MustCompile(`^ +(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads`)
	used      = regexp.MustCompile(`^ptxas info +: Used (\d+) registers`)
	shared    = regexp.MustCompile(`, (\d+) bytes smem`)
	bounds    = regexp.MustCompile(`\.maxntid (\d+)`)
)

// elementThreads are the threads of a block where a kernel does not say; blockSize of
// package gpu.
const elementThreads = 256

// Usages reads what ptxas -v printed about kernels whose PTX is text. It is an error if
// ptxas said nothing of one.
func Usages(messages []byte, text string) ([]Usage, error) {
	found := map[string]*Usage{}
	var of *Usage
	number := func(s string) int { n, _ := strconv.Atoi(s); return n } // digits, says the pattern
	lines := bufio.NewScanner(bytes.NewReader(messages))
	for lines.Scan() {
		line := lines.Text()
		if m := compiling.FindStringSubmatch(line); m != nil {
			of = &Usage{Kernel: m[1]}
			continue
		}
		if of == nil {
			continue
		}
		if m := frame.FindStringSubmatch(line); m != nil {
			of.Stack, of.SpillStores, of.SpillLoads = number(m[1]), number(m[2]), number(m[3])
		}
		if m := used.FindStringSubmatch(line); m != nil {
			of.Registers = number(m[1])
			if m := shared.FindStringSubmatch(line); m != nil {
				of.Shared = number(m[1])
			}
			found[of.Kernel], of = of, nil
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading what ptxas says: %w", err)
	}
	var all []Usage
	for _, e := range Entries(text) {
		u := found[e.Name]
		if u == nil {
			return nil, fmt.Errorf("ptxas -v says nothing of kernel %s", e.Name)
		}
		u.Threads = elementThreads
		if m := bounds.FindStringSubmatch(e.Text); m != nil {
			u.Threads = number(m[1])
		}
		all = append(all, *u)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there are no kernels in the PTX")
	}
	return all, nil
}

// Multiprocessor holds the resources that blocks share.
type Multiprocessor struct {
	Arch                    string
	Registers, Warps        int
	Shared, SharedOfABlock  int // bytes: of all, and what a block takes for the system
	Blocks, RegisterGranule int // registers of a warp are given in granules
}

// Multiprocessors are those that ptx-report knows; from the CUDA C++ Programming Guide,
// Compute Capabilities.
var Multiprocessors = []Multiprocessor{
	{"sm_80", 65536, 64, 164 << 10, 1 << 10, 32, 256}, // A100
	{"sm_90", 65536, 64, 228 << 10, 1 << 10, 32, 256}, // H100, H200
}

// Occupancy returns how many blocks of a kernel a multiprocessor runs at once, and the resource
// that limits them.
func (m Multiprocessor) Occupancy(u Usage) (blocks int, by string) {
	warps := (u.Threads + 31) / 32
	up := func(n, granule int) int { return (n + granule - 1) / granule * granule }
	blocks, by = m.Blocks, "blocks"
	limit := func(n int, what string) {
		if n < blocks {
			blocks, by = n, what
		}
	}
	limit(m.Warps/warps, "threads")
	if u.Registers > 0 {
		limit(m.Registers/up(u.Registers*32, m.RegisterGranule)/warps, "registers")
	}
	limit(m.Shared/(up(u.Shared, 128)+m.SharedOfABlock), "shared memory")
	return blocks, by
}
