// SPDX-License-Identifier: Apache-2.0
//
// Serves rounds of the comparison programs. It begins with a line of the names
// that it has; then each line on standard input is a request:
//
//	load M N K        A and B follow, binary32     ok
//	table             its entries follow, bytes    ok
//	run NAME ROWS     the first rows of C          SECONDS MACS
//	result ROWS       the first rows of C          the numbers, binary32
//
// Seconds are processor time. Anything else ends the program with a message.
#include "baseline.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *name;
    void (*run)(const struct product *);
    double (*peak)(void);
} programs[] = {
    {"direct", direct, 0},
#ifdef __AVX2__
    {"gather", gather, 0},
#endif
#ifdef __FMA__
    {"fma-avx2", fma_avx2, 0},
    {"peak-avx2", 0, peak_avx2},
#endif
#ifdef __AVX512F__
    {"fma-avx512", fma_avx512, 0},
    {"peak-avx512", 0, peak_avx512},
#endif
};

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void *allocate(size_t bytes) {
    void *p = aligned_alloc(64, (bytes + 64) / 64 * 64);
    if (!p)
        fail("no memory");
    return p;
}

void *keep(int number, size_t bytes) {
    static struct {
        void *p;
        size_t bytes;
    } kept[4];
    if (!kept[number].p || kept[number].bytes < bytes) {
        free(kept[number].p);
        kept[number].p = allocate(bytes);
        kept[number].bytes = bytes;
    }
    return kept[number].p;
}

static void *receive(size_t size, size_t n) {
    void *p = allocate(size * n);
    if (fread(p, size, n, stdin) != n)
        fail("the input ends within numbers");
    return p;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void run(const char *name, struct product p, int rows) {
    p.m = rows;
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (strcmp(programs[i].name, name))
            continue;
        double macs = (double)p.m * p.n * p.k, start = now();
        if (programs[i].peak)
            macs = programs[i].peak();
        else
            programs[i].run(&p);
        printf("%.9f %.0f\n", now() - start, macs);
        return;
    }
    fail("no such program");
}

int main(void) {
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        printf("%s ", programs[i].name);
    puts("");
    struct product p = {0};
    float *a = 0, *b = 0;
    unsigned char *table = 0;
    char line[100], name[20];
    int rows, used;
    while (fflush(stdout), fgets(line, sizeof line, stdin)) {
        used = 0;
        if (sscanf(line, "load %d %d %d\n%n", &p.m, &p.n, &p.k, &used) == 3 && used) {
            free(a), free(b), free(p.c);
            p.a = a = receive(sizeof *a, (size_t)p.m * p.k);
            p.b = b = receive(sizeof *b, (size_t)p.k * p.n);
            p.c = allocate(sizeof *p.c * p.m * p.n);
            puts("ok");
        } else if (!strcmp(line, "table\n")) {
            free(table);
            p.table = table = receive(1, TABLE);
            puts("ok");
        } else if (sscanf(line, "run %19s %d\n%n", name, &rows, &used) == 2 && used && p.c && table && rows <= p.m) {
            run(name, p, rows);
        } else if (sscanf(line, "result %d\n%n", &rows, &used) == 1 && used && p.c && rows <= p.m) {
            fwrite(p.c, sizeof *p.c, (size_t)rows * p.n, stdout);
        } else {
            fail("no such request");
        }
    }
}
