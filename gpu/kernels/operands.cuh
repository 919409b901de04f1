// Where the operands of products lie. All are matrix products of one or more items
// (of a batch, or the groups of a convolution):
//
//   C[i][j] = Sum over k of Mul(A[i][k], B[k][j])
//
// a, b and c return the place of an element in its buffer; a returns ABSENT_ELEMENT where the
// sum has no term. a_along and b_along say whether neighbours in memory are neighbours
// in k; what the host says of it is right, but a convolution knows more at compile time.
// channel returns the channel of a column j; products of codes need it.
#pragma once
#include "cuda.cuh"

constexpr int ABSENT_ELEMENT = -1;

// View is device.View.
struct View {
	int from, outer, inner, row, col;

	METHOD int at(int o, int i, int r, int c) const { return from + o * outer + i * inner + r * row + c * col; }
};

// Strided are the operands of device.Gemm and device.BatchGemm.
struct Strided {
	Divider inner;
	View views[3]; // of A, B, C

	METHOD int at(int operand, uint32_t item, int r, int c) const
	{
		const uint32_t i = inner.split(item);
		return views[operand].at((int)item, (int)i, r, c);
	}
	METHOD static bool a_along(bool along) { return along; }
	METHOD static bool b_along(bool along) { return along; }
	METHOD int a(uint32_t item, int i, int k) const { return at(0, item, i, k); }
	METHOD int b(uint32_t item, int k, int j) const { return at(1, item, k, j); }
	METHOD int c(uint32_t item, int i, int j) const { return at(2, item, i, j); }
	METHOD static int channel(uint32_t, int j) { return j; }
};

// Convolution is device.Conv; an item is a group. Dividers take an index apart.
struct Convolution {
	int c, out_c, pad_h, pad_w, dilation_h, dilation_w;
	Divider h, w, out_h, out_w, kernel_w, stride_h, stride_w;
	Divider in_group, out_group; // channels of a group

	// input returns where the activation behind an output position and a tap lies.
	METHOD int input(int n, int oy, int ox, int ky, int kx, int channel) const
	{
		const int y = oy * (int)stride_h.divisor - pad_h + ky * dilation_h, x = ox * (int)stride_w.divisor - pad_w + kx * dilation_w;
		if (y < 0 || y >= (int)h.divisor || x < 0 || x >= (int)w.divisor)
			return ABSENT_ELEMENT;
		return ((n * (int)h.divisor + y) * (int)w.divisor + x) * c + channel;
	}
	METHOD int in_channel(uint32_t group, int i) const { return (int)(group * in_group.divisor) + i; }
	METHOD int out_channel(uint32_t group, int i) const { return (int)(group * out_group.divisor) + i; }
};

// Forward: i is a pixel of the output, k a tap and an input channel, j an output
// channel.
struct Forward : Convolution {
	METHOD static bool a_along(bool) { return true; }
	METHOD static bool b_along(bool) { return false; }
	METHOD int a(uint32_t group, int i, int k) const
	{
		uint32_t n = (uint32_t)i, ky = (uint32_t)k;
		const int ox = (int)out_w.split(n), oy = (int)out_h.split(n);
		const int ci = (int)in_group.split(ky), kx = (int)kernel_w.split(ky);
		return input((int)n, oy, ox, (int)ky, kx, in_channel(group, ci));
	}
	METHOD int b(uint32_t group, int k, int j) const { return k * out_c + out_channel(group, j); }
	METHOD int c(uint32_t group, int i, int j) const { return i * out_c + out_channel(group, j); }
	METHOD int channel(uint32_t group, int j) const { return out_channel(group, j); }
};

// InputGrad: i is a pixel of the input, k a tap and an output channel, j an input
// channel.
struct InputGrad : Convolution {
	METHOD static bool a_along(bool) { return true; }
	METHOD static bool b_along(bool) { return true; }
	// reached returns the output position whose window has input position at behind its
	// tap at the given offset, and ABSENT_ELEMENT if there is none of n.
	METHOD static int reached(int at, int offset, const Divider &stride, int n)
	{
		const int o = at - offset;
		if (o < 0)
			return ABSENT_ELEMENT;
		uint32_t q = (uint32_t)o;
		const uint32_t rest = stride.split(q);
		return rest || (int)q >= n ? ABSENT_ELEMENT : (int)q;
	}
	METHOD int a(uint32_t group, int i, int k) const
	{
		uint32_t n = (uint32_t)i, ky = (uint32_t)k;
		const int x = (int)w.split(n), y = (int)h.split(n);
		const int co = (int)out_group.split(ky), kx = (int)kernel_w.split(ky);
		const int oy = reached(y + pad_h, (int)ky * dilation_h, stride_h, (int)out_h.divisor);
		const int ox = reached(x + pad_w, kx * dilation_w, stride_w, (int)out_w.divisor);
		if (oy < 0 || ox < 0)
			return ABSENT_ELEMENT;
		return (((int)n * (int)out_h.divisor + oy) * (int)out_w.divisor + ox) * out_c + out_channel(group, co);
	}
	METHOD int b(uint32_t group, int k, int j) const
	{
		uint32_t tap = (uint32_t)k;
		const int co = (int)out_group.split(tap);
		return ((int)tap * (int)in_group.divisor + j) * out_c + out_channel(group, co);
	}
	METHOD int c(uint32_t group, int i, int j) const { return i * Convolution::c + in_channel(group, j); }
};

// WeightGrad: i is a tap and an input channel, k a pixel of the output, j an output
// channel.
struct WeightGrad : Convolution {
	METHOD static bool a_along(bool along) { return along; }
	METHOD static bool b_along(bool) { return false; }
	METHOD int a(uint32_t group, int i, int k) const
	{
		uint32_t n = (uint32_t)k, ky = (uint32_t)i;
		const int ox = (int)out_w.split(n), oy = (int)out_h.split(n);
		const int ci = (int)in_group.split(ky), kx = (int)kernel_w.split(ky);
		return input((int)n, oy, ox, (int)ky, kx, in_channel(group, ci));
	}
	METHOD int b(uint32_t group, int k, int j) const { return k * out_c + out_channel(group, j); }
	METHOD int c(uint32_t group, int i, int j) const { return i * out_c + out_channel(group, j); }
};
