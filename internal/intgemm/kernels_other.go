//go:build !amd64

package intgemm

import "github.com/approxtrain/approxtrain/internal/simd"

func fastLevels() []simd.Level { return nil }

const missing = "intgemm: this architecture has no such instructions"

func dotBytes([]uint8, int, []uint8, int, []int32, int, []int32, []int32)        { panic(missing) }
func dotWords([]int16, int, []uint32, int, []int32, int, []int32, []int32)       { panic(missing) }
func dotWordsNarrow([]int16, int, []uint32, int, []int32, int, []int32, []int32) { panic(missing) }
func lookBytes(*[256]uint8, []uint8, []uint8) (int, uint64)                      { panic(missing) }
func packQuads(*[256]uint8, []uint8, int, []uint8, int, []int32)                 { panic(missing) }
func packPlane([]uint8, int, int, []uint8, []uint8, int)                         { panic(missing) }
func lookPlanes([]uint8, int, []uint64, *planeGroup, []int32, int32, int32)      { panic(missing) }
func expandWords([]int16, *[16]uint32, []int16, int)                             { panic(missing) }
func addWords([]int16, []int16, []uint16, []int16, int, []int32)                 { panic(missing) }
