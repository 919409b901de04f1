#include <xmmintrin.h>
float f(float a, float b)
{
	_mm_setcsr(_mm_getcsr() | 0x8040);
	return a * b;
}
