// SPDX-License-Identifier: Apache-2.0
//
// How a design with a handshake is driven: the members of Dut, in dut_verilated.h, that
// offer pairs and take products.
#pragma once

namespace approxtrain {

#if defined AX_OUT_VALID
// One product at a time, as slow as the design likes.
template <class Gen, class Sink> Status Dut::runHandshake(uint64_t n, Gen& gen, Sink& sink) {
    static_assert(kLanes == 1, "a handshake drives one instance");
    for (uint64_t i = 0; i < n; i++) {
        Operand a, b;
        uint32_t waited = 0;
        gen(i, a, b);
        set(0, a, b);
        show(i);
#ifdef AX_IN_VALID
        top_->in_valid = 1;
#endif
        for (;; waited++) {  // offered until taken
            if (waited == kMaxWait) return kNeverReady;
            if (cycle().ready) break;
        }
#ifdef AX_IN_VALID
        top_->in_valid = 0;
#endif
        for (waited = 0;; waited++) {
            if (waited == kMaxWait) return kNeverValid;
            const Seen seen = cycle();
            if (seen.valid) {
                sink(i, seen.p);
                break;
            }
        }
    }
    return kOk;
}
#endif

#if defined AX_OUT_VALID && defined AX_IN_VALID
// drive gives pairs after random pauses, in which the operands are junk, and takes
// products when it is ready for them: at random, if the design has a port for that
// and holds its products until then (c.valid is 1). With kInFlight a pair is offered
// whatever is still to come of earlier ones; else, with c.hold, its operands stay until
// its product is taken. A pair that comes in several parts has pauses between them, too. A seed of 0 means neither
// pauses nor waiting.
template <class Gen, class Junk, class Check>
Status Dut::drive(uint64_t n, const Conduct& c, Gen& gen, Junk& junk, Check& check, Finding& found) {
    constexpr uint32_t kMost = 64;  // pairs in flight
    const bool overlap = c.manner == kInFlight;
    uint64_t random = c.seed ? c.seed : 1;
    auto draw = [&] {  // xorshift64; 32 bits
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        return uint32_t(random >> 24);
    };
    auto drawPause = [&] {
        const uint32_t r = draw();
        return r & 1 ? 0 : r >> 1 & 7;
    };
    uint64_t given = 0, taken = 0;                          // pairs, products
    uint32_t pause = 0, left = 0, pauses[kMost] = {0};      // before the next pair; what is left of it; of those in flight
    uint32_t unready = 0, waiting = 0, quiet = 0;           // cycles
    uint32_t stays = c.valid ? c.valid : kLevel, shown = 0; // cycles for which the last product has been valid; itself
    bool offering = false, ready = true, held = false;      // held: a valid product was not taken yet
    uint32_t ready_for = 0, between = 0;                    // cycles until "ready" changes; left of a pause in a pair
    auto fail = [&](Status s, uint64_t step, uint32_t want, uint32_t got) {
        found.step = step;
        if (s != kDiffers) found.want = want, found.got = got;
        found.pause = pauses[step % kMost];
        top_->in_valid = 0;
        return s;
    };
    while (taken < n || quiet++ < kLevel) {
        if (!offering && (given == taken || !c.hold)) {
            Operand a, b;
            offering = given < n && left == 0 && given - taken < (overlap ? kMost : 1);
            if (offering)
                gen(given, a, b);
            else
                junk(uint64_t(draw()) << 32 | draw(), a, b);
            set(0, a, b);
            if (left > 0) left--;
        }
        bool paused = false;
        if (kBeats && c.seed != 0 && offering) {
            if (between == 0 && (draw() & 3) == 0) between = 1 + (draw() & 7);
            paused = between > 0;
            if (paused) between--;
        }
        top_->in_valid = offering && !paused;
#ifdef AX_OUT_READY
        if (c.seed != 0 && c.valid == 1 && ready_for-- == 0) {
            const uint32_t r = draw();
            ready = !ready;
            ready_for = ready && (r & 1) ? 16 + (r >> 1 & 15) : r >> 1 & 7;
        }
        top_->out_ready = ready;
#endif
        const Seen seen = cycle();
        if (held && (!seen.valid || seen.p != shown)) return fail(kWithdrawn, taken, shown, seen.p);
        if (!seen.valid) {
            stays = c.valid;
        } else if (taken < given) {
            shown = seen.p;
            held = !ready;
            if (ready) {
                if (!check(taken, seen.p)) return fail(kDiffers, taken, 0, 0);
                taken++;
                waiting = 0, stays = 1;
                if (!overlap && c.seed != 0) left = pause = drawPause();
            }
        } else if (c.valid > 0 && c.valid < kLevel && !(kOnePort && offering) && ++stays > c.valid) {
            return fail(kSecond, taken, shown, seen.p);
        }
        if (taken < given && ++waiting > c.limit) return fail(kNeverValid, taken, 0, 0);
        if (offering && seen.ready) {
            pauses[given++ % kMost] = pause;
            offering = false;
            unready = 0;
            if (overlap && c.seed != 0) left = pause = drawPause();
        } else if (offering && ++unready > c.limit) {
            return fail(kNeverReady, given, 0, 0);
        }
    }
#ifdef AX_OUT_READY
    top_->out_ready = 1;
#endif
    return kOk;
}
#endif

}  // namespace approxtrain
