package netlist

// blockWords is the number of words in a slot, blockPairs that of the operand
// pairs that are evaluated together. A hundred slots of 512 bytes fit the
// first-level cache.
const (
	blockWords = 64
	blockPairs = 64 * blockWords
)

// execute runs a program over the memory of its slots.
func (p *program) execute(mem []uint64) { run(p.code, mem) }

// runGo is the specification of the word operations.
func runGo(code []instruction, mem []uint64) {
	at := func(offset uint32) *[blockWords]uint64 { return (*[blockWords]uint64)(mem[offset:]) }
	for i := range code {
		c := &code[i]
		d, x, y := at(c.d), at(c.x), at(c.y)
		switch c.op {
		case opAnd:
			for k := range d {
				d[k] = x[k] & y[k]
			}
		case opAndN:
			for k := range d {
				d[k] = y[k] &^ x[k]
			}
		case opNor:
			for k := range d {
				d[k] = ^(x[k] | y[k])
			}
		case opXor:
			for k := range d {
				d[k] = x[k] ^ y[k]
			}
		case opMux:
			z := at(c.z)
			for k := range d {
				d[k] = y[k] ^ x[k]&(y[k]^z[k])
			}
		case opMuxN:
			z := at(c.z)
			for k := range d {
				d[k] = y[k] ^ x[k]&^(y[k]^z[k])
			}
		case opXor3:
			z := at(c.z)
			for k := range d {
				d[k] = x[k] ^ y[k] ^ z[k]
			}
		case opMaj:
			z := at(c.z)
			for k := range d {
				d[k] = x[k]&(y[k]|z[k]) | y[k]&z[k]
			}
		case opMajN:
			z := at(c.z)
			for k := range d {
				d[k] = (y[k]|z[k])&^x[k] | y[k]&z[k]
			}
		case opNot:
			for k := range d {
				d[k] = ^x[k]
			}
		case opCopy:
			*d = *x
		default:
			panic("netlist: unknown operation")
		}
	}
}

// run is runGo, or what is as exact and faster on this processor.
var run = runGo
