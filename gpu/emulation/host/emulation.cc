// Runs the blocks of a grid on the host. A block's threads are fibers with stacks of
// their own; a barrier is a switch to the scheduler, which goes round the fibers and
// finds the barriers that not all of them reach.
#include "emulation.h"

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <vector>

namespace emulation {

thread_local Block *block;

namespace {

const Kernel *&kernels()
{
	static const Kernel *first;
	return first;
}

// switch_stack saves what a call must keep, and the stack pointer in *from, and goes on
// with the stack to.
extern "C" void emulation_switch_stack(void **from, void *to);

#if defined(__x86_64__)
constexpr size_t SAVED = 6 * 8;
asm(R"(
	.text
	.type emulation_switch_stack, @function
emulation_switch_stack:
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%rdi)
	mov %rsi, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret
	.size emulation_switch_stack, . - emulation_switch_stack
)");

// prepare returns a stack that a switch enters at begin.
void *prepare(unsigned char *top, void (*begin)())
{
	void **at = reinterpret_cast<void **>(top);
	*--at = nullptr; // a return address, of nobody
	*--at = reinterpret_cast<void *>(begin);
	return reinterpret_cast<unsigned char *>(at) - SAVED;
}
#elif defined(__aarch64__)
constexpr size_t SAVED = 160;
asm(R"(
	.text
	.type emulation_switch_stack, %function
emulation_switch_stack:
	sub sp, sp, #160
	stp x19, x20, [sp]
	stp x21, x22, [sp, #16]
	stp x23, x24, [sp, #32]
	stp x25, x26, [sp, #48]
	stp x27, x28, [sp, #64]
	stp x29, x30, [sp, #80]
	stp d8, d9, [sp, #96]
	stp d10, d11, [sp, #112]
	stp d12, d13, [sp, #128]
	stp d14, d15, [sp, #144]
	mov x9, sp
	str x9, [x0]
	mov sp, x1
	ldp x19, x20, [sp]
	ldp x21, x22, [sp, #16]
	ldp x23, x24, [sp, #32]
	ldp x25, x26, [sp, #48]
	ldp x27, x28, [sp, #64]
	ldp x29, x30, [sp, #80]
	ldp d8, d9, [sp, #96]
	ldp d10, d11, [sp, #112]
	ldp d12, d13, [sp, #128]
	ldp d14, d15, [sp, #144]
	add sp, sp, #160
	ret
	.size emulation_switch_stack, . - emulation_switch_stack
)");

void *prepare(unsigned char *top, void (*begin)())
{
	unsigned char *at = top - SAVED;
	*reinterpret_cast<void **>(at + 88) = reinterpret_cast<void *>(begin);
	return at;
}
#else
#error "no stack switch for this processor"
#endif

constexpr size_t STACK = 64 << 10, MAX_THREADS = 1024;
constexpr uint32_t WARP = 32;

// Launch is a grid under way.
struct Launch {
	const Kernel *kernel;
	void **arguments;
	Index blocks, threads;
	bool reverse; // threads of a block run in descending order
	std::atomic<uint64_t> next{0};
	std::atomic<bool> failed{false};
	std::mutex guard;
	std::string message; // of the first failure
};

// Worker runs blocks, one at a time.
class Worker {
public:
	Worker()
	{
		void *p = mmap(nullptr, MAX_THREADS * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED) {
			perror("emulation: memory for stacks");
			abort();
		}
		stacks = static_cast<unsigned char *>(p);
		if (posix_memalign(&p, 64, SHARED_LIMIT) != 0)
			abort();
		context.shared = static_cast<unsigned char *>(p);
		context.fragments = new uint32_t[MAX_THREADS][6];
	}
	~Worker()
	{
		munmap(stacks, MAX_THREADS * STACK);
		free(context.shared);
		delete[] context.fragments;
	}

	void run(Launch &l)
	{
		launch = &l;
		block = &context;
		current = this;
		context.blocks = l.blocks;
		context.threads = l.threads;
		context.shared_size = SHARED_LIMIT; // earlier kernels left something there
		const uint64_t count = uint64_t(l.blocks.x) * l.blocks.y * l.blocks.z;
		for (uint64_t i; !l.failed && (i = l.next++) < count;) {
			context.number = {uint32_t(i % l.blocks.x), uint32_t(i / l.blocks.x % l.blocks.y), uint32_t(i / l.blocks.x / l.blocks.y)};
			memset(context.shared, 0xcd, context.shared_size);
			context.shared_size = 0;
			run_block();
		}
	}

	// suspend goes from a fiber to the scheduler.
	void suspend() { emulation_switch_stack(&context.running->stack, scheduler); }

private:
	static thread_local Worker *current;

	static void begin()
	{
		Worker *w = current;
		w->launch->kernel->run(w->launch->arguments);
		w->context.running->state = State::done;
		w->suspend();
		abort();
	}

	void run_block()
	{
		const uint32_t n = launch->threads.x * launch->threads.y * launch->threads.z;
		for (uint32_t i = 0; i < n; i++) {
			Fiber &f = fibers[i];
			f = {};
			f.number = i;
			f.thread = {i % launch->threads.x, i / launch->threads.x % launch->threads.y, i / launch->threads.x / launch->threads.y};
			// Stacks begin at different places of a page, lest they share sets of the cache.
			f.stack = prepare(stacks + (i + 1) * STACK - i % 16 * 128, begin);
		}
		while (round(n) && agree(n)) {
		}
	}

	// round runs each fiber to its next barrier and says whether any waits there. A warp goes on before the next one
	// begins, past all that only its own threads wait for.
	bool round(uint32_t n)
	{
		const uint32_t warps = (n + WARP - 1) / WARP;
		uint32_t waiting = 0;
		for (uint32_t w = 0; w < warps; w++) {
			const uint32_t from = (launch->reverse ? warps - 1 - w : w) * WARP, size = n - from < WARP ? n - from : WARP;
			do {
				for (uint32_t i = 0; i < size; i++) {
					Fiber &f = fibers[from + (launch->reverse ? size - 1 - i : i)];
					context.running = &f;
					emulation_switch_stack(&scheduler, f.stack);
				}
			} while (warp_agrees(from, size));
			for (uint32_t i = 0; i < size; i++)
				waiting += fibers[from + i].state == State::waiting;
		}
		return waiting > 0;
	}

	// warp_agrees releases the fibers of a warp that all wait for each other.
	bool warp_agrees(uint32_t from, uint32_t size)
	{
		const Fiber &first = fibers[from];
		bool any = false;
		for (uint32_t i = 0; i < size; i++)
			any |= fibers[from + i].state == State::in_warp;
		for (uint32_t i = 0; any && i < size; i++) {
			const Fiber &f = fibers[from + i];
			if (f.state != first.state || f.line != first.line || f.file != first.file)
				return fail(first, f);
		}
		for (uint32_t i = 0; any && i < size; i++)
			fibers[from + i].state = State::ready;
		return any;
	}

	// agree releases fibers that all wait at one barrier.
	bool agree(uint32_t n)
	{
		const Fiber &first = fibers[0];
		bool vote = false;
		for (uint32_t i = 0; i < n; i++) {
			const Fiber &f = fibers[i];
			if (f.state != first.state || (f.state == State::waiting && (f.line != first.line || f.file != first.file)))
				return fail(first, f);
			vote |= f.vote;
		}
		for (uint32_t i = 0; i < n; i++)
			fibers[i].state = State::ready;
		context.vote = vote;
		return true;
	}

	static std::string whereabouts(const Fiber &f)
	{
		const std::string thread = "thread " + std::to_string(f.number);
		if (f.state == State::done)
			return thread + " has returned";
		const char *name = strrchr(f.file, '/');
		return thread + " waits at " + (name ? name + 1 : f.file) + ":" + std::to_string(f.line);
	}

	bool fail(const Fiber &a, const Fiber &b)
	{
		const std::lock_guard<std::mutex> lock(launch->guard);
		if (!launch->failed)
			launch->message = "divergent barrier in block " + std::to_string(context.number.x) + ": " + whereabouts(a) + ", " + whereabouts(b);
		launch->failed = true;
		return false;
	}

	Launch *launch = nullptr;
	Block context = {};
	unsigned char *stacks = nullptr;
	void *scheduler = nullptr;
	Fiber fibers[MAX_THREADS];

	friend bool emulation::wait(bool, const char *, int);
	friend void emulation::wait_in_warp(const char *, int);
};

thread_local Worker *Worker::current;

// Pool has threads that run launches; none of them handles signals, which are Go's.
class Pool {
public:
	void run(Launch &l, unsigned threads)
	{
		const std::lock_guard<std::mutex> turn(one_at_a_time);
		std::unique_lock<std::mutex> lock(guard);
		while (size < threads)
			start();
		launch = &l;
		wanted = threads;
		pending = threads;
		changed.notify_all();
		changed.wait(lock, [&] { return pending == 0; });
		launch = nullptr;
	}

private:
	void start()
	{
		sigset_t all, before;
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		std::thread([this] { work(); }).detach();
		pthread_sigmask(SIG_SETMASK, &before, nullptr);
		size++;
	}

	void work()
	{
		Worker *worker = new Worker;
		for (;;) {
			Launch *l;
			{
				std::unique_lock<std::mutex> lock(guard);
				changed.wait(lock, [&] { return wanted > 0; });
				wanted--;
				l = launch;
			}
			worker->run(*l);
			const std::lock_guard<std::mutex> lock(guard);
			if (--pending == 0)
				changed.notify_all();
		}
	}

	std::mutex one_at_a_time, guard;
	std::condition_variable changed;
	unsigned size = 0, wanted = 0, pending = 0;
	Launch *launch = nullptr;
};

} // namespace

Kernel::Kernel(const char *name, void (*run)(void **), const size_t *sizes, size_t count)
    : name(name), run(run), sizes(sizes), count(count), next(kernels())
{
	kernels() = this;
}

__attribute__((noinline)) bool wait(bool vote, const char *file, int line)
{
	Fiber &f = *block->running;
	f.state = State::waiting;
	f.vote = vote;
	f.file = file;
	f.line = line;
	Worker::current->suspend();
	return block->vote;
}

__attribute__((noinline)) void wait_in_warp(const char *file, int line)
{
	Fiber &f = *block->running;
	f.state = State::in_warp;
	f.file = file;
	f.line = line;
	Worker::current->suspend();
}

} // namespace emulation

using namespace emulation;

static const Kernel *find(const char *name)
{
	const Kernel *k = kernels();
	while (k && strcmp(k->name, name) != 0)
		k = k->next;
	return k;
}

// emulation_has says whether there is a kernel.
extern "C" __attribute__((visibility("default"))) int emulation_has(const char *name) { return find(name) != nullptr; }

// emulation_kernel returns the name of a kernel by its number and the sizes of its
// parameters, or a null pointer after the last.
extern "C" __attribute__((visibility("default"))) const char *emulation_kernel(uint64_t number, const size_t **sizes, uint64_t *count)
{
	const Kernel *k = kernels();
	while (k && number-- > 0)
		k = k->next;
	if (!k)
		return nullptr;
	*sizes = k->sizes;
	*count = k->count;
	return k->name;
}

// emulation_launch runs a kernel to its end on so many threads and returns 0, or 1 and a
// message.
extern "C" __attribute__((visibility("default"))) int emulation_launch(const char *name, const uint32_t *blocks, const uint32_t *threads,
	void **arguments, const uint64_t *sizes, uint64_t count, uint32_t workers, uint32_t reverse, char *message, uint64_t message_size)
{
	const auto fail = [&](const std::string &text) {
		snprintf(message, message_size, "%s", text.c_str());
		return 1;
	};
	const Kernel *k = find(name);
	if (!k)
		return fail("there is no such kernel");
	if (count != k->count)
		return fail(std::to_string(count) + " arguments, expected " + std::to_string(k->count));
	for (size_t i = 0; i < count; i++)
		if (sizes[i] != k->sizes[i])
			return fail("argument " + std::to_string(i) + " has " + std::to_string(sizes[i]) + " bytes, expected " + std::to_string(k->sizes[i]));
	const uint64_t block_size = uint64_t(threads[0]) * threads[1] * threads[2], grid = uint64_t(blocks[0]) * blocks[1] * blocks[2];
	if (block_size == 0 || block_size > MAX_THREADS)
		return fail("a block of " + std::to_string(block_size) + " threads, expected 1 to " + std::to_string(MAX_THREADS));
	if (grid == 0)
		return fail("a grid of no blocks");
	Launch l;
	l.kernel = k;
	l.arguments = arguments;
	l.blocks = {blocks[0], blocks[1], blocks[2]};
	l.threads = {threads[0], threads[1], threads[2]};
	l.reverse = reverse;
	static Pool *pool = new Pool; // its threads outlive everything
	pool->run(l, grid < workers ? unsigned(grid) : workers);
	return l.failed ? fail(l.message) : 0;
}

// emulation_alloc returns memory of any content: here, of bytes that nobody would
// write.
extern "C" __attribute__((visibility("default"))) void *emulation_alloc(uint64_t bytes)
{
	void *p = nullptr;
	if (posix_memalign(&p, 256, bytes) != 0)
		return nullptr;
	memset(p, 0xcd, bytes);
	return p;
}

extern "C" __attribute__((visibility("default"))) void emulation_free(void *p) { free(p); }

extern "C" __attribute__((visibility("default"))) void emulation_copy(void *to, const void *from, uint64_t bytes) { memmove(to, from, bytes); }
