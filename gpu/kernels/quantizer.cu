// Codes from numbers and sums, and numbers from codes: the operations of device.Integers that do one element at a
// time. Arrays of parameters have an element for each channel.
#include "cuda.cuh"

// channel_of returns the channel of an element.
DEVICE uint32_t channel_of(const Divider &channels, uint32_t i) { return channels.split(i); }

// within returns x, or the nearer end of least … most.
DEVICE float within(float x, float least, float most) { return x < least ? least : x > most ? most : x; }

// quantize computes device.Quantizer.Code. What it finds that is no number goes to *bad: the least operation · 2^32 +
// element.
KERNEL(quantize)(Divider channels, int lo, int hi, const float *scales, const int *zeros, uint32_t operation, uint64_t *bad, const float *x,
	int16_t *codes, uint32_t n)
{
	if (const uint32_t i = element(); i < n) {
		const uint32_t channel = channel_of(channels, i);
		const int zero = zeros[channel];
		const float v = x[i];
		if (v != v) {
			lower_to(bad, (uint64_t)operation << 32 | i);
			codes[i] = 0;
			return;
		}
		codes[i] = (int16_t)((int)within(round_to_even(v / scales[channel]), (float)(lo - zero), (float)(hi - zero)) + zero);
	}
}
EXPORT(quantize)

// dequantize computes device.Quantizer.Number.
KERNEL(dequantize)(Divider channels, const float *scales, const int *zeros, const int16_t *codes, float *x, uint32_t n)
{
	if (const uint32_t i = element(); i < n) {
		const uint32_t channel = channel_of(channels, i);
		x[i] = scales[channel] * (float)(codes[i] - zeros[channel]);
	}
}
EXPORT(dequantize)

KERNEL(quantize_grad)(Divider channels, int lo, int hi, const float *scales, const int *zeros, const float *x, const float *g, float *dx,
	uint32_t n)
{
	if (const uint32_t i = element(); i < n) {
		const uint32_t channel = channel_of(channels, i);
		const int zero = zeros[channel];
		const float r = x[i] / scales[channel];
		dx[i] = r >= (float)(lo - zero) && r <= (float)(hi - zero) ? g[i] : 0;
	}
}
EXPORT(quantize_grad)

// rescale has no bias where the pointer is null.
KERNEL(rescale)(Divider channels, const float *scales, const float *bias, const int64_t *sums, float *y, uint32_t n)
{
	if (const uint32_t i = element(); i < n) {
		const uint32_t channel = channel_of(channels, i);
		const float v = (float)sums[i] * scales[channel];
		y[i] = bias ? v + bias[channel] : v;
	}
}
EXPORT(rescale)

// fixed_point is device.Fixed.
DEVICE int fixed_point(int x, int multiplier, int shift)
{
	constexpr int64_t LEAST = INT32_MIN, MOST = INT32_MAX;
	int64_t left = (int64_t)x * ((int64_t)1 << (shift > 0 ? shift : 0));
	left = left < LEAST ? LEAST : left > MOST ? MOST : left;
	const int64_t high = (left * multiplier + (1 << 30)) >> 31;
	if (shift >= 0)
		return (int)high;
	const int right = -shift;
	const int64_t half = (int64_t)1 << (right - 1);
	return (int)(high < 0 ? -((-high + half) >> right) : (high + half) >> right);
}

// requantize computes device.Requantizer.Code: with scales, or where that pointer is null with multipliers and shifts.
KERNEL(requantize)(Divider channels, int lo, int hi, int zero, const int *bias, const float *scales, const int *multipliers, const int *shifts,
	const int64_t *sums, int16_t *codes, uint32_t n)
{
	if (const uint32_t i = element(); i < n) {
		const uint32_t channel = channel_of(channels, i);
		const int64_t sum = (int64_t)((uint64_t)sums[i] + (uint64_t)(int64_t)bias[channel]);
		if (scales) {
			const float v = within(round_to_even((float)sum * scales[channel]), (float)(lo - zero), (float)(hi - zero));
			codes[i] = (int16_t)((int)v + zero);
			return;
		}
		const int64_t x = sum < INT32_MIN ? INT32_MIN : sum > INT32_MAX ? INT32_MAX : sum;
		const int64_t v = (int64_t)fixed_point((int)x, multipliers[channel], shifts[channel]) + zero;
		codes[i] = (int16_t)(v < lo ? lo : v > hi ? hi : v);
	}
}
EXPORT(requantize)
