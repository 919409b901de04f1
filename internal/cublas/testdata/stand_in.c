/* What package cublas calls of libcuda and libcublas, on the host: a GPU number 1 only. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int current, pedantic;

int cuInit(unsigned flags) { return flags != 0; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal + 40; return ordinal == 1 ? 0 : 101; }
int cuDevicePrimaryCtxRetain(void **context, int device) { *context = &current; return device != 41; }
int cuCtxSetCurrent(void *context) { current = context == &current; return 0; }
int cuMemAlloc_v2(uint64_t *p, size_t n) { *p = (uint64_t)malloc(n); return !current; }
int cuMemFree_v2(uint64_t p) { free((void *)p); return 0; }
int cuMemcpyHtoD_v2(uint64_t dst, const void *src, size_t n) { if (current) memcpy((void *)dst, src, n); return !current; }
int cuMemcpyDtoH_v2(void *dst, uint64_t src, size_t n) { memcpy(dst, (void *)src, n); return !current; }
int cuCtxSynchronize(void) { return 0; }
int cublasCreate_v2(void **handle) { *handle = &pedantic; return 0; }
int cublasDestroy_v2(void *handle) { return handle != &pedantic; }
int cublasSetMathMode(void *handle, int mode) { pedantic = mode == 2; return handle != &pedantic; }
int cublasSgemm_v2(void *handle, int ta, int tb, int m, int n, int k, const float *alpha, const float *a, int lda, const float *b, int ldb,
	const float *beta, float *c, int ldc)
{
	if (handle != &pedantic || !pedantic || ta || tb || !current)
		return 7;
	for (int j = 0; j < n; j++)
		for (int i = 0; i < m; i++) {
			float sum = 0;
			for (int t = 0; t < k; t++)
				sum += a[i + t * lda] * b[t + j * ldb];
			c[i + j * ldc] = *alpha * sum + (*beta ? *beta * c[i + j * ldc] : 0);
		}
	return 0;
}
