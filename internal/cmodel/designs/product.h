// SPDX-License-Identifier: Apache-2.0
//
// The product of two binary32 numbers around a multiplier of significands. M is
// the number of mantissa bits that the multiplier sees and returns, 1 to 23; the
// bits below them are dropped. entry(x, y) is the design: of the fractions of 1.x
// and 1.y, of M bits, it returns carry << M | fraction, the product of the
// significands as (1 + fraction) * 2^carry.
//
// No branches, only selections: the compiler makes SIMD code of a loop of these.
#include <stdint.h>

static inline uint32_t entry(uint32_t x, uint32_t y);

static inline uint32_t bits_of(float f) {
    uint32_t u;
    __builtin_memcpy(&u, &f, sizeof u);
    return u;
}

static inline float float_of(uint32_t u) {
    float f;
    __builtin_memcpy(&f, &u, sizeof f);
    return f;
}

static inline float product(float fa, float fb) {
    const uint32_t infinity = 0x7f800000, nan = 0x7fc00000, drop = 23 - M;
    const uint32_t a = bits_of(fa) & 0x7fffffff, b = bits_of(fb) & 0x7fffffff;
    const uint32_t sign = (bits_of(fa) ^ bits_of(fb)) & 0x80000000;
    const uint32_t ea = a & infinity, eb = b & infinity;

    // Exponent, 127 too high, and fraction of the product as one number: the carry
    // adds to the exponent by itself. Of finite operands it is below 2^32.
    const uint32_t high = ea + eb + (entry((a & 0x7fffff) >> drop, (b & 0x7fffff) >> drop) << drop);
    uint32_t p = sign | (high - (127u << 23));
    p = high < 128u << 23 ? 0 : p;                     // too small
    p = high >= (127u + 255u) << 23 ? sign | infinity : p;  // too large

    // Zeros, subnormals among them; then infinities; then what has no value.
    const uint32_t least = ea < eb ? ea : eb, most = a > b ? a : b;
    p = least == 0 ? 0 : p;
    p = most == infinity ? sign | infinity : p;
    p = most >= infinity && least == 0 ? nan : p;
    p = most > infinity ? nan : p;
    return float_of(p);
}
