// SPDX-License-Identifier: Apache-2.0
//
// A Verilated model as the design under test. approxtrain wraps the designer's
// module AX_LANES times into one generated top, Vlanes, whose ports always have
// the same names; one evaluation of the model then forms AX_LANES products and
// the fixed cost of an evaluation is shared.
//
// Set when compiled:
//   AX_LANES       instances of the design
//   AX_CLOCK       the design has a clock
//   AX_RESET       the level that resets it, 0 or 1; undefined: no reset
//   AX_IN_VALID    "operands are valid" (start)   and, each if it is there,
//   AX_IN_READY    "operands are taken"
//   AX_OUT_VALID   "product is valid" (done)
//   AX_OUT_READY   "product is taken"
//   AX_ONE_PORT    IN_READY and OUT_VALID are one port, which is high when a pair is taken and its product valid
//   AX_BEATS       a pair is taken in several cycles, and IN_VALID may be low between them
//   AX_FLUSH       idle cycles before the first operands, of a handshake without a reset
//   AX_BEYOND32    a port has more than 32 bits, see protocol.h
//   AX_TRACE_VCD, AX_TRACE_FST, AX_COVERAGE   as their names say
//   AX_EXPECTED    the generated top has an input for the expected product
#pragma once
#include <memory>

#include "Vlanes.h"
#include "verilated.h"
#if defined AX_TRACE_VCD
#include "verilated_vcd_c.h"
using TraceFile = VerilatedVcdC;
#elif defined AX_TRACE_FST
#include "verilated_fst_c.h"
using TraceFile = VerilatedFstC;
#endif

namespace approxtrain {

class Dut {
public:
    static constexpr uint32_t kLanes = AX_LANES;
    static constexpr bool kFloats = false;  // ports are bits; the host knows how to read them

#ifdef AX_OUT_VALID
    static constexpr bool kHandshake = true;
#else
    static constexpr bool kHandshake = false;
#endif

#ifdef AX_ONE_PORT
    static constexpr bool kOnePort = true;
#else
    static constexpr bool kOnePort = false;
#endif

#ifdef AX_BEATS
    static constexpr bool kBeats = true;
#else
    static constexpr bool kBeats = false;
#endif

    Dut() { reset(0); }

    void reset(unsigned fill) {
        cycles_ = 0;
        top_.reset();
#if defined AX_TRACE_VCD || defined AX_TRACE_FST || defined AX_COVERAGE
        ctx_.reset();  // what was traced and counted so far belongs to the model that is gone
#endif
        // To make a context takes several system calls, and without threads(1) it starts a thread for every processor.
        if (!ctx_) {
            ctx_ = std::make_unique<VerilatedContext>();
            ctx_->threads(1);
        }
        ctx_->time(0);
        ctx_->gotFinish(false);
        ctx_->gotError(false);
        ctx_->errorCount(0);
        ctx_->assertOn(true);
        ctx_->randReset(int(fill));
        ctx_->randSeed(20021);
#if defined AX_TRACE_VCD || defined AX_TRACE_FST
        ctx_->traceEverOn(true);
#endif
        top_ = std::make_unique<Vlanes>(ctx_.get(), "");
        for (uint32_t l = 0; l < kLanes; l++) top_->a[l] = 0, top_->b[l] = 0;
#ifdef AX_IN_VALID
        top_->in_valid = 0;
#endif
#ifdef AX_OUT_READY
        top_->out_ready = 1;
#endif
#ifdef AX_CLOCK
        top_->clk = 0;
#endif
#ifdef AX_RESET
        top_->rst = !(AX_RESET);
        settle();
        top_->rst = (AX_RESET);
        settle();
#ifdef AX_CLOCK
        for (int i = 0; i < kResetCycles; i++) tick();
#endif
        top_->rst = !(AX_RESET);
#endif
        settle();
#ifdef AX_CLOCK
        // The clock rests high, so that a cycle has both of its edges.
        top_->clk = 1;
        settle();
#ifdef AX_FLUSH
        for (int i = 0; i < AX_FLUSH; i++) tick();
#endif
#endif
    }

    template <class Gen, class Sink> Status run(uint64_t n, Timing timing, Gen gen, Sink sink) {
#if defined AX_OUT_VALID
        (void)timing;
        return runHandshake(n, gen, sink);
#else
        if (timing.latency == 0) return runCombinational(n, gen, sink);
        return timing.hold ? runHeld(n, timing.latency, gen, sink) : runPipelined(n, timing.latency, gen, sink);
#endif
    }

    // walk is run with products that are known: check(i, p) says whether p is the one
    // of pair i, and the walk ends where it is not. junk gives operands that do not
    // count.
    template <class Gen, class Junk, class Check>
    Status walk(uint64_t n, Timing timing, const Conduct& c, Gen gen, Junk junk, Check check, Finding& found) {
        (void)junk, (void)found;
        if (c.manner == kSteady) {
            bool ok = true;
            const Status s = run(n, timing, gen, [&](uint64_t i, Word p) { ok = ok && check(i, p); });
            if (s != kOk) found.step = shared->progress;
            return s != kOk || ok ? s : kDiffers;
        }
#if defined AX_OUT_VALID && defined AX_IN_VALID
        if (c.manner == kPaused || c.manner == kInFlight) return drive(n, c, gen, junk, check, found);
#elif defined AX_CLOCK && !defined AX_OUT_VALID
        if (c.manner == kHeld && timing.latency > 0) return runHeldLonger(n, timing.latency, c.seed, gen, check);
#endif
        return kUnsupported;
    }

    // learn multiplies n pairs one at a time. It writes how many cycles a product stays
    // valid that is taken at once, at most kLevel; whether the products are the same if
    // the operands are junk once they were taken; and, of pairs that are given without
    // waiting for products.
    Status learn(const uint32_t* a, const uint32_t* b, uint64_t n, uint32_t* out) {
#if defined AX_OUT_VALID && defined AX_IN_VALID && !defined AX_BEYOND32
        constexpr uint64_t kLooks = 16;  // products of which that is found out
        std::unique_ptr<uint32_t[]> p{new uint32_t[n]};
        uint32_t stays = kLevel;
        uint64_t longest = 0;
        for (uint64_t i = 0; i < n; i++) {
            const uint64_t before = cycles_;
            auto gen = [&](uint64_t, uint32_t& x, uint32_t& y) { x = a[i], y = b[i]; };
            auto sink = [&](uint64_t, uint32_t q) { p[i] = q; };
            const Status s = runHandshake(1, gen, sink);
            if (s != kOk) {
                shared->progress = i;
                return s;
            }
            longest = cycles_ - before > longest ? cycles_ - before : longest;
            uint32_t cycles = 1;
            while (i < kLooks && cycles < stays && cycle().valid) cycles++;
            stays = cycles < stays && i < kLooks ? cycles : stays;
            shared->progress = i + 1;
        }
        out[0] = stays;
        for (uint32_t trial = 1; trial <= 2; trial++) {
            for (uint32_t i = 0; i < kLevel; i++) cycle();
            Finding found{0, 0, 0, 0};
            const Conduct c{trial == 1 ? kPaused : kInFlight, false, 0, uint32_t(longest < 1024 ? 1024 : longest), 0};
            auto gen = [&](uint64_t i, uint32_t& x, uint32_t& y) { x = a[i], y = b[i]; };
            auto junk = [&](uint64_t r, uint32_t& x, uint32_t& y) { x = a[r % n], y = b[(r >> 32) % n]; };
            auto check = [&](uint64_t i, uint32_t q) { return q == p[i]; };
            out[trial] = drive(n, c, gen, junk, check, found) == kOk;
        }
        return kOk;
#else
        (void)a, (void)b, (void)n, (void)out;
        return kUnsupported;
#endif
    }

    // idle lets n cycles pass without an operand.
    Status idle(uint64_t n, uint32_t valid, Finding& found, volatile uint64_t& progress) {
        (void)valid, (void)found;
        for (uint64_t i = 0; i < n; i++) {
#if defined AX_OUT_VALID
            const Seen seen = cycle();
            if (seen.valid && valid == 1) {
                found = Finding{0, 0, uint32_t(seen.p), uint32_t(i)};
                return kSecond;
            }
#else
            tick();
#endif
            progress = i + 1;
        }
        return kOk;
    }

    uint64_t cycles() const { return cycles_; }

    // runRow forms the products of one operand a with n operands from b0 on; n is
    // a multiple of kLanes. It is run for the case that has to be fast.
    template <class T> Status runRow(uint32_t a, uint32_t b0, uint64_t n, T* out, volatile uint64_t& progress) {
        for (uint32_t l = 0; l < kLanes; l++) top_->a[l] = a;
        for (uint64_t i = 0; i < n; i += kLanes) {
            for (uint32_t l = 0; l < kLanes; l++) top_->b[l] = b0 + uint32_t(i) + l;
            settle();
            for (uint32_t l = 0; l < kLanes; l++) out[i + l] = T(top_->p[l]);
            progress = progress + kLanes;
        }
        return kOk;
    }

    // probe holds (a1, b1) for n cycles, changes to (a2, b2) and writes what the
    // product port shows: before any clock edge, then after each of n edges.
    Status probe(Operand a1, Operand b1, Operand a2, Operand b2, Word* out, uint32_t n) {
        set(0, a1, b1);
        settle();
        for (uint32_t i = 0; i < n; i++) tick();
        set(0, a2, b2);
        settle();
        *out++ = word(top_->p[0]);
        for (uint32_t i = 0; i < n; i++) {
            tick();
            *out++ = word(top_->p[0]);
        }
        return kOk;
    }

    Status trace(const char* path) {
#if defined AX_TRACE_VCD || defined AX_TRACE_FST
        trace_ = std::make_unique<TraceFile>();
        top_->trace(trace_.get(), 99);
        trace_->open(path);
        return trace_->isOpen() ? kOk : kUnsupported;
#else
        (void)path;
        return kUnsupported;
#endif
    }

    // expect gives the products that the waveform shows as expected of the pairs of the
    // next run, nullptr for none.
    void expect(const Word* products) { expected_ = products; }

    Status coverage(const char* path) {
#ifdef AX_COVERAGE
        ctx_->coveragep()->write(path);
        return kOk;
#else
        (void)path;
        return kUnsupported;
#endif
    }

private:
    static constexpr int kResetCycles = 8;
#ifdef AX_CLOCK
    static constexpr uint64_t kStep = 5000;  // ps between evaluations in a waveform: half a cycle,
#else
    static constexpr uint64_t kStep = 10000;  // or a pair
#endif

    std::unique_ptr<VerilatedContext> ctx_;
    std::unique_ptr<Vlanes> top_;
    uint64_t cycles_ = 0;  // since the reset
    const Word* expected_ = nullptr;
#if defined AX_TRACE_VCD || defined AX_TRACE_FST
    std::unique_ptr<TraceFile> trace_;
#endif

    // word is a product as Verilator has it: in an integer, or in several words of 32 bits.
    template <class T> static Word word(const T& port) { return Word(port); }
#ifdef AX_BEYOND32
    template <size_t N> static Word word(const VlWide<N>& port) {
        static_assert(N <= 4, "a product has up to 128 bits");
        Word w = 0;
        for (size_t i = N; i-- > 0;) w = w << 32 | port[i];
        return w;
    }
#endif

    void set(uint32_t lane, Operand a, Operand b) {
        top_->a[lane] = a;
        top_->b[lane] = b;
    }

    // show shows the product that is expected of a pair.
    void show(uint64_t i) {
#ifdef AX_EXPECTED
        if (expected_) top_->expected = decltype(top_->expected)(expected_[i]);  // up to 64 bits
#else
        (void)i;
#endif
    }

    // settle evaluates the model once and, when tracing, moves time on.
    void settle() {
        top_->eval();
#if defined AX_TRACE_VCD || defined AX_TRACE_FST
        if (trace_) trace_->dump(ctx_->time());
        ctx_->timeInc(kStep);
#endif
    }

    // tick is one clock cycle; it ends after the rising edge. risen is called when the clock
    // rises, before the model is evaluated.
    void tick() {
        tick([] {});
    }
    template <class Risen> void tick(Risen risen) {
        (void)risen;
#ifdef AX_CLOCK
        cycles_++;
        top_->clk = 0;
        settle();
        top_->clk = 1;
        risen();
        settle();
#endif
    }

    template <class Gen> void apply(uint64_t i, uint64_t n, Gen& gen) {
        for (uint32_t l = 0; l < kLanes; l++) {
            if (i + l >= n) break;
            Operand a, b;
            gen(i + l, a, b);
            set(l, a, b);
        }
    }

    template <class Sink> void take(uint64_t i, uint64_t n, Sink& sink) {
        for (uint32_t l = 0; l < kLanes; l++) {
            if (i + l >= n) break;
            sink(i + l, word(top_->p[l]));
        }
    }

    template <class Gen, class Sink> Status runCombinational(uint64_t n, Gen& gen, Sink& sink) {
        uint64_t i = 0;
        for (; i + kLanes <= n; i += kLanes) {  // whole batches: loops of known length
            for (uint32_t l = 0; l < kLanes; l++) {
                Operand a, b;
                gen(i + l, a, b);
                set(l, a, b);
            }
            show(i);
            settle();
            for (uint32_t l = 0; l < kLanes; l++) sink(i + l, word(top_->p[l]));
        }
        if (i < n) {
            apply(i, n, gen);
            show(i);
            settle();
            take(i, n, sink);
        }
        return kOk;
    }

    // Every lane takes new operands in each cycle.
    template <class Gen, class Sink> Status runPipelined(uint64_t n, uint32_t latency, Gen& gen, Sink& sink) {
        const uint64_t batches = (n + kLanes - 1) / kLanes;
        for (uint64_t t = 0; t < batches + latency - 1; t++) {
            if (t < batches) apply(t * kLanes, n, gen);
            tick([&] {
                if (t + 1 >= latency) show((t + 1 - latency) * kLanes);
            });
            if (t + 1 >= latency) take((t + 1 - latency) * kLanes, n, sink);
        }
        return kOk;
    }

    // Operands stay until the product is there, as a multi-cycle path needs.
    template <class Gen, class Sink> Status runHeld(uint64_t n, uint32_t latency, Gen& gen, Sink& sink) {
        for (uint64_t i = 0; i < n; i += kLanes) {
            apply(i, n, gen);
            show(i);
            for (uint32_t c = 0; c < latency; c++) tick();
            take(i, n, sink);
        }
        return kOk;
    }

#if defined AX_CLOCK && !defined AX_OUT_VALID
    // Operands stay for some cycles more than they must; so must the product.
    template <class Gen, class Check> Status runHeldLonger(uint64_t n, uint32_t latency, uint64_t seed, Gen& gen, Check& check) {
        bool ok = true;
        auto sink = [&](uint64_t i, Word p) { ok = ok && check(i, p); };
        for (uint64_t i = 0; i < n && ok; i += kLanes) {
            apply(i, n, gen);
            for (uint32_t c = 0; c < latency; c++) tick();
            take(i, n, sink);
            for (uint64_t more = Walk::mix(seed + i) & 7; more > 0 && ok; more--) {
                tick();
                take(i, n, sink);
            }
        }
        return ok ? kOk : kDiffers;
    }
#endif

#if defined AX_OUT_VALID
    static constexpr uint32_t kLevel = 64;  // cycles: a product that is valid for longer stays so

    struct Seen {
        bool ready, valid;
        Word p;
    };

    // cycle is one clock cycle of a handshake. What it returns was there before the
    // rising edge, when operands and product change hands.
    Seen cycle() {
        cycles_++;
        top_->clk = 0;
        settle();
#ifdef AX_IN_READY
        const bool ready = top_->in_ready;
#else
        const bool ready = true;
#endif
        const Seen seen{ready, bool(top_->out_valid), word(top_->p[0])};
        top_->clk = 1;
        settle();
        return seen;
    }

    template <class Gen, class Sink> Status runHandshake(uint64_t n, Gen& gen, Sink& sink);  // dut_handshake.h
#endif

#if defined AX_OUT_VALID && defined AX_IN_VALID
    template <class Gen, class Junk, class Check>
    Status drive(uint64_t n, const Conduct& c, Gen& gen, Junk& junk, Check& check, Finding& found);  // dut_handshake.h
#endif
};

}  // namespace approxtrain

#include "dut_handshake.h"

// Verilator calls these where the design ends the simulation. The runtime is
// compiled with VL_USER_FINISH, VL_USER_STOP and VL_USER_FATAL.
void vl_finish(const char* file, int line, const char*) VL_MT_UNSAFE {
    approxtrain::leave(approxtrain::kFinished, file, line, "$finish");
}
void vl_stop(const char* file, int line, const char*) VL_MT_UNSAFE {
    approxtrain::leave(approxtrain::kStopped, file, line, "$stop");
}
void vl_fatal(const char* file, int line, const char*, const char* msg) VL_MT_UNSAFE {
    approxtrain::leave(approxtrain::kFatal, file, line, msg);
}
