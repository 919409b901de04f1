// SPDX-License-Identifier: Apache-2.0
//
// The matrix product with a functional model: every product is a call of
// model.c. It is a file of its own because a simulator links the model of
// whichever multiplier it was asked for; a compiler that sees both can turn
// this one model into vector instructions.
#include "baseline.h"
#include "model.h"

void direct(const struct product *p) {
    float *b = keep(0, sizeof *b * p->n * p->k); // transposed, so that caches do not count
    for (int k = 0; k < p->k; k++)
        for (int j = 0; j < p->n; j++)
            b[(size_t)j * p->k + k] = p->b[(size_t)k * p->n + j];
    for (int i = 0; i < p->m; i++)
        for (int j = 0; j < p->n; j++) {
            const float *x = p->a + (size_t)i * p->k, *y = b + (size_t)j * p->k;
            float total = 0;
            for (int k0 = 0; k0 < p->k; k0 += CHUNK) {
                const int end = p->k - k0 < CHUNK ? p->k : k0 + CHUNK;
                float sum = 0;
                for (int k = k0; k < end; k++)
                    sum += mitchell(x[k], y[k]);
                total += sum;
            }
            p->c[(size_t)i * p->n + j] = total;
        }
}
