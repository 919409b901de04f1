// SPDX-License-Identifier: Apache-2.0
//
// Included behind a designer's model, in C or C++, to call the function AX_FUNC
// with bit patterns. Set when compiled:
//   AX_FUNC     the function: float f(float, float), or integers of any width
//   AX_A, AX_B  operand bits. For a float function 9 + m: the operands are
//               binary32 values with 23 - m zero bits at the end
//   AX_P        product bits of an integer function
//   AX_SIGNED_A, AX_SIGNED_B, AX_SIGNED_P  these are in two's complement
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
#define AX_RESULT decltype(AX_FUNC(1, 1))
#else
#define AX_RESULT __typeof__(AX_FUNC(1, 1))
#endif

static float ax_float(uint32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static uint32_t ax_bits(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

#ifdef AX_SIGNED_A
#define AX_A_IS_SIGNED 1
#else
#define AX_A_IS_SIGNED 0
#endif
#ifdef AX_SIGNED_B
#define AX_B_IS_SIGNED 1
#else
#define AX_B_IS_SIGNED 0
#endif
#ifdef AX_SIGNED_P
#define AX_P_IS_SIGNED 1
#else
#define AX_P_IS_SIGNED 0
#endif

// Sign extension of the low n bits of a signed number.
static int64_t ax_integer(uint32_t x, int n, int is_signed) {
    return is_signed ? (int64_t)((uint64_t)x << (64 - n)) >> (64 - n) : (int64_t)x;
}

static uint32_t ax_call_float(uint32_t a, uint32_t b) {
    return ax_bits((float)AX_FUNC(ax_float(a << (32 - AX_A)), ax_float(b << (32 - AX_B))));
}

// A result in two's complement may come in an unsigned type: as the product's AX_P bits, with zeros before them, or
// extended to the width of the type. The low bits are the product in both cases.
static uint32_t ax_call_integer(uint32_t a, uint32_t b) {
    const AX_RESULT result = AX_FUNC(ax_integer(a, AX_A, AX_A_IS_SIGNED), ax_integer(b, AX_B, AX_B_IS_SIGNED));
    const int64_t p = (int64_t)result;
    const uint32_t bits = (uint32_t)((uint64_t)p & ((UINT64_C(1) << AX_P) - 1));
    const int is_unsigned = (AX_RESULT)-1 > 0;
    const int64_t extended = ax_integer(bits, AX_P, AX_P_IS_SIGNED);
    if (extended != p && !(is_unsigned && (uint64_t)result == bits) && !(is_unsigned && (AX_RESULT)extended == result)) {
        fprintf(stderr, "the model returned %lld for a = %#x, b = %#x, which does not fit %d bits\n", (long long)p, a, b, AX_P);
        exit(1);
    }
    return bits;
}

#ifdef __cplusplus
#include <type_traits>
extern "C" {
extern const int approxtrain_model_floats;
const int approxtrain_model_floats = std::is_floating_point<decltype(AX_FUNC(1, 1))>::value;
uint32_t approxtrain_model(uint32_t a, uint32_t b) {
    return approxtrain_model_floats ? ax_call_float(a, b) : ax_call_integer(a, b);
}
}
#else
// A name that is not declared is an error here; in a call it would only be one
// at link time.
uint32_t (*const approxtrain_model_declared)(uint32_t, uint32_t) = (uint32_t (*)(uint32_t, uint32_t))AX_FUNC;
const int approxtrain_model_floats = _Generic(AX_FUNC(1, 1), float : 1, double : 1, default : 0);
uint32_t approxtrain_model(uint32_t a, uint32_t b) {
    return approxtrain_model_floats ? ax_call_float(a, b) : ax_call_integer(a, b);
}
#endif
