// SPDX-License-Identifier: Apache-2.0
//
// Included behind a designer's model, in C or C++, to call the function AX_FUNC
// with bit patterns. Set when compiled:
//   AX_FUNC     the function: float f(float, float), or integers of any width
//   AX_A, AX_B  operand bits. For a float function 9 + m: the operands are
//               binary32 values with 23 - m zero bits at the end
//   AX_P        product bits of an integer function
//   AX_SIGNED_A, AX_SIGNED_B, AX_SIGNED_P  these are in two's complement
//   AX_BEYOND32 operands have up to 64 bits, products up to 128; see protocol.h
// The only function outside of this translation unit that it calls is approxtrain_model_misfit, of
// dut_model.h: see cosim/model_quiet.go.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
#define AX_RESULT decltype(AX_FUNC(1, 1))
#else
#define AX_RESULT __typeof__(AX_FUNC(1, 1))
#endif

#ifdef AX_BEYOND32
typedef uint64_t ax_operand;
__extension__ typedef unsigned __int128 ax_word;
__extension__ typedef unsigned __int128 ax_pattern;
__extension__ typedef __int128 ax_number;
#else
typedef uint32_t ax_operand;
typedef uint32_t ax_word;
typedef uint64_t ax_pattern;
typedef int64_t ax_number;
#endif
enum { ax_number_bits = 8 * sizeof(ax_number) };

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

#ifdef __cplusplus
extern "C" {
#endif
// approxtrain_model_misfit says that a result is no product of p bits, or that the type of results has too few bits if
// that is not 0, and ends the process.
void approxtrain_model_misfit(uint64_t a, uint64_t b, uint64_t low, uint64_t high, int type_bits, int p)
    __attribute__((noreturn));
#ifdef __cplusplus
}
#endif

// Sign extension of the low n bits of a signed number.
static ax_number ax_integer(ax_pattern x, int n, int is_signed) {
    return is_signed ? (ax_number)(x << (ax_number_bits - n)) >> (ax_number_bits - n) : (ax_number)x;
}

static uint32_t ax_call_float(uint32_t a, uint32_t b) {
    return ax_bits((float)AX_FUNC(ax_float(a << (32 - AX_A)), ax_float(b << (32 - AX_B))));
}

// A result in two's complement may come in an unsigned type: as the product's AX_P bits, with zeros before them, or
// extended to the width of the type. The low bits are the product in both cases.
static ax_word ax_call_integer(ax_operand a, ax_operand b) {
    const AX_RESULT result = AX_FUNC(ax_integer(a, AX_A, AX_A_IS_SIGNED), ax_integer(b, AX_B, AX_B_IS_SIGNED));
    const ax_number p = (ax_number)result;
    const ax_word bits = (ax_word)((ax_pattern)p & ((ax_pattern)-1 >> (ax_number_bits - AX_P)));
    const int is_unsigned = (AX_RESULT)-1 > 0;
    const ax_number extended = ax_integer(bits, AX_P, AX_P_IS_SIGNED);
#ifdef AX_BEYOND32
    if (8 * (int)sizeof(AX_RESULT) < AX_P)  // it cannot be a model of the product
        approxtrain_model_misfit(a, b, 0, 0, 8 * (int)sizeof(AX_RESULT), AX_P);
#endif
    if (extended != p && !(is_unsigned && (ax_pattern)result == bits) && !(is_unsigned && (AX_RESULT)extended == result))
        approxtrain_model_misfit(a, b, (uint64_t)p, (uint64_t)((ax_pattern)p >> (ax_number_bits - 64)), 0, AX_P);
    return bits;
}

#ifdef __cplusplus
#include <type_traits>
enum { ax_floats = std::is_floating_point<AX_RESULT>::value };
extern "C" {
extern const int approxtrain_model_floats;
#else
// A name that is not declared is an error here; in a call it would only be one
// at link time.
uint32_t (*const approxtrain_model_declared)(uint32_t, uint32_t) = (uint32_t (*)(uint32_t, uint32_t))AX_FUNC;
enum { ax_floats = _Generic(AX_FUNC(1, 1), float : 1, double : 1, default : 0) };
#endif
const int approxtrain_model_floats = ax_floats;

ax_word approxtrain_model(ax_operand a, ax_operand b) {
    return ax_floats ? ax_call_float((uint32_t)a, (uint32_t)b) : ax_call_integer(a, b);
}

// n products of pairs. At each call progress is done and the number of calls before.
void approxtrain_model_pairs(const ax_operand* a, const ax_operand* b, ax_word* out, uint64_t n, volatile uint64_t* progress,
                             uint64_t done) {
    for (uint64_t i = 0; i < n; i++) {
        *progress = done + i;
        out[i] = approxtrain_model(a[i], b[i]);
    }
}

// n products of a with b, b + 1, …, in entries of 1, 2 or 4 bytes.
void approxtrain_model_row(ax_operand a, ax_operand b, void* out, int bytes, uint64_t n, volatile uint64_t* progress,
                           uint64_t done) {
    for (uint64_t i = 0; i < n; i++) {
        *progress = done + i;
        const ax_word p = approxtrain_model(a, b + (ax_operand)i);
        if (bytes == 1)
            ((uint8_t*)out)[i] = (uint8_t)p;
        else if (bytes == 2)
            ((uint16_t*)out)[i] = (uint16_t)p;
        else
            ((uint32_t*)out)[i] = (uint32_t)p;
    }
}
#ifdef __cplusplus
}
#endif
