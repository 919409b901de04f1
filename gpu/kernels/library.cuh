// What a user's model finds of the standard library in a unit of functional.cuh:
// functions that are exact or rounded once, so that a GPU returns the same bits as a
// processor, and those of which it has to be told that they are not. Types and limits
// are the compiler's own.
//
// Where APPROXTRAIN_CXX is not defined the model is C, in which fabs(float) is
// fabs(double): there are no functions of the same name.
#pragma once
#include "cuda.cuh"
#include <float.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#ifndef INFINITY
#define INFINITY (__builtin_inff())
#define NAN (__builtin_nanf(""))
#define HUGE_VALF (__builtin_inff())
#define HUGE_VAL (__builtin_inf())
#endif
#ifndef M_PI
#define M_E 2.7182818284590452354
#define M_LOG2E 1.4426950408889634074
#define M_LN2 0.69314718055994530942
#define M_PI 3.14159265358979323846
#define M_SQRT2 1.41421356237309504880
#endif
#undef isnan
#undef isinf
#undef isfinite
#undef isnormal
#undef signbit

namespace approxtrain {

#ifdef APPROXTRAIN_CXX
#define OVERLOAD(...) DEVICE __VA_ARGS__
#else
#define OVERLOAD(...)
#endif

// ROUNDED defines a function of one number that the compiler knows.
#define ROUNDED(name) \
	DEVICE float name##f(float x) { return __builtin_##name##f(x); } \
	DEVICE double name(double x) { return __builtin_##name(x); } \
	OVERLOAD(float name(float x) { return name##f(x); })

ROUNDED(fabs)
ROUNDED(floor)
ROUNDED(ceil)
ROUNDED(trunc)
ROUNDED(rint)
ROUNDED(nearbyint)

#if defined(APPROXTRAIN_EMULATION)
DEVICE double sqrt(double x) { return __builtin_sqrt(x); }
DEVICE double fma(double x, double y, double z) { return __builtin_fma(x, y, z); }
#else
DEVICE double sqrt(double x) { return __nvvm_sqrt_rn_d(x); }
DEVICE double fma(double x, double y, double z) { return __nvvm_fma_rn_d(x, y, z); }
#endif
DEVICE float sqrtf(float x) { return square_root(x); }
DEVICE float fmaf(float x, float y, float z) { return fused(x, y, z); }
OVERLOAD(float sqrt(float x) { return square_root(x); })
OVERLOAD(float fma(float x, float y, float z) { return fused(x, y, z); })

DEVICE float copysignf(float x, float y) { return __builtin_copysignf(x, y); }
DEVICE double copysign(double x, double y) { return __builtin_copysign(x, y); }
OVERLOAD(float copysign(float x, float y) { return __builtin_copysignf(x, y); })

// Halves away from zero.
DEVICE double round(double x)
{
	const double whole = trunc(x);
	return fabs(x - whole) >= 0.5 ? whole + copysign(1.0, x) : whole;
}
DEVICE float roundf(float x) { return (float)round((double)x); }
OVERLOAD(float round(float x) { return roundf(x); })
DEVICE long lrint(double x) { return (long)rint(x); }
DEVICE long lrintf(float x) { return (long)rintf(x); }
DEVICE long lround(double x) { return (long)round(x); }
DEVICE long lroundf(float x) { return (long)round((double)x); }

// Of two zeros, the first.
DEVICE double fmin(double x, double y) { return y != y || x <= y ? x : y; }
DEVICE double fmax(double x, double y) { return y != y || x >= y ? x : y; }
DEVICE float fminf(float x, float y) { return y != y || x <= y ? x : y; }
DEVICE float fmaxf(float x, float y) { return y != y || x >= y ? x : y; }
OVERLOAD(float fmin(float x, float y) { return fminf(x, y); })
OVERLOAD(float fmax(float x, float y) { return fmaxf(x, y); })

DEVICE uint64_t bits_of_double(double x)
{
	uint64_t bits;
	__builtin_memcpy(&bits, &x, sizeof bits);
	return bits;
}
DEVICE double double_of(uint64_t bits)
{
	double x;
	__builtin_memcpy(&x, &bits, sizeof x);
	return x;
}

// ldexp rounds once: a step that could leave the normal numbers is the last one.
DEVICE double ldexp(double x, int n)
{
	for (int i = 0; i < 2 && n > 1023; i++, n -= 1023)
		x *= 0x1p1023;
	for (int i = 0; i < 2 && n < -969; i++, n += 969)
		x *= 0x1p-969; // 53 bits above the smallest normal number
	n = n > 1023 ? 1023 : n < -1022 ? -1022 : n;
	return x * double_of((uint64_t)(n + 1023) << 52);
}
DEVICE float ldexpf(float x, int n) { return (float)((double)x * double_of((uint64_t)((n > 400 ? 400 : n < -400 ? -400 : n) + 1023) << 52)); }
DEVICE float scalbnf(float x, int n) { return ldexpf(x, n); }
DEVICE double scalbn(double x, int n) { return ldexp(x, n); }
OVERLOAD(float ldexp(float x, int n) { return ldexpf(x, n); })

DEVICE double frexp(double x, int *exponent)
{
	*exponent = 0;
	const uint64_t magnitude = bits_of_double(x) << 1 >> 1;
	if (magnitude == 0 || magnitude >> 52 == 0x7ff)
		return x;
	const double normal = magnitude >> 52 ? x : x * 0x1p54;
	*exponent = (int)(bits_of_double(normal) >> 52 & 0x7ff) - 1022 - (magnitude >> 52 ? 0 : 54);
	return double_of((bits_of_double(normal) & ~(0x7ffull << 52)) | 1022ull << 52);
}
DEVICE float frexpf(float x, int *exponent) { return (float)frexp((double)x, exponent); }
OVERLOAD(float frexp(float x, int *exponent) { return frexpf(x, exponent); })

DEVICE bool isnan(double x) { return x != x; }
DEVICE bool isinf(double x) { return fabs(x) == HUGE_VAL; }
DEVICE bool isfinite(double x) { return x - x == 0; }
DEVICE bool isnormal(float x) { return fabsf(x) >= FLT_MIN && isfinite(x); }
DEVICE bool isnormal(double x) { return fabs(x) >= DBL_MIN && isfinite(x); }
DEVICE bool signbit(double x) { return bits_of_double(x) >> 63; }
DEVICE bool signbit(float x) { return bits_of(x) >> 31; }

DEVICE int abs(int x) { return x < 0 ? -x : x; }
DEVICE long labs(long x) { return x < 0 ? -x : x; }
OVERLOAD(long abs(long x) { return labs(x); })
OVERLOAD(float abs(float x) { return fabsf(x); })
OVERLOAD(double abs(double x) { return fabs(x); })

DEVICE void *memcpy(void *to, const void *from, size_t n) { return __builtin_memcpy(to, from, n); }
DEVICE void *memset(void *to, int byte, size_t n) { return __builtin_memset(to, byte, n); }

// OTHERS defines functions of which every library has its own bits.
template <class T> struct Never { static constexpr bool VALUE = false; };
#define OTHER(name) \
	template <class T, class... More> DEVICE T name(T x, More...) \
	{ \
		static_assert(Never<T>::VALUE, #name " has not the same bits on a GPU as on a CPU"); \
		return x; \
	}
#define OTHERS(name) OTHER(name) OTHER(name##f)

OTHERS(exp) OTHERS(exp2) OTHERS(exp10) OTHERS(expm1)
OTHERS(log) OTHERS(log2) OTHERS(log10) OTHERS(log1p)
OTHERS(pow) OTHERS(cbrt) OTHERS(hypot) OTHERS(fmod) OTHERS(remainder)
OTHERS(sin) OTHERS(cos) OTHERS(tan) OTHERS(asin) OTHERS(acos) OTHERS(atan) OTHERS(atan2)
OTHERS(sinh) OTHERS(cosh) OTHERS(tanh) OTHERS(asinh) OTHERS(acosh) OTHERS(atanh)
OTHERS(erf) OTHERS(erfc) OTHERS(tgamma) OTHERS(lgamma)

#ifdef APPROXTRAIN_CXX
namespace std {
using namespace approxtrain;
using ::int8_t, ::int16_t, ::int32_t, ::int64_t, ::uint8_t, ::uint16_t, ::uint32_t, ::uint64_t, ::size_t;
} // namespace std
#endif

} // namespace approxtrain

// All names are the model's from here on.
#undef DEVICE
#undef METHOD
#undef KERNEL
#undef BOUNDED_KERNEL
#undef EXPORT
#undef SHARED
#undef UNROLL
#undef UNROLL_TWICE
#undef NO_UNROLL
#undef RESTRICT
#undef barrier
#undef barrier_or
#undef PRODUCT
#undef FUNCTIONAL
#undef OVERLOAD
#undef ROUNDED
#undef OTHER
#undef OTHERS

#ifndef APPROXTRAIN_CXX
#define restrict __restrict__
#define _Bool bool
#define _Static_assert static_assert
#define _Alignas alignas
#endif
