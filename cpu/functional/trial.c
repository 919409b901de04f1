// SPDX-License-Identifier: Apache-2.0
//
// Calls a compiled model in a process of its own before it is loaded into the one that
// trains: trial MODEL.so reads from standard input the number of operands A, that of
// operands B and both, multiplies all pairs by each loop of kernel.c, and prints "done"
// and the number of pairs. If the model crashes, ends the process or does not return, the
// pair and the reason are printed instead. functional_trial.go starts it. This is C and
// C++, since no more than the model's compiler may be there.

#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { width = 16 };

// Seconds: after so much processor time no other pair is begun, a pair that takes so much
// does not return, and one that waits so long does not either.
static const double enough = 0.05;
static const int endless = 1, waiting = 10;

struct operand {
    float value;
    unsigned present;
};
struct column {
    float value[width];
    unsigned present[width];
};
typedef void (*row_loop)(const float *, const float *, float *, long);
typedef void (*tile_loop)(long, const char *, long, const struct column *, long, char *, long);

static volatile float a, b; // the pair
static volatile int multiplying;

static void say(const char *what, int number) {
    char text[128];
    float x = a, y = b;
    unsigned p, q;
    memcpy(&p, &x, sizeof p);
    memcpy(&q, &y, sizeof q);
    const int n = snprintf(text, sizeof text, "\n%s %d %u %u %d\n", what, number, p, q, multiplying);
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

static void watch(void) {
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
    limit.it_value.tv_sec = endless;
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

int main(int argc, char **argv) {
    int counts[2];
    if (argc != 2 || fread(counts, sizeof *counts, 2, stdin) != 2) return 4;
    const float *x = read_floats(counts[0]), *y = read_floats(counts[1]);
    watch();
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 4;
    }
    const row_loop row = (row_loop)find(library, "approxtrain_row"), each = (row_loop)find(library, "approxtrain_each");
    const tile_loop tile = (tile_loop)find(library, "approxtrain_tile"), flipped = (tile_loop)find(library, "approxtrain_flipped");
    const clock_t start = clock();
    int tried = 0;
    multiplying = 1;
    for (int i = 0; i < counts[0]; i++) {
        for (int j = 0; j < counts[1]; j++, tried++) {
            float sums[width] = {0};
            struct operand one = {x[i], ~0u};
            struct column many;
            a = x[i];
            b = y[j];
            for (int k = 0; k < width; k++) {
                many.value[k] = y[j];
                many.present[k] = ~0u;
            }
            row(&x[i], many.value, sums, width);
            tile(1, (const char *)&one, sizeof one, &many, 1, (char *)sums, sizeof sums);
            for (int k = 0; k < width; k++) many.value[k] = x[i];
            each(many.value, &y[j], sums, 1);
            one.value = y[j];
            flipped(1, (const char *)&one, sizeof one, &many, 1, (char *)sums, sizeof sums);
            if ((double)(clock() - start) / CLOCKS_PER_SEC > enough) goto done;
        }
    }
done:
    multiplying = 0;
    printf("\ndone %d\n", tried);
    fflush(stdout);
    _exit(0);
}
