#include <math.h>
#include <stdint.h>

// OCP MX FP4 (E2M1), by the numbers: the nearest of them, of two the one with the even code.
static double number(uint64_t code) {
	double m = code & 1 ? 1.5 : 1, x = (code >> 1 & 3) == 0 ? (code & 1) * 0.5 : ldexp(m, (int)(code >> 1 & 3) - 1);
	return code & 8 ? -x : x;
}

uint64_t fp4(uint64_t a, uint64_t b) {
	double p = fabs(number(a) * number(b));
	uint64_t best = 0;
	for (uint64_t c = 1; c < 8; c++) {
		double old = fabs(p - number(best)), now = fabs(p - number(c));
		if (now < old || (now == old && c % 2 == 0))
			best = c;
	}
	return best | ((a ^ b) & 8);
}
