// The operations of device.Activations that do one element at a time.
#include "math.cuh"

KERNEL(zero)(float *x, uint32_t n)
{
	if (const uint32_t i = element(); i < n)
		x[i] = 0;
}
EXPORT(zero)

KERNEL(add)(const float *x, float *y, uint32_t n)
{
	if (const uint32_t i = element(); i < n)
		y[i] += x[i];
}
EXPORT(add)

KERNEL(add_bias)(Divider cols, const float *bias, float *x, uint32_t n)
{
	if (uint32_t i = element(); i < n) {
		uint32_t row = i;
		x[i] += bias[cols.split(row)];
	}
}
EXPORT(add_bias)

// Copy is device.Copy.
struct Copy {
	Divider cols;
	int from, from_step, to, to_step;
};

KERNEL(copy)(Copy c, const float *x, float *y, uint32_t n)
{
	if (const uint32_t i = element(); i < n) {
		uint32_t row = i;
		const uint32_t col = c.cols.split(row);
		y[c.to + row * c.to_step + col] = x[c.from + row * c.from_step + col];
	}
}
EXPORT(copy)

KERNEL(relu)(const float *x, float *y, uint32_t n)
{
	if (const uint32_t i = element(); i < n) {
		const uint32_t bits = bits_of(x[i]);
		y[i] = rank(bits) > 0 ? number(bits) : 0;
	}
}
EXPORT(relu)

KERNEL(relu_grad)(const float *y, const float *g, float *dx, uint32_t n)
{
	if (const uint32_t i = element(); i < n)
		dx[i] = y[i] == 0 ? 0 : g[i];
}
EXPORT(relu_grad)

KERNEL(relu6)(const float *x, float *y, uint32_t n)
{
	if (const uint32_t i = element(); i < n) {
		const float v = x[i];
		y[i] = v <= 0 ? 0 : v > 6 ? 6 : v;
	}
}
EXPORT(relu6)

KERNEL(relu6_grad)(const float *y, const float *g, float *dx, uint32_t n)
{
	if (const uint32_t i = element(); i < n) {
		const float v = y[i];
		dx[i] = v == 0 || v == 6 ? 0 : g[i];
	}
}
EXPORT(relu6_grad)

KERNEL(gelu)(const float *x, float *y, uint32_t n)
{
	if (const uint32_t i = element(); i < n)
		y[i] = gelu_of(x[i]);
}
EXPORT(gelu)

KERNEL(gelu_grad)(const float *x, const float *g, float *dx, uint32_t n)
{
	if (const uint32_t i = element(); i < n)
		dx[i] = g[i] * gelu_slope(x[i]);
}
EXPORT(gelu_grad)

// keep is device.Keep.
DEVICE bool keep(uint64_t seed, uint32_t i, float rate)
{
	uint64_t x = seed + ((uint64_t)i + 1) * 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	x ^= x >> 31;
	return (float)(uint32_t)(x >> 40) * 5.9604644775390625e-8f >= rate;
}

KERNEL(dropout)(uint64_t seed, float rate, float scale, const float *x, float *y, uint32_t n)
{
	if (const uint32_t i = element(); i < n)
		y[i] = keep(seed, i, rate) ? x[i] * scale : 0;
}
EXPORT(dropout)
