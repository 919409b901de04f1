package device

import (
	"crypto/sha256"
	"encoding/hex"
)

// Model is a multiplier as a function in C or C++, for formats that are too large for a table. A
// device compiles it into its loops.
//
// What the function returns is the product, whatever the operands: NaNs,
// infinities, zeros and subnormals are its own business, and are given to it as they
// come. A position in the padding of a convolution has no product, though a device
// may call the function for it. The function depends on nothing but its operands,
// since it is called in any order and from several threads at once. Of a NaN's bits a
// device may change the last one.
type Model struct {
	Name   string // for people
	Func   string // float Func(float, float)
	File   string // for the compiler's messages
	Source string // with all that it includes but the system's headers
	CXX    bool   // C++ rather than C
}

// Digest returns the SHA-256 of the source in hexadecimal digits.
func (m Model) Digest() string {
	sum := sha256.Sum256([]byte(m.Source))
	return hex.EncodeToString(sum[:])
}
