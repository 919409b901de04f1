// SPDX-License-Identifier: Apache-2.0
//
// The harness: it reads commands, drives a design under test through them and
// leaves the products in shared memory. It knows nothing of what the products
// should be; comparing is done above, by the process that started it.
//
// The design is one of two headers, chosen when this file is compiled:
// dut_verilated.h (a Verilated model, AX_VERILATED) or dut_model.h (a C or C++
// function). Both offer the same class, Dut:
//
//   void reset(unsigned fill)                        start over
//   Status run(n, timing, gen, sink)                 n products: gen(i, a, b)
//                                                    gives operands, sink(i, p)
//                                                    takes the product
//   Status runRow(a, b0, n, out, progress)           n products of one a, fast
//   Status walk(n, timing, manner, …)                n products, compared with those known
//   Status probe(...)                                output over time
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol.h"
#include "walk.h"

namespace approxtrain {

static Shared* shared;

constexpr uint32_t kMaxWait = 1u << 16;  // cycles a handshake may take

// Timing says when a clocked design has its product ready.
struct Timing {
    uint32_t latency;
    bool hold;
};

// Conduct says how a walk gives its pairs to the design: a Manner, and of a
// handshake what Command::hold and Command::valid say, and after how many cycles it is
// given up.
struct Conduct {
    Manner manner;
    bool hold;
    uint32_t valid;
    uint32_t limit;
    uint64_t seed;
};

// Finding is where and how a walk failed.
struct Finding {
    uint64_t step;
    uint32_t want, got;
    uint32_t pause;  // cycles without an operand before the pair
};

// reply ends a command. It never returns short: a broken pipe means that the
// parent is gone.
static void reply(uint32_t status, uint64_t done, uint32_t line = 0) {
    const Reply r{status, line, done};
    if (write(kReplyFd, &r, sizeof r) != ssize_t(sizeof r)) _exit(1);
}

// leave reports a design that ended the simulation by itself.
[[noreturn]] static void leave(Status status, const char* file, int line, const char* message) {
    snprintf(shared->file, sizeof shared->file, "%s", file ? file : "");
    snprintf(shared->message, sizeof shared->message, "%s", message ? message : "");
    reply(status, shared->progress, uint32_t(line < 0 ? 0 : line));
    fflush(stdout);
    _exit(0);
}

}  // namespace approxtrain

#ifdef AX_VERILATED
#include "dut_verilated.h"
#else
#include "dut_model.h"
#endif

namespace approxtrain {

// Order walks the pairs of a rectangle; step 1 and start 0 is row by row, or
// column by column where rows is set.
class Order {
public:
    explicit Order(const Command& c)
        : a0_{c.a0}, b0_{c.b0}, nb_{c.nb}, rows_{c.rows}, row_bits_{c.rows ? unsigned(__builtin_ctz(c.rows)) : 0},
          size_{uint64_t(c.na) * c.nb}, step_{c.step % size_}, at_{c.start % size_} {}
    // next gives the operands of the pair it stands at and where its product
    // belongs, and moves on.
    uint64_t next(uint32_t& a, uint32_t& b) {
        const uint64_t here = at_;
        if (rows_) {  // na * nb is a power of two, so rows is one
            const uint64_t row = here & (rows_ - 1), column = here >> row_bits_;
            a = a0_ + uint32_t(row);
            b = b0_ + uint32_t(column);
            at_ += step_;
            if (at_ >= size_) at_ -= size_;
            return row * nb_ + column;
        }
        if (here - row_start_ >= nb_) {  // also true below row_start_
            row_ = here / nb_;
            row_start_ = row_ * nb_;
        }
        a = a0_ + uint32_t(row_);
        b = b0_ + uint32_t(here - row_start_);
        at_ += step_;
        if (at_ >= size_) at_ -= size_;
        return here;
    }

private:
    const uint64_t a0_, b0_, nb_, rows_;
    const unsigned row_bits_;
    const uint64_t size_, step_;
    uint64_t at_, row_ = 0, row_start_ = 0;
};

#ifndef AX_BEYOND32
template <class T> static Status sweep(Dut& dut, const Command& c, T* out) {
    const uint64_t n = uint64_t(c.na) * c.nb;
    const Timing timing{c.latency, c.hold != 0};
    if (c.step == 1 && c.start == 0 && c.rows == 0 && c.nb % Dut::kLanes == 0 && timing.latency == 0 && !Dut::kHandshake) {
        for (uint64_t row = 0; row < c.na; row++) {
            const Status s = dut.runRow(c.a0 + uint32_t(row), c.b0, c.nb, out + row * c.nb, shared->progress);
            if (s != kOk) return s;
        }
        return kOk;
    }
    if (c.arg0 == Dut::kLanes && Dut::kLanes > 1 && c.nb % Dut::kLanes == 0 && timing.latency == 0 && !Dut::kHandshake) {
        const uint64_t runs = n / Dut::kLanes, step = c.step % runs;
        const int row = __builtin_ctz(c.nb);  // na * nb is a power of two, so nb is one
        uint64_t run = c.start % runs;
        for (uint64_t i = 0; i < runs; i++) {
            const uint64_t pair = run * Dut::kLanes;
            const Status s = dut.runRow(c.a0 + uint32_t(pair >> row), c.b0 + (uint32_t(pair) & (c.nb - 1)), Dut::kLanes, out + pair,
                                        shared->progress);
            if (s != kOk) return s;
            run += step;
            if (run >= runs) run -= runs;
        }
        return kOk;
    }
    if (c.arg0 != 1) return kUnsupported;
    // The products of a clocked design come out later than the operands go in:
    // two walkers over the same order.
    Order in{c}, behind{c};
    uint32_t a, b;
    return dut.run(
        n, timing, [&](uint64_t, uint32_t& x, uint32_t& y) { in.next(x, y); },
        [&](uint64_t i, uint32_t p) {
            out[behind.next(a, b)] = T(p);
            shared->progress = i + 1;
        });
}

#endif

// failed takes a finding into the reply; of a walk it counts from the first step
// of the command.
static Status failed(Status s, const Finding& f, uint32_t& line) {
    if (s == kOk) return s;
    shared->progress = f.step;
    shared->want = f.want;
    shared->got = f.got;
    line = f.pause;
    return s;
}

#ifndef AX_BEYOND32
// walk compares products with known ones. The grid lies in the shared memory:
// values of a, values of b, products row by row.
static Status walk(Dut& dut, const Command& c, const uint32_t* grid, uint32_t& line) {
    const uint32_t *const as = grid, *const bs = as + c.na, *const products = bs + c.nb;
    const Walk path{c.na, c.nb, c.step, Dut::kLanes};
    Finding found{0, 0, 0, 0};
    const Conduct conduct{Manner(c.manner), c.hold != 0, c.valid, kMaxWait, Walk::mix(c.start ^ c.manner)};
    const Status s = dut.walk(
        c.arg0, Timing{c.latency, c.hold != 0}, conduct,
        [&](uint64_t i, uint32_t& a, uint32_t& b) {
            uint32_t row, column;
            path.at(c.start + i, row, column);
            a = as[row], b = bs[column];
        },
        [&](uint64_t r, uint32_t& a, uint32_t& b) { a = as[r & (c.na - 1)], b = bs[(r >> 32) & (c.nb - 1)]; },
        [&](uint64_t i, uint32_t p) {
            uint32_t row, column;
            path.at(c.start + i, row, column);
            const uint32_t want = products[uint64_t(row) * c.nb + column];
            shared->progress = i + 1;
            if (p == want) return true;
            found.step = i, found.want = want, found.got = p;
            return false;
        },
        found);
    return failed(s, found, line);
}

#endif

static Status execute(Dut& dut, const Command& c, uint8_t* data, uint32_t& line) {
    shared->progress = 0;
    uint8_t* const out = data + c.out;
    switch (c.op) {
    case kReset: dut.reset(unsigned(c.arg0)); return kOk;
#ifndef AX_BEYOND32
    case kSweep:
        if (c.width == 1) return sweep(dut, c, out);
        if (c.width == 2) return sweep(dut, c, reinterpret_cast<uint16_t*>(out));
        return sweep(dut, c, reinterpret_cast<uint32_t*>(out));
#endif
    case kEval: {
        // Operands A, then operands B, then room for the products, or those expected.
        const Operand *const a = reinterpret_cast<const Operand*>(out), *const b = a + c.arg0;
        Word* const p = reinterpret_cast<Word*>(out + 2 * sizeof(Operand) * c.arg0);
#ifdef AX_EXPECTED
        dut.expect(p);  // each is read before the design's own product takes its place
#endif
        return dut.run(
            c.arg0, Timing{c.latency, c.hold != 0},
            [=](uint64_t i, Operand& x, Operand& y) { x = a[i], y = b[i]; },
            [=](uint64_t i, Word q) { p[i] = q; shared->progress = i + 1; });
    }
#ifdef AX_BEYOND32
    case kProbe: {  // the operands lie where the products go
        const Operand* const o = reinterpret_cast<const Operand*>(out);
        return dut.probe(o[0], o[1], o[2], o[3], reinterpret_cast<Word*>(out), uint32_t(c.arg0));
    }
#else
    case kProbe:
        return dut.probe(c.a0, c.b0, c.na, c.nb, reinterpret_cast<uint32_t*>(out), uint32_t(c.arg0));
    case kWalk: return walk(dut, c, reinterpret_cast<const uint32_t*>(out), line);
    case kLearn: {
        uint32_t* const a = reinterpret_cast<uint32_t*>(out);
        return dut.learn(a, a + c.arg0, c.arg0, a + 2 * c.arg0);
    }
#endif
    case kIdle: {
        Finding found{0, 0, 0, 0};
        return failed(dut.idle(c.arg0, c.valid, found, shared->progress), found, line);
    }
    case kTrace: return dut.trace(reinterpret_cast<char*>(out));
    case kDescribe: *reinterpret_cast<uint32_t*>(out) = dut.kFloats; return kOk;
    case kCoverage: return dut.coverage(reinterpret_cast<char*>(out));
    }
    return kUnsupported;
}

// endWithParent ends this process when the one that reads its replies is gone,
// even in the middle of a sweep.
static void endWithParent() {
    pthread_t watch;
    const int failed = pthread_create(&watch, nullptr, [](void*) -> void* {
        pollfd p{kReplyFd, 0, 0};  // POLLERR is reported without being asked for
        while (poll(&p, 1, -1) < 0) {
        }
        _exit(1);
    }, nullptr);
    if (!failed) pthread_detach(watch);
}

static int serve() {
    struct stat st;
    if (fstat(kMemoryFd, &st) != 0) {
        fprintf(stderr, "this program is started by approxtrain, not by hand\n");
        return 2;
    }
    void* mem = mmap(nullptr, size_t(st.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, kMemoryFd, 0);
    if (mem == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    shared = static_cast<Shared*>(mem);
    uint8_t* const data = static_cast<uint8_t*>(mem) + kDataOffset;
    endWithParent();
    Dut dut;
    Command c;
    while (read(kCommandFd, &c, sizeof c) == ssize_t(sizeof c)) {
        uint32_t line = 0;
        const Status s = execute(dut, c, data, line);
        shared->cycles = dut.cycles();
        reply(s, shared->progress, line);
    }
    return 0;
}

}  // namespace approxtrain

// Waveforms in FST keep parts in temporary files. There is no /tmp in the sandbox: these are
// in memory. They take the place of the C library's functions, for Verilator's library.
extern "C" FILE* tmpfile() {
    const int fd = memfd_create("approxtrain", MFD_CLOEXEC);
    return fd < 0 ? nullptr : fdopen(fd, "w+");
}
extern "C" FILE* tmpfile64() { return tmpfile(); }

int main() { return approxtrain::serve(); }
