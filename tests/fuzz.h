/* fuzz.h - what makes a program of a libFuzzer target where there is no libFuzzer: inputs from a generator of its own, the
 * same each time.
 *
 * usage: TARGET [--seconds N] [--from K] [FILE...]
 *
 * Without files: input K, K + 1, ... is random. With files: each as it is, and then changed at random. Without --seconds:
 * 500 inputs, or the files alone. It prints where it is, so that what stops it can be found again with --from. */
#ifndef PTM_FUZZ_H
#define PTM_FUZZ_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifndef FUZZ_LIBFUZZER
enum { FUZZ_RANDOM = 512, FUZZ_LONGEST = 1 << 24, FUZZ_FILES = 64 };

typedef struct fuzz_seed { uint8_t *data; size_t size; } fuzz_seed;

static unsigned fuzz_next(uint64_t *state, unsigned below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((*state >> 33) % below);
}

static fuzz_seed fuzz_read(const char *name)
{
    fuzz_seed seed = { malloc(FUZZ_LONGEST), 0 };
    FILE *file = fopen(name, "rb");
    if (!file || !seed.data) exit(1);
    seed.size = fread(seed.data, 1, FUZZ_LONGEST, file);
    fclose(file);
    return seed;
}

/* Some bytes, each near the start as often as anywhere, become others; a few times the end is cut off. */
static size_t fuzz_change(uint8_t *data, size_t size, uint64_t *state)
{
    static const uint8_t odd[] = { 0, 1, 0x7f, 0x80, 0xfe, 0xff };
    for (unsigned n = 1 + fuzz_next(state, 8); n > 0 && size > 0; --n) {
        const size_t reach = fuzz_next(state, 2) && size > 256 ? 256 : size;
        uint8_t *at = data + fuzz_next(state, (unsigned)reach);
        const unsigned how = fuzz_next(state, 4);
        if (how == 0) *at = (uint8_t)fuzz_next(state, 256);
        else if (how == 1) *at ^= (uint8_t)(1u << fuzz_next(state, 8));
        else if (how == 2) *at = odd[fuzz_next(state, sizeof odd)];
        else memset(at, odd[fuzz_next(state, sizeof odd)], size - (size_t)(at - data) < 4 ? 1 : 4);
    }
    return fuzz_next(state, 16) == 0 ? fuzz_next(state, (unsigned)size + 1) : size;
}

/* Input number k. */
static void fuzz_try(uint64_t k, const fuzz_seed *seeds, unsigned count)
{
    uint64_t state = 2 * k + 1;
    for (int i = 0; i < 4; ++i) fuzz_next(&state, 2);
    const fuzz_seed *seed = count > 0 ? &seeds[fuzz_next(&state, count)] : NULL;
    size_t size = seed ? seed->size : FUZZ_RANDOM;
    uint8_t *data = malloc(size + 1);
    if (!data) exit(1);
    for (size_t i = 0; !seed && i < size; ++i) data[i] = (uint8_t)fuzz_next(&state, 256);
    if (seed) {
        memcpy(data, seed->data, size);
        size = fuzz_change(data, size, &state);
    }
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    fuzz_seed seeds[FUZZ_FILES];
    unsigned count = 0;
    uint64_t first = 0;
    long seconds = -1;
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) seconds = atol(argv[++i]);
        else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc) first = strtoull(argv[++i], NULL, 10);
        else if (count < FUZZ_FILES) seeds[count++] = fuzz_read(argv[i]);
    }
    for (unsigned i = 0; i < count; ++i) LLVMFuzzerTestOneInput(seeds[i].data, seeds[i].size);
    const time_t end = time(NULL) + seconds;
    uint64_t k = first;
    for (; seconds > 0 ? time(NULL) < end : count == 0 && k < first + 500; ++k) {
        if (k % 100 == 0) printf("from %llu\n", (unsigned long long)k);
        if (k % 100 == 0) fflush(stdout);
        fuzz_try(k, seeds, count);
    }
    printf("%u files, %llu inputs\n", count, (unsigned long long)(k - first));
    for (unsigned i = 0; i < count; ++i) free(seeds[i].data);
    return 0;
}
#endif
#endif
