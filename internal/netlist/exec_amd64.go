package netlist

//go:generate go run -C _asm . -out ../zkernels_amd64.s -stubs ../zkernels_amd64.go -pkg netlist

import (
	"unsafe"

	"golang.org/x/sys/cpu"

	"github.com/approxtrain/approxtrain/internal/simd"
)

func fastTiers() []tier {
	var have []tier
	x := &cpu.X86
	if x.HasAVX2 {
		have = []tier{{simd.AVX2, runsAVX2, productsAVX2, limitOfAVX2, 4}}
		if x.HasAVX512F && x.HasAVX512BW {
			have = []tier{{simd.AVX512, runsAVX512, productsAVX512, limitOfAVX512, 8}, have[0]}
		}
	}
	return have
}

func runsAVX2(code []instruction, mem []uint64) {
	if len(code) > 0 && runAVX2(&code[0].op, len(code), &mem[0]) > 0 {
		panic("netlist: unknown operation")
	}
}

func runsAVX512(code []instruction, mem []uint64) {
	if len(code) > 0 && runAVX512(&code[0].op, len(code), &mem[0]) > 0 {
		panic("netlist: unknown operation")
	}
}

func limitOfAVX2(two, three int, mem []uint64)   { limitAVX2(two, three, &mem[0]) }
func limitOfAVX512(two, three int, mem []uint64) { limitAVX512(two, three, &mem[0]) }

func productsAVX2(mem []uint64, slots []int, out []byte, bytes int) {
	productsFast(mem, slots, out, bytes, false)
}

func productsAVX512(mem []uint64, slots []int, out []byte, bytes int) {
	productsFast(mem, slots, out, bytes, true)
}

// noPlane stands for the planes beyond a product's.
var noPlane [blockWords]uint64

func productsFast(mem []uint64, slots []int, out []byte, bytes int, wide bool) {
	var planes [32]*uint64
	for k := range planes {
		planes[k] = &noPlane[0]
	}
	for k, s := range slots {
		planes[k] = &slotOf(mem, s)[0]
	}
	size := groupPairs * bytes
	whole := len(out) / size
	if whole > 0 {
		groups(&planes, whole, &out[0], bytes, wide)
	}
	if out = out[whole*size:]; len(out) > 0 {
		var last [4 * groupPairs]byte
		for k, p := range planes {
			planes[k] = (*uint64)(unsafe.Add(unsafe.Pointer(p), whole*groupPairs/8))
		}
		groups(&planes, 1, &last[0], bytes, wide)
		copy(out, last[:])
	}
}

// groups writes n groups of products. The functions are called by name, since what
// is given to a function value escapes to the heap.
func groups(planes *[32]*uint64, n int, out *byte, bytes int, wide bool) {
	switch {
	case bytes == 1 && wide:
		products8AVX512(&planes[0], n, out)
	case bytes == 1:
		products8AVX2(&planes[0], n, out)
	case bytes == 2 && wide:
		products16AVX512(&planes[0], n, out)
	case bytes == 2:
		products16AVX2(&planes[0], n, out)
	case wide:
		products32AVX512(&planes[0], n, out)
	default:
		products32AVX2(&planes[0], n, out)
	}
}
