// The matrix product in the way of published simulators of approximate multipliers,
// which the other kernels are measured against; no command computes with it. A thread
// computes one element of C, a block 16 × 16 of them from tiles of A and B that it
// shares. Each product fetches its entry through the read-only cache, which is that of
// textures, and follows all rules. It is kinder than the published ones: entries are
// bytes, and operands are rounded when they come, not at every product.
#include "multiplier.cuh"
#include "sum.cuh"

constexpr int FETCH_SIDE = 16;

struct FetchTiles { uint32_t a[FETCH_SIDE][FETCH_SIDE], b[FETCH_SIDE][FETCH_SIDE]; };

BOUNDED_KERNEL(gemm_fetch, FETCH_SIDE *FETCH_SIDE, 4)
(int m, int n, int terms, Divider col_tiles, Table table, const uint8_t *entries, const float *x, const float *y, float *out)
{
	SHARED(FetchTiles, tiles);
	uint32_t tile = block_x();
	const int i = (int)thread_x() / FETCH_SIDE, j = (int)thread_x() % FETCH_SIDE;
	const int col = (int)col_tiles.split(tile) * FETCH_SIDE + j, row = (int)tile * FETCH_SIDE + i;
	const MantissaOperands operands(table);
	float total = 0, chunk = 0;
	for (int k0 = 0; k0 < terms; k0 += FETCH_SIDE) {
		tiles.a[i][j] = row < m && k0 + j < terms ? operands.pack_row(x[row * terms + k0 + j]) : operands.ABSENT;
		tiles.b[i][j] = col < n && k0 + i < terms ? operands.pack_lane(y[(k0 + i) * n + col]) : operands.ABSENT;
		barrier();
		for (int k = 0; k < FETCH_SIDE; k++) {
			const uint32_t a = tiles.a[i][k], b = tiles.b[k][j];
			chunk += operands.product(a, b, [&] { return read_only(entries + ((a >> 16 & 127) << 7) + (b >> 16 & 127)) << 16; });
		}
		barrier();
		if ((k0 + FETCH_SIDE) % CHUNK_TERMS == 0) {
			total += chunk;
			chunk = 0;
		}
	}
	if (row < m && col < n)
		out[row * n + col] = total + chunk;
}
EXPORT(gemm_fetch)
