// SPDX-License-Identifier: Apache-2.0
//
// A C or C++ function as the design under test. model_adapter.h, compiled with
// the designer's source, offers the function under one signature whatever its
// own types are: bit patterns in, bits out. After every call the floating-point
// environment is compared with the one before, unless the model has no instruction that
// can change it: this takes three times as long as many a model itself.
#pragma once
#include "float_environment.h"

extern "C" {
approxtrain::Word approxtrain_model(approxtrain::Operand a, approxtrain::Operand b);
void approxtrain_model_pairs(const approxtrain::Operand* a, const approxtrain::Operand* b, approxtrain::Word* out, uint64_t n,
                             volatile uint64_t* progress, uint64_t done);
void approxtrain_model_row(approxtrain::Operand a, approxtrain::Operand b, void* out, int bytes, uint64_t n,
                           volatile uint64_t* progress, uint64_t done);
extern const int approxtrain_model_floats;
extern const int approxtrain_model_quiet __attribute__((weak));  // defined for a quiet model: see cosim/model_quiet.go

[[noreturn]] void approxtrain_model_misfit(uint64_t a, uint64_t b, uint64_t low, uint64_t high, int type_bits, int p) {
    if (type_bits)
        fprintf(stderr, "the model returns %d bits, the product has %d: a function may return unsigned __int128\n", type_bits, p);
    else if (sizeof(approxtrain::Word) > 8)
        fprintf(stderr, "the model returned %#llx%016llx for a = %#llx, b = %#llx, which does not fit %d bits\n",
                (unsigned long long)high, (unsigned long long)low, (unsigned long long)a, (unsigned long long)b, p);
    else
        fprintf(stderr, "the model returned %lld for a = %#x, b = %#x, which does not fit %d bits\n", (long long)low, unsigned(a),
                unsigned(b), p);
    exit(1);
}
}

namespace approxtrain {

class Dut {
public:
    static constexpr uint32_t kLanes = 1;
    static constexpr bool kHandshake = false;
    const uint32_t kFloats = uint32_t(approxtrain_model_floats);
    void reset(unsigned) {}
    template <class Gen, class Sink> Status run(uint64_t n, Timing, Gen gen, Sink sink) {
        if (quiet()) {
            constexpr uint64_t kBlock = 256;
            Operand a[kBlock], b[kBlock];
            Word p[kBlock];
            for (uint64_t i = 0; i < n; i += kBlock) {
                const uint64_t m = n - i < kBlock ? n - i : kBlock;
                for (uint64_t k = 0; k < m; k++) gen(i + k, a[k], b[k]);
                approxtrain_model_pairs(a, b, p, m, &shared->progress, i);
                for (uint64_t k = 0; k < m; k++) sink(i + k, p[k]);
            }
            return kOk;
        }
        const FloatEnvironment before = FloatEnvironment::now();
        for (uint64_t i = 0; i < n; i++) {
            Operand a, b;
            gen(i, a, b);
            const Word p = approxtrain_model(a, b);
            if (FloatEnvironment::now() != before) return changed(before);
            sink(i, p);
        }
        return kOk;
    }
    template <class T> Status runRow(uint32_t a, uint32_t b0, uint64_t n, T* out, volatile uint64_t& progress) {
        if (quiet()) {
            const uint64_t done = progress;
            approxtrain_model_row(a, b0, out, int(sizeof(T)), n, &progress, done);
            progress = done + n;
            return kOk;
        }
        const FloatEnvironment before = FloatEnvironment::now();
        for (uint64_t i = 0; i < n; i++) {
            out[i] = T(approxtrain_model(a, b0 + uint32_t(i)));
            if (FloatEnvironment::now() != before) return changed(before);
            progress = progress + 1;
        }
        return kOk;
    }
    template <class Gen, class Junk, class Check>
    Status walk(uint64_t n, Timing timing, const Conduct& c, Gen gen, Junk, Check check, Finding&) {
        bool ok = true;
        if (c.manner != kSteady) return kUnsupported;
        run(n, timing, gen, [&](uint64_t i, Word p) { ok = ok && check(i, p); });
        return ok ? kOk : kDiffers;
    }
    Status learn(const uint32_t*, const uint32_t*, uint64_t, uint32_t*) { return kUnsupported; }
    Status idle(uint64_t, uint32_t, Finding&, volatile uint64_t&) { return kUnsupported; }
    uint64_t cycles() const { return 0; }
    Status probe(Operand, Operand, Operand, Operand, Word*, uint32_t) { return kUnsupported; }
    Status trace(const char*) { return kUnsupported; }
    Status coverage(const char*) { return kUnsupported; }

private:
    static bool quiet() { return &approxtrain_model_quiet != nullptr; }

    // changed says what the function has changed, and puts it back.
    static Status changed(const FloatEnvironment& before) {
        before.difference(FloatEnvironment::now(), shared->message, sizeof shared->message);
        before.restore();
        return kEnvironment;
    }
};

}  // namespace approxtrain
