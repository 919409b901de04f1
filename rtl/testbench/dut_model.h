// SPDX-License-Identifier: Apache-2.0
//
// A C or C++ function as the design under test. model_adapter.h, compiled with
// the designer's source, offers the function under one signature whatever its
// own types are: bit patterns in, bits out. After every call the floating-point
// environment is compared with the one before.
#pragma once
#include "float_environment.h"

extern "C" {
approxtrain::Word approxtrain_model(approxtrain::Operand a, approxtrain::Operand b);
extern const int approxtrain_model_floats;
}

namespace approxtrain {

class Dut {
public:
    static constexpr uint32_t kLanes = 1;
    static constexpr bool kHandshake = false;
    const uint32_t kFloats = uint32_t(approxtrain_model_floats);
    void reset(unsigned) {}
    template <class Gen, class Sink> Status run(uint64_t n, Timing, Gen gen, Sink sink) {
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
    // changed says what the function has changed, and puts it back.
    static Status changed(const FloatEnvironment& before) {
        before.difference(FloatEnvironment::now(), shared->message, sizeof shared->message);
        before.restore();
        return kEnvironment;
    }
};

}  // namespace approxtrain
