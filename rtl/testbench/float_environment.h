// SPDX-License-Identifier: Apache-2.0
//
// What floating-point results depend on beside their operands: the rounding mode,
// what is made of subnormals, the precision of the x87 and which exceptions are
// trapped. The flags of past exceptions are no part of it.
#pragma once
#include <cfenv>
#include <cstdint>
#include <cstdio>

namespace approxtrain {

struct FloatEnvironment {
#if defined __x86_64__
    uint32_t control;  // MXCSR
    uint16_t x87;

    static FloatEnvironment now() {
        FloatEnvironment e;
        __asm__ volatile("stmxcsr %0" : "=m"(e.control) : : "memory");
        __asm__ volatile("fnstcw %0" : "=m"(e.x87) : : "memory");
        e.control &= ~UINT32_C(0x3f);
        return e;
    }
    void restore() const {
        __asm__ volatile("ldmxcsr %0" : : "m"(control) : "memory");
        __asm__ volatile("fldcw %0" : : "m"(x87) : "memory");
    }
    bool operator!=(const FloatEnvironment& o) const { return control != o.control || x87 != o.x87; }
    int rounding() const { return int(control >> 13 & 3); }
    static const char* roundingName(int mode) {
        static const char* const names[] = {"to nearest", "downward", "upward", "toward zero"};
        return names[mode];
    }
    void difference(const FloatEnvironment& after, char* text, size_t size) const {
        if (rounding() != after.rounding())
            snprintf(text, size, "the rounding mode: it was %s and is %s", roundingName(rounding()), roundingName(after.rounding()));
        else if ((control ^ after.control) & 0x8040)
            snprintf(text, size, "what is made of subnormals (FTZ, DAZ): MXCSR was %#x and is %#x", control, after.control);
        else if (control != after.control)
            snprintf(text, size, "which floating-point exceptions are trapped: MXCSR was %#x and is %#x", control, after.control);
        else
            snprintf(text, size, "the control word of the x87: it was %#x and is %#x", unsigned(x87), unsigned(after.x87));
    }
#elif defined __aarch64__
    uint64_t control;  // FPCR

    static FloatEnvironment now() {
        FloatEnvironment e;
        __asm__ volatile("mrs %0, fpcr" : "=r"(e.control) : : "memory");
        return e;
    }
    void restore() const { __asm__ volatile("msr fpcr, %0" : : "r"(control) : "memory"); }
    bool operator!=(const FloatEnvironment& o) const { return control != o.control; }
    void difference(const FloatEnvironment& after, char* text, size_t size) const {
        snprintf(text, size, "%s: FPCR was %#llx and is %#llx",
                 (control ^ after.control) >> 22 & 3 ? "the rounding mode" : "what is made of subnormals, NaNs or exceptions",
                 (unsigned long long)control, (unsigned long long)after.control);
    }
#else
    int mode;

    static FloatEnvironment now() { return {std::fegetround()}; }
    void restore() const { std::fesetround(mode); }
    bool operator!=(const FloatEnvironment& o) const { return mode != o.mode; }
    void difference(const FloatEnvironment& after, char* text, size_t size) const {
        snprintf(text, size, "the rounding mode: it was %d and is %d", mode, after.mode);
    }
#endif
};

}  // namespace approxtrain
