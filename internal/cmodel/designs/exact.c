// SPDX-License-Identifier: Apache-2.0
//
// The exact product of the significands, normalized and truncated.
#include "product.h"

static inline uint32_t entry(uint32_t x, uint32_t y) {
    const uint32_t one = 1u << M;
    const uint64_t q = (uint64_t)(one | x) * (one | y);  // 1 to 4, with 2M fraction bits
    const uint32_t carry = (uint32_t)(q >> (2 * M + 1));
    const uint32_t wide = (uint32_t)(q >> M);            // M + 2 bits
    return carry << M | ((carry ? wide >> 1 : wide) & (one - 1));
}

float exact(float a, float b) { return product(a, b); }
