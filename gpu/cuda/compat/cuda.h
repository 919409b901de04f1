/* cuda.h as gorgonia.org/cu expects it, on any toolkit. In CUDA 13 some names of CUDA 11
 * mean functions of another form; the driver still has the former ones, which are declared
 * here. This folder comes before the toolkit's: see scripts/fetch-cuda-headers. */
#include_next <cuda.h>

#if CUDA_VERSION >= 13000 && !defined(APPROXTRAIN_CUDA_COMPAT)
#define APPROXTRAIN_CUDA_COMPAT

#undef cuCtxCreate
#define cuCtxCreate cuCtxCreate_v2
CUresult CUDAAPI cuCtxCreate_v2(CUcontext *context, unsigned int flags, CUdevice device);

#undef cuMemAdvise
CUresult CUDAAPI cuMemAdvise(CUdeviceptr at, size_t count, CUmem_advise advice, CUdevice device);

#undef cuMemPrefetchAsync
CUresult CUDAAPI cuMemPrefetchAsync(CUdeviceptr at, size_t count, CUdevice device, CUstream stream);

#undef cuGraphAddDependencies
CUresult CUDAAPI cuGraphAddDependencies(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to, size_t count);

#undef cuGraphGetEdges
CUresult CUDAAPI cuGraphGetEdges(CUgraph graph, CUgraphNode *from, CUgraphNode *to, size_t *count);

#endif
