//go:build cuda && cgo && linux && (amd64 || arm64)

#include "loader.h"

#include <dlfcn.h>
#include <stdio.h>

int shim_not_loaded(void) { return 3; }  // CUDA_ERROR_NOT_INITIALIZED
int shim_not_found(void) { return 302; } // CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND

// cuInit is what cu calls before main, where nobody may want a GPU.
__attribute__((visibility("hidden"))) int cuInit(unsigned flags)
{
	(void)flags;
	return 0;
}

int shim_load(const char *path, char *message, int size)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		snprintf(message, size, "%s", dlerror());
		return -1;
	}
	int (*init)(unsigned) = (int (*)(unsigned))dlsym(library, "cuInit");
	if (!init) {
		snprintf(message, size, "%s has no cuInit", path);
		dlclose(library);
		return -1;
	}
	// The library stays even where this fails: a driver leaves threads behind.
	const int result = init(0);
	for (int i = 0; i < shim_symbol_count; i++) {
		void *at = dlsym(library, shim_symbols[i].name);
		*shim_symbols[i].to = at ? at : (void *)shim_not_found;
	}
	return result;
}
