package cmodel

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOperands(t *testing.T) {
	text := []byte(`
int16_t mixed(int8_t w, const uint8_t x) { return w * x; }
static inline uint16_t wide(uint16_t a, uint8_t const b) { return a * b; }
int32_t word(int32_t a, int32_t b) { return a * b; }
float f(float a, float b) { return a * b; }
uint64_t half(uint8_t a, uint64_t b) { return a * b; }
`)
	for name, want := range map[string][2]Integer{
		"mixed": {{8, true}, {8, false}}, "wide": {{16, false}, {8, false}},
	} {
		a, b, ok := Operands(text, name)
		assert.True(t, ok, name)
		assert.Equal(t, want, [2]Integer{a, b})
	}
	for _, name := range []string{"word", "f", "half", "none"} {
		_, _, ok := Operands(text, name)
		assert.False(t, ok, name)
	}
}
