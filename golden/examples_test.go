package golden

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Examples worked by hand, each with its arithmetic. Mantissa operands are the
// fractions x, y; entries are carry·2^p + frac.
var examples = []struct {
	name       string
	a, b, want uint32
}{
	{"exact_e8m7", 1, 1, 2},                   // 129·129 = 16641 < 2^15, c = 0; 16641>>7 = 130 = 128+2
	{"exact_e8m7", 64, 64, 128 + 16},          // 192·192 = 36864 ≥ 2^15, c = 1; 36864>>8 = 144 = 128+16
	{"exact_e8m7", 1, 64, 65},                 // 129·192/128 = 193.5, truncated to 193
	{"exact-rne_e8m7", 1, 64, 66},             // 193.5 is a tie: 194 is even
	{"exact-rne_e8m7", 3, 64, 68},             // 131·192/128 = 196.5 is a tie: 196 is even
	{"exact-rne_e8m7", 53, 53, 128},           // 181·181/128 = 255.9, up to 256: carry out, frac 0
	{"exact-rne_e8m7", 127, 127, 254},         // 255·255/256 = 254.004, down; c = 1, frac 126
	{"exact-full_e8m7", 1, 1, 514},            // c = 0: 2·16641 − 2^15 = 514, i.e. 1 + 514/2^15
	{"exact-full_e8m7", 64, 64, 1<<15 + 4096}, // c = 1: 36864 − 2^15

	{"mitchell_e8m7", 100, 27, 127},   // 127, no carry
	{"mitchell_e8m7", 64, 64, 128},    // 128: c = 1, frac 0; 1.5·1.5 becomes 2
	{"mbm_e8m7", 10, 20, 42},          // 11+21 = 32, +10
	{"mbm_e8m7", 60, 63, 128 + 3},     // 61+63 = 124, +10 = 134 ≥ 128: c = 1, (128+134)/2 = 131
	{"mbm_e8m7", 100, 100, 128 + 79},  // 101+101 = 202: c = 1, f = 74, +10/2
	{"mbm_e8m7", 127, 127, 128 + 126}, // 254: c = 1, f = 126, +5 overflows and is dropped
	{"mbm_e8m3", 2, 4, 8},             // 3+5 = 8: c = 1, f = 0; the constant ⌊0.625⌋ is 0
	{"realm4_e8m7", 40, 50, 108},      // 90; segment (1,1): 9·2 = 18
	{"realm4_e8m7", 70, 80, 128 + 31}, // 150: c = 1, f = 22; segment (2,2): 18/2
	{"realm4_e8m7", 63, 64, 128 + 11}, // 127; segment (1,2): +24 is 151, a product of 2 + 23/128
	{"realm4_e8m8", 255, 255, 511},    // 510: c = 1, f = 254; segment (3,3): +4/2 is 256, which no entry holds

	{"exact_u8", 255, 255, 65025},
	{"mitchell_u8", 6, 5, 28},           // 4(1+½)·4(1+¼) → 16(1+¾); exact 30
	{"mitchell_u8", 7, 7, 48},           // fractions ¾+¾ = 1½: 32·1½; exact 49
	{"mbm_u8", 6, 5, 29},                // ¾ is 96/128, +10: 16·(1+106/128) = 29.25
	{"mbm_u8", 7, 7, 49},                // ½ is 64/128, +10/2: 32·(1+69/128) = 49.25
	{"mbm_u8", 255, 255, 65535},         // 2^15·(1+131/128) = 66304 saturates
	{"drum6_u8", 200, 63, 12852},        // 110010|00 → 51·4, 63 stays: 51·63·4; exact 12600
	{"drum6_u8", 128, 128, 17424},       // 100000|00 → 33·4: 33·33·16; exact 16384
	{"roba_u8", 3, 3, 8},                // 3 → 2: 2·3+2·3−4
	{"roba_u8", 6, 5, 32},               // 6 → 8 (midpoint), 5 → 4: 8·5+4·6−32
	{"roba_s8", 256 - 7, 6, 65536 - 40}, // −(8·6+8·7−64)
	{"exact_s8", 128, 128, 16384},       // −128 · −128
	{"exact_s8", 128, 127, 65536 - 16256},
	{"udm_u2", 3, 3, 7},
	{"udm_u4", 15, 15, 175},     // four cells 3×3: 7·(1+4+4+16); exact 225
	{"udm_u4", 7, 3, 19},        // digits (1,3)·(0,3): 7 + 4·3; exact 21
	{"trunc2_u8", 15, 14, 144},  // 3·3·16
	{"bamh1v0_u4", 5, 3, 10},    // bit 0 of b is lost: 5·2
	{"bamh1v0_u4", 3, 5, 12},    // 3·4: does not commute
	{"bamh0v2_u4", 3, 3, 4},     // of 1+2+2+4 only a1·b1 reaches 2^2
	{"bamh1v3_u4", 15, 15, 200}, // rows j = 1, 2, 3 keep i ≥ 2, 1, 0: 12·2 + 14·4 + 15·8

	{"drum6_e8m7", 72, 0, 82},   // 200·128 → 51·33·16 = 26928; >>7 = 210 = 128+82
	{"roba_e8m7", 64, 64, 128},  // 192 → 256: 2·256·192 − 256² = 32768 = 2^15: c = 1
	{"udm_e8m7", 127, 127, 197}, // 255² − 2·85² = 50575: c = 1; >>8 = 197 = 128+69
	{"trunc2_e8m7", 3, 3, 0},    // 131 → 128
	{"bamh0v4_e8m7", 7, 1, 8},   // (128+7)(128+1) less 7 of columns < 4: 17408 = 136·128
	{"bamh2v6_e8m7", 0, 3, 0},   // bits 0, 1 of 131 are lost: 128·128
}

func TestExamples(t *testing.T) {
	checked := 0
	for _, e := range examples {
		m, err := Lookup(e.name)
		require.NoError(t, err)
		assert.Equal(t, e.want, m.Entry(e.a, e.b), "%s(%d, %d)", e.name, e.a, e.b)
		checked++
	}
	assert.Equal(t, 47, checked)
}

// No built-in core gives a significand product below one; one that did would be
// taken as one.
func TestNormalizeClamps(t *testing.T) {
	low := asMantissa(7, func(a, b uint64) uint64 { return 1<<14 - 1 }) // 127 unclamped
	assert.Equal(t, uint64(0), low(5, 5))
	assert.Equal(t, uint64(255), normalize(7, 1<<16-1))
}
