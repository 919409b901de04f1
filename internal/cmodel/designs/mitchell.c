// SPDX-License-Identifier: Apache-2.0
//
// J. N. Mitchell, "Computer Multiplication and Division Using Binary Logarithms",
// 1962: log2(1 + x) is about x, so fractions are added; a sum of 1 or more carries.
#include "product.h"

static inline uint32_t entry(uint32_t x, uint32_t y) { return x + y; }

float mitchell(float a, float b) { return product(a, b); }
