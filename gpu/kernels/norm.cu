// Normalizations and the sums over columns that they and other operations need.
//
// A sum over a column is done in two kernels, since only a thread for each chunk of
// each column keeps a GPU busy: parts[chunk][column], then their sum.
#include "math.cuh"
#include "sum.cuh"

// Matrix has its rows × cols elements side by side; a chunk is one of its rows.
struct Matrix {
	int rows;
	Divider cols;

	METHOD int width() const { return (int)cols.divisor; }
};

// column_parts lets each of n threads form the sum of a chunk of term(row, column).
template <class Term> DEVICE void column_parts(const Matrix &m, float *parts, uint32_t n, Term term)
{
	const uint32_t i = element();
	if (i >= n)
		return;
	uint32_t chunk = i;
	const int col = (int)m.cols.split(chunk);
	parts[i] = chunk_sum((int)chunk, m.rows, [&](int row) { return term(row, col); });
}

// total_parts adds n sums of so many parts each, in their order, and divides.
KERNEL(total_parts)(int count, float divisor, const float *parts, float *out, uint32_t n)
{
	const uint32_t i = element();
	if (i >= n)
		return;
	float total = 0;
	for (int part = 0; part < count; part++)
		total += parts[part * n + i];
	out[i] = total / divisor;
}
EXPORT(total_parts)

KERNEL(sum_parts)(Matrix m, const float *x, float *parts, uint32_t n)
{
	column_parts(m, parts, n, [&](int row, int col) { return x[row * m.width() + col]; });
}
EXPORT(sum_parts)

KERNEL(square_parts)(Matrix m, const float *x, float *parts, uint32_t n)
{
	column_parts(m, parts, n, [&](int row, int col) {
		const float v = x[row * m.width() + col];
		return v * v;
	});
}
EXPORT(square_parts)

KERNEL(variance_parts)(Matrix m, const float *x, const float *mean, float *parts, uint32_t n)
{
	column_parts(m, parts, n, [&](int row, int col) {
		const float d = x[row * m.width() + col] - mean[col];
		return d * d;
	});
}
EXPORT(variance_parts)

// factor is device.Norm.Factor, normalized its Normalized, affine its Affine.
DEVICE float factor(float variance, float epsilon) { return 1 / square_root(variance + epsilon); }
DEVICE float normalized(float x, float mean, float s) { return (x - mean) * s; }
DEVICE float affine(float normalized, float scale, float shift) { return normalized * scale + shift; }

// Norm is device.Norm; mean and variance belong to a row rather than a column where
// by_row.
struct Norm {
	Matrix matrix;
	float epsilon;
	uint32_t by_row;
};

KERNEL(batch_norm)(Norm m, const float *x, const float *mean, const float *variance, const float *scale, const float *shift, float *y,
	uint32_t n)
{
	const uint32_t i = element();
	if (i >= n)
		return;
	uint32_t row = i;
	const uint32_t c = m.matrix.cols.split(row);
	y[i] = affine(normalized(x[i], mean[c], factor(variance[c], m.epsilon)), scale[c], shift[c]);
}
EXPORT(batch_norm)

// scale_grad_parts forms the chunks of dscale.
KERNEL(scale_grad_parts)(Norm m, const float *x, const float *mean, const float *variance, const float *g, float *parts, uint32_t n)
{
	column_parts(m.matrix, parts, n, [&](int row, int col) {
		const int i = row * m.matrix.width() + col, at = m.by_row ? row : col;
		return g[i] * normalized(x[i], mean[at], factor(variance[at], m.epsilon));
	});
}
EXPORT(scale_grad_parts)

KERNEL(batch_norm_grad)(Norm m, const float *x, const float *mean, const float *variance, const float *scale, const float *g,
	const float *dscale, const float *dshift, float *dx, uint32_t n)
{
	const uint32_t i = element();
	if (i >= n)
		return;
	uint32_t row = i;
	const uint32_t c = m.matrix.cols.split(row);
	const float s = factor(variance[c], m.epsilon), rows = (float)m.matrix.rows;
	const float hat = normalized(x[i], mean[c], s), mean_g = dshift[c] / rows, mean_gx = dscale[c] / rows;
	dx[i] = scale[c] * s * (g[i] - mean_g - hat * mean_gx);
}
EXPORT(batch_norm_grad)

KERNEL(layer_norm)(Norm m, const float *x, const float *scale, const float *shift, float *means, float *variances, float *y, uint32_t rows)
{
	const uint32_t row = element();
	if (row >= rows)
		return;
	const int cols = m.matrix.width();
	x += row * cols;
	y += row * cols;
	const float mean = sum_of(cols, [&](int c) { return x[c]; }) / (float)cols;
	const float variance = sum_of(cols, [&](int c) {
		const float d = x[c] - mean;
		return d * d;
	}) / (float)cols;
	const float s = factor(variance, m.epsilon);
	for (int c = 0; c < cols; c++)
		y[c] = affine(normalized(x[c], mean, s), scale[c], shift[c]);
	means[row] = mean;
	variances[row] = variance;
}
EXPORT(layer_norm)

KERNEL(layer_norm_grad)(Norm m, const float *x, const float *means, const float *variances, const float *scale, const float *g, float *dx,
	uint32_t rows)
{
	const uint32_t row = element();
	if (row >= rows)
		return;
	const int cols = m.matrix.width();
	x += row * cols;
	g += row * cols;
	dx += row * cols;
	const float mean = means[row], s = factor(variances[row], m.epsilon);
	const float mean_h = sum_of(cols, [&](int c) { return g[c] * scale[c]; }) / (float)cols;
	const float mean_hx = sum_of(cols, [&](int c) { return g[c] * scale[c] * normalized(x[c], mean, s); }) / (float)cols;
	for (int c = 0; c < cols; c++)
		dx[c] = s * (g[c] * scale[c] - mean_h - normalized(x[c], mean, s) * mean_hx);
}
EXPORT(layer_norm_grad)

// Moving is device.Moving.
struct Moving { float rate, scale; };

KERNEL(moving_average)(Moving m, const float *x, float *average, uint32_t n)
{
	if (const uint32_t i = element(); i < n)
		average[i] = (1 - m.rate) * average[i] + m.rate * (m.scale * x[i]);
}
EXPORT(moving_average)
