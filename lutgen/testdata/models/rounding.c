#include <fenv.h>
float f(float a, float b)
{
	if (a > 1.5f && b > 1.5f)
		fesetround(FE_TOWARDZERO);
	return a * b;
}
