// SPDX-License-Identifier: Apache-2.0
//
// The native matrix product for one width of vectors, and the loop that shows
// what the multiply-adders can do at most. DEPTH terms at a time, a panel of B,
// DEPTH × WIDTH, stays in the first-level cache while the rows of A, packed,
// stream from the second, and the sums of ROWS × WIDTH outputs stay in registers.

#define VECTORS 2
#define WIDTH (VECTORS * LANES)
#define BLOCK 384 // rows packed at a time, a multiple of ROWS

// tile adds n terms to ROWS × WIDTH outputs, row by row ldc apart, or writes
// their sums if they are the first.
static void NAME(tile)(int n, const float *a, const float *b, float *c, size_t ldc, int first) {
    VECTOR sum[ROWS][VECTORS];
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 16
        for (int v = 0; v < VECTORS; v++)
            sum[r][v] = ZERO();
    for (int r = 0; r < ROWS; r++)
        __builtin_prefetch(c + r * ldc, 1);
    for (int k = 0; k < n; k++, a += ROWS, b += WIDTH) {
        VECTOR y[VECTORS];
#pragma GCC unroll 16
        for (int v = 0; v < VECTORS; v++)
            y[v] = LOAD(b + v * LANES);
#pragma GCC unroll 16
        for (int r = 0; r < ROWS; r++) {
            const VECTOR x = SPREAD(a[r]);
#pragma GCC unroll 16
            for (int v = 0; v < VECTORS; v++)
                sum[r][v] = FMA(x, y[v], sum[r][v]);
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 16
        for (int v = 0; v < VECTORS; v++) {
            float *to = c + r * ldc + v * LANES;
            STORE(to, first ? sum[r][v] : ADD(LOAD(to), sum[r][v]));
        }
}

// pack_rows packs n terms of rows of A, ROWS side by side.
static void NAME(pack_rows)(int rows, int n, const float *a, size_t lda, float *to) {
    for (int i = 0; i < rows; i += ROWS) {
        const float *from[ROWS];
        for (int r = 0; r < ROWS; r++)
            from[r] = a + least(i + r, rows - 1) * lda;
        int k = 0;
        for (; k + 4 <= n; k += 4, to += 4 * ROWS)
#pragma GCC unroll 16
            for (int r = 0; r < ROWS; r += 2) { // two rows, four terms
                const __m128 x = _mm_loadu_ps(from[r] + k), y = _mm_loadu_ps(from[r + 1] + k);
                const __m128 low = _mm_unpacklo_ps(x, y), high = _mm_unpackhi_ps(x, y);
                _mm_storel_pi((__m64 *)(to + r), low);
                _mm_storeh_pi((__m64 *)(to + r + ROWS), low);
                _mm_storel_pi((__m64 *)(to + r + 2 * ROWS), high);
                _mm_storeh_pi((__m64 *)(to + r + 3 * ROWS), high);
            }
        for (; k < n; k++, to += ROWS)
            for (int r = 0; r < ROWS; r++)
                to[r] = from[r][k];
    }
}

// pack_columns packs n terms of WIDTH columns of B, of which there may be fewer.
static void NAME(pack_columns)(int width, int n, const float *b, size_t ldb, float *to) {
    for (int k = 0; k < n; k++, b += ldb, to += WIDTH) {
        __builtin_prefetch(b + WIDTH); // of the next panel
        if (width == WIDTH)
            memcpy(to, b, WIDTH * sizeof *to);
        else
            for (int j = 0; j < WIDTH; j++)
                to[j] = j < width ? b[j] : 0;
    }
}

void NAME(fma)(const struct product *p) {
    float *a = keep(0, sizeof *a * BLOCK * DEPTH), *b = keep(1, sizeof *b * WIDTH * DEPTH);
    if (!p->k)
        memset(p->c, 0, sizeof *p->c * p->m * p->n);
    for (int k0 = 0; k0 < p->k; k0 += DEPTH)
        for (int i0 = 0; i0 < p->m; i0 += BLOCK) {
            const int n = least(DEPTH, p->k - k0), rows = least(BLOCK, p->m - i0);
            NAME(pack_rows)(rows, n, p->a + (size_t)i0 * p->k + k0, p->k, a);
            for (int j = 0; j < p->n; j += WIDTH) {
                const int width = least(WIDTH, p->n - j);
                NAME(pack_columns)(width, n, p->b + (size_t)k0 * p->n + j, p->n, b);
                for (int i = 0; i < rows; i += ROWS) {
                    float *to = p->c + (size_t)(i0 + i) * p->n + j;
                    if (width == WIDTH && rows - i >= ROWS) {
                        NAME(tile)(n, a + (size_t)i * n, b, to, p->n, !k0);
                        continue;
                    }
                    float edge[ROWS * WIDTH];
                    NAME(tile)(n, a + (size_t)i * n, b, edge, WIDTH, 1);
                    for (int r = 0; r < ROWS && i + r < rows; r++)
                        for (int c = 0; c < width; c++)
                            to[(size_t)r * p->n + c] = edge[r * WIDTH + c] + (k0 ? to[(size_t)r * p->n + c] : 0);
                }
            }
        }
}

// Sums that do not wait for each other: twelve hide a latency of up to six
// cycles at two instructions a cycle.
double NAME(peak)(void) {
    enum { SUMS = 12, TURNS = 3000000 };
    static volatile float start = 1, half = 0.5f, out;
    const VECTOR x = SPREAD(half), y = SPREAD(start);
    VECTOR sum[SUMS];
#pragma GCC unroll 16
    for (int i = 0; i < SUMS; i++)
        sum[i] = SPREAD(start + i);
    for (int t = 0; t < TURNS; t++)
#pragma GCC unroll 16
        for (int i = 0; i < SUMS; i++)
            sum[i] = FMA(sum[i], x, y);
#pragma GCC unroll 16
    for (int i = 1; i < SUMS; i++)
        sum[0] = ADD(sum[0], sum[i]);
    float last[LANES];
    STORE(last, sum[0]);
    for (int i = 0; i < LANES; i++)
        out = last[i];
    (void)out;
    return (double)TURNS * SUMS * LANES;
}

#undef NAME
#undef LANES
#undef ROWS
#undef DEPTH
#undef VECTOR
#undef ZERO
#undef LOAD
#undef STORE
#undef SPREAD
#undef ADD
#undef FMA
#undef VECTORS
#undef WIDTH
#undef BLOCK
