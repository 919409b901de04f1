// Matrix products in tiles, for any multiplier (multiplier.cuh) and any place of the
// operands (operands.cuh).
//
// A block computes a tile of ROWS × LANES sums. A warp has TM of the rows, and each
// of its threads TN neighbouring lanes of these. Operands go through the block's
// memory, DEPTH values of k at a time; the next ones are loaded while these are
// multiplied. Each chunk of CHUNK_TERMS is a sum of its own, and chunks may be
// divided among blocks.
#pragma once
#include "multiplier.cuh"
#include "operands.cuh"
#include "sum.cuh"

constexpr int DEPTH = 16, WARP = 32;

// Tiling says how a product is cut. Rows are those of A, lanes columns of B unless
// sides are exchanged: then lanes are rows of A. A block's number is, with the first
// factor the fastest, row tile × lane tile × part × item.
struct Tiling {
	int rows, lanes, terms;
	Divider row_tiles, lane_tiles, parts;
	uint32_t exchanged;
	uint32_t row_along, lane_along; // neighbours in memory are neighbours in k
	uint32_t scale_step;            // of quantization's scales from item to item: 1, or 0 if all have one
	int part_size;                  // elements of C in a part, where there are several: each is one chunk
};

// Tile is the shape of a block's tile, and how many blocks share a multiprocessor.
template <int WARPS, int TM, int TN, int SHARE> struct Tile {
	static constexpr int BLOCKS = SHARE, THREADS = WARPS * WARP, ROWS = WARPS * TM, LANES = WARP * TN, M = TM, N = TN;
};
typedef Tile<8, 8, 4, 2> Large; // 64 × 128
typedef Tile<4, 4, 1, 4> Small; // 16 × 32

// Side is a tile of one side's packed operands; the rows of k are apart by a few words,
// so that threads which store along k meet fewer bank conflicts.
template <int WIDTH> struct Side {
	static constexpr int STRIDE = WIDTH + 4;
	alignas(16) uint32_t words[DEPTH][STRIDE];
};

// Fetch are the words of a side that a thread brings.
template <int WIDTH, int THREADS> struct Fetch {
	static constexpr int COUNT = WIDTH * DEPTH / THREADS;
	uint32_t words[COUNT];

	// position returns what word number e of the thread belongs to.
	METHOD static void position(int e, bool along, int &i, int &k)
	{
		const int at = e * THREADS + (int)thread_x();
		i = along ? at / DEPTH : at % WIDTH;
		k = along ? at % DEPTH : at / WIDTH;
	}

	METHOD void store(bool along, Side<WIDTH> &side) const
	{
		UNROLL
		for (int e = 0; e < COUNT; e++) {
			int i, k;
			position(e, along, i, k);
			side.words[k][i] = words[e];
		}
	}
};

// read copies N words.
template <int N> DEVICE void read(const uint32_t *from, uint32_t (&to)[N])
{
	if constexpr (N % 4 == 0) {
		UNROLL
		for (int i = 0; i < N; i += 4) {
			const Words v = read_words(from + i);
			to[i] = v.x;
			to[i + 1] = v.y;
			to[i + 2] = v.z;
			to[i + 3] = v.w;
		}
	} else {
		UNROLL
		for (int i = 0; i < N; i++)
			to[i] = from[i];
	}
}

// Workspace is the memory of a block.
template <class Mul, class T> struct Workspace {
	typename Mul::Memory table;
	Side<T::ROWS> rows;
	Side<T::LANES> lanes;
};

// Sums are those of a thread.
template <class Mul, class T> struct Sums {
	float sums[T::M][T::N];

	METHOD static int first_row() { return (int)thread_x() / WARP * T::M; }
	METHOD static int first_lane() { return (int)thread_x() % WARP * T::N; }

	METHOD void clear()
	{
		UNROLL
		for (int i = 0; i < T::M; i++)
			UNROLL
			for (int j = 0; j < T::N; j++)
				sums[i][j] = 0;
	}

	METHOD void add(const Sums &chunk)
	{
		UNROLL
		for (int i = 0; i < T::M; i++)
			UNROLL
			for (int j = 0; j < T::N; j++)
				sums[i][j] += chunk.sums[i][j];
	}

	// multiply adds the products of a tile's operands, of which none is irregular.
	METHOD void multiply(const Mul &mul, const Workspace<Mul, T> &w)
	{
		UNROLL_TWICE
		for (int k = 0; k < DEPTH; k++) {
			uint32_t rows[T::M], words[T::N];
			read(w.rows.words[k] + first_row(), rows);
			read(w.lanes.words[k] + first_lane(), words);
			typename Mul::Lane lanes[T::N];
			UNROLL
			for (int j = 0; j < T::N; j++)
				lanes[j] = mul.lane(words[j]);
			UNROLL
			for (int i = 0; i < T::M; i++) {
				const typename Mul::Row row = mul.row(rows[i]);
				if (Mul::nothing(row))
					continue; // the whole warp does
				UNROLL
				for (int j = 0; j < T::N; j++)
					sums[i][j] = mul.fast(row, lanes[j], sums[i][j]);
			}
		}
	}

	// multiply_exactly is multiply for any operands.
	METHOD void multiply_exactly(const Mul &mul, const Workspace<Mul, T> &w)
	{
		NO_UNROLL
		for (int k = 0; k < DEPTH; k++) {
			UNROLL
			for (int i = 0; i < T::M; i++)
				UNROLL
				for (int j = 0; j < T::N; j++)
					sums[i][j] += mul.exact(w.rows.words[k][first_row() + i], w.lanes.words[k][first_lane() + j]);
		}
	}
};

// Source is what a block multiplies: x holds the rows' side, y the lanes'.
template <class Mul, class T, class Operands> struct Source {
	const Operands &operands;
	const Tiling &tiling;
	const Mul &mul;
	const float *RESTRICT x, *RESTRICT y;
	uint32_t item;
	int row0, lane0; // where the tile begins
	int end;         // of the terms

	METHOD uint32_t row(int i, int k) const
	{
		if (i >= tiling.rows || k >= end)
			return Mul::ABSENT;
		const int at = tiling.exchanged ? operands.b(item, k, i) : operands.a(item, i, k);
		return at < 0 ? Mul::ABSENT : mul.pack_row(read_only(x + at));
	}

	METHOD uint32_t lane(int j, int k) const
	{
		if (j >= tiling.lanes || k >= end)
			return Mul::ABSENT;
		const int at = tiling.exchanged ? operands.a(item, j, k) : operands.b(item, k, j);
		return at < 0 ? Mul::ABSENT : mul.pack_lane(read_only(y + at));
	}

	METHOD void fetch(int k0, Fetch<T::ROWS, T::THREADS> &rows, Fetch<T::LANES, T::THREADS> &lanes) const
	{
		int i, k;
		UNROLL
		for (int e = 0; e < rows.COUNT; e++) {
			rows.position(e, tiling.row_along, i, k);
			rows.words[e] = row(row0 + i, k0 + k);
		}
		UNROLL
		for (int e = 0; e < lanes.COUNT; e++) {
			lanes.position(e, tiling.lane_along, i, k);
			lanes.words[e] = lane(lane0 + i, k0 + k);
		}
	}
};

// multiply_tile is the body of a product's kernel. x holds the rows' side and y the
// lanes'; row_largest and lane_largest are what Quantizer wants to know of each item.
template <class Mul, class T, class Operands>
DEVICE void multiply_tile(const Operands &o, const Tiling &t, const Table &table, const void *entries, const uint32_t *row_largest,
	const uint32_t *lane_largest, const float *RESTRICT x, const float *RESTRICT y, float *RESTRICT out, Workspace<Mul, T> &w)
{
	uint32_t item = block_x();
	const int row0 = (int)t.row_tiles.split(item) * T::ROWS, lane0 = (int)t.lane_tiles.split(item) * T::LANES;
	const int part = (int)t.parts.split(item);
	const bool parted = t.parts.divisor > 1;
	const int begin = parted ? part * CHUNK_TERMS : 0;
	const int end = parted && t.terms - begin > CHUNK_TERMS ? begin + CHUNK_TERMS : t.terms;

	const Mul mul(table, entries, row_largest, lane_largest, w.table, item * t.scale_step, t.exchanged != 0);
	const Source<Mul, T, Operands> source{o, t, mul, x, y, item, row0, lane0, end};
	Fetch<T::ROWS, T::THREADS> rows;
	Fetch<T::LANES, T::THREADS> lanes;
	Sums<Mul, T> total, chunk;
	total.clear();
	chunk.clear();
	if (begin < end)
		source.fetch(begin, rows, lanes);
	for (int k0 = begin; k0 < end; k0 += DEPTH) {
		bool irregular = false;
		UNROLL
		for (uint32_t word : rows.words)
			irregular |= Mul::irregular(word);
		UNROLL
		for (uint32_t word : lanes.words)
			irregular |= Mul::irregular(word);
		rows.store(t.row_along, w.rows);
		lanes.store(t.lane_along, w.lanes);
		irregular = barrier_or(irregular);
		if (k0 + DEPTH < end)
			source.fetch(k0 + DEPTH, rows, lanes);
		if (irregular)
			chunk.multiply_exactly(mul, w);
		else
			chunk.multiply(mul, w);
		if ((k0 + DEPTH) % CHUNK_TERMS == 0) {
			total.add(chunk);
			chunk.clear();
		}
		barrier();
	}
	total.add(chunk);

	UNROLL
	for (int i = 0; i < T::M; i++)
		UNROLL
		for (int j = 0; j < T::N; j++) {
			const int row = row0 + total.first_row() + i, lane = lane0 + total.first_lane() + j;
			if (row >= t.rows || lane >= t.lanes)
				continue;
			const int at = t.exchanged ? o.c(item, lane, row) : o.c(item, row, lane);
			if (parted)
				out[part * t.part_size + at] = total.sums[i][j];
			else
				out[at] = mul.finish(total.sums[i][j]);
		}
}
