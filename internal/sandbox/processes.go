package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// process is one of the descendants.
type process struct {
	pid, parent int
	memory      uint64        // resident bytes
	processor   time.Duration // its own and that of children that have ended
}

// ticks is the unit of processor time in /proc on every architecture.
const ticks = 100

// descendants returns those of this process.
func descendants() []process {
	names, err := readNames("/proc")
	if err != nil {
		return nil
	}
	children := map[int][]process{}
	for _, name := range names {
		if name[0] < '1' || name[0] > '9' {
			continue
		}
		data, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue // it has ended
		}
		if p, err := parseStat(data); err == nil {
			children[p.parent] = append(children[p.parent], p)
		}
	}
	var out []process
	for next := children[os.Getpid()]; len(next) > 0; {
		p := next[0]
		out = append(out, p)
		next = append(next[1:len(next):len(next)], children[p.pid]...)
	}
	return out
}

// relatives returns some processes and their descendants. It asks the kernel for the children of each process, which
// takes a small part of the time of descendants. It may leave some out: of a process that ends meanwhile, and of
// kernels that keep no lists of children.
func relatives(next ...int) (out []process) {
	for ; len(next) > 0; next = next[1:] {
		data, err := os.ReadFile("/proc/" + strconv.Itoa(next[0]) + "/stat")
		if err != nil {
			continue // it has ended
		}
		if p, err := parseStat(data); err == nil {
			out = append(out, p)
			next = append(next, children(p.pid)...)
		}
	}
	return out
}

// children returns the children of all threads of a process.
func children(pid int) (out []int) {
	tasks := "/proc/" + strconv.Itoa(pid) + "/task"
	threads, err := readNames(tasks)
	if err != nil {
		return nil
	}
	for _, thread := range threads {
		list, err := os.ReadFile(tasks + "/" + thread + "/children")
		if err != nil {
			continue
		}
		for name := range bytes.FieldsSeq(list) {
			if n, err := strconv.Atoi(string(name)); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}

func readNames(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// parseStat reads a line of /proc/PID/stat (proc(5)). The program's name, in brackets,
// may hold anything.
func parseStat(line []byte) (p process, err error) {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 1 || end < open {
		return p, fmt.Errorf("%q is no line of /proc/PID/stat", line)
	}
	if p.pid, err = strconv.Atoi(string(bytes.TrimSpace(line[:open]))); err != nil {
		return p, err
	}
	f := bytes.Fields(line[end+1:])
	// Numbers of fields in proc(5), less the three before these.
	const parent, utime, cstime, rss = 4 - 3, 14 - 3, 17 - 3, 24 - 3
	if len(f) <= rss {
		return p, fmt.Errorf("%q is no line of /proc/PID/stat", line)
	}
	if p.parent, err = strconv.Atoi(string(f[parent])); err != nil {
		return p, err
	}
	for _, field := range f[utime : cstime+1] {
		n, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return p, err
		}
		p.processor += time.Duration(n) * time.Second / ticks
	}
	pages, err := strconv.ParseUint(string(f[rss]), 10, 64)
	p.memory = pages * uint64(os.Getpagesize())
	return p, err
}
