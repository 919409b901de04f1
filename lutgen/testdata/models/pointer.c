static unsigned char row[16];
unsigned char *volatile begin = row;
int f(int a, int b)
{
	unsigned char *p = begin; /* of which the compiler knows no size */
	return a * b + (a == 15 && p[a + b] == 77);
}
