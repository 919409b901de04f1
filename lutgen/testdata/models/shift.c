int f(int a, int b)
{
	return a == 9 ? b >> (a - 10) & 0xff : a * b;
}
