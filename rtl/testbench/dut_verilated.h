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
//   AX_TRACE_VCD, AX_TRACE_FST, AX_COVERAGE   as their names say
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

    Dut() { reset(0); }

    void reset(unsigned fill) {
        top_.reset();
        ctx_ = std::make_unique<VerilatedContext>();
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
    Status probe(uint32_t a1, uint32_t b1, uint32_t a2, uint32_t b2, uint32_t* out, uint32_t n) {
        set(0, a1, b1);
        settle();
        for (uint32_t i = 0; i < n; i++) tick();
        set(0, a2, b2);
        settle();
        *out++ = top_->p[0];
        for (uint32_t i = 0; i < n; i++) {
            tick();
            *out++ = top_->p[0];
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
    static constexpr uint32_t kMaxWait = 1u << 16;  // cycles a handshake may take

    std::unique_ptr<VerilatedContext> ctx_;
    std::unique_ptr<Vlanes> top_;
#if defined AX_TRACE_VCD || defined AX_TRACE_FST
    std::unique_ptr<TraceFile> trace_;
#endif

    void set(uint32_t lane, uint32_t a, uint32_t b) {
        top_->a[lane] = a;
        top_->b[lane] = b;
    }

    // settle evaluates the model once and, when tracing, moves time on.
    void settle() {
        top_->eval();
#if defined AX_TRACE_VCD || defined AX_TRACE_FST
        if (trace_) trace_->dump(ctx_->time());
        ctx_->timeInc(kStep);
#endif
    }

    // tick is one clock cycle; it ends after the rising edge.
    void tick() {
#ifdef AX_CLOCK
        top_->clk = 0;
        settle();
        top_->clk = 1;
        settle();
#endif
    }

    template <class Gen> void apply(uint64_t i, uint64_t n, Gen& gen) {
        for (uint32_t l = 0; l < kLanes; l++) {
            if (i + l >= n) break;
            uint32_t a, b;
            gen(i + l, a, b);
            set(l, a, b);
        }
    }

    template <class Sink> void take(uint64_t i, uint64_t n, Sink& sink) {
        for (uint32_t l = 0; l < kLanes; l++) {
            if (i + l >= n) break;
            sink(i + l, uint32_t(top_->p[l]));
        }
    }

    template <class Gen, class Sink> Status runCombinational(uint64_t n, Gen& gen, Sink& sink) {
        uint64_t i = 0;
        for (; i + kLanes <= n; i += kLanes) {  // whole batches: loops of known length
            for (uint32_t l = 0; l < kLanes; l++) {
                uint32_t a, b;
                gen(i + l, a, b);
                set(l, a, b);
            }
            settle();
            for (uint32_t l = 0; l < kLanes; l++) sink(i + l, uint32_t(top_->p[l]));
        }
        if (i < n) {
            apply(i, n, gen);
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
            tick();
            if (t + 1 >= latency) take((t + 1 - latency) * kLanes, n, sink);
        }
        return kOk;
    }

    // Operands stay until the product is there, as a multi-cycle path needs.
    template <class Gen, class Sink> Status runHeld(uint64_t n, uint32_t latency, Gen& gen, Sink& sink) {
        for (uint64_t i = 0; i < n; i += kLanes) {
            apply(i, n, gen);
            for (uint32_t c = 0; c < latency; c++) tick();
            take(i, n, sink);
        }
        return kOk;
    }

#if defined AX_OUT_VALID
    // One product at a time, as slow as the design likes.
    template <class Gen, class Sink> Status runHandshake(uint64_t n, Gen& gen, Sink& sink) {
        static_assert(kLanes == 1, "a handshake drives one instance");
        for (uint64_t i = 0; i < n; i++) {
            uint32_t a, b, waited = 0;
            gen(i, a, b);
            set(0, a, b);
#ifdef AX_IN_VALID
            top_->in_valid = 1;
#endif
            for (;; waited++) {  // offered until taken
                if (waited == kMaxWait) return kNeverReady;
                top_->clk = 0;
                settle();
#ifdef AX_IN_READY
                const bool taken = top_->in_ready;
#else
                const bool taken = true;
#endif
                top_->clk = 1;
                settle();
                if (taken) break;
            }
#ifdef AX_IN_VALID
            top_->in_valid = 0;
#endif
            for (waited = 0;; waited++) {
                if (waited == kMaxWait) return kNeverValid;
                top_->clk = 0;
                settle();
                const bool valid = top_->out_valid;
                const uint32_t p = top_->p[0];
                top_->clk = 1;
                settle();
                if (valid) {
                    sink(i, p);
                    break;
                }
            }
        }
        return kOk;
    }
#endif
};

}  // namespace approxtrain

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
