// SPDX-License-Identifier: Apache-2.0
//
// The native matrix product and the peak of the multiply-adders, with AVX2 and
// with AVX-512: fma_width.h is included once for each.
#include "baseline.h"
#include <string.h>

#ifdef __FMA__
#include <immintrin.h>

static int least(int x, int y) { return x < y ? x : y; }

#define NAME(x) x##_avx2
#define LANES 8
#define ROWS 6
#define DEPTH 256
#define VECTOR __m256
#define ZERO _mm256_setzero_ps
#define LOAD _mm256_loadu_ps
#define STORE _mm256_storeu_ps
#define SPREAD _mm256_set1_ps
#define ADD _mm256_add_ps
#define FMA _mm256_fmadd_ps
#include "fma_width.h"
#endif

#ifdef __AVX512F__
#define NAME(x) x##_avx512
#define LANES 16
#define ROWS 12
#define DEPTH 192
#define VECTOR __m512
#define ZERO _mm512_setzero_ps
#define LOAD _mm512_loadu_ps
#define STORE _mm512_storeu_ps
#define SPREAD _mm512_set1_ps
#define ADD _mm512_add_ps
#define FMA _mm512_fmadd_ps
#include "fma_width.h"
#endif
