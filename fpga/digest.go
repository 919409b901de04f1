package fpga

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/approxtrain/approxtrain/lut"
)

// BuildDigest is the digest of a multiplier's sources and options. All zeros: unknown.
type BuildDigest [8]byte

// Digest is the first eight bytes of the SHA-256 of a text that has a line for
// each source, its digest, two blanks and its name as sha256sum prints them, and
// then one for each option, as the header of a .lut file has them:
//
//	6b8f…e1  mant_mitchell.v
//	--top mant_mitchell
//	-G M=7
//
// Without sources there is nothing to name, and the digest is zeros.
func Digest(sources []lut.Source, options []string) BuildDigest {
	var d BuildDigest
	if len(sources) == 0 {
		return d
	}
	h := sha256.New()
	for _, s := range sources {
		fmt.Fprintf(h, "%s  %s\n", s.SHA256, s.Path)
	}
	for _, o := range options {
		fmt.Fprintf(h, "%s\n", o)
	}
	copy(d[:], h.Sum(nil))
	return d
}

// Known says whether there is a digest.
func (d BuildDigest) Known() bool { return d != BuildDigest{} }

// String returns the digest in hex.
func (d BuildDigest) String() string {
	if !d.Known() {
		return "unknown"
	}
	return hex.EncodeToString(d[:])
}
