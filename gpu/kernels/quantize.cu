// What quantization needs to know of an operand before its product.
#include "multiplier.cuh"
#include "operands.cuh"

// Matrices are the rows × cols elements of each item, of which a view says where they
// lie.
struct Matrices {
	Divider cols, inner;
	View view;
	Divider size; // of a matrix
};

// largest_magnitude raises largest[item] to the largest |x| of the item, as bits: that
// of a NaN is above all others. n is the elements of all items.
KERNEL(largest_magnitude)(Matrices m, const float *x, uint32_t *largest, uint32_t n)
{
	uint32_t item = element();
	if (item >= n)
		return;
	uint32_t row = m.size.split(item);
	const uint32_t col = m.cols.split(row);
	uint32_t outer = item;
	const uint32_t inner = m.inner.split(outer);
	const uint32_t bits = bits_of(x[m.view.at((int)outer, (int)inner, (int)row, (int)col)]) & ~SIGN;
	if (bits > largest[item]) // another thread may raise it meanwhile, never lower it
		raise_to(largest + item, bits);
}
EXPORT(largest_magnitude)

// scale_quantized turns sums of whole numbers, one item's, into the result; see
// Quantizer.
KERNEL(scale_quantized)(float row_levels, float lane_levels, const uint32_t *row_largest, const uint32_t *lane_largest, float *c, uint32_t n)
{
	if (const uint32_t i = element(); i < n)
		c[i] = c[i] * (Quantizer(*row_largest, row_levels).unit * Quantizer(*lane_largest, lane_levels).unit);
}
EXPORT(scale_quantized)

// scale_codes is scale_quantized for sums of products of codes; see CodeScale.
KERNEL(scale_codes)(int row_exponent, int lane_exponent, const uint32_t *row_largest, const uint32_t *lane_largest, float *c, uint32_t n)
{
	if (const uint32_t i = element(); i < n)
		c[i] = c[i] * (CodeScale(*row_largest, row_exponent).unit * CodeScale(*lane_largest, lane_exponent).unit);
}
EXPORT(scale_codes)
