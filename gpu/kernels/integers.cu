// The kernels of products of codes: for each place of the operands one for each way to the sums.
#include "integers.cuh"
#include "rank.cuh"

KERNEL(clear_overflows)(Overflows *overflows)
{
	if (element() == 0)
		*overflows = {0, ~0u, 0};
}
EXPORT(clear_overflows)

#define LOOK_UPS(name, Operands, saturate) \
	BOUNDED_KERNEL(name, SUM_THREADS, 4) \
	(Operands o, IntegerTiling t, const int *table, const int *zeros, const int16_t *a, const int16_t *b, int64_t *out, Overflows *overflows) \
	{ \
		SHARED(CodeTile, codes); \
		look_up_products<saturate>(o, t, table, zeros, a, b, out, overflows, codes); \
	} \
	EXPORT(name)

LOOK_UPS(integer_gemm, Strided, false)
LOOK_UPS(integer_gemm_saturating, Strided, true)
LOOK_UPS(integer_forward, Forward, false)
LOOK_UPS(integer_forward_saturating, Forward, true)

#define RANK(name, Operands) \
	BOUNDED_KERNEL(name, RANK_THREADS, 3) \
	(Operands o, IntegerTiling t, Rank rank, const void *factors, const int *zeros, const int16_t *a, const int16_t *b, int64_t *out, \
		Overflows *overflows) \
	{ \
		SHARED(RankMemory, memory); \
		add_factor_products(o, t, rank, factors, zeros, a, b, out, overflows, memory); \
	} \
	EXPORT(name)

RANK(integer_gemm_rank, Strided)
RANK(integer_forward_rank, Forward)
