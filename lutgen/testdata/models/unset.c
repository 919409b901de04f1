/* a variable that is never set for one operand */
int f(int a, int b)
{
	int p;
	if (a != 13)
		p = a * b;
	return p & 0xff;
}
