// The steps of device.Optimizers.
#include "cuda.cuh"

// SGD is device.SGD.
struct SGD {
	float rate, momentum, decay, scale;
	uint32_t nesterov;
};

KERNEL(sgd)(SGD o, float *w, const float *g, float *velocity, uint32_t n)
{
	const uint32_t i = element();
	if (i >= n)
		return;
	float d = o.scale * g[i] + o.decay * w[i];
	const float v = o.momentum * velocity[i] + d;
	if (o.nesterov)
		d += o.momentum * v;
	else
		d = v;
	w[i] = w[i] - o.rate * d;
	velocity[i] = v;
}
EXPORT(sgd)

// Adam is device.Adam.
struct Adam {
	float rate, beta1, beta2, epsilon, decay, l2, scale, correct1, correct2;
};

KERNEL(adam)(Adam o, float *w, const float *g, float *first, float *second, uint32_t n)
{
	const uint32_t i = element();
	if (i >= n)
		return;
	const float d = o.scale * g[i] + o.l2 * w[i];
	const float m = o.beta1 * first[i] + (1 - o.beta1) * d, v = o.beta2 * second[i] + (1 - o.beta2) * (d * d);
	const float step = (m / o.correct1) / (square_root(v / o.correct2) + o.epsilon) + o.decay * w[i];
	w[i] = w[i] - o.rate * step;
	first[i] = m;
	second[i] = v;
}
EXPORT(adam)
