// SPDX-License-Identifier: Apache-2.0
//
// The walk over a grid of operands that gives every pair several histories. The
// specification is cosim/walk.go; a test compares the two.
#pragma once
#include <cstdint>

namespace approxtrain {

class Walk {
public:
    // rows and columns are powers of two from 2 to 65,536, lanes one from 1 on.
    Walk(uint32_t rows, uint32_t columns, uint64_t stride, uint32_t lanes)
        : stride_{stride}, pairs_{uint64_t(rows) * columns - 1}, row_mask_{rows - 1}, column_mask_{columns - 1},
          column_bits_{unsigned(__builtin_ctz(columns))}, lane_mask_{lanes - 1}, lane_bits_{unsigned(__builtin_ctz(lanes))} {}

    // at gives row and column of the pair at a step.
    void at(uint64_t step, uint32_t& row, uint32_t& column) const {
        const uint64_t time = step >> lane_bits_;
        const uint64_t group = (time / kSteps << lane_bits_) + (step & lane_mask_);
        const uint64_t pair = (group * stride_) & pairs_;
        row = uint32_t(pair >> column_bits_);
        column = uint32_t(pair) & column_mask_;
        const uint64_t r = mix(group);
        switch (time % kSteps) {
        case 0:  // another pair
            row = uint32_t(r) & row_mask_;
            column = uint32_t(r >> 16) & column_mask_;
            break;
        case 3: column = other(column, uint32_t(r >> 48) & column_mask_); break;
        case 5: row = other(row, uint32_t(r >> 32 & 0xffff) & row_mask_); break;
        default: break;  // the pair itself
        }
    }

    static constexpr uint64_t kSteps = 8;

    // mix is the finalizer of SplitMix64.
    static uint64_t mix(uint64_t x) {
        x = (x + 1) * 0x9e3779b97f4a7c15;
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        x = (x ^ x >> 27) * 0x94d049bb133111eb;
        return x ^ x >> 31;
    }

private:
    static uint32_t other(uint32_t here, uint32_t drawn) { return drawn == here ? here ^ 1 : drawn; }

    const uint64_t stride_, pairs_;
    const uint32_t row_mask_, column_mask_;
    const unsigned column_bits_;
    const uint64_t lane_mask_;
    const unsigned lane_bits_;
};

}  // namespace approxtrain
