// Multipliers, as the tiles of gemm.cuh use them.
//
// One operand of a product is a row's, the same for all threads of a warp; the other
// is a lane's. As a rule the row's is operand A. Where sides are exchanged it is B,
// and a table comes with its operands exchanged; a multiplier hears of it.
//
// A multiplier packs operands, once, into words that say what is absent (a position
// in the padding, or beyond the matrix). It has two ways to a product: exact follows
// the rules to the letter. fast may be used where no operand is irregular, and gives
// the same bits: an irregular operand is one for which rules other than the ordinary
// one could apply, zeros excepted. A zero or absent product may be added or left
// out, since a sum that starts at +0 never is −0. Where a row's operand is nothing, fast
// gives no product; SKIPS, for large tiles, says that there are such rows.
#pragma once
#include "cuda.cuh"

// Format says how numbers are coded that do not follow AMSim; see lut.Format. Exponents are those of
// binary32, which has all the numbers.
struct Format {
	int fraction;    // bits of a product's fraction
	int least, most; // exponents of normal numbers
	uint32_t finite; // the largest exponent has numbers, but for the fraction of all ones
	uint32_t gradual, gradual_nearest; // there are subnormal numbers; a subnormal result is rounded to nearest
	// What stands for a number out of range: the largest one, an infinity or NaN.
	uint32_t operand_overflow, product_overflow;
};

// Table says what a table holds.
struct Table {
	int row_bits, lane_bits; // of operands
	int shift;               // Mantissa: brings the carry of an entry to bit 23; integers: unused bits of 32
	uint32_t nearest;        // Mantissa: operands are rounded to nearest, ties to even; else truncated
	uint32_t is_signed;      // integers
	float row_levels, lane_levels; // integers; see device.Levels
	int row_exponent, lane_exponent; // codes; see lut.ScaleExponent
	Format format;                 // Mantissa, of FloatTable
};

// Native is binary32's own multiplication. −0 marks what is absent: as an operand, +0
// is as good.
struct Native {
	struct Memory {};
	struct Row { float x; };
	struct Lane { float x; };
	static constexpr uint32_t ABSENT = SIGN;
	static constexpr bool SKIPS = false;

	METHOD Native(const Table &, const void *, const uint32_t *, const uint32_t *, Memory &, uint32_t, bool) {}

	METHOD uint32_t pack_row(float x) const { return x == 0 ? 0 : bits_of(x); }
	METHOD uint32_t pack_lane(float x) const { return pack_row(x); }
	METHOD static bool irregular(uint32_t word) { return (word & INFINITE) == INFINITE; }

	METHOD Row row(uint32_t word) const { return {number(word)}; }
	METHOD Lane lane(uint32_t word) const { return {number(word)}; }
	METHOD static bool nothing(Row) { return false; }
	METHOD float fast(Row r, Lane l, float sum) const { return sum + r.x * l.x; }

	METHOD float exact(uint32_t row, uint32_t lane) const
	{
		return row == ABSENT || lane == ABSENT ? 0 : number(row) * number(lane);
	}

	METHOD static float finish(float sum) { return sum; }
};

// MantissaOperands are the operands of a table of significands: rounded, zeros and
// subnormals as +0. The lowest bit marks what is absent.
struct MantissaOperands {
	static constexpr uint32_t ABSENT = 1;
	// Two exponents in this range, and a carry, give a normal number.
	static constexpr uint32_t LEAST = 64, MOST = 190;

	int bits, drop; // of the fraction
	uint32_t half;  // to be added before truncation, and for ties the lowest bit that stays
	uint32_t lowest;

	METHOD MantissaOperands(const Table &t)
	    : bits(t.row_bits), drop(23 - t.row_bits), half(t.nearest ? (1u << (drop - 1)) - 1 : 0), lowest(t.nearest ? 1 : 0)
	{
	}

	METHOD uint32_t pack_row(float x) const
	{
		uint32_t word = bits_of(x);
		if ((word & ~SIGN) > INFINITE)
			return QUIET_NAN;
		word += half + (word >> drop & lowest);
		word &= ~0u << drop;
		return word & INFINITE ? word : 0;
	}
	METHOD uint32_t pack_lane(float x) const { return pack_row(x); }

	METHOD static bool irregular(uint32_t word)
	{
		const uint32_t exponent = word >> 23 & 0xff;
		return exponent != 0 && exponent - LEAST > MOST - LEAST;
	}

	METHOD static float finish(float sum) { return sum; }

	// product returns the product of packed operands whose entry, with the carry at
	// bit 23, is entry(); it follows lut.Multiply.
	template <class Entry> METHOD static float product(uint32_t row, uint32_t lane, Entry entry)
	{
		const uint32_t er = row & INFINITE, el = lane & INFINITE, sign = (row ^ lane) & SIGN;
		if ((row | lane) & ABSENT)
			return 0;
		if (er == INFINITE || el == INFINITE) {
			const bool nan = (er == INFINITE && row << 9) || (el == INFINITE && lane << 9) || er == 0 || el == 0;
			return number(nan ? QUIET_NAN : sign | INFINITE);
		}
		if (er == 0 || el == 0)
			return 0;
		constexpr uint32_t ONE = 1u << 23;
		const uint32_t sum = er + el + entry(); // the exponent is 127 too high
		if (sum < 128 * ONE)
			return 0;
		if (sum >= (127 + 255) * ONE)
			return number(sign | INFINITE);
		return number(sign | (sum - 127 * ONE));
	}
};

// ByteTable holds the significands' products of up to 7 bits in the block's memory, as
// 128 rows of 128 bytes: the lanes of a warp look up the same row, of one word for
// each bank, so that they never wait for each other. Operands of fewer bits use every
// second row and column, every fourth, …
//
// A packed operand is its sign and exponent, and in the bits below where its row or
// column begins.
struct ByteTable : MantissaOperands {
	static constexpr uint32_t COLUMNS = 128, ROW = 127 * COLUMNS, COLUMN = 127, ABSENT = COLUMNS * COLUMNS;
	static constexpr bool SKIPS = true;

	struct Memory { alignas(16) uint8_t entries[128 * COLUMNS]; };
	struct Row {
		uint32_t offset;
		uint32_t bits; // sign and exponent
	};
	struct Lane {
		SharedBytes column;
		float scale; // ± a power of two, or 0
	};

	SharedBytes entries;

	METHOD ByteTable(const Table &t, const void *table, const uint32_t *, const uint32_t *, Memory &memory, uint32_t, bool)
	    : MantissaOperands(t), entries(shared_bytes(memory.entries))
	{
		constexpr uint32_t WORD = sizeof(Words);
		for (uint32_t i = thread_x() * WORD; i < sizeof memory.entries; i += block_size() * WORD)
			write_words(memory.entries + i, read_words(static_cast<const uint8_t *>(table) + i));
	}

	METHOD static uint32_t index(uint32_t word) { return word >> 16 & 127; }
	METHOD uint32_t pack_row(float x) const
	{
		const uint32_t word = MantissaOperands::pack_row(x);
		return (word & (SIGN | INFINITE)) | index(word) * COLUMNS;
	}
	METHOD uint32_t pack_lane(float x) const
	{
		const uint32_t word = MantissaOperands::pack_row(x);
		return (word & (SIGN | INFINITE)) | index(word);
	}

	METHOD static Row row(uint32_t word) { return {word & ROW, word & (SIGN | INFINITE)}; }
	METHOD Lane lane(uint32_t word) const { return {entries + (word & COLUMN), number(word & (SIGN | INFINITE))}; }
	METHOD static bool nothing(Row r) { return r.bits == 0; }

	// The entry's carry and fraction are added to the row's sign and exponent; the lane's
	// then multiply without rounding, so that the sum is rounded once.
	METHOD float fast(Row r, Lane l, float sum) const
	{
		return fused(number((shared_byte(l.column + r.offset) << 16) + r.bits), l.scale, sum);
	}

	// unpack returns an operand as MantissaOperands packs it.
	METHOD static uint32_t unpack(uint32_t word, uint32_t index)
	{
		return word & ABSENT ? MantissaOperands::ABSENT : (word & (SIGN | INFINITE)) | index << 16;
	}
	METHOD float exact(uint32_t row, uint32_t lane) const
	{
		const uint32_t at = row & ROW, column = lane & COLUMN;
		return product(unpack(row, at / COLUMNS), unpack(lane, column), [&] { return shared_byte(entries + (at + column)) << 16; });
	}
};

// WideTable holds the significands' products in the device's memory.
template <class Entry> struct WideTable : MantissaOperands {
	struct Memory {};
	struct Row {
		const Entry *entries;
		uint32_t bits;
	};
	struct Lane {
		uint32_t column;
		float scale;
	};

	const Entry *entries;
	int shift;

	METHOD WideTable(const Table &t, const void *table, const uint32_t *, const uint32_t *, Memory &, uint32_t, bool)
	    : MantissaOperands(t), entries(static_cast<const Entry *>(table)), shift(t.shift)
	{
	}

	METHOD uint32_t index(uint32_t word) const { return (word & 0x7fffff) >> (23 - bits); }
	METHOD uint32_t entry(const Entry *row, uint32_t column) const { return read_only(row + column) << shift; }

	METHOD Row row(uint32_t word) const { return {entries + (index(word) << bits), word & (SIGN | INFINITE)}; }
	METHOD Lane lane(uint32_t word) const { return {index(word), number(word & (SIGN | INFINITE))}; }
	METHOD static bool nothing(Row r) { return (r.bits & INFINITE) == 0; }

	METHOD float fast(Row r, Lane l, float sum) const { return fused(number(entry(r.entries, l.column) + r.bits), l.scale, sum); }

	METHOD float exact(uint32_t row, uint32_t lane) const
	{
		return product(row, lane, [&] { return entry(entries + (index(row) << bits), index(lane)); });
	}
};

// FloatTable multiplies numbers of a format. A packed operand is such a number in binary32, +0 for −0;
// a NaN whose bits are all ones marks what is absent. It follows lut.Format.
struct FloatTable {
	struct Memory {};
	struct Row { uint32_t word; };
	struct Lane { uint32_t word; };
	static constexpr uint32_t ABSENT = ~0u;

	const uint32_t *entries;
	int bits; // of an operand's fraction
	bool nearest;
	Format format;

	METHOD FloatTable(const Table &t, const void *table, const uint32_t *, const uint32_t *, Memory &, uint32_t, bool)
	    : entries(static_cast<const uint32_t *>(table)), bits(t.row_bits), nearest(t.nearest != 0), format(t.format)
	{
	}

	// Significand is a number's: 2^23 ≤ significand < 2^24, the exponent may be less than 1.
	struct Significand {
		int exponent;
		uint32_t significand;

		METHOD explicit Significand(uint32_t magnitude) : exponent((int)(magnitude >> 23)), significand(magnitude & 0x7fffff)
		{
			if (exponent == 0)
				for (exponent = 1; significand < 1u << 23; exponent--)
					significand <<= 1;
			else
				significand |= 1u << 23;
		}
	};

	// shift_right drops n bits of x < 2^24, n ≥ 0, or rounds to the nearest, ties to even.
	METHOD static uint32_t shift_right(uint32_t x, int n, bool nearest)
	{
		if (n > 25)
			return 0;
		const uint32_t kept = x >> n, rest = x & ((1u << n) - 1), half = n > 0 ? 1u << (n - 1) : 0;
		return kept + (nearest && (rest > half || (rest == half && half != 0 && (kept & 1))));
	}

	// subnormal returns a multiple of 2^-p of the least normal number, at most that; p = 23 − drop.
	METHOD uint32_t subnormal(uint32_t multiple, int drop) const
	{
		const uint32_t least = (uint32_t)format.least << 23;
		return bits_of(number(least + (multiple << drop)) - number(least));
	}

	METHOD static uint32_t sign_if_number(uint32_t sign, uint32_t magnitude) { return magnitude > INFINITE ? magnitude : sign | magnitude; }

	METHOD uint32_t pack_row(float x) const
	{
		const uint32_t word = bits_of(x), sign = word & SIGN, magnitude = word & ~SIGN;
		if (magnitude > INFINITE)
			return QUIET_NAN;
		if (magnitude == INFINITE)
			return sign_if_number(sign, format.operand_overflow);
		if (magnitude == 0)
			return 0;
		Significand s(magnitude);
		const int drop = 23 - bits;
		if (s.exponent < format.least && format.gradual) {
			const uint32_t multiple = shift_right(s.significand, drop + format.least - s.exponent, nearest);
			return multiple == 0 ? 0 : sign | subnormal(multiple, drop);
		}
		uint32_t kept = shift_right(s.significand, drop, nearest);
		if (kept == 2u << bits) {
			kept = 1u << bits;
			s.exponent++;
		}
		if (s.exponent < format.least)
			return 0;
		if (s.exponent > format.most || (s.exponent == format.most && format.finite && kept == (2u << bits) - 1))
			return sign_if_number(sign, format.operand_overflow);
		return sign | ((uint32_t)s.exponent << 23) | ((kept << drop) & 0x7fffff);
	}
	METHOD uint32_t pack_lane(float x) const { return pack_row(x); }
	METHOD static bool irregular(uint32_t) { return false; }

	METHOD Row row(uint32_t word) const { return {word}; }
	METHOD Lane lane(uint32_t word) const { return {word}; }
	METHOD static bool nothing(Row r) { return r.word == ABSENT; }

	METHOD uint32_t product(uint32_t row, uint32_t lane) const
	{
		const uint32_t sign = (row ^ lane) & SIGN;
		row &= ~SIGN;
		lane &= ~SIGN;
		if (row > INFINITE || lane > INFINITE || (row == INFINITE && lane == 0) || (row == 0 && lane == INFINITE))
			return QUIET_NAN;
		if (row == INFINITE || lane == INFINITE)
			return sign | INFINITE;
		if (row == 0 || lane == 0)
			return 0;
		const Significand r(row), l(lane);
		const uint32_t mask = (1u << bits) - 1;
		const uint32_t entry = read_only(entries + ((r.significand >> (23 - bits) & mask) << bits | (l.significand >> (23 - bits) & mask)));
		const int p = format.fraction, exponent = r.exponent + l.exponent - 127 + (int)(entry >> p);
		const uint32_t ones = (1u << p) - 1, fraction = entry & ones;
		if (exponent < format.least) {
			if (!format.gradual)
				return 0;
			const uint32_t multiple = shift_right(1u << p | fraction, format.least - exponent, format.gradual_nearest != 0);
			return multiple == 0 ? 0 : sign | subnormal(multiple, 23 - p);
		}
		if (exponent > format.most || (exponent == format.most && format.finite && fraction == ones))
			return sign_if_number(sign, format.product_overflow);
		return sign | (uint32_t)exponent << 23 | fraction << (23 - p);
	}

	METHOD float fast(Row r, Lane l, float sum) const
	{
		return r.word == ABSENT || l.word == ABSENT ? sum : sum + number(product(r.word, l.word));
	}

	METHOD float exact(uint32_t, uint32_t) const { return 0; } // never called: nothing is irregular

	METHOD static float finish(float sum) { return sum; }
};

// Quantizer makes whole numbers of one side; see device.Levels.
struct Quantizer {
	float inverse, levels, unit; // unit is what one of them is worth

	METHOD Quantizer(uint32_t largest, float levels) : inverse(0), levels(levels), unit(0)
	{
		const float most = number(largest);
		if (largest >= INFINITE)
			unit = number(QUIET_NAN);
		else if (most >= 7.88860905221011805411728565282786229673206e-31f) { // device.Negligible
			inverse = levels / most;
			unit = most / levels;
		}
	}

	METHOD int whole(float x) const
	{
		if (inverse == 0)
			return 0;
		const float r = round_to_even(x * inverse);
		return (int)(r < -levels ? -levels : r > levels ? levels : r);
	}
};

// IntegerTable multiplies whole numbers. A packed operand is the pattern by which the
// table knows it and, for an unsigned table, its sign.
template <class Entry> struct IntegerTable {
	struct Memory {};
	struct Row {
		const Entry *entries;
		uint32_t word;
	};
	struct Lane { uint32_t word; };
	static constexpr uint32_t ABSENT = 1u << 30;

	const Entry *entries;
	int row_bits, lane_bits, unused;
	bool is_signed;
	Quantizer rows, lanes;

	METHOD IntegerTable(const Table &t, const void *table, const uint32_t *row_largest, const uint32_t *lane_largest, Memory &, uint32_t item, bool)
	    : entries(static_cast<const Entry *>(table)), row_bits(t.row_bits), lane_bits(t.lane_bits), unused(t.shift),
	      is_signed(t.is_signed != 0), rows(row_largest[item], t.row_levels), lanes(lane_largest[item], t.lane_levels)
	{
	}

	METHOD uint32_t pack(int x, int bits) const
	{
		if (is_signed)
			return (uint32_t)x & ((1u << bits) - 1);
		return x < 0 ? (uint32_t)-x | SIGN : (uint32_t)x;
	}
	METHOD uint32_t pack_row(float x) const { return pack(rows.whole(x), row_bits); }
	METHOD uint32_t pack_lane(float x) const { return pack(lanes.whole(x), lane_bits); }
	METHOD static bool irregular(uint32_t) { return false; }

	METHOD Row row(uint32_t word) const { return {entries + ((word & ~(SIGN | ABSENT)) << lane_bits), word}; }
	METHOD Lane lane(uint32_t word) const { return {word}; }
	METHOD static bool nothing(Row r) { return (r.word & ABSENT) != 0; }

	METHOD float fast(Row r, Lane l, float sum) const
	{
		if (l.word & ABSENT)
			return sum;
		const uint32_t entry = read_only(r.entries + (l.word & ~(SIGN | ABSENT)));
		const float p = is_signed ? (float)((int)(entry << unused) >> unused) : (float)entry;
		return sum + number(bits_of(p) ^ ((r.word ^ l.word) & SIGN));
	}

	METHOD float exact(uint32_t, uint32_t) const { return 0; } // never called: nothing is irregular

	METHOD float finish(float sum) const { return sum * (rows.unit * lanes.unit); }
};

// CodeScale is the scale of one side of a table of codes, a power of two; see lut.ScaleExponent.
struct CodeScale {
	float inverse, unit;

	METHOD CodeScale(uint32_t largest, int exponent)
	{
		int k = (int)(largest >> 23) - 127 - exponent;
		k = largest == 0 ? 0 : k < -60 ? -60 : k > 60 ? 60 : k;
		inverse = number((uint32_t)(127 - k) << 23);
		unit = largest >= INFINITE ? number(QUIET_NAN) : number((uint32_t)(127 + k) << 23);
	}
};

// CodeTable multiplies numbers of codings. A packed operand is the place of its number among those of the side's coding,
// in ascending order. Behind the products there is for each place of a row, and then of a lane, but the first the least
// number that is rounded to it; infinities fill the rest.
struct CodeTable {
	struct Memory {};
	struct Row {
		const float *entries;
		uint32_t word;
	};
	struct Lane { uint32_t word; };
	static constexpr uint32_t ABSENT = 1u << 30;

	const float *entries, *row_least, *lane_least;
	int row_bits, lane_bits;
	CodeScale rows, lanes;

	METHOD CodeTable(const Table &t, const void *table, const uint32_t *row_largest, const uint32_t *lane_largest, Memory &, uint32_t item, bool)
	    : entries(static_cast<const float *>(table)), row_least(entries + (1 << (t.row_bits + t.lane_bits))),
	      lane_least(row_least + (1 << t.row_bits)), row_bits(t.row_bits), lane_bits(t.lane_bits),
	      rows(row_largest[item], t.row_exponent), lanes(lane_largest[item], t.lane_exponent)
	{
	}

	// place returns how many of the 2^bits − 1 numbers are at most x.
	METHOD static uint32_t place(float x, const float *least, int bits)
	{
		uint32_t at = 0;
		for (uint32_t step = 1u << bits >> 1; step != 0; step >>= 1)
			if (read_only(least + at + step - 1) <= x)
				at += step;
		return at;
	}
	METHOD uint32_t pack_row(float x) const { return place(x * rows.inverse, row_least, row_bits); }
	METHOD uint32_t pack_lane(float x) const { return place(x * lanes.inverse, lane_least, lane_bits); }
	METHOD static bool irregular(uint32_t) { return false; }

	METHOD Row row(uint32_t word) const { return {entries + ((word & ~ABSENT) << lane_bits), word}; }
	METHOD Lane lane(uint32_t word) const { return {word}; }
	METHOD static bool nothing(Row r) { return (r.word & ABSENT) != 0; }

	METHOD float fast(Row r, Lane l, float sum) const { return l.word & ABSENT ? sum : sum + read_only(r.entries + l.word); }

	METHOD float exact(uint32_t, uint32_t) const { return 0; } // never called: nothing is irregular

	METHOD float finish(float sum) const { return sum * (rows.unit * lanes.unit); }
};
