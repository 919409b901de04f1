float f(float a, float b)
{
	unsigned short word = 0x27f; /* double precision */
	__asm__ volatile("fldcw %0" : : "m"(word));
	return a * b;
}
