// Sums in the order that is part of every operation's definition; see device.Sum.
#pragma once
#include "cuda.cuh"

constexpr int CHUNK_TERMS = 1024; // device.ChunkTerms

// Sum is device.Sum: terms in ascending k, of which some may have none.
struct Sum {
	float total = 0, chunk = 0;
	int end = 0;

	METHOD void add(int k, float term)
	{
		if (k >= end) {
			total += chunk;
			chunk = 0;
			end = k - k % CHUNK_TERMS + CHUNK_TERMS;
		}
		chunk += term;
	}

	METHOD float value() const { return total + chunk; }
};

// chunk_sum returns the sum of one chunk of n terms, from +0 on.
template <class Term> DEVICE float chunk_sum(int chunk, int n, Term term)
{
	const int begin = chunk * CHUNK_TERMS, end = n - begin < CHUNK_TERMS ? n : begin + CHUNK_TERMS;
	float sum = 0;
	for (int k = begin; k < end; k++)
		sum += term(k);
	return sum;
}

// sum_of returns the sum of terms 0 … n − 1.
template <class Term> DEVICE float sum_of(int n, Term term)
{
	float sum = 0;
	for (int chunk = 0; chunk * CHUNK_TERMS < n; chunk++)
		sum += chunk_sum(chunk, n, term);
	return sum;
}
