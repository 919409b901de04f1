// The machine behind standin.cc: devices, their contexts, and streams that do nothing
// until somebody waits for them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

typedef int Result;
typedef uint64_t Address;

// Results of the driver API.
enum : Result {
	SUCCESS = 0,
	INVALID_VALUE = 1,
	OUT_OF_MEMORY = 2,
	NOT_INITIALIZED = 3,
	NO_DEVICE = 100,
	INVALID_DEVICE = 101,
	INVALID_CONTEXT = 201,
	INVALID_PTX = 218,
	UNSUPPORTED_PTX_VERSION = 222,
	INVALID_HANDLE = 400,
	NOT_FOUND = 500,
	ILLEGAL_ADDRESS = 700,
	LAUNCH_OUT_OF_RESOURCES = 701,
	LAUNCH_FAILED = 719,
};

// Settings are what a test asks for, by these names.
struct Settings {
	std::map<std::string, int64_t> numbers = {
		{"init", 0},           // the result of cuInit
		{"devices", 1},        // how many there are
		{"capability", 90},    // 90 is 9.0
		{"version", 12040},    // of the driver
		{"memory", 4LL << 30}, // of each device, in bytes
		{"load", 0},           // the result of loading a module
		{"refuse", 0},         // which launch is refused when it is asked for, as lack of resources
		{"break", 0},          // which launch breaks the context when it runs
		{"broken", ILLEGAL_ADDRESS}, // and with what result
		{"threads", 0},        // that run kernels, 0 for one per core
	};
	int64_t operator[](const char *name) const { return numbers.at(name); }
};

// Kernels is a library of package emulation.
struct Kernels {
	const char *(*kernel)(uint64_t, const size_t **, uint64_t *);
	int (*launch)(const char *, const uint32_t *, const uint32_t *, void **, const uint64_t *, uint64_t, uint32_t, uint32_t, char *, uint64_t);
	void *(*alloc)(uint64_t);
	void (*free)(void *);
};

struct Context;

struct Stream {
	Context *context;
	std::deque<std::function<Result()>> pending;
	uint64_t asked = 0, done = 0;
};

struct Event {
	Context *context;
	Stream *stream = nullptr; // where it was recorded last
	uint64_t after = 0;       // how many operations of that
};

struct Module {
	Context *context;
	std::string text;
};

struct Function {
	Module *module;
	const Kernels *library;
	std::string name;
	std::vector<uint64_t> sizes; // of parameters
	int shared = 48 << 10;       // bytes of dynamic shared memory that are allowed
};

struct Context {
	int users = 0;
	Result broken = SUCCESS; // after a kernel failed
	std::map<Address, size_t> memory;
	size_t used = 0;
	std::map<Stream *, std::unique_ptr<Stream>> streams;
	std::map<Event *, std::unique_ptr<Event>> events;
	std::map<Module *, std::unique_ptr<Module>> modules;
	std::map<Function *, std::unique_ptr<Function>> functions;
	std::map<void *, size_t> pinned;
	std::deque<std::pair<Address, size_t>> freed; // kept for a while, to find who still uses it
};

struct Machine {
	std::mutex guard;
	bool started = false;
	Settings settings;
	std::vector<Kernels> libraries;
	std::map<int, Context> contexts;
	std::string misuse; // a line each
	int64_t launched = 0, refused = 0;

	void blame(const std::string &what) { misuse += what + "\n"; }

	// holds says whether n bytes from an address on are of one allocation.
	static bool holds(const Context &c, Address p, size_t n)
	{
		auto at = c.memory.upper_bound(p);
		return at != c.memory.begin() && (--at, p - at->first + n <= at->second);
	}
	static bool holds(const std::map<void *, size_t> &pinned, const void *p, size_t n)
	{
		auto at = pinned.upper_bound(const_cast<void *>(p));
		return at != pinned.begin() && (--at, size_t((const char *)p - (const char *)at->first) + n <= at->second);
	}

	// run does a stream's operations up to a number.
	Result run(Stream &s, uint64_t until)
	{
		while (s.done < until) {
			const auto operation = std::move(s.pending.front());
			s.pending.pop_front();
			s.done++;
			if (s.context->broken == SUCCESS)
				s.context->broken = operation();
		}
		return s.context->broken;
	}
};
