#include "values.h"

#include <math.h>
#include <stdlib.h>

#define SAMPLE 1000000

typedef struct sample {
    float *values;
    int64_t step, count; /* one value of every `step` is taken: how many were */
    int64_t next;        /* which is the next one, counted in the array */
} sample;

/* Each stretch has its value at another place, so that they are not all of one column. */
static void take(sample *s, float value)
{
    s->values[s->count++] = value;
    s->next = s->count * s->step + (int64_t)((uint32_t)s->count * 2654435761u) % s->step;
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Sums are of differences from the first value, which keeps their squares small. */
static void walk(cli_measured *m, sample *s, const ptm_array *a)
{
    const int64_t *n = a->shape;
    double first = 0, sum = 0, squares = 0;
    int64_t index = 0;
    for (int64_t i = 0; i < n[0] * n[1]; ++i) {
        const float *line = (const float *)a->data + i / n[1] * a->stride[0] + i % n[1] * a->stride[1];
        for (int64_t k = 0; k < n[2]; ++k) {
            const double value = line[k * a->stride[2]];
            if (!isfinite(value)) continue;
            if (m->count == 0) first = m->least = m->greatest = value;
            if (index++ == s->next) take(s, (float)value);
            m->count++;
            m->least = fmin(m->least, value);
            m->greatest = fmax(m->greatest, value);
            sum += value - first;
            squares += (value - first) * (value - first);
        }
    }
    if (m->count == 0) return;
    const double mean = sum / (double)m->count;
    m->mean = first + mean;
    m->deviation = sqrt(fmax(0, squares / (double)m->count - mean * mean));
}

int cli_measure(cli_measured *m, const ptm_array *a)
{
    static const double shares[2] = { 0.001, 0.01 };
    const int64_t count = cli_count(a);
    sample s = { .step = (count + SAMPLE - 1) / SAMPLE };
    *m = (cli_measured){ 0 };
    s.values = malloc((size_t)(count / s.step + 1) * sizeof *s.values);
    if (!s.values) return cli_error(CLI_MEMORY, "no memory for a sample of values");
    walk(m, &s, a);
    qsort(s.values, (size_t)s.count, sizeof *s.values, by_value);
    for (int i = 0; i < 2 && s.count > 0; ++i) {
        const int64_t rank = (int64_t)(shares[i] * (double)s.count);
        m->percentiles[i] = s.values[rank];
        m->percentiles[3 - i] = s.values[s.count - 1 - rank];
    }
    free(s.values);
    return CLI_OK;
}

void cli_stretch(double *low, double *high, const cli_measured *m, double more)
{
    const double from = m->percentiles[0], to = m->percentiles[3], width = to - from;
    *low = width > 0 ? fmax(m->least, from - more * width) : m->least;
    *high = width > 0 ? fmin(m->greatest, to + more * width) : m->greatest;
    if (!(*high > *low)) *high = *low + fmax(1, fabs(*low));
}
