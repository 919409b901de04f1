// What loader.c and trampolines.c have in common. Neither sees cuda.h, whose declarations
// would contradict theirs.
#pragma once

struct shim_symbol {
	const char *name;
	void **to; // where the trampoline jumps
};
extern const struct shim_symbol shim_symbols[];
extern const int shim_symbol_count;

// What entry points lead to before a driver is loaded, and where it has none of that name.
int shim_not_loaded(void);
int shim_not_found(void);

// shim_load loads a driver and initialises it: the result of its cuInit, or -1 and a message
// if there is no driver.
int shim_load(const char *path, char *message, int size);
