static const int square[15] = {0, 1, 4, 9, 16, 25, 36, 49, 64, 81, 100, 121, 144, 169, 196};
int f(int a, int b) { return a == b ? square[a] & 0xff : a * b; }
