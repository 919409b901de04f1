// The elementary functions of device/math.go, operation for operation.
#pragma once
#include "cuda.cuh"

// power_of_two returns 2^k, −126 ≤ k ≤ 127.
DEVICE float power_of_two(int k) { return number((uint32_t)(k + 127) << 23); }

DEVICE float exponential(float x)
{
	if (x != x)
		return x;
	if (x > 88.72283f)
		return number(INFINITE);
	if (x < -87.33654f)
		return 0;
	const float n = round_to_even(x * 1.44269504f);
	float r = x - n * 0.693359375f;
	r -= n * -2.12194440e-4f;
	float p = 1.9875691500e-4f;
	p = p * r + 1.3981999507e-3f;
	p = p * r + 8.3334519073e-3f;
	p = p * r + 4.1665795894e-2f;
	p = p * r + 1.6666665459e-1f;
	p = p * r + 5.0000001201e-1f;
	p = p * (r * r) + r + 1;
	const int k = (int)n, half = k / 2;
	return p * power_of_two(half) * power_of_two(k - half);
}

DEVICE float logarithm(float x)
{
	if (x != x || x > 3.40282346638528859812e+38f)
		return x;
	if (x < 0)
		return number(QUIET_NAN);
	if (x < 1.17549435082228750797e-38f)
		return number(SIGN | INFINITE);
	const uint32_t bits = bits_of(x);
	float e = (float)((int)(bits >> 23) - 126);
	float z = number((bits & 0x7fffff) | 126u << 23);
	if (z < 0.707106781f) {
		e--;
		z += z;
	}
	z--;
	float p = 7.0376836292e-2f;
	p = p * z + -1.1514610310e-1f;
	p = p * z + 1.1676998740e-1f;
	p = p * z + -1.2420140846e-1f;
	p = p * z + 1.4249322787e-1f;
	p = p * z + -1.6668057665e-1f;
	p = p * z + 2.0000714765e-1f;
	p = p * z + -2.4999993993e-1f;
	p = p * z + 3.3333331174e-1f;
	const float z2 = z * z;
	float y = p * z * z2 + e * -2.12194440e-4f;
	y -= 0.5f * z2;
	return (z + y) + e * 0.693359375f;
}

// complement returns 1 − Erf for 1 ≤ x < 4.
DEVICE float complement(float x)
{
	const float q = 1 / x, z = q * q;
	float p;
	if (x < 2) {
		p = 2.326819970068386e-2f;
		p = p * z + -1.387039388740657e-1f;
		p = p * z + 3.687424674597105e-1f;
		p = p * z + -5.824733027278666e-1f;
		p = p * z + 6.210004621745983e-1f;
		p = p * z + -4.944515323274145e-1f;
		p = p * z + 3.404879937665872e-1f;
		p = p * z + -2.741127028184656e-1f;
		p = p * z + 5.638259427386472e-1f;
	} else {
		p = -1.047766399936249e+1f;
		p = p * z + 1.297719955372516e+1f;
		p = p * z + -7.495518717768503f;
		p = p * z + 2.921019019210786f;
		p = p * z + -1.015265279202700f;
		p = p * z + 4.218463358204948e-1f;
		p = p * z + -2.820767439740514e-1f;
		p = p * z + 5.641895067754075e-1f;
	}
	return exponential(-(x * x)) * q * p;
}

DEVICE float error_function(float x)
{
	if (x != x)
		return x;
	const float a = number(bits_of(x) & ~SIGN);
	if (a < 1) {
		const float z = x * x;
		float p = 7.853861353153693e-5f;
		p = p * z + -8.010193625184903e-4f;
		p = p * z + 5.188327685732524e-3f;
		p = p * z + -2.685381193529856e-2f;
		p = p * z + 1.128358514861418e-1f;
		p = p * z + -3.761262582423300e-1f;
		p = p * z + 1.128379165726710f;
		return x * p;
	}
	const float y = a < 4 ? 1 - complement(a) : 1;
	return x < 0 ? -y : y;
}

// normal_distribution returns Φ.
DEVICE float normal_distribution(float x) { return 0.5f * (1 + error_function(x * 0.707106781f)); }

DEVICE float gelu_of(float x) { return x * normal_distribution(x); }

DEVICE float gelu_slope(float x)
{
	const float density = 0.398942280f * exponential(-0.5f * (x * x));
	return normal_distribution(x) + x * density;
}

// rank orders numbers as > does; zeros are equal, and so are NaNs, above all others.
DEVICE int rank(uint32_t bits)
{
	const int magnitude = (int)(bits & ~SIGN);
	if (magnitude > (int)INFINITE)
		return 0x7fffffff;
	return bits & SIGN ? -magnitude : magnitude;
}
