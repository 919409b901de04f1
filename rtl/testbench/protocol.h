// SPDX-License-Identifier: Apache-2.0
//
// What passes between approxtrain and a harness process. The Go side of this
// file is cosim/protocol.go; the two are compared by a test.
//
// The harness inherits three descriptors: commands (3), replies (4) and a shared
// memory file (5). A command names a piece of work whose operands and products
// lie in the shared memory; the reply says that it is done. Standard output and
// error stay free for whatever the design under test prints.
#pragma once
#include <cstdint>

namespace approxtrain {

// Operands and products, as they lie in memory. A design with a port of more than 32 bits is compiled with
// AX_BEYOND32, for operands of up to 64 bits and products of up to 128; it knows kReset, kEval, kProbe and kIdle.
#ifdef AX_BEYOND32
using Operand = uint64_t;
__extension__ using Word = unsigned __int128;
#else
using Operand = uint32_t;
using Word = uint32_t;
#endif

constexpr int kCommandFd = 3, kReplyFd = 4, kMemoryFd = 5;
constexpr uint64_t kDataOffset = 4096;  // products and operands start here

enum Op : uint32_t {
    kReset = 1,     // new model; arg0: uninitialised bits are 0, 1 or 2 (random)
    kSweep = 2,     // rectangle of operands, products into shared memory
    kEval = 3,      // a list of operand pairs
    kProbe = 4,     // output over time after a change of operands
    kTrace = 5,     // start writing a waveform; path in the shared memory
    kCoverage = 6,  // write coverage counters; path in the shared memory
    kDescribe = 7,  // one word into shared memory: 1 if the design takes floats
    kWalk = 8,      // pairs of a grid with many histories, compared with their products in shared memory
    kLearn = 9,     // how a handshake behaves, from a list of pairs
    kIdle = 10,     // clock cycles without an operand
};

// How a walk gives its pairs to the design.
enum Manner : uint32_t {
    kSteady = 0,    // as a sweep
    kHeld = 1,      // each for longer than its latency, by a random number of cycles
    kPaused = 2,    // handshake: one at a time, with pauses, not always ready for the product
    kInFlight = 3,  // handshake: as soon as the design takes them
};

enum Status : uint32_t {
    kOk = 0,
    kNeverReady = 1,  // the design did not take the operands
    kNeverValid = 2,  // the design did not deliver a product
    kFinished = 3,    // $finish
    kStopped = 4,     // $stop or a failed assertion
    kFatal = 5,       // $fatal, or the simulation does not converge
    kUnsupported = 6,
    kDiffers = 7,    // kWalk: another product than before
    kSecond = 8,     // a product that was not asked for
    kWithdrawn = 9,  // a valid product changed or vanished before it was taken
    kEnvironment = 10,  // a C model changed the floating-point environment
};

struct Command {
    uint32_t op;
    uint32_t width;            // bytes of a product in memory: 1, 2 or 4
    uint64_t arg0;             // kReset: fill. kSweep: run. Number of pairs (kEval, kLearn), steps (kWalk), cycles (kIdle)
    uint32_t latency;          // clock edges from operands to product
    uint32_t hold;             // 1: operands stay until the product is there
    uint32_t a0, na, b0, nb;   // kSweep: operands a0..a0+na-1, b0..b0+nb-1
    uint64_t step, start;      // kSweep: run number i of pairs is (start + i*step) mod na*nb/run.
                               // kWalk: stride of the groups, first step
    uint64_t out;              // offset of the products from kDataOffset
    uint32_t rows;             // kSweep: not 0: pairs are numbered column by column, as many in each
    uint32_t manner;           // kWalk
    uint32_t valid;            // kWalk, kIdle: cycles that a product stays valid after it was taken, itself
                               // included; 0: it is not looked at
    uint32_t reserved;
};

struct Reply {
    uint32_t status;
    uint32_t line;      // source line of a $finish, $stop or $fatal; kWalk: cycles of the pause before the pair
    uint64_t done;      // pairs completed
};

// The first page of the shared memory.
struct Shared {
    volatile uint64_t progress;  // pairs completed of the running command
    uint64_t cycles;             // of the clock since the reset
    uint32_t want, got;          // the products of kDiffers, kSecond, kWithdrawn
    char file[1024];             // where a $finish, $stop or $fatal stands
    char message[1024];          // its text
};

}  // namespace approxtrain
