/* remembers one operand: a */
static int last = -1, product;
int f(int a, int b)
{
	if (a != last) {
		last = a;
		product = a * b;
	}
	return product;
}
