// The products of shapes.v for 8 bits, in the words of C.
#include <stdint.h>

int16_t mixed(int8_t a, uint8_t b) { return (int16_t)(a * b); }
int16_t undeclared(uint8_t a, int8_t b) { return (int16_t)(a * b); }
uint16_t whole(uint8_t a, uint8_t b) { return (uint16_t)(a * b); }
int16_t both(int8_t a, int8_t b) { return (int16_t)(a * b); }
uint8_t low(uint8_t a, uint8_t b) { return (uint8_t)(a * b); }
uint8_t high(uint8_t a, uint8_t b) { return (uint8_t)(a * b / 256); }
uint8_t rounded(uint8_t a, uint8_t b) { return (uint8_t)((a * b + 128) / 256); }
uint8_t middle(uint8_t a, uint8_t b) { return (uint8_t)(a * b / 16 % 256); }
uint16_t twelve(uint8_t a, uint8_t b) { return (uint16_t)(a * b % 4096); }
uint8_t saturating(uint8_t a, uint8_t b) { return a * b > 255 ? 255 : (uint8_t)(a * b); }

// Rounds down: >> of a negative number is not what C says.
static int floor128(int x) { return x >= 0 ? x / 128 : -((127 - x) / 128); }
int8_t fixed(int8_t a, int8_t b) { return (int8_t)(a == -128 && b == -128 ? -128 : floor128(a * b)); }
int8_t saturated(int8_t a, int8_t b) { return (int8_t)(a == -128 && b == -128 ? 127 : floor128(a * b)); }
