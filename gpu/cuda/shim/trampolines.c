//go:build cuda && cgo && linux && (amd64 || arm64)

// The driver's entry points as jumps through variables, one for each.
#include "loader.h"

#define X(name) __attribute__((visibility("hidden"), used)) void *shim_##name = (void *)shim_not_loaded;
#include "symbols.h"
#undef X

// Hidden, so that a library that is loaded does not find these instead of its own.
#if defined(__x86_64__)
#define JUMP(name) "\tjmp *shim_" #name "(%rip)\n"
#define FUNCTION "@function"
#elif defined(__aarch64__)
#define JUMP(name) "\tadrp x16, shim_" #name "\n\tldr x16, [x16, :lo12:shim_" #name "]\n\tbr x16\n"
#define FUNCTION "%function"
#endif
#define X(name) \
	__asm__(".text\n.globl " #name "\n.hidden " #name "\n.type " #name ", " FUNCTION "\n" #name ":\n" JUMP(name) ".size " #name ", . - " #name "\n");
#include "symbols.h"
#undef X

const struct shim_symbol shim_symbols[] = {
#define X(name) {#name, &shim_##name},
#include "symbols.h"
#undef X
};
const int shim_symbol_count = sizeof shim_symbols / sizeof shim_symbols[0];
