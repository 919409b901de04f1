// What cuda.cuh promises to kernels, on the host: the threads of a block are fibers of
// one thread of the operating system, which run one after the other from barrier to
// barrier.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace emulation {

struct Index { uint32_t x, y, z; };

enum class State : uint8_t { ready, waiting, in_warp, done };

// Fiber is a thread of a block.
struct Fiber {
	void *stack; // where it goes on
	Index thread;
	uint32_t number; // in the block
	State state;
	bool vote;
	const char *file; // of the barrier at which it waits
	int line;
};

// Block is the block that a thread of the operating system runs.
struct Block {
	Fiber *running;
	Index number, threads, blocks;
	unsigned char *shared;
	size_t shared_size; // of what the kernel asked for, to be spoilt before the next block
	bool vote;          // of the last barrier
	uint32_t (*fragments)[6]; // of each thread's add_byte_products: four words of A, two of B
};

// SHARED_LIMIT is the memory that a block may declare.
constexpr size_t SHARED_LIMIT = 48 << 10;

extern thread_local Block *block __attribute__((tls_model("initial-exec")));

// wait lets the running fiber wait for all others and returns whether any voted.
bool wait(bool vote, const char *file, int line);

// wait_in_warp lets the running fiber wait for the others of its 32.
void wait_in_warp(const char *file, int line);

template <class T> T &shared()
{
	static_assert(sizeof(T) <= SHARED_LIMIT, "a block has 48 KiB of shared memory");
	if (block->shared_size < sizeof(T))
		block->shared_size = sizeof(T);
	return *reinterpret_cast<T *>(block->shared);
}

// Kernel is one that can be launched: arguments are pointers to its parameters.
struct Kernel {
	Kernel(const char *name, void (*run)(void **arguments), const size_t *sizes, size_t count);

	const char *name;
	void (*run)(void **arguments);
	const size_t *sizes;
	size_t count;
	const Kernel *next;
};

template <class... Parameters, size_t... I>
inline void call(void (*kernel)(Parameters...), void **arguments, std::index_sequence<I...>)
{
	kernel(*static_cast<Parameters *>(arguments[I])...);
}

template <class... Parameters> inline void call(void (*kernel)(Parameters...), void **arguments)
{
	call(kernel, arguments, std::index_sequence_for<Parameters...>{});
}

template <class... Parameters> struct Sizes {
	static constexpr size_t sizes[] = {sizeof(Parameters)...};
};

template <class... Parameters> Kernel make(const char *name, void (*)(Parameters...), void (*run)(void **))
{
	return Kernel(name, run, Sizes<Parameters...>::sizes, sizeof...(Parameters));
}

} // namespace emulation

#define DEVICE static inline __attribute__((always_inline))
#define METHOD inline __attribute__((always_inline))
#define KERNEL(name) extern "C" void name
#define BOUNDED_KERNEL(name, threads, blocks) extern "C" void name
#define EXPORT(kernel) \
	static const emulation::Kernel kernel##_exported = \
		emulation::make(#kernel, kernel, [](void **arguments) { emulation::call(kernel, arguments); });
#define SHARED(Type, name) Type &name = emulation::shared<Type>()
#define UNROLL
#define UNROLL_TWICE
#define NO_UNROLL
#define RESTRICT __restrict__
#define barrier() ((void)emulation::wait(false, __FILE__, __LINE__))
#define barrier_or(x) emulation::wait(x, __FILE__, __LINE__)

DEVICE int anew(int x, int) { return x; }
DEVICE uint32_t thread_x() { return emulation::block->running->thread.x; }
DEVICE uint32_t block_x() { return emulation::block->number.x; }
DEVICE uint32_t block_size() { return emulation::block->threads.x; }
DEVICE float square_root(float x) { return __builtin_sqrtf(x); }
DEVICE float fused(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
DEVICE float round_to_even(float x) { return __builtin_rintf(x); }
DEVICE uint32_t bits_of(float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof bits);
	return bits;
}
DEVICE float number(uint32_t bits)
{
	float x;
	memcpy(&x, &bits, sizeof x);
	return x;
}
template <class T> DEVICE T read_only(const T *p) { return *p; }
DEVICE void raise_to(uint32_t *p, uint32_t x)
{
	uint32_t old = __atomic_load_n(p, __ATOMIC_RELAXED);
	while (old < x && !__atomic_compare_exchange_n(p, &old, x, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
	}
}
template <class T> DEVICE void lower_to(T *p, T x)
{
	T old = __atomic_load_n(p, __ATOMIC_RELAXED);
	while (old > x && !__atomic_compare_exchange_n(p, &old, x, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
	}
}
DEVICE void increase(uint32_t *p, uint32_t x) { __atomic_fetch_add(p, x, __ATOMIC_RELAXED); }
struct alignas(16) Words { uint32_t x, y, z, w; };
DEVICE Words read_words(const void *p)
{
	Words v;
	memcpy(&v, __builtin_assume_aligned(p, 16), sizeof v);
	return v;
}
DEVICE void write_words(void *p, Words v) { memcpy(__builtin_assume_aligned(p, 16), &v, sizeof v); }
typedef const uint8_t *SharedBytes;
DEVICE SharedBytes shared_bytes(const uint8_t *p) { return p; }
DEVICE uint32_t shared_byte(SharedBytes at) { return *at; }
// Lane 4g + t has rows g and g + 8 of A and column g of B: of these the k from 4t and from 16 + 4t on;
// and columns 2t and 2t + 1 of the sums of its rows.
DEVICE void add_byte_products(int (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2])
{
	const uint32_t number = emulation::block->running->number, lane = number % 32;
	uint32_t(*const all)[6] = emulation::block->fragments + (number - lane);
	for (int i = 0; i < 4; i++)
		all[lane][i] = a[i];
	for (int i = 0; i < 2; i++)
		all[lane][4 + i] = b[i];
	emulation::wait_in_warp(__FILE__, __LINE__);
	const uint32_t group = lane / 4, in_group = lane % 4;
	int8_t rows[2][32], columns[2][32];
	for (uint32_t word = 0; word < 8; word++) // of four bytes each
		for (uint32_t i = 0; i < 2; i++) {
			memcpy(rows[i] + word * 4, &all[group * 4 + word % 4][word / 4 * 2 + i], 4);
			memcpy(columns[i] + word * 4, &all[(in_group * 2 + i) * 4 + word % 4][4 + word / 4], 4);
		}
	for (uint32_t i = 0; i < 4; i++)
		for (uint32_t k = 0; k < 32; k++)
			d[i] += rows[i / 2][k] * columns[i % 2][k];
	emulation::wait_in_warp(__FILE__, __LINE__);
}
