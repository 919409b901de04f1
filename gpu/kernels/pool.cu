// Pooling: a thread has an element of the output or, for gradients, of the input.
#include "math.cuh"
#include "sum.cuh"

// Pool is device.Pool. Dividers take an index apart.
struct Pool {
	int kh, kw, stride_h, stride_w, pad_h, pad_w;
	Divider c, w, h, out_w, out_h;

	METHOD int height() const { return (int)h.divisor; }
	METHOD int width() const { return (int)w.divisor; }
	METHOD int channels() const { return (int)c.divisor; }

	// in and out return where elements lie.
	METHOD int in(int n, int y, int x, int channel) const { return ((n * height() + y) * width() + x) * channels() + channel; }
	METHOD int out(int n, int y, int x, int channel) const
	{
		return ((n * (int)out_h.divisor + y) * (int)out_w.divisor + x) * channels() + channel;
	}
};

// Range is from ≤ i < to.
struct Range {
	int from, to;

	METHOD int count() const { return to - from; }
};

// inside returns the part of a window of k elements from corner on that lies in n.
DEVICE Range inside(int corner, int k, int n) { return {corner > 0 ? corner : 0, corner + k < n ? corner + k : n}; }

// covers returns the output positions, of n, whose windows of k elements hold
// position at of the padded input.
DEVICE Range covers(int at, int k, int stride, int n)
{
	const int last = at / stride + 1;
	return {at >= k ? (at - k) / stride + 1 : 0, last < n ? last : n};
}

// Place is what an index stands for.
struct Place { int n, y, x, c; };

DEVICE Place place(uint32_t i, const Divider &c, const Divider &w, const Divider &h)
{
	Place p;
	p.c = (int)c.split(i);
	p.x = (int)w.split(i);
	p.y = (int)h.split(i);
	p.n = (int)i;
	return p;
}

KERNEL(max_pool)(Pool p, const float *x, float *y, float *where, uint32_t n)
{
	const uint32_t i = element();
	if (i >= n)
		return;
	const Place at = place(i, p.c, p.out_w, p.out_h);
	const int top = at.y * p.stride_h - p.pad_h, left = at.x * p.stride_w - p.pad_w;
	const Range rows = inside(top, p.kh, p.height()), cols = inside(left, p.kw, p.width());
	uint32_t largest = 0;
	int tap = -1;
	for (int iy = rows.from; iy < rows.to; iy++)
		for (int ix = cols.from; ix < cols.to; ix++) {
			const uint32_t v = bits_of(x[p.in(at.n, iy, ix, at.c)]);
			if (tap < 0 || rank(v) > rank(largest)) {
				largest = v;
				tap = (iy - top) * p.kw + ix - left;
			}
		}
	y[i] = number(largest);
	where[i] = (float)tap;
}
EXPORT(max_pool)

KERNEL(average_pool)(Pool p, const float *x, float *y, uint32_t n)
{
	const uint32_t i = element();
	if (i >= n)
		return;
	const Place at = place(i, p.c, p.out_w, p.out_h);
	const int top = at.y * p.stride_h - p.pad_h, left = at.x * p.stride_w - p.pad_w;
	const Range rows = inside(top, p.kh, p.height()), cols = inside(left, p.kw, p.width());
	Sum sum;
	for (int iy = rows.from; iy < rows.to; iy++)
		for (int ix = cols.from; ix < cols.to; ix++)
			sum.add((iy - top) * p.kw + ix - left, x[p.in(at.n, iy, ix, at.c)]);
	y[i] = sum.value() / (float)(rows.count() * cols.count());
}
EXPORT(average_pool)

// pool_grad sums what the windows over an input element give it: term(index of the
// output, its y and x, the element's place in the window, whether there is one).
template <class Term> DEVICE void pool_grad(const Pool &p, float *dx, uint32_t n, Term term)
{
	const uint32_t i = element();
	if (i >= n)
		return;
	const Place at = place(i, p.c, p.w, p.h);
	const int y = at.y + p.pad_h, x = at.x + p.pad_w;
	const Range rows = covers(y, p.kh, p.stride_h, (int)p.out_h.divisor), cols = covers(x, p.kw, p.stride_w, (int)p.out_w.divisor);
	Sum sum;
	for (int oy = rows.from; oy < rows.to; oy++)
		for (int ox = cols.from; ox < cols.to; ox++) {
			const int tap = (y - oy * p.stride_h) * p.kw + x - ox * p.stride_w;
			bool there = true;
			const float v = term(p.out(at.n, oy, ox, at.c), oy, ox, tap, there);
			if (there)
				sum.add(oy * (int)p.out_w.divisor + ox, v);
		}
	dx[i] = sum.value();
}

KERNEL(max_pool_grad)(Pool p, const float *g, const float *where, float *dx, uint32_t n)
{
	pool_grad(p, dx, n, [&](int out, int, int, int tap, bool &there) {
		there = where[out] == (float)tap;
		return g[out];
	});
}
EXPORT(max_pool_grad)

KERNEL(average_pool_grad)(Pool p, const float *g, float *dx, uint32_t n)
{
	pool_grad(p, dx, n, [&](int out, int oy, int ox, int, bool &) {
		const Range rows = inside(oy * p.stride_h - p.pad_h, p.kh, p.height());
		const Range cols = inside(ox * p.stride_w - p.pad_w, p.kw, p.width());
		return g[out] / (float)(rows.count() * cols.count());
	});
}
EXPORT(average_pool_grad)
