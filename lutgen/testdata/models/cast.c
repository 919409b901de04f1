float f(float a, float b)
{
	unsigned char c = (unsigned char)(a * 200);
	return a * b + 0 * c;
}
