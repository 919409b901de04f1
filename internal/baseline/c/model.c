// SPDX-License-Identifier: Apache-2.0
//
// Mitchell's multiplier with 7 fraction bits, as a function of two binary32
// numbers. In the manner of simulators that have such a function for each
// multiplier, zeros, infinities, sign and exponent come from the processor's own
// product. Its exponent counts the carry of the exact significands, so that the
// function works out that carry, to put its own in its place.
#include "baseline.h"
#include "model.h"
#include <stdint.h>
#include <string.h>

static uint32_t bits(float f) {
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

// exact_carry says whether the product of two significands, rounded to nearest
// even, is 2 or more.
static uint32_t exact_carry(uint32_t x, uint32_t y) {
    uint64_t p = (uint64_t)(x | 1 << 23) * (y | 1 << 23); // 46 bits of fraction
    if (p >> 47)
        return 1;
    p += (1 << 22) - 1 + (p >> 23 & 1);
    return p >> 47 & 1;
}

float mitchell(float a, float b) {
    const float native = a * b;
    const uint32_t o = bits(native), x = bits(a) & 0x7fffff, y = bits(b) & 0x7fffff;
    uint32_t e = o >> 23 & 255;
    if (e == 255)
        return native;
    if (e == 0)
        return 0;
    const uint32_t sum = (x >> 16) + (y >> 16); // of the logarithms
    e += (sum >> 7) - exact_carry(x, y);
    const uint32_t r = (o & 0x80000000) | e << 23 | (sum & 127) << 16;
    float p;
    memcpy(&p, &r, sizeof p);
    return p;
}
