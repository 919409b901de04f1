// Softmax, alone and with cross-entropy as the loss: a thread has a row, since the
// sum over it has an order.
#include "math.cuh"
#include "sum.cuh"

KERNEL(softmax)(int cols, float scale, const float *x, float *y, uint32_t rows)
{
	const uint32_t row = element();
	if (row >= rows)
		return;
	x += row * cols;
	y += row * cols;
	float largest = scale * x[0];
	for (int j = 0; j < cols; j++) {
		y[j] = scale * x[j];
		if (y[j] > largest)
			largest = y[j];
	}
	const float total = sum_of(cols, [&](int j) { return y[j] = exponential(y[j] - largest); });
	for (int j = 0; j < cols; j++)
		y[j] = y[j] / total;
}
EXPORT(softmax)

KERNEL(softmax_grad)(int cols, float scale, const float *y, const float *g, float *dx, uint32_t rows)
{
	const uint32_t row = element();
	if (row >= rows)
		return;
	y += row * cols;
	g += row * cols;
	dx += row * cols;
	const float mean = sum_of(cols, [&](int j) { return g[j] * y[j]; });
	for (int j = 0; j < cols; j++)
		dx[j] = scale * (y[j] * (g[j] - mean));
}
EXPORT(softmax_grad)

// check_labels lowers *bad to the number of each row whose label is no class.
KERNEL(check_labels)(int cols, const float *labels, uint32_t *bad, uint32_t rows)
{
	const uint32_t row = element();
	if (row >= rows)
		return;
	const float l = labels[row];
	if (!(l >= 0 && l < (float)cols) || l != (float)(int)l)
		lower_to(bad, row);
}
EXPORT(check_labels)

KERNEL(cross_entropy)(int cols, float smoothing, const float *x, const float *labels, float *loss, float *dx, uint32_t rows)
{
	const uint32_t row = element();
	if (row >= rows)
		return;
	x += row * cols;
	dx += row * cols;
	const int label = (int)labels[row];
	const float others = smoothing / (float)cols, right = (1 - smoothing) + others;
	float largest = x[0];
	for (int j = 1; j < cols; j++)
		if (x[j] > largest)
			largest = x[j];
	const float total = sum_of(cols, [&](int j) { return dx[j] = exponential(x[j] - largest); });
	const float log = logarithm(total);
	float l = log - (x[label] - largest);
	if (smoothing > 0) {
		const float all = sum_of(cols, [&](int j) { return log - (x[j] - largest); });
		l = (1 - smoothing) * l + others * all;
	}
	loss[row] = l;
	for (int j = 0; j < cols; j++)
		dx[j] = (dx[j] / total - (j == label ? right : others)) / (float)rows;
}
EXPORT(cross_entropy)
