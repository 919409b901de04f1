// What kernels use of CUDA, in three ways: by clang without any file of NVIDIA's, by
// nvcc, and by the host's compiler for package emulation.
//
//   KERNEL(name)(parameters) { … } EXPORT(name)   defines a kernel
//   BOUNDED_KERNEL(name, threads, blocks)(…) …    one for blocks of so many threads, so many at a time
//   SHARED(Type, name)                            memory of a block; one per kernel
//   anew(x, k)                                    x, which seems to depend on k: where k is a loop's, the compiler does not
//                                                 compute what follows from x before the loop, and keep it in registers
//   barrier(), barrier_or(x)                      all threads of a block wait for each other; any x?
#pragma once

#if defined(APPROXTRAIN_EMULATION)

#include "emulation.h"

#elif defined(__NVCC__)

#include <stdint.h>
#define DEVICE static __device__ __forceinline__
#define METHOD __device__ __forceinline__
#define KERNEL(name) extern "C" __global__ void name
#define BOUNDED_KERNEL(name, threads, blocks) extern "C" __global__ void __launch_bounds__(threads, blocks) name
#define EXPORT(name)
#define SHARED(Type, name) __shared__ Type name
#define UNROLL _Pragma("unroll")
#define UNROLL_TWICE _Pragma("unroll 2")
#define NO_UNROLL _Pragma("unroll 1")
#define RESTRICT __restrict__
DEVICE uint32_t thread_x() { return threadIdx.x; }
DEVICE uint32_t block_x() { return blockIdx.x; }
DEVICE uint32_t block_size() { return blockDim.x; }
DEVICE void barrier() { __syncthreads(); }
DEVICE bool barrier_or(bool x) { return __syncthreads_or(x); }
DEVICE int anew(int x, int k)
{
	asm("" : "+r"(x) : "r"(k));
	return x;
}
DEVICE float square_root(float x) { return __fsqrt_rn(x); }
DEVICE float fused(float x, float y, float z) { return __fmaf_rn(x, y, z); }
DEVICE float round_to_even(float x) { return rintf(x); }
DEVICE uint32_t bits_of(float x) { return __float_as_uint(x); }
DEVICE float number(uint32_t bits) { return __uint_as_float(bits); }
DEVICE uint32_t read_only(const uint32_t *p) { return __ldg(p); }
DEVICE uint32_t read_only(const uint16_t *p) { return __ldg(p); }
DEVICE uint32_t read_only(const uint8_t *p) { return __ldg(p); }
DEVICE float read_only(const float *p) { return __ldg(p); }
DEVICE void raise_to(uint32_t *p, uint32_t x) { atomicMax(p, x); }
DEVICE void lower_to(uint32_t *p, uint32_t x) { atomicMin(p, x); }
DEVICE void lower_to(uint64_t *p, uint64_t x) { atomicMin((unsigned long long *)p, (unsigned long long)x); }
DEVICE void increase(uint32_t *p, uint32_t x) { atomicAdd(p, x); }
struct alignas(16) Words { uint32_t x, y, z, w; };
DEVICE Words read_words(const void *p)
{
	const uint4 v = *static_cast<const uint4 *>(p);
	return {v.x, v.y, v.z, v.w};
}
DEVICE void write_words(void *p, Words v) { *static_cast<uint4 *>(p) = make_uint4(v.x, v.y, v.z, v.w); }
// SharedBytes is where bytes of the block's memory begin. A load is no access to memory
// to the compiler's eyes, which may move it: for what is written once, before a barrier
// that the address comes after.
typedef uint32_t SharedBytes;
DEVICE SharedBytes shared_bytes(const uint8_t *p) { return (uint32_t)__cvta_generic_to_shared(p); }
DEVICE uint32_t shared_byte(SharedBytes at)
{
	uint32_t value;
	asm("ld.shared.u8 %0, [%1];" : "=r"(value) : "r"(at));
	return value;
}
// add_byte_products adds the product of two matrices of bytes, 16 × 32 by 32 × 8, to one of 16 × 8. A warp computes it
// together; each thread has a fragment of each matrix, as the PTX manual draws them (mma.m16n8k32 with .s8).
DEVICE void add_byte_products(int (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2])
{
	asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
		: "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
		: "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#else

#include <stdint.h> // clang's own
#define DEVICE static __attribute__((device)) inline __attribute__((always_inline))
#define METHOD __attribute__((device)) inline __attribute__((always_inline))
#define KERNEL(name) extern "C" __attribute__((global)) void name
#define BOUNDED_KERNEL(name, threads, blocks) extern "C" __attribute__((global, launch_bounds(threads, blocks))) void name
#define EXPORT(name)
#define SHARED(Type, name) static __attribute__((shared)) Type name
#define UNROLL _Pragma("unroll")
#define UNROLL_TWICE _Pragma("unroll 2")
#define NO_UNROLL _Pragma("unroll 1")
#define RESTRICT __restrict__
DEVICE uint32_t thread_x() { return __nvvm_read_ptx_sreg_tid_x(); }
DEVICE uint32_t block_x() { return __nvvm_read_ptx_sreg_ctaid_x(); }
DEVICE uint32_t block_size() { return __nvvm_read_ptx_sreg_ntid_x(); }
DEVICE void barrier() { __syncthreads(); }
DEVICE bool barrier_or(bool x) { return __nvvm_bar0_or(x); }
DEVICE int anew(int x, int k)
{
	asm("" : "+r"(x) : "r"(k));
	return x;
}
DEVICE float square_root(float x) { return __nvvm_sqrt_rn_f(x); }
DEVICE float fused(float x, float y, float z) { return __nvvm_fma_rn_f(x, y, z); }
DEVICE float round_to_even(float x) { return __builtin_rintf(x); }
DEVICE uint32_t bits_of(float x) { return __builtin_bit_cast(uint32_t, x); }
DEVICE float number(uint32_t bits) { return __builtin_bit_cast(float, bits); }
DEVICE uint32_t read_only(const uint32_t *p) { return __nvvm_ldg_ui(p); }
DEVICE uint32_t read_only(const uint16_t *p) { return __nvvm_ldg_us(p); }
DEVICE uint32_t read_only(const uint8_t *p) { return __nvvm_ldg_uc(p); }
DEVICE float read_only(const float *p) { return __nvvm_ldg_f(p); }
DEVICE void raise_to(uint32_t *p, uint32_t x) { __nvvm_atom_max_gen_ui(p, x); }
DEVICE void lower_to(uint32_t *p, uint32_t x) { __nvvm_atom_min_gen_ui(p, x); }
DEVICE void lower_to(uint64_t *p, uint64_t x) { __nvvm_atom_min_gen_ull((unsigned long long *)p, x); }
DEVICE void increase(uint32_t *p, uint32_t x) { __nvvm_atom_add_gen_i((int *)p, (int)x); }
// Sixteen bytes. Their loads go through a vector type, since the compiler splits
// those of a structure.
struct alignas(16) Words { uint32_t x, y, z, w; };
typedef uint32_t Vector __attribute__((ext_vector_type(4)));
DEVICE Words read_words(const void *p)
{
	const Vector v = *static_cast<const Vector *>(p);
	return {v.x, v.y, v.z, v.w};
}
DEVICE void write_words(void *p, Words v) { *static_cast<Vector *>(p) = Vector{v.x, v.y, v.z, v.w}; }
// SharedBytes is where bytes of the block's memory begin. A load is no access to memory
// to the compiler's eyes, which may move it: for what is written once, before a barrier
// that the address comes after.
typedef uint32_t SharedBytes;
DEVICE SharedBytes shared_bytes(const uint8_t *p) { return (uint32_t)(uint64_t)(__attribute__((address_space(3))) const uint8_t *)p; }
DEVICE uint32_t shared_byte(SharedBytes at)
{
	uint32_t value;
	asm("ld.shared.u8 %0, [%1];" : "=r"(value) : "r"(at));
	return value;
}
// add_byte_products adds the product of two matrices of bytes, 16 × 32 by 32 × 8, to one of 16 × 8. A warp computes it
// together; each thread has a fragment of each matrix, as the PTX manual draws them (mma.m16n8k32 with .s8).
DEVICE void add_byte_products(int (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2])
{
	asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
		: "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
		: "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#endif

constexpr uint32_t SIGN = 1u << 31, INFINITE = 0xffu << 23, QUIET_NAN = 0x7fc00000u;

// element returns the number of this thread in the grid.
DEVICE uint32_t element() { return block_x() * block_size() + thread_x(); }

// Divider divides numbers below 2^31 by one that the host knows: the quotient is
// n · multiplier / 2^shift (T. Granlund and P. Montgomery, 1994).
struct Divider {
	uint32_t divisor, multiplier, shift;

	METHOD uint32_t quotient(uint32_t n) const { return (uint64_t)n * multiplier >> shift; }

	// split returns the remainder and makes n the quotient.
	METHOD uint32_t split(uint32_t &n) const
	{
		const uint32_t whole = n, q = quotient(n);
		n = q;
		return whole - q * divisor;
	}
};
