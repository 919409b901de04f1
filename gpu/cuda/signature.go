package cuda

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
)

// signature are the sizes of a kernel's parameters in bytes. The driver knows them and
// does not compare: an argument of another size is read beyond its end.
type signature []int

var (
	entry     = regexp.MustCompile(`(?s)\.visible \.entry (\w+)\((.*?)\)`)
	parameter = regexp.MustCompile(`\.param (?:\.align \d+ )?\.[a-z](\d+) \w+(?:\[(\d+)\])?`)
)

// signatures returns the kernels of a PTX file.
func signatures(ptx []byte) (map[string]signature, error) {
	kernels := map[string]signature{}
	for _, e := range entry.FindAllSubmatch(ptx, -1) {
		s := signature{}
		for _, p := range parameter.FindAllSubmatch(e[2], -1) {
			bits, _ := strconv.Atoi(string(p[1]))
			count := 1
			if len(p[2]) > 0 {
				count, _ = strconv.Atoi(string(p[2]))
			}
			s = append(s, bits/8*count)
		}
		if n := bytes.Count(e[2], []byte(".param")); n != len(s) {
			return nil, fmt.Errorf("kernel %s has %d parameters, of which %d are understood: %s", e[1], n, len(s), e[2])
		}
		kernels[string(e[1])] = s
	}
	if n := bytes.Count(ptx, []byte(".entry ")); n != len(kernels) || n == 0 {
		return nil, fmt.Errorf("the PTX has %d kernels, of which %d are understood", n, len(kernels))
	}
	return kernels, nil
}

// check is an error unless arguments of these sizes fit.
func (s signature) check(sizes []int) error {
	if len(sizes) != len(s) {
		return fmt.Errorf("%d arguments, expected %d", len(sizes), len(s))
	}
	for i, n := range sizes {
		if n != s[i] {
			return fmt.Errorf("argument %d has %d bytes, expected %d", i, n, s[i])
		}
	}
	return nil
}
