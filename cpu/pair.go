package cpu

// pair is an operand A as a panel kernel uses it: its power of two with its sign,
// and where the table's row of its fraction lies.
type pair struct {
	scale float32 // 0 for a zero
	row   uint32  // in bytes
}

// column is what a panel holds for one k: 32 operands B. Column 8q + d lies at
// index[4d + q] and words[q & 1][2d + q>>1], where the kernel ends up with it.
type column struct {
	index [32]byte // the fraction, or none for a zero
	words [2][16]uint16
}

// none is an index at which every group of the table gives 0.
const none = 0xff
