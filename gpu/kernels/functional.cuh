// The multiplier that is a function of two floats: a user's model, in a unit that is
// compiled when it is needed. FUNCTIONAL(name) declares float name(float, float), which
// the unit defines behind it, and the kernels of its products, PLACE_name_small.
//
// There are no large tiles: what a thread multiplies is written out, each product with
// the model's code, so that these would be eight times the small ones' code. They save
// loads from memory, which is not what such a product waits for.
#pragma once
#include "product.cuh"

// Functional multiplies operands as they are, by F::product. A NaN whose bits are all
// ones marks what is absent; an operand of these bits becomes the NaN next to it.
template <class F> struct Functional {
	struct Memory {};
	struct Row { uint32_t word; };
	struct Lane { uint32_t word; };
	static constexpr uint32_t ABSENT = ~0u;

	const bool exchanged; // lanes are operands A

	METHOD Functional(const Table &, const void *, const uint32_t *, const uint32_t *, Memory &, uint32_t, bool exchanged) : exchanged(exchanged) {}

	METHOD static uint32_t pack_row(float x)
	{
		const uint32_t word = bits_of(x);
		return word == ABSENT ? ABSENT - 1 : word;
	}
	METHOD static uint32_t pack_lane(float x) { return pack_row(x); }
	METHOD static bool irregular(uint32_t) { return false; }

	METHOD static Row row(uint32_t word) { return {word}; }
	METHOD static Lane lane(uint32_t word) { return {word}; }
	METHOD static bool nothing(Row r) { return r.word == ABSENT; }

	METHOD float fast(Row r, Lane l, float sum) const
	{
		if (r.word == ABSENT || l.word == ABSENT)
			return sum;
		return sum + F::product(number(exchanged ? l.word : r.word), number(exchanged ? r.word : l.word));
	}

	METHOD float exact(uint32_t, uint32_t) const { return 0; } // never called: nothing is irregular

	METHOD static float finish(float sum) { return sum; }
};

#define FUNCTIONAL(name) \
	DEVICE float name(float, float); \
	struct name##_function { \
		METHOD static float product(float a, float b) { return name(a, b); } \
	}; \
	PRODUCT(gemm_##name##_small, Strided, Functional<name##_function>, Small) \
	PRODUCT(forward_##name##_small, Forward, Functional<name##_function>, Small) \
	PRODUCT(input_grad_##name##_small, InputGrad, Functional<name##_function>, Small) \
	PRODUCT(weight_grad_##name##_small, WeightGrad, Functional<name##_function>, Small)
