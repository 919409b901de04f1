// The kernels of products: for each place of the operands one for each multiplier,
// named PLACE_MULTIPLIER_TILE.
#include "product.cuh"

#define PRODUCTS(place, Operands) \
	PRODUCT(place##_native_large, Operands, Native, Large) \
	PRODUCT(place##_native_small, Operands, Native, Small) \
	PRODUCT(place##_bytes_large, Operands, ByteTable, Large) \
	PRODUCT(place##_bytes_small, Operands, ByteTable, Small) \
	PRODUCT(place##_wide16_small, Operands, WideTable<uint16_t>, Small) \
	PRODUCT(place##_wide32_small, Operands, WideTable<uint32_t>, Small) \
	PRODUCT(place##_floats_small, Operands, FloatTable, Small) \
	PRODUCT(place##_integers16_small, Operands, IntegerTable<uint16_t>, Small) \
	PRODUCT(place##_integers32_small, Operands, IntegerTable<uint32_t>, Small) \
	PRODUCT(place##_codes_small, Operands, CodeTable, Small)

PRODUCTS(gemm, Strided)
PRODUCTS(forward, Forward)
PRODUCTS(input_grad, InputGrad)
PRODUCTS(weight_grad, WeightGrad)
