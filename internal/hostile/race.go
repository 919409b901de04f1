//go:build race

package hostile

// The race detector makes sync.Pool forget at random, so that regular expressions allocate
// again and again: what is allocated says nothing then.
const countMemory = false
