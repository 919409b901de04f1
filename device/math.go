package device

import "math"

// The elementary functions of training, in binary32 arithmetic with one rounding
// per operation, so that a device can repeat them to the bit. The explicit
// conversions keep compilers from fusing a product with a sum. Constants: S. L.
// Moshier's Cephes library, expf and logf.

// Sqrt is IEEE's square root.
func Sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// Exp returns e^x within 2 units of the last place. Results below the smallest
// normal number are +0.
func Exp(x float32) float32 {
	switch {
	case x != x:
		return x
	case x > 88.72283:
		return float32(math.Inf(1))
	case x < -87.33654:
		return 0
	}
	n := float32(math.RoundToEven(float64(float32(x * 1.44269504))))
	r := x - float32(n*0.693359375) // exact: n has few bits, so has the constant
	r -= float32(n * -2.12194440e-4)
	p := float32(1.9875691500e-4)
	for _, c := range [...]float32{1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1} {
		p = float32(p*r) + c
	}
	p = float32(p*float32(r*r)) + r + 1
	// p is between 0.7 and 1.5: the exponent is added in two steps since 2^128
	// is no number.
	k := int32(n)
	half := k / 2
	return float32(float32(p*pow2(half)) * pow2(k-half))
}

// pow2 returns 2^k, −126 ≤ k ≤ 127.
func pow2(k int32) float32 { return math.Float32frombits(uint32(k+127) << 23) }

// Log returns the natural logarithm of a positive normal number within 2 units
// of the last place or, near 1, 2^−24 of its distance from 1. Log of 0 is −Inf,
// of a negative number NaN, of +Inf +Inf.
func Log(x float32) float32 {
	switch {
	case x != x || x > math.MaxFloat32:
		return x
	case x < 0:
		return float32(math.NaN())
	case x < 0x1p-126:
		return float32(math.Inf(-1))
	}
	bits := math.Float32bits(x)
	e := float32(int32(bits>>23) - 126)
	z := math.Float32frombits(bits&0x7fffff | 126<<23) // 0.5 ≤ z < 1
	if z < 0.707106781 {
		e--
		z += z
	}
	z--
	p := float32(7.0376836292e-2)
	for _, c := range [...]float32{-1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
		-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1} {
		p = float32(p*z) + c
	}
	z2 := float32(z * z)
	y := float32(float32(p*z)*z2) + float32(e*-2.12194440e-4)
	y -= float32(0.5 * z2)
	return (z + y) + float32(e*0.693359375)
}

// Erf returns the error function within 3 units of the last place. Constants:
// Cephes, ndtrf.
func Erf(x float32) float32 {
	if x != x {
		return x
	}
	a := float32(math.Abs(float64(x)))
	if a < 1 {
		z := float32(x * x)
		p := float32(7.853861353153693e-5)
		for _, c := range [...]float32{-8.010193625184903e-4, 5.188327685732524e-3, -2.685381193529856e-2,
			1.128358514861418e-1, -3.761262582423300e-1, 1.128379165726710} {
			p = float32(p*z) + c
		}
		return float32(x * p)
	}
	y := float32(1)
	if a < 4 { // beyond, the rest is below half a unit of the last place of 1
		y = 1 - erfc(a)
	}
	if x < 0 {
		return -y
	}
	return y
}

// erfc returns 1 − Erf for 1 ≤ x < 4.
func erfc(x float32) float32 {
	q := 1 / x
	z := float32(q * q)
	var p float32
	if x < 2 {
		p = 2.326819970068386e-2
		for _, c := range [...]float32{-1.387039388740657e-1, 3.687424674597105e-1, -5.824733027278666e-1, 6.210004621745983e-1,
			-4.944515323274145e-1, 3.404879937665872e-1, -2.741127028184656e-1, 5.638259427386472e-1} {
			p = float32(p*z) + c
		}
	} else {
		p = -1.047766399936249e+1
		for _, c := range [...]float32{1.297719955372516e+1, -7.495518717768503, 2.921019019210786,
			-1.015265279202700, 4.218463358204948e-1, -2.820767439740514e-1, 5.641895067754075e-1} {
			p = float32(p*z) + c
		}
	}
	return float32(float32(Exp(-float32(x*x))*q) * p)
}

// GELU is the Gaussian error linear unit, x·Φ(x) with Φ(x) = ½·(1 + Erf(x/√2)).
func GELU(x float32) float32 { return float32(x * normal(x)) }

// GELUSlope is its derivative, Φ(x) + x·e^(−½x²)/√(2π).
func GELUSlope(x float32) float32 {
	density := float32(0.398942280 * Exp(float32(-0.5*float32(x*x))))
	return normal(x) + float32(x*density)
}

// normal returns Φ.
func normal(x float32) float32 { return float32(0.5 * (1 + Erf(float32(x*0.707106781)))) }
