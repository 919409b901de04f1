// SPDX-License-Identifier: Apache-2.0
//
// The loops of a functional multiplier. This text is compiled behind the model,
// whose function is APPROXTRAIN_MODEL, so that the compiler puts the model into
// the loops and makes SIMD code of both where it can (-fopenmp-simd says that no
// turn of a loop needs another). It includes nothing and defines nothing that the
// model could have defined. functional.go calls it.

#ifdef __cplusplus
#define APPROXTRAIN_LOOP extern "C" __attribute__((visibility("default"), flatten)) long
extern "C" {
#else
#define APPROXTRAIN_LOOP __attribute__((visibility("default"), flatten)) long
#endif
// Start files would define it, and functions that run when the library is loaded.
extern void *__dso_handle __attribute__((visibility("hidden")));
void *__dso_handle = &__dso_handle;
#ifdef __cplusplus
}
#endif

// What floating-point results of this thread depend on beside their operands. A loop
// puts back what the model has changed of it, and returns which bits that was: of x86
// those of MXCSR and from bit 16 those of the control word of the x87, of arm64 those
// of FPCR.
struct approxtrain_environment {
    unsigned control;
    unsigned short x87;
};

static inline __attribute__((always_inline)) struct approxtrain_environment approxtrain_enter(void) {
    struct approxtrain_environment e = {0, 0};
#if defined __x86_64__
    __asm__ volatile("stmxcsr %0" : "=m"(e.control) : : "memory");
    __asm__ volatile("fnstcw %0" : "=m"(e.x87) : : "memory");
#elif defined __aarch64__
    unsigned long control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control) : : "memory");
    e.control = (unsigned)control;
#endif
    return e;
}

static inline __attribute__((always_inline)) long approxtrain_leave(struct approxtrain_environment before) {
    const struct approxtrain_environment after = approxtrain_enter();
    long changed = 0;
#if defined __x86_64__
    changed = (long)((before.control ^ after.control) & 0xffc0u) | (long)(before.x87 ^ after.x87) << 16;
    if (changed) {
        __asm__ volatile("ldmxcsr %0" : : "m"(before.control) : "memory");
        __asm__ volatile("fldcw %0" : : "m"(before.x87) : "memory");
    }
#elif defined __aarch64__
    changed = (long)(before.control ^ after.control);
    if (changed) {
        const unsigned long control = before.control;
        __asm__ volatile("msr fpcr, %0" : : "r"(control) : "memory");
    }
#endif
    return changed;
}

// The columns of a panel.
enum { approxtrain_width = 16 };

// An operand A, and the operands B of one k; present is all ones or, where there
// is no operand and so no product, zero.
struct approxtrain_operand {
    float value;
    unsigned present;
};
struct approxtrain_column {
    float value[approxtrain_width];
    unsigned present[approxtrain_width];
};

// The product, +0 where there is none: sums that begin at +0 do not change by it.
static inline __attribute__((always_inline)) float approxtrain_term(float product, unsigned present) {
    unsigned bits;
    __builtin_memcpy(&bits, &product, sizeof bits);
    bits &= present;
    __builtin_memcpy(&product, &bits, sizeof bits);
    return product;
}

static inline __attribute__((always_inline)) void approxtrain_sums(int flipped, long rows, const char *a, long stride,
                                                                    const struct approxtrain_column *b, long terms, char *c,
                                                                    long ldc) {
    for (long r = 0; r < rows; r++) {
        const struct approxtrain_operand *row = (const struct approxtrain_operand *)(a + r * stride);
        float *out = (float *)(c + r * ldc);
        float sum[approxtrain_width] = {0};
        for (long k = 0; k < terms; k++) {
            const float x = row[k].value;
            const unsigned present = row[k].present;
#pragma omp simd
            for (int j = 0; j < approxtrain_width; j++) {
                const float y = b[k].value[j];
                sum[j] += approxtrain_term(flipped ? APPROXTRAIN_MODEL(y, x) : APPROXTRAIN_MODEL(x, y), present & b[k].present[j]);
            }
        }
        for (int j = 0; j < approxtrain_width; j++) out[j] += sum[j];
    }
}

// Adds a chunk of terms to rows of c, ldc bytes apart; rows of a are stride bytes
// apart.
APPROXTRAIN_LOOP approxtrain_tile(long rows, const char *a, long stride, const struct approxtrain_column *b, long terms, char *c,
                                  long ldc) {
    const struct approxtrain_environment e = approxtrain_enter();
    approxtrain_sums(0, rows, a, stride, b, terms, c, ldc);
    return approxtrain_leave(e);
}

// The same where a and b hold each other's operands.
APPROXTRAIN_LOOP approxtrain_flipped(long rows, const char *a, long stride, const struct approxtrain_column *b, long terms, char *c,
                                     long ldc) {
    const struct approxtrain_environment e = approxtrain_enter();
    approxtrain_sums(1, rows, a, stride, b, terms, c, ldc);
    return approxtrain_leave(e);
}

// Adds the products of one operand A with n operands B to sums.
APPROXTRAIN_LOOP approxtrain_row(const float *a, const float *b, float *sums, long n) {
    const struct approxtrain_environment e = approxtrain_enter();
    const float x = *a;
#pragma omp simd
    for (long j = 0; j < n; j++) sums[j] += APPROXTRAIN_MODEL(x, b[j]);
    return approxtrain_leave(e);
}

// Adds a[j] times b[j] to sums[j].
APPROXTRAIN_LOOP approxtrain_each(const float *a, const float *b, float *sums, long n) {
    const struct approxtrain_environment e = approxtrain_enter();
#pragma omp simd
    for (long j = 0; j < n; j++) sums[j] += APPROXTRAIN_MODEL(a[j], b[j]);
    return approxtrain_leave(e);
}
