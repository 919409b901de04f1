/* pure, with what sanitizers must accept: unsigned overflow, shifts, a table */
#include <stdint.h>
static const uint8_t low[4] = {0, 1, 2, 3};
uint64_t f(uint64_t a, uint64_t b) { return (uint32_t)(a * 0x10001u * b) & 0xfc | low[a * b & 3] | (a * b & ~UINT64_C(0xff)); }
