package ptx

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Loop is the innermost loop of a product's kernel that takes the fewest instructions
// for a product, as machine code.
type Loop struct {
	Products, Instructions int
	Kinds                  map[string]int // instructions by name, without what follows a dot but for loads
}

// PerProduct returns how many instructions are issued for a product.
func (l Loop) PerProduct() float64 { return float64(l.Instructions) / float64(l.Products) }

var (
	function    = regexp.MustCompile(`^\s*Function : (\w+)`)
	instruction = regexp.MustCompile(`^\s*/\*([0-9a-f]{4,})\*/\s+(?:@!?U?P\w+\s+)?([A-Z0-9_.]+)([^;]*);`)
	target      = regexp.MustCompile(`0x([0-9a-f]+)\s*$`)
)

// Loops reads what cuobjdump -sass printed and returns the loop of each product's kernel.
func Loops(sass []byte) (map[string]Loop, error) {
	type step struct {
		at         int64
		name, rest string
	}
	kernels := map[string][]step{}
	name := ""
	lines := bufio.NewScanner(bytes.NewReader(sass))
	for lines.Scan() {
		if m := function.FindStringSubmatch(lines.Text()); m != nil {
			name = m[1]
		} else if m := instruction.FindStringSubmatch(lines.Text()); m != nil {
			at, err := strconv.ParseInt(m[1], 16, 64)
			if err != nil {
				return nil, fmt.Errorf("reading machine code: %w", err)
			}
			kernels[name] = append(kernels[name], step{at, m[2], m[3]})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading machine code: %w", err)
	}
	loops := map[string]Loop{}
	for name, steps := range kernels {
		if !IsProduct(name) {
			continue
		}
		where, begin := map[int64]int{}, 0 // the end of the last loop: loops after it have none inside
		for i, s := range steps {
			where[s.at] = i
			if s.name != "BRA" {
				continue
			}
			m := target.FindStringSubmatch(s.rest)
			if m == nil {
				continue
			}
			to, _ := strconv.ParseInt(m[1], 16, 64)
			first, back := where[to]
			if !back || first < begin {
				continue
			}
			begin = i
			l := Loop{Instructions: i - first + 1, Kinds: map[string]int{}}
			for _, s := range steps[first : i+1] {
				l.Kinds[kind(s.name)]++
			}
			l.Products = l.Kinds[productKind(name)]
			best, there := loops[name]
			if l.Products > 0 && (!there || l.PerProduct() < best.PerProduct()) {
				loops[name] = l
			}
		}
		if _, ok := loops[name]; !ok {
			return nil, fmt.Errorf("no loop of kernel %s has products (%s) in it", name, productKind(name))
		}
	}
	return loops, nil
}

// kind returns the name of an instruction without its variants.
func kind(name string) string {
	if strings.HasPrefix(name, "LD") {
		return name
	}
	base, _, _ := strings.Cut(name, ".")
	return base
}

// productKind returns the instruction that there is one of for each product.
func productKind(kernel string) string {
	switch {
	case strings.Contains(kernel, "_native_"):
		return "FMUL"
	case strings.Contains(kernel, "_integers"):
		return "FADD"
	}
	return "FFMA"
}

var product = regexp.MustCompile(`^(gemm|forward|input_grad|weight_grad)_\w+_(large|small)$`)

// IsProduct says whether a kernel computes a matrix product or a convolution of binary32 numbers.
func IsProduct(kernel string) bool {
	return product.MatchString(kernel)
}

// Adds says whether a kernel adds up products of numbers or of codes.
func Adds(kernel string) bool { return IsProduct(kernel) || strings.HasPrefix(kernel, "integer_") }
