package netlist

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/cosim"
)

func TestTranspose(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 100 {
		var m [64]uint64
		for i := range m {
			m[i] = rng.Uint64()
		}
		n := m
		transpose(&n)
		for i := range 64 {
			for j := range 64 {
				if m[i]>>j&1 != n[j]>>i&1 {
					require.Fail(t, "not transposed")
				}
			}
		}
		x := rng.Uint64()
		y := transpose8(x)
		for i := range 8 {
			for j := range 8 {
				require.Equal(t, x>>(8*i+j)&1, y>>(8*j+i)&1)
			}
		}
	}
}

// The planes of a block's operands are those of the pairs' operands, one by one.
func TestOperandPlanes(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	const width = 17
	var a, b []int
	for k := range width {
		a, b = append(a, k), append(b, width+k)
	}
	mem := make([]uint64, 2*width*blockWords)
	checked := 0
	for range 400 {
		r := cosim.Rect{NB: 1 << rng.IntN(15), NA: 1 << rng.IntN(9)}
		switch rng.IntN(4) {
		case 0:
			r.NB = 1 + rng.Uint32N(300)
		case 1:
			r.NB = 1 + rng.Uint32N(6)
		}
		if rng.IntN(2) == 0 {
			r.A0 = r.NA * rng.Uint32N(4)
			r.B0 = r.NB * rng.Uint32N(4)
		} else if rng.IntN(2) == 0 {
			r.A0, r.B0 = rng.Uint32N(1000), rng.Uint32N(1000)
		}
		blocks := (r.Pairs() + blockPairs - 1) / blockPairs
		first := rng.Uint64N(blocks) * blockPairs
		for i := range mem {
			mem[i] = rng.Uint64()
		}
		operandPlanes(mem, a, b, r, first)
		for i := range min(blockPairs, r.Pairs()-first) {
			at := first + i
			wantA, wantB := r.A0+uint32(at/uint64(r.NB)), r.B0+uint32(at%uint64(r.NB))
			var gotA, gotB uint32
			for k := range width {
				gotA |= uint32(mem[a[k]*blockWords+int(i/64)]>>(i%64)&1) << k
				gotB |= uint32(mem[b[k]*blockWords+int(i/64)]>>(i%64)&1) << k
			}
			if wantA&(1<<width-1) != gotA || wantB&(1<<width-1) != gotB {
				require.Failf(t, "operands", "%+v, pair %d: %#x, %#x, expected %#x, %#x", r, at, gotA, gotB, wantA, wantB)
			}
			checked++
		}
	}
	t.Logf("%d pairs", checked)
	assert.Greater(t, checked, 100000)
}

// Products are gathered from their planes, of every width and number, and nothing
// beyond them is written.
func TestProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	mem := make([]uint64, 40*blockWords)
	for i := range mem {
		mem[i] = rng.Uint64()
	}
	for planes := 1; planes <= 32; planes++ {
		slots := rng.Perm(40)[:planes]
		if planes > 2 { // two bits of a product may be one net
			slots[1] = slots[0]
		}
		bytes := cosim.Shape{P: planes}.EntryBytes()
		for _, wide := range []int{bytes, 4} {
			for _, n := range []int{1, 2, 63, 64, 65, 127, 1000, blockPairs - 1, blockPairs} {
				t.Run(fmt.Sprintf("%d planes, %d bytes, %d pairs", planes, wide, n), func(t *testing.T) {
					const guard = 0xa5
					buffer := make([]byte, n*wide+16)
					for i := range buffer {
						buffer[i] = guard
					}
					productsGo(mem, slots, buffer[8:8+n*wide], wide)
					for i := range n {
						var want, got uint32
						for k, s := range slots {
							want |= uint32(mem[s*blockWords+i/64]>>(i%64)&1) << k
						}
						for j := range wide {
							got |= uint32(buffer[8+i*wide+j]) << (8 * j)
						}
						if want != got {
							require.Equal(t, want, got, "pair %d", i)
						}
					}
					for i := range 8 {
						require.Equal(t, byte(guard), buffer[i])
						require.Equal(t, byte(guard), buffer[len(buffer)-1-i])
					}
				})
			}
		}
	}
}
