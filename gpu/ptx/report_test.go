package ptx

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// read returns a file of testdata.
func read(t *testing.T, name string) string {
	text, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return string(text)
}

func TestReport(t *testing.T) {
	usages, err := Usages([]byte(read(t, "ptxas.txt")), read(t, "kernels.ptx"))
	require.NoError(t, err)
	assert.Equal(t, []Usage{
		{Kernel: "adam", Registers: 23, Threads: 256},
		{Kernel: "gemm_bytes_large", Registers: 128, Stack: 160, SpillStores: 208, SpillLoads: 176, Shared: 29184, Threads: 256},
		{Kernel: "gemm_native_small", Registers: 56, Shared: 3600, Threads: 128},
	}, usages)
	loops, err := Loops([]byte(read(t, "sass.txt")))
	require.NoError(t, err)
	require.Len(t, loops, 1, "loops of products only")
	l := loops["gemm_bytes_large"]
	assert.Equal(t, Loop{2, 7, map[string]int{"LDS.128": 1, "LDS.U8": 2, "FFMA": 2, "IMAD": 1, "BRA": 1}}, l,
		"the inner loop with fewer instructions for a product, not the one of 7 for one, nor the outer one")
	assert.InDelta(t, 3.5, l.PerProduct(), 1e-9)

	var out strings.Builder
	spilled, err := WriteReport(&out, Multiprocessors[1], usages, loops)
	require.NoError(t, err)
	assert.Equal(t, []string{"gemm_bytes_large"}, spilled)
	assert.Equal(t, `              sm_90  threads  registers  spill st/ld  stack  shared  blocks  warps  limited by  instr/product
   gemm_bytes_large      256        128      208/176    160   29184       2     16   registers           3.50
  gemm_native_small      128         56          0/0      0    3600       9     36   registers              -
               adam      256         23          0/0      0       0       8     64     threads              -
`, out.String())
}

func TestReportWithoutKernels(t *testing.T) {
	messages := read(t, "ptxas.txt")
	_, err := Usages([]byte(messages), strings.Replace(read(t, "kernels.ptx"), "adam(", "madam(", 1))
	require.EqualError(t, err, "ptxas -v says nothing of kernel madam")
	_, err = Usages([]byte(messages), "")
	require.EqualError(t, err, "there are no kernels in the PTX")
	_, err = Loops([]byte(strings.ReplaceAll(read(t, "sass.txt"), "FFMA", "FADD")))
	require.EqualError(t, err, "no loop of kernel gemm_bytes_large has products (FFMA) in it")
}

func TestOccupancy(t *testing.T) {
	for _, c := range []struct {
		usage  Usage
		blocks [2]int // sm_80, sm_90
		by     [2]string
	}{
		{Usage{Registers: 32, Threads: 256}, [2]int{8, 8}, [2]string{"threads", "threads"}},
		{Usage{Registers: 8, Threads: 32}, [2]int{32, 32}, [2]string{"blocks", "blocks"}},
		{Usage{Registers: 129, Threads: 256}, [2]int{1, 1}, [2]string{"registers", "registers"}},
		{Usage{Registers: 80, Shared: 42000, Threads: 256}, [2]int{3, 3}, [2]string{"registers", "registers"}},
		{Usage{Registers: 64, Shared: 48 << 10, Threads: 256}, [2]int{3, 4}, [2]string{"shared memory", "registers"}},
	} {
		for i, m := range Multiprocessors {
			blocks, by := m.Occupancy(c.usage)
			assert.Equal(t, c.blocks[i], blocks, c.usage)
			assert.Equal(t, c.by[i], by, c.usage)
		}
	}
}
