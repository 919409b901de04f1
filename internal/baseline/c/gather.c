// SPDX-License-Identifier: Apache-2.0
//
// The matrix product through a table that is looked up with AVX2 gathers, as
// published simulators do it on processors, with what makes any product fast:
// operands packed once, fractions apart from the rest, the sums of 2 × 32 outputs
// in registers, and entries of 16 bits, so that the table fits the first-level
// cache. Other sizes of tiles and entries are no faster: the gathers decide.
// Operands must be normal numbers whose products are.
#include "baseline.h"

#ifdef __AVX2__
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

enum { ROWS = 2, VECTORS = 4, WIDTH = 8 * VECTORS };

// row is an operand A: where the table's row of its fraction begins, and sign and
// exponent less the bias.
struct row {
    uint32_t begin, scale;
};

// column is what a panel holds for one k: fractions of B, and signs and
// exponents.
struct column {
    uint32_t index[WIDTH], scale[WIDTH];
};

static uint32_t bits(const float *f) {
    uint32_t u;
    memcpy(&u, f, sizeof u);
    return u;
}

// tile adds one chunk of n terms to ROWS × WIDTH outputs.
static void tile(const uint16_t *table, int n, const struct row *a, const struct column *b, float *c) {
    __m256 sum[ROWS][VECTORS];
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; v++)
            sum[r][v] = _mm256_setzero_ps();
    for (int k = 0; k < n; k++, a += ROWS, b++)
#pragma GCC unroll 8
        for (int r = 0; r < ROWS; r++) {
            const int *entries = (const int *)(table + a[r].begin);
            const __m256i x = _mm256_set1_epi32((int)a[r].scale);
#pragma GCC unroll 8
            for (int v = 0; v < VECTORS; v++) {
                const __m256i index = _mm256_load_si256((const __m256i *)b->index + v);
                const __m256i y = _mm256_load_si256((const __m256i *)b->scale + v);
                // The entry and the one behind it, which the shift removes.
                const __m256i entry = _mm256_slli_epi32(_mm256_i32gather_epi32(entries, index, 2), 16);
                const __m256i p = _mm256_add_epi32(entry, _mm256_add_epi32(x, y));
                sum[r][v] = _mm256_add_ps(sum[r][v], _mm256_castsi256_ps(p));
            }
        }
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; v++, c += 8)
            _mm256_storeu_ps(c, _mm256_add_ps(_mm256_loadu_ps(c), sum[r][v]));
}

void gather(const struct product *p) {
    const int tiles = (p->m + ROWS - 1) / ROWS;
    uint16_t *table = keep(0, (TABLE + 1) * sizeof *table);
    struct row *rows = keep(1, (size_t)tiles * ROWS * CHUNK * sizeof *rows);
    struct column *panel = keep(2, CHUNK * sizeof *panel);
    for (int i = 0; i < TABLE; i++)
        table[i] = p->table[i];
    memset(p->c, 0, (size_t)p->m * p->n * sizeof *p->c);
    for (int k0 = 0; k0 < p->k; k0 += CHUNK) {
        const int n = p->k - k0 < CHUNK ? p->k - k0 : CHUNK;
        for (int t = 0; t < tiles; t++)
            for (int r = 0; r < ROWS; r++) {
                const int i = t * ROWS + r < p->m ? t * ROWS + r : p->m - 1;
                for (int k = 0; k < n; k++) {
                    const uint32_t x = bits(&p->a[(size_t)i * p->k + k0 + k]);
                    rows[((size_t)t * n + k) * ROWS + r] = (struct row){(x >> 16 & 127) << 7, (x & 0xff800000) - (127u << 23)};
                }
            }
        for (int j0 = 0; j0 < p->n; j0 += WIDTH) {
            const int width = p->n - j0 < WIDTH ? p->n - j0 : WIDTH;
            for (int k = 0; k < n; k++)
                for (int j = 0; j < WIDTH; j++) {
                    const uint32_t y = j < width ? bits(&p->b[(size_t)(k0 + k) * p->n + j0 + j]) : 0;
                    panel[k].index[j] = y >> 16 & 127;
                    panel[k].scale[j] = y & 0xff800000;
                }
            for (int t = 0; t < tiles; t++) {
                float c[ROWS * WIDTH] = {0}, *to = p->c + (size_t)t * ROWS * p->n + j0;
                const int height = p->m - t * ROWS < ROWS ? p->m - t * ROWS : ROWS;
                for (int r = 0; r < height; r++)
                    memcpy(c + r * WIDTH, to + (size_t)r * p->n, width * sizeof *c);
                tile(table, n, rows + (size_t)t * n * ROWS, panel, c);
                for (int r = 0; r < height; r++)
                    memcpy(to + (size_t)r * p->n, c + r * WIDTH, width * sizeof *c);
            }
        }
    }
}
#endif
