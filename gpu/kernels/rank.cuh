// Sums of products of codes by a table of low rank, T[a][b] = Σ_r A_r[a] · B_r[b], exactly: sums of native products of
// bytes, which tensor cores form.
//
// A factor of a side is a constant plus a byte, or two: A_r[a] = c + p[a] + 256 · q[a], where p and q, its planes, are
// from −128 to 127. So a table's product is a sum of products of planes, each times a power of 256, plus a function of a
// and one of b. The host makes the planes, the functions and the list of the products (rank.go), and knows that all
// of them together are the table.
//
// A block computes a tile of RANK_ROWS × RANK_LANES sums. A warp has 16 of the rows and all lanes, as RANK_TILES tiles
// of 16 × 8.
#pragma once
#include "integers.cuh"

constexpr int RANK_WARPS = 4, RANK_TILES = 8, RANK_THREADS = RANK_WARPS * 32, RANK_ROWS = RANK_WARPS * 16, RANK_LANES = RANK_TILES * 8,
		  RANK_DEPTH = 32, RANK_WORDS = RANK_DEPTH / 4, RANK_CHUNK = 1024;
static_assert(RANK_ROWS + RANK_LANES == RANK_THREADS, "each thread has the totals of a row or a lane");

// RANK_CLASSES are the powers of 256 of products of planes.
constexpr int RANK_CLASSES = 3;

// Rank says what factors hold: for each index of A, then of B, the function of it, as int64_t; a list of pairs of planes,
// as two uint16_t each, by ascending power of 256; the planes of A, then of B, a byte for each index. An index is a code
// modulo the number of indices.
struct Rank {
	int rows, lanes;        // indices of A and of B: powers of two
	int planes;             // of A
	int ends[RANK_CLASSES]; // of the pairs of each power of 256
};

// RankMemory is that of a block. Words are four codes of neighbouring k; the rows of them are apart so that the threads
// that read a fragment never wait for each other.
struct RankMemory {
	static constexpr int STRIDE = RANK_WORDS + 4;
	int16_t a[RANK_ROWS][RANK_DEPTH + 2], b[RANK_LANES][RANK_DEPTH + 2];
	uint32_t words_a[RANK_ROWS][STRIDE], words_b[RANK_LANES][STRIDE];
	int64_t totals[RANK_THREADS], functions[RANK_THREADS]; // of the rows, then of the lanes

	// fill brings the codes of a tile from k0 on.
	template <class Operands>
	METHOD void fill(const Operands &o, const IntegerTiling &t, uint32_t item, int row0, int lane0, int k0, const int16_t *from_a,
		const int16_t *from_b)
	{
		for (int e = (int)thread_x(); e < RANK_ROWS * RANK_DEPTH; e += RANK_THREADS) {
			const int i = e / RANK_DEPTH, k = e % RANK_DEPTH;
			int code = 0;
			if (row0 + i < t.rows && k0 + k < t.terms) {
				const int at = o.a(item, row0 + i, k0 + k);
				code = at < 0 ? t.zero : from_a[at];
			}
			a[i][k] = (int16_t)code;
		}
		for (int e = (int)thread_x(); e < RANK_LANES * RANK_DEPTH; e += RANK_THREADS) {
			const int j = e % RANK_LANES, k = e / RANK_LANES;
			b[j][k] = lane0 + j < t.lanes && k0 + k < t.terms ? from_b[o.b(item, k0 + k, lane0 + j)] : (int16_t)0;
		}
	}
};

// look_up_bytes makes words of a plane's bytes; those of k from count on are 0, so that they add nothing.
template <int N>
DEVICE void look_up_bytes(const uint8_t *plane, uint32_t mask, int count, const int16_t (&codes)[N][RANK_DEPTH + 2],
	uint32_t (&words)[N][RankMemory::STRIDE])
{
	for (int e = (int)thread_x(); e < N * RANK_WORDS; e += RANK_THREADS) {
		const int i = e / RANK_WORDS, first = e % RANK_WORDS * 4;
		uint32_t word = 0;
		UNROLL
		for (int k = 0; k < 4; k++) {
			const uint32_t byte = read_only(plane + ((uint32_t)codes[i][first + k] & mask));
			word |= first + k < count ? byte << (8 * k) : 0;
		}
		words[i][e % RANK_WORDS] = word;
	}
}

// add_factor_products is the body of the kernels of tables of low rank.
template <class Operands>
DEVICE void add_factor_products(const Operands &o, const IntegerTiling &t, const Rank &rank, const void *factors, const int *zeros,
	const int16_t *a, const int16_t *b, int64_t *out, Overflows *overflows, RankMemory &w)
{
	const int64_t *const functions = static_cast<const int64_t *>(factors);
	const uint16_t *const pairs = reinterpret_cast<const uint16_t *>(functions + rank.rows + rank.lanes);
	const uint8_t *const planes_a = reinterpret_cast<const uint8_t *>(pairs + 2 * rank.ends[RANK_CLASSES - 1]);
	const uint8_t *const planes_b = planes_a + rank.planes * rank.rows;
	uint32_t item = block_x();
	const int row0 = (int)t.row_tiles.split(item) * RANK_ROWS, lane0 = (int)t.lane_tiles.split(item) * RANK_LANES;
	const int me = (int)thread_x(), group = me % 32 / 4, in_group = me % 4, first_row = me / 32 * 16;
	int64_t sums[RANK_TILES][4] = {}, total = 0, function = 0;
	for (int begin = 0; begin < t.terms; begin += RANK_CHUNK) {
		const int end = t.terms - begin > RANK_CHUNK ? begin + RANK_CHUNK : t.terms;
		int from = 0;
		NO_UNROLL
		for (int power = 0; power < RANK_CLASSES; power++) {
			const int to = rank.ends[power];
			if (power > 0 && from == to)
				continue;
			int part[RANK_TILES][4] = {}; // far from 2^31: see maxPairs of rank.go
			NO_UNROLL
			for (int k0 = begin; k0 < end; k0 += RANK_DEPTH) {
				const int count = end - k0 < RANK_DEPTH ? end - k0 : RANK_DEPTH;
				barrier(); // nobody needs the codes before any more
				w.fill(o, t, item, row0, lane0, k0, a, b);
				barrier();
				if (power == 0) {
					const int16_t *const codes = me < RANK_ROWS ? w.a[me] : w.b[me - RANK_ROWS];
					const uint32_t mask = (uint32_t)(me < RANK_ROWS ? rank.rows : rank.lanes) - 1;
					const int64_t *const of = me < RANK_ROWS ? functions : functions + rank.rows;
					for (int k = 0; k < count; k++) {
						total += codes[k];
						function += of[(uint32_t)codes[k] & mask];
					}
				}
				NO_UNROLL
				for (int p = from; p < to; p++) {
					look_up_bytes(planes_a + (uint32_t)pairs[2 * p] * rank.rows, (uint32_t)rank.rows - 1, count, w.a, w.words_a);
					look_up_bytes(planes_b + (uint32_t)pairs[2 * p + 1] * rank.lanes, (uint32_t)rank.lanes - 1, count, w.b, w.words_b);
					barrier();
					const uint32_t *const low = w.words_a[first_row + group], *const high = w.words_a[first_row + group + 8];
					const uint32_t rows[4] = {low[in_group], high[in_group], low[in_group + 4], high[in_group + 4]};
					UNROLL
					for (int j = 0; j < RANK_TILES; j++) {
						const uint32_t *const column = w.words_b[j * 8 + group];
						const uint32_t lanes[2] = {column[in_group], column[in_group + 4]};
						add_byte_products(part[j], rows, lanes);
					}
					barrier(); // nobody needs the words any more
				}
			}
			UNROLL
			for (int j = 0; j < RANK_TILES; j++)
				UNROLL
				for (int i = 0; i < 4; i++)
					sums[j][i] += (int64_t)part[j][i] * ((int64_t)1 << (8 * power));
			from = to;
		}
	}
	w.totals[me] = total;
	w.functions[me] = function;
	barrier();
	UNROLL
	for (int j = 0; j < RANK_TILES; j++)
		UNROLL
		for (int i = 0; i < 4; i++) {
			const int row = first_row + group + i / 2 * 8, lane = j * 8 + in_group * 2 + i % 2;
			if (row0 + row >= t.rows || lane0 + lane >= t.lanes)
				continue;
			keep_sum(t, o.c(item, row0 + row, lane0 + lane), sums[j][i] + w.functions[row] + w.functions[RANK_ROWS + lane], false,
				w.totals[row], w.totals[RANK_ROWS + lane], zeros[o.channel(item, lane0 + lane)], out, overflows);
		}
}
