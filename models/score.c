// Log-probability and entropy from logits.
#include "shim.h"

#include <math.h>
#include <string.h>

// exp for x <= 0 as Cephes' expf does it: e^x = 2^k e^r with |r| <= ln(2)/2 and
// a polynomial of degree 5 for e^r; relative error below 2e-7. Written without
// branches so that the compiler turns the loop below into vector code.
static inline float exp_neg(float x) {
	x = x < -87.0f ? -87.0f : x;
	float shifted = x * 1.44269504f + 12582912.0f; // rounds to an integer in the low bits
	float k = shifted - 12582912.0f;
	float r = x - k * 0.693359375f + k * 2.12194440e-4f;
	float p = 1.9875691500e-4f;
	p = p * r + 1.3981999507e-3f;
	p = p * r + 8.3334519073e-3f;
	p = p * r + 4.1665795894e-2f;
	p = p * r + 1.6666665459e-1f;
	p = p * r + 5.0000001201e-1f;
	p = p * r * r + r + 1.0f;
	int32_t bits;
	memcpy(&bits, &p, sizeof bits);
	bits += (int32_t)k * (1 << 23);
	memcpy(&p, &bits, sizeof p);
	return p;
}

enum { LANES = 16, BLOCK = 64 * LANES };

// Compiled for several levels of x86-64, of which the loader takes the best that
// the CPU has: the rest of this file runs a few times a token, this a vocabulary
// of times.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

CLONES void cap_score(const float *x, int n, int token, float *logprob, float *entropy) {
	float max = x[0];
	for (int i = 1; i < n; i++) max = x[i] > max ? x[i] : max;
	double sum = 0, weighted = 0; // of e^d and of d e^d, where d = x - max
	for (int start = 0; start < n; start += BLOCK) {
		int end = start + BLOCK < n ? start + BLOCK : n;
		float s[LANES] = {0}, w[LANES] = {0};
		int i = start;
		for (; i + LANES <= end; i += LANES) {
			for (int j = 0; j < LANES; j++) {
				float d = x[i + j] - max, e = exp_neg(d);
				s[j] += e;
				w[j] += e * (d < -87.0f ? -87.0f : d);
			}
		}
		for (; i < end; i++) {
			float d = x[i] - max, e = exp_neg(d);
			s[0] += e;
			w[0] += e * (d < -87.0f ? -87.0f : d);
		}
		for (int j = 0; j < LANES; j++) {
			sum += s[j];
			weighted += w[j];
		}
	}
	double log_sum = log(sum);
	*entropy = (float)(log_sum - weighted / sum);
	if (token >= 0) *logprob = (float)(x[token] - max - log_sum);
}

CLONES double cap_divergence(const float *x, const float *y, int n) {
	float max_x = x[0], max_y = y[0];
	for (int i = 1; i < n; i++) {
		max_x = x[i] > max_x ? x[i] : max_x;
		max_y = y[i] > max_y ? y[i] : max_y;
	}
	double sum_x = 0, sum_y = 0, weighted = 0; // of e^dx, of e^dy, and of e^dx (dx - dy)
	for (int start = 0; start < n; start += LANES) {
		float s[LANES] = {0}, t[LANES] = {0}, w[LANES] = {0};
		int end = start + LANES < n ? LANES : n - start;
		for (int j = 0; j < end; j++) {
			float dx = x[start + j] - max_x, dy = y[start + j] - max_y, e = exp_neg(dx);
			s[j] = e;
			t[j] = exp_neg(dy);
			w[j] = e * (dx - dy);
		}
		for (int j = 0; j < LANES; j++) {
			sum_x += s[j];
			sum_y += t[j];
			weighted += w[j];
		}
	}
	double d = weighted / sum_x - log(sum_x) + log(sum_y);
	return d < 0 ? 0 : d; // by rounding
}
