// SPDX-License-Identifier: Apache-2.0
//
// The minimally biased multiplier of H. Saadat, H. Bokhari and S. Parameswaran,
// 2018, as ApproxTrain has it: Mitchell's sum of fractions whose last bit is set,
// plus C = 0.078125, halved where there is a carry. A fraction that this takes to 1
// or beyond becomes a carry, or loses C again where there is one already.
#include "product.h"

static inline uint32_t entry(uint32_t x, uint32_t y) {
    const uint32_t one = 1u << M, C = (5u << M) / 64;
    const uint32_t s = (x | 1) + (y | 1);
    const uint32_t carry = s >> M, f = s & (one - 1);
    const uint32_t g = f + (carry ? C / 2 : C);
    const uint32_t beyond = carry ? s : one | (g & (one - 1)) >> 1;
    return g < one ? carry << M | g : beyond;
}

float mbm(float a, float b) { return product(a, b); }
