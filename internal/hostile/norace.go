//go:build !race

package hostile

const countMemory = true
