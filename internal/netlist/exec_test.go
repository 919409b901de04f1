package netlist

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/simd"
)

// random returns n random words at a distance from a line of the cache.
func random(rng *rand.Rand, n, distance int) []uint64 {
	mem := newMemory(&program{slots: n/blockWords + 2})[distance:][:n:n]
	for i := range mem {
		mem[i] = rng.Uint64()
	}
	return mem
}

// formulas are the word operations, written a second time.
var formulas = [opCodes]func(x, y, z uint64) uint64{
	opAnd:  func(x, y, _ uint64) uint64 { return x & y },
	opAndN: func(x, y, _ uint64) uint64 { return ^x & y },
	opNor:  func(x, y, _ uint64) uint64 { return ^x & ^y },
	opXor:  func(x, y, _ uint64) uint64 { return x ^ y },
	opMux:  func(x, y, z uint64) uint64 { return x&z | ^x&y },
	opMuxN: func(x, y, z uint64) uint64 { return x&^z | ^x&y },
	opXor3: func(x, y, z uint64) uint64 { return x ^ y ^ z },
	opMaj:  func(x, y, z uint64) uint64 { return x&y | x&z | y&z },
	opMajN: func(x, y, z uint64) uint64 { return ^x&y | ^x&z | y&z },
	opNot:  func(x, _, _ uint64) uint64 { return ^x },
	opCopy: func(x, _, _ uint64) uint64 { return x },
}

func TestTiers(t *testing.T) {
	has := func(string) bool { return false }
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		// This asks the system, not the package that dispatch asks.
		info, err := os.ReadFile("/proc/cpuinfo")
		require.NoError(t, err)
		has = func(flag string) bool { return regexp.MustCompile(`(?m)^flags.* ` + flag + `( |$)`).Match(info) }
	}
	var levels []simd.Level
	if has("avx512f") && has("avx512bw") {
		levels = append(levels, simd.AVX512)
	}
	if has("avx2") {
		levels = append(levels, simd.AVX2)
	}
	levels = append(levels, simd.Generic)
	if runtime.GOOS == "linux" {
		require.Len(t, tiers(), len(levels))
	}
	for i, have := range tiers() {
		if runtime.GOOS == "linux" {
			assert.Equal(t, levels[i], have.level)
		}
		t.Setenv(simd.Variable, string(have.level))
		got, err := chooseTier()
		require.NoError(t, err)
		assert.Equal(t, have.level, got.level)
	}
	t.Setenv(simd.Variable, "")
	got, err := chooseTier()
	require.NoError(t, err)
	assert.Equal(t, tiers()[0].level, got.level)
	t.Setenv(simd.Variable, "avx9")
	_, err = chooseTier()
	require.ErrorContains(t, err, `environment variable APPROXTRAIN_CPU: instructions "avx9": this machine has `)
}

// Every operation of every tier gives what its formula says, at every alignment and
// with its result in the place of any operand, and writes nothing else.
func TestOperations(t *testing.T) {
	for _, tier := range tiers() {
		t.Run(string(tier.level), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			compared := 0
			for op, formula := range formulas {
				for distance := range 8 {
					for d := range 5 { // the slots of x, y and z are 1 to 3
						const guard = 16 // words before and behind
						all := random(rng, 5*blockWords+2*guard, distance)
						mem := all[guard : guard+5*blockWords]
						want := append([]uint64(nil), all...)
						for k := range blockWords {
							at := func(slot int) uint64 { return mem[slot*blockWords+k] }
							want[guard+d*blockWords+k] = formula(at(1), at(2), at(3))
						}
						tier.run([]instruction{{uint32(op), uint32(d * blockWords), blockWords, 2 * blockWords, 3 * blockWords}}, mem)
						require.Equal(t, want, all, "operation %d into slot %d, %d words beyond a line", op, d, distance)
						compared += len(all)
					}
				}
			}
			t.Logf("%d words compared", compared)
			require.Equal(t, opCodes*8*5*(5*blockWords+32), compared)
		})
	}
}

// A long program of random operations leaves the same memory in every tier.
func TestPrograms(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const slots = 100
	var code []instruction
	slot := func() uint32 { return uint32(rng.IntN(slots) * blockWords) }
	for range 3000 {
		code = append(code, instruction{rng.Uint32N(opCodes), slot(), slot(), slot(), slot()})
	}
	for n := range code {
		if n > 20 && n%500 != 0 {
			continue
		}
		mem := random(rng, slots*blockWords, 0)
		want := append([]uint64(nil), mem...)
		runGo(code[:n], want)
		for _, tier := range tiers() {
			got := append([]uint64(nil), mem...)
			tier.run(code[:n], got)
			require.Equal(t, want, got, "%s, %d operations", tier.level, n)
		}
	}
}

func TestUnknownOperation(t *testing.T) {
	for _, tier := range tiers() {
		for _, op := range []uint32{opCodes, opCodes + 1, 1 << 31} {
			assert.PanicsWithValue(t, "netlist: unknown operation", func() {
				tier.run([]instruction{{op: opCopy}, {op: op}, {op: opCopy}}, make([]uint64, blockWords))
			}, "%s, operation %d", tier.level, op)
		}
	}
}

// Every tier makes products of any number of planes, for any number of pairs around
// the sizes at which its steps change, and writes nothing else.
func TestProducts(t *testing.T) {
	var counts []int
	for _, edge := range []int{1, 8, 32, 64, groupPairs, 2 * groupPairs, blockPairs - groupPairs, blockPairs} {
		for n := max(1, edge-2); n <= min(edge+2, blockPairs); n++ {
			counts = append(counts, n)
		}
	}
	counts = append(counts, 777, 3001)
	for _, tier := range tiers() {
		t.Run(string(tier.level), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(5, 6))
			compared := 0
			for _, bytes := range []int{1, 2, 4} {
				for width := 1; width <= 8*bytes; width++ {
					mem := random(rng, 40*blockWords, rng.IntN(8))
					slots := rng.Perm(40)[:width]
					want := make([]uint32, blockPairs)
					for i := range want {
						w := i>>9*8 | i>>4&1<<2 | i>>3&1<<1 | i>>5&1 // the order of pairs, written a second time
						bit := i&7*8 | i>>6&7
						for k, s := range slots {
							want[i] |= uint32(mem[s*blockWords+w]>>bit&1) << k
						}
					}
					for _, n := range counts {
						const guard = 70
						all := make([]byte, guard+n*bytes+guard)
						for i := range all {
							all[i] = 0xa5
						}
						out := all[guard+rng.IntN(64)-32:][:n*bytes] // any alignment
						expected := append([]byte(nil), all...)
						from := cap(all) - cap(out)
						var word [4]byte
						for i, v := range want[:n] {
							binary.LittleEndian.PutUint32(word[:], v)
							copy(expected[from+i*bytes:], word[:bytes])
						}
						tier.products(mem, slots, out, bytes)
						require.Equal(t, expected, all, "%d pairs of %d planes, %d bytes each", n, width, bytes)
						compared += n
					}
				}
			}
			t.Logf("%d products compared", compared)
			require.Greater(t, compared, 1_000_000)
		})
	}
}

// The planes of rectangles have the operands of every pair, whatever planes held
// before.
func TestOperandPlanes(t *testing.T) {
	const width = 17
	slotsA, slotsB := make([]int, width), make([]int, width)
	for k := range width {
		slotsA[k], slotsB[k] = k, width+k
	}
	mem, h := make([]uint64, 2*width*blockWords), make(held, 2*width)
	compared := 0
	for range 2 { // the second time after the others
		for _, r := range []cosim.Rect{
			{A0: 0, NA: 256, B0: 0, NB: 256}, {A0: 0x3f80, NA: 4, B0: 0, NB: 1 << 16}, {A0: 64, NA: 64, B0: 32, NB: 32},
			{A0: 5, NA: 7, B0: 3, NB: 4096}, {A0: 1, NA: 3000, B0: 7, NB: 3}, {A0: 1 << 16, NA: 1 << 13, B0: 1, NB: 1},
		} {
			for first := uint64(0); first < r.Pairs(); first += blockPairs {
				operandPlanes(mem, h, slotsA, slotsB, r, first)
				for p := range min(blockPairs, int(r.Pairs()-first)) {
					w := p>>9*8 | p>>4&1<<2 | p>>3&1<<1 | p>>5&1
					bit := p&7*8 | p>>6&7
					require.Equal(t, p, pairAt(w, bit))
					var a, b uint32
					for k := range width {
						a |= uint32(mem[slotsA[k]*blockWords+w]>>bit&1) << k
						b |= uint32(mem[slotsB[k]*blockWords+w]>>bit&1) << k
					}
					at := first + uint64(p)
					if wa, wb := r.A0+uint32(at/uint64(r.NB)), r.B0+uint32(at%uint64(r.NB)); a != wa || b != wb {
						t.Fatalf("%+v, pair %d: %d and %d, expected %d and %d", r, at, a, b, wa, wb)
					}
					compared++
				}
			}
		}
	}
	t.Logf("%d pairs compared", compared)
	require.Greater(t, compared, 700_000)
}
