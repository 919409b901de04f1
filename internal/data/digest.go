package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Digest returns the SHA-256, in hex, of all images and labels with the shapes of the
// splits: whether two sets give the same to train and to test on.
func (s *Set) Digest() string {
	h := sha256.New()
	for _, p := range []*Split{s.Train, s.Test} {
		var head []byte
		for _, n := range []int{p.Len(), p.H, p.W, p.C} {
			head = binary.LittleEndian.AppendUint64(head, uint64(n))
		}
		h.Write(head)
		h.Write(p.Pixels)
		h.Write(p.Labels)
	}
	return hex.EncodeToString(h.Sum(nil))
}
