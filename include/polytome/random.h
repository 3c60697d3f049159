/* polytome/random.h - random numbers that repeat: streams of a seed, each a function of seed, stream and place alone.
 *
 * Whole numbers are the same on every machine. What is made of them in double, too, as far as the C library's log, cos
 * and exp agree, which they do to the last bit or the one before. Thread safety: any thread, on streams of its own. */
#ifndef POLYTOME_RANDOM_H
#define POLYTOME_RANDOM_H

#include <polytome/common.h>

PTM_BEGIN_DECLS

/* Philox4x32-10 (J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011):
 * four random words for each counter and key. out and counter may be the same. Since 0.1. */
PTM_API void ptm_random_block(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

/* A stream of random numbers. The key is the seed; the counter is the place and the stream, so that the millionth stream is
 * there at once. Set seed and stream, and place to 0; it moves on with each number. */
typedef struct ptm_random { uint64_t seed, stream, place; } ptm_random;

/* Uniform between 0 and 1, never either: (n + 1/2) / 2^52 with n below 2^52. Since 0.1. */
PTM_API double ptm_random_uniform(ptm_random *random);
/* Normal, with mean 0 and variance 1 (G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29, 1958); two places of the stream.
 * Since 0.1. */
PTM_API double ptm_random_normal(ptm_random *random);
/* Poisson, a whole number; mean from 0 to 1e15, not-a-number for others. Below 10 by inversion, else by transformed
 * rejection (W. Hormann, Insurance: Math. and Economics 12, 1993, algorithm PTRS), both exact. Since 0.1. */
PTM_API double ptm_random_poisson(ptm_random *random, double mean);

PTM_END_DECLS
#endif
