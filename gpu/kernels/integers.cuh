// Sums of products of codes, as device.Integers defines them: exact integers of 64 bits, in ascending k.
//
// A block computes a tile of SUM_ROWS × SUM_LANES sums with a thread for each lane and every fourth row … of it. Codes
// of SUM_DEPTH values of k at a time lie in the block's memory.
#pragma once
#include "operands.cuh"

// CodeSide says by which pattern a table knows the codes of one side.
struct CodeSide {
	uint32_t mask;      // of a pattern's bits
	uint32_t magnitude; // codes are in sign and magnitude

	METHOD uint32_t pattern(int code) const { return (uint32_t)(magnitude && code < 0 ? -code : code) & mask; }
	METHOD bool negative(int code) const { return magnitude && code < 0; }
};

// IntegerTiling says how a product is cut, and what it has besides its operands. A block's number is, with the first
// factor the fastest, row tile × lane tile × item.
struct IntegerTiling {
	int rows, lanes, terms;
	Divider row_tiles, lane_tiles;
	CodeSide a, b;
	int lane_bits; // of a pattern of B: a row of the table has 2^lane_bits products
	int zero;      // the zero point of A
	int unused;    // bits of 64 beyond the accumulator's
	// report is the index of the sum whose exact value is asked for; else NO_REPORT, and overflows are counted.
	uint32_t report;
	int64_t lo, hi; // what the accumulator holds
};

constexpr uint32_t NO_REPORT = ~0u;

// Overflows are the sums that the accumulator could not hold. first is ~0 if there is none.
struct Overflows {
	uint32_t count, first;
	int64_t exact; // of the sum that report asks for
};

// keep puts a sum where it belongs: what the accumulator keeps of it, and what the zero points add. over says that the
// accumulator saturated on the way.
DEVICE void keep_sum(const IntegerTiling &t, int at, int64_t sum, bool over, int64_t total_a, int64_t total_b, int zero_b, int64_t *out,
	Overflows *overflows)
{
	if (t.report == (uint32_t)at)
		overflows->exact = sum;
	if (sum < t.lo || sum > t.hi) {
		over = true;
		sum = (int64_t)((uint64_t)sum << t.unused) >> t.unused;
	}
	if (over && t.report == NO_REPORT) {
		increase(&overflows->count, 1);
		lower_to(&overflows->first, (uint32_t)at);
	}
	out[at] = sum - zero_b * total_a - t.zero * total_b + (int64_t)t.terms * ((int64_t)t.zero * zero_b);
}

constexpr int SUM_WARPS = 4, SUMS = 4, SUM_THREADS = SUM_WARPS * 32, SUM_ROWS = SUM_WARPS * SUMS, SUM_LANES = 32, SUM_DEPTH = 32;

// CodeTile holds codes. One column more keeps threads that store along k from waiting for each other.
struct CodeTile {
	int rows[SUM_DEPTH][SUM_ROWS + 1], lanes[SUM_DEPTH][SUM_LANES + 1];

	// fill brings the codes of a tile from k0 on. A position in the padding has the code of 0.
	template <class Operands>
	METHOD void fill(const Operands &o, const IntegerTiling &t, uint32_t item, int row0, int lane0, int k0, const int16_t *a, const int16_t *b)
	{
		for (int e = (int)thread_x(); e < SUM_ROWS * SUM_DEPTH; e += SUM_THREADS) {
			const int i = e / SUM_DEPTH, k = e % SUM_DEPTH;
			int code = 0;
			if (row0 + i < t.rows && k0 + k < t.terms) {
				const int at = o.a(item, row0 + i, k0 + k);
				code = at < 0 ? t.zero : a[at];
			}
			rows[k][i] = code;
		}
		for (int e = (int)thread_x(); e < SUM_LANES * SUM_DEPTH; e += SUM_THREADS) {
			const int j = e % SUM_LANES, k = e / SUM_LANES;
			lanes[k][j] = lane0 + j < t.lanes && k0 + k < t.terms ? b[o.b(item, k0 + k, lane0 + j)] : 0;
		}
	}
};

// look_up_products is the body of the kernels that look each product up. SATURATE is for accumulators that have to look
// at each addition. table has the products of patterns, zeros the zero points of B by channel.
template <bool SATURATE, class Operands>
DEVICE void look_up_products(const Operands &o, const IntegerTiling &t, const int *table, const int *zeros, const int16_t *a, const int16_t *b,
	int64_t *out, Overflows *overflows, CodeTile &codes)
{
	uint32_t item = block_x();
	const int row0 = (int)t.row_tiles.split(item) * SUM_ROWS, lane0 = (int)t.lane_tiles.split(item) * SUM_LANES;
	const int row = (int)thread_x() / 32 * SUMS, lane = (int)thread_x() % 32;
	int64_t sums[SUMS] = {}, totals[SUMS] = {}, column = 0;
	bool saturated[SUMS] = {};
	for (int k0 = 0; k0 < t.terms; k0 += SUM_DEPTH) {
		barrier(); // nobody needs the codes before any more
		codes.fill(o, t, item, row0, lane0, k0, a, b);
		barrier();
		if (row0 + row >= t.rows)
			continue; // the whole warp does
		const int count = t.terms - k0 < SUM_DEPTH ? t.terms - k0 : SUM_DEPTH;
		NO_UNROLL
		for (int k = 0; k < count; k++) {
			const int y = codes.lanes[k][lane];
			const int *const products = table + t.b.pattern(y);
			const bool negative = t.b.negative(y);
			column += y;
			UNROLL
			for (int i = 0; i < SUMS; i++) {
				const int x = codes.rows[k][row + i];
				const int p = (int)read_only((const uint32_t *)products + (t.a.pattern(x) << t.lane_bits));
				totals[i] += x;
				sums[i] += negative != t.a.negative(x) ? -p : p;
				if (SATURATE && sums[i] > t.hi) {
					sums[i] = t.hi;
					saturated[i] = true;
				} else if (SATURATE && sums[i] < t.lo) {
					sums[i] = t.lo;
					saturated[i] = true;
				}
			}
		}
	}
	UNROLL
	for (int i = 0; i < SUMS; i++)
		if (row0 + row + i < t.rows && lane0 + lane < t.lanes)
			keep_sum(t, o.c(item, row0 + row + i, lane0 + lane), sums[i], saturated[i], totals[i], column,
				zeros[o.channel(item, lane0 + lane)], out, overflows);
}
