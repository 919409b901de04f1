float f(float a, float b) { return a == b ? a * b : a * b + 0 * (1 / (a - a) > 2); }
