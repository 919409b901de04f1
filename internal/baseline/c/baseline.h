// SPDX-License-Identifier: Apache-2.0
//
// What the comparison programs share.
#pragma once
#include <stddef.h>

enum {
    CHUNK = 1024,      // terms of one partial sum; see device/sum.go
    TABLE = 128 * 128, // entries of a table with 7 fraction bits on either side
};

// product is C = A · B, row-major: A is m × k, B k × n, C m × n.
struct product {
    int m, n, k;
    const float *a, *b;
    float *c;
    const unsigned char *table; // [fraction of A][fraction of B]: carry and fraction
};

void direct(const struct product *p);
void gather(const struct product *p);
void fma_avx2(const struct product *p);
void fma_avx512(const struct product *p);

// Loops of nothing but independent fused multiply-adds. They return how many
// multiply-accumulates they did.
double peak_avx2(void);
double peak_avx512(void);

// keep returns aligned memory of at least so many bytes, of one of a few
// numbers: what the call before it returned for the number, if that is enough,
// so that pages are not mapped anew in every round.
void *keep(int number, size_t bytes);
