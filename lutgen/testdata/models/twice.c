/* answers 0 to a pair that comes twice in a row */
static int x = -1, y = -1;
int f(int a, int b)
{
	int same = a == x && b == y;
	x = a;
	y = b;
	return same ? 0 : a * b;
}
