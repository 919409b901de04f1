// All kernels, as one translation unit.
#include "activations.cu"
#include "fetch.cu"
#include "gemm.cu"
#include "loss.cu"
#include "norm.cu"
#include "optimizer.cu"
#include "pool.cu"
#include "quantize.cu"
