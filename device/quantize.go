package device

// Negligible is the magnitude below which quantization takes operands for zeros.
const Negligible = 0x1p-100

// Levels returns Q, the greatest integer that an operand of so many bits of an
// integer table takes; operands are from −Q to Q. A table multiplies the magnitude
// of an unsigned operand, and the product gets the sign of a signed-magnitude multiplier;
// a signed operand has 2^(bits−1) − 1 on both sides. See Numbers for operands of mixed signs.
//
// A product (Gemm, Conv, …) of A and B whose multiplier is a table of integers
// quantizes each of them as a whole, symmetrically about 0, with the scale that
// its largest magnitude gives, at the time of the product:
//
//	a = RoundToEven(x · (Q / max|A|)) for every x of A, B likewise
//	C = Sum of T[a][b] · ((max|A| / Q_A) · (max|B| / Q_B))
//
// with T[a][b] the table's product as a number, entry · 2^LSB, one rounding to binary32 per
// operation, and each term of the sum an integer below 2^24, thus exact. Where
// max|A| is below 2^−100, A counts as zeros and C is 0; where it is no finite number,
// all of C is NaN.
//
// See B. Jacob et al., "Quantization and Training of Neural Networks for Efficient
// Integer-Arithmetic-Only Inference", 2018, for quantization of this kind.
// Operands of a table of codes are rounded to numbers of its codings; docs/codes.md defines it. With the encoder E of a
// side's coding (lut.Coding.Encoder), t its exponent (lut.Codings.ScaleExponents) and k = lut.ScaleExponent(max|A|, t):
//
//	a = E.Encode(x · 2^−k) for every x of A, B likewise
//	C = Sum of D[a][b] · (2^k_A · 2^k_B)
//
// with D[a][b] = lut.Table.Decoded, one rounding to binary32 per operation. Where max|A| is no finite number, all of C
// is NaN.
func Levels(signed bool, bits int) float32 {
	if signed {
		bits--
	}
	return float32(int(1)<<bits - 1)
}
