// PRODUCT defines the kernel of a product: operands at their place (operands.cuh), a
// multiplier (multiplier.cuh), a tile (gemm.cuh).
#pragma once
#include "gemm.cuh"

#define PRODUCT(name, Operands, Mul, T) \
	BOUNDED_KERNEL(name, T::THREADS, T::BLOCKS) \
	(Operands o, Tiling t, Table table, const void *entries, const uint32_t *row_largest, const uint32_t *lane_largest, const float *x, \
		const float *y, float *out) \
	{ \
		typedef Workspace<Mul, T> Memory; \
		SHARED(Memory, memory); \
		multiply_tile<Mul, T>(o, t, table, entries, row_largest, lane_largest, x, y, out, memory); \
	} \
	EXPORT(name)
