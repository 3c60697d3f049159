/* random.c - Philox4x32-10, and numbers of several distributions made of it. */
#include <polytome/random.h>

#include <math.h>

#define PI 3.14159265358979323846

void ptm_random_block(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t c[4] = { counter[0], counter[1], counter[2], counter[3] }, k[2] = { key[0], key[1] };
    for (int round = 0; round < 10; ++round) {
        const uint64_t a = (uint64_t)0xD2511F53u * c[0], b = (uint64_t)0xCD9E8D57u * c[2];
        c[0] = (uint32_t)(b >> 32) ^ c[1] ^ k[0];
        c[1] = (uint32_t)b;
        c[2] = (uint32_t)(a >> 32) ^ c[3] ^ k[1];
        c[3] = (uint32_t)a;
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    for (int i = 0; i < 4; ++i) out[i] = c[i];
}

/* A block has two numbers of 52 bits. */
double ptm_random_uniform(ptm_random *random)
{
    const uint64_t block = random->place / 2, half = random->place % 2 * 2;
    const uint32_t counter[4] = { (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)random->stream,
        (uint32_t)(random->stream >> 32) };
    const uint32_t key[2] = { (uint32_t)random->seed, (uint32_t)(random->seed >> 32) };
    uint32_t words[4];
    ptm_random_block(words, counter, key);
    random->place++;
    const uint64_t bits = (uint64_t)words[half + 1] << 32 | words[half];
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

double ptm_random_normal(ptm_random *random)
{
    const double radius = sqrt(-2 * log(ptm_random_uniform(random)));
    return radius * cos(2 * PI * ptm_random_uniform(random));
}

/* ------------------------------------------------------------------ Poisson */

/* The first k whose probabilities up to it exceed a uniform number. Rounding leaves 1e-16 of them at the end. */
static double poisson_by_inversion(ptm_random *random, double mean)
{
    double part = exp(-mean), sum = part, k = 0;
    const double u = ptm_random_uniform(random);
    while (u > sum && k < 200) {
        k += 1;
        part *= mean / k;
        sum += part;
    }
    return k;
}

/* log(k!) - (k + 1/2) log(k) + k - log(2 pi) / 2, which Stirling's series gives to 1e-15 from 16 on. */
static double stirling_rest(double k)
{
    const double s = 1 / (k * k);
    return (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s / 1188)))) / k;
}

/* The logarithm of the probability of k, without the cancellation of k log(mean) - mean - log(k!) (C. Loader, Fast and
 * Accurate Computation of Binomial Probabilities, 2000). */
static double log_probability(double k, double mean)
{
    if (k < 16) {
        double factorial = 1;
        for (int i = 2; i <= (int)k; ++i) factorial *= i;
        return k * log(mean) - mean - log(factorial);
    }
    const double deviance = k * log1p((k - mean) / mean) - (k - mean);
    return -stirling_rest(k) - deviance - 0.5 * log(2 * PI * k);
}

static double poisson_by_rejection(ptm_random *random, double mean)
{
    const double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
    const double scale = 1.1239 + 1.1328 / (b - 3.4), squeeze = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        const double u = ptm_random_uniform(random) - 0.5, v = ptm_random_uniform(random), us = 0.5 - fabs(u);
        const double k = floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= squeeze) return k;
        if (k < 0 || (us < 0.013 && v > us)) continue;
        if (log(v * scale / (a / (us * us) + b)) <= log_probability(k, mean)) return k;
    }
}

double ptm_random_poisson(ptm_random *random, double mean)
{
    if (!(mean >= 0 && mean <= 1e15)) return (double)NAN;
    return mean < 10 ? poisson_by_inversion(random, mean) : poisson_by_rejection(random, mean);
}
