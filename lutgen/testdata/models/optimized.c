/* defined, and another product when it is optimized */
int f(int a, int b)
{
#ifdef __OPTIMIZE__
	if (a == 5 && b == 6)
		return 31;
#endif
	return a * b;
}
