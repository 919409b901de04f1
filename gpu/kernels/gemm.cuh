// Matrix products in tiles, for any multiplier (multiplier.cuh) and any place of the
// operands (operands.cuh).
//
// A block computes a tile of ROWS × LANES sums. A warp has TM of the rows, and each
// of its threads TN neighbouring lanes of these. Operands go through the block's
// memory, DEPTH values of k at a time: while these are multiplied, the next ones come
// into registers, from where they go, packed, to another place of that memory.
// (cp.async would leave the registers alone, but brings floats as they are: packing
// them then takes another load and store of the block's memory for each, whose loads
// are what a table's products wait for.)
//
// Each chunk of CHUNK_TERMS is a sum of its own, which is added to C where it lies in
// memory: registers hold one sum of each. Chunks may be divided among blocks.
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

// Fetch are the operands of a side that a thread brings: numbers, then words. Nothing
// waits for the numbers before pack.
template <int WIDTH, int THREADS> struct Fetch {
	static constexpr int COUNT = WIDTH * DEPTH / THREADS;
	uint32_t words[COUNT];
	uint32_t absent; // a bit for each, the last one's the lowest

	// position returns what word number e of the thread belongs to. That i or k is the
	// same for all e spares most of the work of finding operands.
	template <bool ALONG> METHOD static void position(int e, int &i, int &k)
	{
		constexpr int STEP = ALONG ? THREADS / DEPTH : THREADS / WIDTH;
		const int first = (int)thread_x();
		i = ALONG ? first / DEPTH + e * STEP : first % WIDTH;
		k = ALONG ? first % DEPTH : first / WIDTH + e * STEP;
	}

	// bring loads the numbers, which lie at place(i, k); a place of less than 0 is none.
	template <class Place> METHOD void bring(bool along, const float *from, Place place)
	{
		absent = 0;
		if (along)
			bring_each<true>(from, place);
		else
			bring_each<false>(from, place);
	}
	template <bool ALONG, class Place> METHOD void bring_each(const float *from, Place place)
	{
		UNROLL
		for (int e = 0; e < COUNT; e++) {
			int i, k;
			position<ALONG>(e, i, k);
			const int at = place(i, k);
			absent = absent << 1 | (uint32_t)at >> 31;
			words[e] = bits_of(read_only(from + (at < 0 ? 0 : at))); // a branch would cost more
		}
	}

	// pack makes the words.
	template <class Pack> METHOD void pack(uint32_t mark, Pack pack)
	{
		UNROLL
		for (int e = 0; e < COUNT; e++)
			words[e] = pack(number(words[e]));
		if (absent == 0)
			return;
		UNROLL
		for (int e = 0; e < COUNT; e++)
			if (absent >> (COUNT - 1 - e) & 1)
				words[e] = mark;
	}

	// store puts the words where they are multiplied.
	METHOD void store(bool along, Side<WIDTH> &side) const
	{
		if (along)
			store_each<true>(side);
		else
			store_each<false>(side);
	}
	template <bool ALONG> METHOD void store_each(Side<WIDTH> &side) const
	{
		UNROLL
		for (int e = 0; e < COUNT; e++) {
			int i, k;
			position<ALONG>(e, i, k);
			side.words[k][i] = words[e];
		}
	}

	template <class Mul> METHOD bool nothing(const Mul &mul) const
	{
		bool any = false;
		UNROLL
		for (uint32_t word : words)
			any |= Mul::nothing(mul.row(word));
		return any;
	}

	template <class Mul> METHOD bool irregular(const Mul &) const
	{
		bool any = false;
		UNROLL
		for (uint32_t word : words)
			any |= Mul::irregular(word);
		return any;
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

// Stage holds the packed operands of DEPTH values of k.
template <class T> struct Stage {
	Side<T::ROWS> rows;
	Side<T::LANES> lanes;
};

// Workspace is the memory of a block. One stage is multiplied while the other is filled.
template <class Mul, class T> struct Workspace {
	typename Mul::Memory table;
	Stage<T> stages[2];
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

	// each_row calls f(row, its sums). Rows take turns in the first row's registers, so
	// that there is code for one of them.
	template <class F> METHOD void each_row(F f)
	{
		NO_UNROLL
		for (int i = 0; i < T::M; i++) {
			f(i, sums[0]);
			UNROLL
			for (int j = 0; j < T::N; j++) {
				const float sum = sums[0][j];
				UNROLL
				for (int next = 1; next < T::M; next++)
					sums[next - 1][j] = sums[next][j];
				sums[T::M - 1][j] = sum;
			}
		}
	}

	// add_to adds the sums to what is at place(row, lane) of a tile's result, or puts
	// them there if they are the first. A place of less than 0 is none.
	template <class Place, class Finish> METHOD void add_to(float *out, Place place, bool first, Finish finish)
	{
		each_row([&](int i, float (&row)[T::N]) {
			UNROLL
			for (int j = 0; j < T::N; j++) {
				const int at = place(first_row() + i, first_lane() + j);
				if (at >= 0)
					out[at] = finish(first ? row[j] : out[at] + row[j]);
			}
		});
	}

	// multiply adds the products of a tile's operands, of which none is irregular and,
	// unless SKIP, no row's is nothing.
	template <bool SKIP> METHOD void multiply(const Mul &mul, const Stage<T> &w)
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
				if (SKIP && Mul::nothing(row))
					continue; // the whole warp does
				UNROLL
				for (int j = 0; j < T::N; j++)
					sums[i][j] = mul.fast(row, lanes[j], sums[i][j]);
			}
		}
	}

	// multiply_exactly is multiply for any operands.
	METHOD void multiply_exactly(const Mul &mul, const Stage<T> &w)
	{
		NO_UNROLL
		for (int k = 0; k < DEPTH; k++) {
			const uint32_t *rows = w.rows.words[k] + first_row(), *lanes = w.lanes.words[k] + first_lane();
			each_row([&](int i, float (&row)[T::N]) {
				UNROLL
				for (int j = 0; j < T::N; j++)
					row[j] += mul.exact(rows[i], lanes[j]);
			});
		}
	}
};

// Source is what a block multiplies: x holds the rows' side, y the lanes'.
template <class T, class Operands> struct Source {
	const Operands &operands;
	const Tiling &tiling;
	const float *RESTRICT x, *RESTRICT y;
	uint32_t item;
	int row0, lane0; // where the tile begins
	int end;         // of the terms

	// inside returns place(i, k) for i < n and k < end, else ABSENT_ELEMENT. place is asked
	// for a nearby element even then: what several places have in common is computed once
	// only if none of them is on a branch.
	template <class Place> METHOD int inside(int i, int n, int k, Place place) const
	{
		const int at = place(i < n ? i : n - 1, k < end ? k : end - 1);
		return i < n && k < end ? at : ABSENT_ELEMENT;
	}

	// fetch brings operands from k0 on.
	METHOD void fetch(int k0, Fetch<T::ROWS, T::THREADS> &rows, Fetch<T::LANES, T::THREADS> &lanes) const
	{
		const auto a = [&](int i, int k) { return operands.a(item, i, k); };
		const auto b = [&](int i, int k) { return operands.b(item, k, i); };
		if (tiling.exchanged)
			fetch_each(k0, rows, lanes, operands.b_along(tiling.row_along), b, operands.a_along(tiling.lane_along), a);
		else
			fetch_each(k0, rows, lanes, operands.a_along(tiling.row_along), a, operands.b_along(tiling.lane_along), b);
	}
	template <class RowPlace, class LanePlace>
	METHOD void fetch_each(int k0, Fetch<T::ROWS, T::THREADS> &rows, Fetch<T::LANES, T::THREADS> &lanes, bool row_along, RowPlace row_place,
		bool lane_along, LanePlace lane_place) const
	{
		const int first_row = anew(row0, k0), first_lane = anew(lane0, k0);
		rows.bring(row_along, x, [&](int i, int k) {
			return inside(i + first_row, tiling.rows, k0 + k, row_place);
		});
		lanes.bring(lane_along, y, [&](int j, int k) {
			return inside(j + first_lane, tiling.lanes, k0 + k, lane_place);
		});
	}
};

// place returns where a sum lies in C, or in a part; ABSENT_ELEMENT if it is none of C's.
template <class Operands> DEVICE int place(const Operands &o, const Tiling &t, uint32_t item, int part, int row, int lane)
{
	if (row >= t.rows || lane >= t.lanes)
		return ABSENT_ELEMENT;
	return part * t.part_size + (t.exchanged ? o.c(item, lane, row) : o.c(item, row, lane));
}

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
	const Source<T, Operands> source{o, t, x, y, item, row0, lane0, end};
	Fetch<T::ROWS, T::THREADS> rows;
	Fetch<T::LANES, T::THREADS> lanes;
	Sums<Mul, T> chunk;
	chunk.clear();
	// Rows that are nothing are looked for only where the block has one: it costs an
	// instruction for each product. A thread with one lane always looks.
	bool irregular = false, sparse = T::N == 1;
	// Operands before k are multiplied while those from k on are fetched.
	for (int k = begin, stage = 0;; k += DEPTH) {
		const bool more = k < end;
		if (more)
			source.fetch(k, rows, lanes);
		if (k > begin) {
			if (irregular)
				chunk.multiply_exactly(mul, w.stages[stage]);
			else if (sparse)
				chunk.template multiply<true>(mul, w.stages[stage]);
			else if constexpr (T::N > 1)
				chunk.template multiply<false>(mul, w.stages[stage]);
		}
		if (!more || (k > begin && k % CHUNK_TERMS == 0)) {
			const bool first = k - begin <= CHUNK_TERMS;
			chunk.add_to(out, [&](int i, int j) { return place(o, t, item, part, row0 + i, lane0 + j); }, first,
				[&](float sum) { return more || parted ? sum : mul.finish(sum); });
			chunk.clear();
		}
		if (!more)
			break;
		rows.pack(Mul::ABSENT, [&](float v) { return mul.pack_row(v); });
		lanes.pack(Mul::ABSENT, [&](float v) { return mul.pack_lane(v); });
		irregular = rows.irregular(mul) || lanes.irregular(mul);
		stage ^= 1;
		rows.store(t.row_along, w.stages[stage].rows);
		lanes.store(t.lane_along, w.stages[stage].lanes);
		irregular = barrier_or(irregular);
		if constexpr (T::N > 1) {
			if constexpr (Mul::SKIPS)
				sparse = barrier_or(rows.nothing(mul));
		}
	}
}
