package intgemm

import "fmt"

// way is a fast way to products.
type way interface {
	// length is the greatest number of products of a sum that is formed at once.
	length() int
	// block is the number of rows of A that are best multiplied together.
	block() int
	// pack prepares B of k × n indices, row-major. The sum over what the operands add is the product.
	pack(b line, k, n int) []operand
}

// operand is B packed by a part of a way.
type operand interface {
	// add adds the sums of products with rows of A to out, modulo 2^32. Rows of out lie stride numbers apart, and there is
	// room for a multiple of tileRows of them; stride is a multiple of columns.
	add(w *workspace, rows []line, out []int32, stride int)
}

// part makes operands of B.
type part interface {
	pack(b line, k, n int) operand
}

// parts is a way that adds up parts.
type parts struct {
	list           []part
	limit, rowsFit int
}

func (p parts) length() int { return p.limit }
func (p parts) block() int  { return p.rowsFit }

func (p parts) pack(b line, k, n int) []operand {
	var list []operand
	for _, q := range p.list {
		list = append(list, q.pack(b, k, n))
	}
	return list
}

// tileRows is the number of rows of a tile of native products.
const tileRows = 6

// workspace is the memory of one goroutine for the operands of a chunk.
type workspace struct {
	lines   []line
	bytes   []uint8
	words   []int16
	row     []int32
	codes   []uint16
	signs   []int16
	sums    []int32
	entries []entry
	lists   []lists
	tables  []int16
}

// chooser chooses a way.
type chooser struct {
	*Multiplier
	table              Table
	factorsA, factorsB [][]int32
}

func (c *chooser) choose(force string) error {
	ways := map[string]func() (way, string, int, error){"rank": c.rank, "byte": c.byte, "planes": c.planes}
	switch force {
	case "generic":
		c.about = "generic, each product is looked up, portable Go"
		return nil
	case "rank", "byte", "planes":
		w, about, _, err := ways[force]()
		if err != nil {
			return fmt.Errorf("products by way %q: %w", force, err)
		}
		c.way, c.about = w, about
		return nil
	case "":
	default:
		return fmt.Errorf("way %q of products: expected rank, byte, planes or generic", force)
	}
	best := 0
	why := ""
	for _, name := range []string{"rank", "byte", "planes"} {
		w, about, cost, err := ways[name]()
		if err != nil {
			why = err.Error()
			continue
		}
		if c.way == nil || cost < best {
			c.way, c.about, best = w, about, cost
		}
	}
	if c.way == nil {
		c.about = "generic, each product is looked up, portable Go: " + why
	}
	return nil
}
