package netlist

import (
	"fmt"
	"math/bits"
	"strconv"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// Limits of a read-only memory.
const (
	mostROMBits = 1 << 24 // stored bits, once for each port: all products of two 8-bit operands are 2^20
	mostROMOpen = 1 << 16 // stored bits without a value; each of them is a bit of its own
)

// romCell is the type of a memory as the pass memory_collect of Yosys leaves it.
const romCell = "$mem_v2"

// rom is a memory that nothing writes, with ports that are read without a clock.
type rom struct {
	name   string
	width  int       // bits of a word
	offset int       // address of the first word
	init   string    // the stored bits, the highest first: 0, 1, x, z
	ports  []romPort // the ports through which it is read
	data   map[bit]romBit
}

type romPort struct{ address []bit } // the lowest bit first

// romBit is a bit of the word at a port.
type romBit struct{ port, column int }

// words returns the number of words.
func (r *rom) words() int { return len(r.init) / r.width }

// readROM reads a memory, and its place in the list of cells.
func (n *Netlist) readROM(name string, c jsonCell) error {
	at := line(c.Attributes)
	unlike := func(format string, args ...any) error {
		return &UnsupportedError{What: fmt.Sprintf("memory %s (%s) %s", limits.Show(name), at, fmt.Sprintf(format, args...)), State: true}
	}
	number := func(parameter string) (int, error) {
		text, _ := c.Parameters[parameter].(string)
		v, err := strconv.ParseUint(text, 2, 31)
		if err != nil {
			return 0, unlike("has a %s of %s", parameter, limits.Quote(text))
		}
		return int(v), nil
	}
	var of [6]int
	for i, p := range []string{"WIDTH", "SIZE", "OFFSET", "ABITS", "RD_PORTS", "WR_PORTS"} {
		var err error
		if of[i], err = number(p); err != nil {
			return err
		}
	}
	width, size, address, ports := of[0], of[1], of[3], of[4]
	init, _ := c.Parameters["INIT"].(string)
	flags := func(parameter string) string { s, _ := c.Parameters[parameter].(string); return s }
	switch {
	case of[5] != 0:
		return unlike("is written")
	case width < 1 || size < 1 || size > mostROMBits || width > mostROMBits/size, ports > mostROMBits/(size*width):
		return &UnsupportedError{What: fmt.Sprintf("memory %s (%s) of %d words of %d bits, read at %d ports; up to %d bits times ports are simulated",
			limits.Show(name), at, size, width, ports, mostROMBits)}
	case address > 64 || len(init) != size*width ||
		len(c.Connections["RD_ADDR"]) != ports*address || len(c.Connections["RD_DATA"]) != ports*width:
		return unlike("has %d bits stored, %d of addresses and %d of data at %d ports", len(init), len(c.Connections["RD_ADDR"]), len(c.Connections["RD_DATA"]), ports)
	case hasOne(flags("RD_CLK_ENABLE")) || hasOne(flags("RD_WIDE_CONTINUATION")):
		return unlike("is read by a clock, or in words of several widths")
	}
	for _, b := range c.Connections["RD_EN"] {
		if b != bit1 {
			return unlike("is read by an enable")
		}
	}
	r := &rom{name: name, width: width, offset: of[2], init: init, data: map[bit]romBit{}}
	for p := range ports {
		r.ports = append(r.ports, romPort{c.Connections["RD_ADDR"][p*address : (p+1)*address]})
	}
	for i, b := range c.Connections["RD_DATA"] {
		n.drive(b, fmt.Sprintf("memory %s (%s)", limits.Show(name), at))
		if b >= 0 {
			n.drivers[b] = len(n.cells)
			r.data[b] = romBit{i / width, i % width}
		}
	}
	n.cells = append(n.cells, cell{kind: c.Type, src: at, rom: r})
	return nil
}

// hasOne says whether one of the flags is set, or unknown.
func hasOne(flags string) bool {
	for _, f := range flags {
		if f != '0' {
			return true
		}
	}
	return false
}

// read returns what a memory drives onto a net: multiplexers that the address chooses between the stored bits.
func (b *builder) read(c *cell, net bit) (lit, error) {
	at := c.rom.data[net]
	var address []lit
	for _, a := range c.rom.ports[at.port].address {
		l, err := b.net(a)
		if err != nil {
			return 0, err
		}
		address = append(address, l)
	}
	return b.stored(c, at.column, address, 0)
}

// stored returns the bit in a column of the words whose addresses begin with a number, the higher bits, and end with
// the given bits.
func (b *builder) stored(c *cell, column int, address []lit, high uint64) (lit, error) {
	r := c.rom
	n := len(address)
	if first, last := uint64(r.offset), uint64(r.offset+r.words()-1); bits.Len64(high)+n > 64 || high<<n > last || high<<n|(1<<n-1) < first {
		return b.unstored(c, -1-column)
	}
	if n == 0 {
		word := int(high) - r.offset
		switch r.init[len(r.init)-1-word*r.width-column] {
		case '0':
			return lFalse, nil
		case '1':
			return lTrue, nil
		}
		return b.unstored(c, word*r.width+column)
	}
	var half [2]lit
	for i := range half {
		if a := address[n-1]; a == constant(i == 0) {
			continue // a constant that chooses the other half
		}
		var err error
		if half[i], err = b.stored(c, column, address[:n-1], high<<1|uint64(i)); err != nil {
			return 0, err
		}
	}
	return b.g.mux(address[n-1], half[0], half[1]), nil
}

// openROMBit is a bit without a value: its number among the stored ones, or -1 - column for words that a memory lacks.
type openROMBit struct {
	of     *rom
	number int
}

// unstored returns the node of a bit that has no value.
func (b *builder) unstored(c *cell, number int) (lit, error) {
	r := c.rom
	if l, made := b.unread[openROMBit{r, number}]; made {
		return l, nil
	}
	if len(b.unread) >= mostROMOpen {
		return 0, &UnsupportedError{What: fmt.Sprintf("memory %s (%s) has, with others, more than %d bits without a value", limits.Show(r.name), c.src, mostROMOpen)}
	}
	name := fmt.Sprintf("memory %s (%s) at a word that it does not have", limits.Show(r.name), c.src)
	if number >= 0 {
		name = fmt.Sprintf("memory %s (%s) at word %d, which has no value", limits.Show(r.name), c.src, r.offset+number/r.width)
	}
	l := b.unknown(bitX, openX, name)
	b.unread[openROMBit{r, number}] = l
	return l, nil
}
