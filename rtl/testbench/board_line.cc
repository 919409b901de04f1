// SPDX-License-Identifier: Apache-2.0
//
// A serial line to a Verilated board_core (package fpga/emulator): bits are driven
// and sampled here, one clock cycle at a time, from the timing alone; what bytes
// mean is the business of whoever writes commands, one a line, and reads a line
// for each that answers:
//
//   bit N       a bit of the line takes N/256 clock cycles from now on (default 26667)
//   send HEX    queues bytes to be sent
//   level L N   queues the level L, 0 or 1, for N cycles
//   run N       runs N cycles
//   flags K N   runs until K flags (7e) have come since the last answer, or N cycles
//   drain       runs until all that is queued is sent
//
// Each of the last three answers "CYCLES HEX ERRORS BUSY": how many cycles it took,
// the bytes that have come, how many of them had a stop bit of 0, and whether (0 or
// 1) something is being sent, received or answered.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <deque>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "Vboard_core.h"
#include "verilated.h"

namespace {

class Line {
public:
    Line(int argc, const char** argv) {
        ctx_.threads(1);
        ctx_.commandArgs(argc, argv);
        top_ = std::make_unique<Vboard_core>(&ctx_, "");
        top_->rx_i = 1;
        top_->rst_i = 1;
        for (int i = 0; i < 20; i++) clock();
        top_->rst_i = 0;
    }

    void bit(uint64_t n) { bit_ = n; }
    void send(uint8_t b) { todo_.push_back({true, b, 0}); }
    void level(int l, uint64_t cycles) { todo_.push_back({false, uint8_t(l), cycles}); }
    bool sent() const { return todo_.empty() && !sending_; }
    bool busy() const { return !sent() || receiving_ || top_->busy_o; }

    void cycle() {
        drive();
        clock();
        sample();
        now_++;
    }

    std::vector<uint8_t> got;
    unsigned errors = 0;
    size_t flags = 0;

private:
    struct Piece {
        bool byte;
        uint8_t value;
        uint64_t cycles;
    };

    VerilatedContext ctx_;
    std::unique_ptr<Vboard_core> top_;
    uint64_t now_ = 0;
    uint64_t bit_ = 26667;
    // Sending: ten bits from a time that is a fraction of a cycle.
    std::deque<Piece> todo_;
    bool sending_ = false;
    Piece piece_{};
    uint64_t begin_ = 0;  // in 1/256 cycles
    // Receiving.
    bool receiving_ = false;
    uint64_t edge_ = 0;
    int have_ = 0;
    unsigned word_ = 0;

    void clock() {
        top_->clk_i = 0;
        top_->eval();
        top_->clk_i = 1;
        top_->eval();
    }

    void drive() {
        const uint64_t t = now_ * 256;
        if (sending_) {
            const uint64_t length = piece_.byte ? 10 * bit_ : piece_.cycles * 256;
            if (t >= begin_ + length) {
                sending_ = false;
                begin_ += length;
            }
        } else {
            begin_ = t;
        }
        if (!sending_ && !todo_.empty()) {
            piece_ = todo_.front();
            todo_.pop_front();
            sending_ = true;
        }
        if (!sending_) {
            top_->rx_i = 1;
        } else if (!piece_.byte) {
            top_->rx_i = piece_.value;
        } else {
            const unsigned frame = 0x200u | unsigned(piece_.value) << 1;  // stop, data, start
            const uint64_t n = (t - begin_) / bit_;
            top_->rx_i = n > 9 ? 1 : (frame >> n) & 1;
        }
    }

    void sample() {
        const bool line = top_->tx_o;
        const uint64_t t = now_ * 256;
        if (!receiving_) {
            if (line) return;
            receiving_ = true;
            edge_ = t;
            have_ = 0;
            word_ = 0;
        }
        if (t + 128 < edge_ + have_ * bit_ + bit_ / 2) return;
        word_ |= unsigned(line) << have_;
        if (++have_ < 10) return;
        receiving_ = false;
        got.push_back(uint8_t(word_ >> 1));
        if (got.back() == 0x7e) flags++;
        if (!(word_ & 0x200)) errors++;
    }
};

}  // namespace

// A design that ends the simulation ends the board.
static void end(const char* what, const char* file, int line) {
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    _exit(2);
}
void vl_finish(const char* file, int line, const char*) { end("$finish", file, line); }
void vl_stop(const char* file, int line, const char*) { end("$stop", file, line); }
void vl_fatal(const char* file, int line, const char*, const char* what) { end(what, file, line); }

int main(int argc, const char** argv) {
    Line line(argc, argv);  // plus arguments are the design's
    std::string text;
    while (std::getline(std::cin, text)) {
        std::istringstream in(text);
        std::string what;
        in >> what;
        uint64_t cycles = 0, most = UINT64_MAX;
        size_t flags = SIZE_MAX;
        if (what == "bit") {
            uint64_t n;
            in >> n;
            line.bit(n);
            continue;
        }
        if (what == "send") {
            std::string hex;
            in >> hex;
            for (size_t i = 0; i + 1 < hex.size(); i += 2) line.send(uint8_t(std::stoul(hex.substr(i, 2), nullptr, 16)));
            continue;
        }
        if (what == "level") {
            int level;
            uint64_t n;
            in >> level >> n;
            line.level(level, n);
            continue;
        }
        const bool drain = what == "drain";
        if (what == "run") {
            in >> most;
        } else if (what == "flags") {
            in >> flags >> most;
        } else if (!drain) {
            fprintf(stderr, "board_line: no command %s\n", what.c_str());
            return 2;
        }
        for (; cycles < most && line.flags < flags && !(drain && line.sent()); cycles++) line.cycle();
        printf("%llu ", static_cast<unsigned long long>(cycles));
        for (uint8_t b : line.got) printf("%02x", b);
        printf(" %u %d\n", line.errors, line.busy());
        fflush(stdout);
        line.got.clear();
        line.errors = 0;
        line.flags = 0;
    }
}
