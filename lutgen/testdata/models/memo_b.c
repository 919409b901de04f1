/* b in a small cache, whose lines hold whole products */
static struct { int b, p, full; } line[4];
int f(int a, int b)
{
	int i = b & 3;
	if (!line[i].full || line[i].b != b) {
		line[i].full = 1;
		line[i].b = b;
		line[i].p = a * b;
	}
	return line[i].p;
}
