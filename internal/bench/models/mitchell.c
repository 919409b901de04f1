// SPDX-License-Identifier: Apache-2.0
//
// Mitchell's multiplier as a C function of binary32 operands whose mantissas
// have 7 bits: what a simulator without RTL would call. `approxtrain bench`
// measures it beside the Verilated design; it is an example of --model too.
#include <stdint.h>
#include <string.h>

float mitchell(float a, float b) {
    uint32_t x, y, r;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    const uint32_t ea = x >> 23 & 0xff, eb = y >> 23 & 0xff, sign = (x ^ y) & 0x80000000;
    const uint32_t fa = x & 0x7fffff, fb = y & 0x7fffff;
    const int nan = (ea == 255 && fa) || (eb == 255 && fb);
    const int zero = ea == 0 || eb == 0, inf = ea == 255 || eb == 255;
    if (nan || (inf && zero)) {
        r = 0x7fc00000;
    } else if (inf) {
        r = sign | 0x7f800000;
    } else if (zero) {
        r = 0;
    } else {
        const uint32_t s = fa + fb;
        const int e = (int)(ea + eb) - 127 + (int)(s >> 23);
        r = e <= 0 ? 0 : e >= 255 ? sign | 0x7f800000 : sign | (uint32_t)e << 23 | (s & 0x7fffff);
    }
    float p;
    memcpy(&p, &r, sizeof p);
    return p;
}
