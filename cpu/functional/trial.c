// SPDX-License-Identifier: Apache-2.0
//
// Calls a compiled model in a process of its own before it is loaded into the one that
// trains: trial MODEL.so ORDER PAIRS HUNDREDTHS reads from standard input the number of operands
// A, that of operands B and both, and multiplies the first PAIRS pairs, counted row after
// row, by each loop of kernel.c, for so many hundredths of a second at most. ORDER is rows,
// columns or scattered. Descriptor 3 is a file for the products: see struct report. It
// prints "done" and the number of pairs. If the model crashes, ends the process, does not
// return or changes the floating-point environment, the pair and the reason are printed
// instead. functional_trial.go starts it. This is C and C++, since no more than the model's
// compiler may be there.

#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { width = 16 };

// Seconds: a pair that takes so much processor time more than all may does not return, and
// one that waits so long does not either.
static const int endless = 1, waiting = 10;

enum { loops = 4 };

// Of a pair: 1 if it was multiplied, and the product of each loop.
struct result {
    int done;
    float products[loops];
};

// What this process leaves in a file, even where a sanitizer ends it.
struct report {
    float a, b; // the pair
    int multiplying, pairs;
    struct result results[1]; // of all pairs
};

struct operand {
    float value;
    unsigned present;
};
struct column {
    float value[width];
    unsigned present[width];
};
typedef long (*row_loop)(const float *, const float *, float *, long);
typedef long (*tile_loop)(long, const char *, long, const struct column *, long, char *, long);

static volatile struct report *report;

static void say(const char *what, long number) {
    char text[128];
    float x = report->a, y = report->b;
    unsigned p, q;
    memcpy(&p, &x, sizeof p);
    memcpy(&q, &y, sizeof q);
    const int n = snprintf(text, sizeof text, "\n%s %ld %u %u %d\n", what, number, p, q, report->multiplying);
    if (write(1, text, n) != n) _exit(4);
}

static void signalled(int number) {
    say("signal", number);
    _exit(3);
}

static void ended(void) {
    fflush(stdout); // of the model
    say("exit", 0);
    _exit(3);
}

static void watch(int hundredths) {
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF, SIGALRM};
    static char stack[1 << 16]; // of the handler: the other may be full
    stack_t s;
    memset(&s, 0, sizeof s);
    s.ss_sp = stack;
    s.ss_size = sizeof stack;
    sigaltstack(&s, 0);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = signalled;
    action.sa_flags = SA_ONSTACK;
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, 0);
    struct itimerval limit;
    memset(&limit, 0, sizeof limit);
    limit.it_value.tv_sec = endless + hundredths / 100;
    setitimer(ITIMER_PROF, &limit, 0);
    alarm(waiting);
    atexit(ended);
}

static void *find(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "%s\n", dlerror());
        _exit(4);
    }
    return found;
}

static float *read_floats(int n) {
    float *x = (float *)malloc(n * sizeof *x);
    if (!x || fread(x, sizeof *x, n, stdin) != (size_t)n) _exit(4);
    return x;
}

// changed reports what a loop says that the model has changed.
static void changed(long bits) {
    if (bits == 0) return;
    say("environment", bits);
    _exit(3);
}

int main(int argc, char **argv) {
    int counts[2];
    if (argc != 5 || fread(counts, sizeof *counts, 2, stdin) != 2) return 4;
    const float *x = read_floats(counts[0]), *y = read_floats(counts[1]);
    const int all = counts[0] * counts[1], pairs = atoi(argv[3]), hundredths = atoi(argv[4]);
    const size_t size = sizeof(struct report) + all * sizeof(struct result);
    void *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
    if (memory == MAP_FAILED) return 4;
    report = (volatile struct report *)memory;
    watch(hundredths);
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 4;
    }
    const row_loop row = (row_loop)find(library, "approxtrain_row"), each = (row_loop)find(library, "approxtrain_each");
    const tile_loop tile = (tile_loop)find(library, "approxtrain_tile"), flipped = (tile_loop)find(library, "approxtrain_flipped");
    const clock_t start = clock();
    const char order = *argv[2];
    report->multiplying = 1;
    for (long n = 0; n < all; n++) {
        long pair = n;
        if (order == 'c') // columns
            pair = n % counts[0] * counts[1] + n / counts[0];
        else if (order == 's') // scattered: a prime is no factor of the number of pairs
            pair = n * 7919 % all;
        if (pair >= pairs) continue;
        const int i = pair / counts[1], j = pair % counts[1];
        float sums[width] = {0}, products[loops];
        struct operand one = {x[i], ~0u};
        struct column many;
        report->a = x[i];
        report->b = y[j];
        for (int k = 0; k < width; k++) {
            many.value[k] = y[j];
            many.present[k] = ~0u;
        }
        changed(row(&x[i], many.value, sums, width));
        products[0] = sums[width - 1];
        memset(sums, 0, sizeof sums);
        changed(tile(1, (const char *)&one, sizeof one, &many, 1, (char *)sums, sizeof sums));
        products[1] = sums[width - 1];
        for (int k = 0; k < width; k++) many.value[k] = x[i];
        sums[0] = 0;
        changed(each(many.value, &y[j], sums, 1));
        products[2] = sums[0];
        one.value = y[j];
        memset(sums, 0, sizeof sums);
        changed(flipped(1, (const char *)&one, sizeof one, &many, 1, (char *)sums, sizeof sums));
        products[3] = sums[0];
        for (int k = 0; k < loops; k++) report->results[pair].products[k] = products[k];
        report->results[pair].done = 1;
        report->pairs++;
        if ((double)(clock() - start) / CLOCKS_PER_SEC > hundredths / 100.0) break;
    }
    report->multiplying = 0;
    printf("\ndone %d\n", report->pairs);
    fflush(stdout);
    _exit(0);
}
