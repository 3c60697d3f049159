/* store.c - elements as they are stored: windows, and other types. */
#include "internal.h"

#include <math.h>
#include <string.h>

#define BLOCK 4096 /* elements converted at a time */

static double largest(ptm_io_type type)
{
    return type == PTM_IO_UINT8 ? 255 : 65535;
}

static void window_elements(void *to, const ptm_io_plan *plan, const void *from, uint64_t count)
{
    double values[BLOCK], top = largest(plan->type), scale = top / (plan->high - plan->low);
    for (uint64_t done = 0; done < count; done += BLOCK) {
        uint64_t n = count - done < BLOCK ? count - done : BLOCK;
        ptm_io_doubles(values, plan->array.type, from, done, n);
        for (uint64_t i = 0; i < n; i++) {
            double code = (values[i] - plan->low) * scale + 0.5;
            code = code > 0 ? code < top ? code : top : 0; /* not-a-number: 0 */
            if (plan->type == PTM_IO_UINT8)
                ((uint8_t *)to)[done + i] = (uint8_t)code;
            else
                ((uint16_t *)to)[done + i] = (uint16_t)code;
        }
    }
}

bool ptm_io_stored_as_is(const ptm_io_plan *plan)
{
    return !plan->windowed && plan->type == plan->array.type;
}

int ptm_io_store(void *to, const ptm_io_plan *plan, const void *from, uint64_t first, uint64_t count)
{
    uint64_t bad;
    if (plan->windowed) {
        window_elements(to, plan, from, count);
    } else if (plan->type == PTM_IO_UINT16) { /* uint8 that become wider */
        for (uint64_t i = 0; i < count; i++) ((uint16_t *)to)[i] = ((const uint8_t *)from)[i];
    } else if (!ptm_io_floats(to, plan->array.type, from, count, &bad)) {
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: element %llu is %g, which float32 cannot hold", plan->path,
            (unsigned long long)(first + bad), ((const double *)from)[bad]);
    }
    return PTM_OK;
}

/* ------------------------------------------------------------------ windows */

typedef struct range {
    double low, high;
    uint64_t count; /* of finite values */
} range;

static range finite_range(const ptm_io_array *array)
{
    double values[BLOCK];
    range r = { INFINITY, -INFINITY, 0 };
    uint64_t count = (uint64_t)ptm_io_array_count(array);
    for (uint64_t first = 0; first < count; first += BLOCK) {
        uint64_t n = count - first < BLOCK ? count - first : BLOCK;
        ptm_io_doubles(values, array->type, array->data, first, n);
        for (uint64_t i = 0; i < n; i++) {
            if (!isfinite(values[i])) continue;
            if (values[i] < r.low) r.low = values[i];
            if (values[i] > r.high) r.high = values[i];
            r.count++;
        }
    }
    return r;
}

#define BINS 4096

static void histogram(uint64_t bins[BINS], const ptm_io_array *array, double low, double high)
{
    double values[BLOCK], scale = BINS / (high - low);
    uint64_t count = (uint64_t)ptm_io_array_count(array);
    memset(bins, 0, BINS * sizeof *bins);
    for (uint64_t first = 0; first < count; first += BLOCK) {
        uint64_t n = count - first < BLOCK ? count - first : BLOCK;
        ptm_io_doubles(values, array->type, array->data, first, n);
        for (uint64_t i = 0; i < n; i++) {
            if (!(values[i] >= low && values[i] <= high)) continue;
            int bin = (int)((values[i] - low) * scale);
            bins[bin < BINS ? bin : BINS - 1]++;
        }
    }
}

/* The value that `rank` finite values are below, to 1 / BINS^3 of the range: the bin it is in is divided again, since a
 * few hot pixels can make the range very wide. */
static double value_at_rank(const ptm_io_array *array, range r, double rank)
{
    uint64_t bins[BINS];
    for (int pass = 0; pass < 3 && r.high > r.low; pass++) {
        double width = (r.high - r.low) / BINS, below = 0;
        if (!(width > 0) || !isfinite(BINS / (r.high - r.low))) break;
        histogram(bins, array, r.low, r.high);
        int bin = 0;
        while (bin < BINS - 1 && below + (double)bins[bin] <= rank) below += (double)bins[bin++];
        rank -= below;
        r.low += bin * width;
        r.high = r.low + width;
    }
    return r.low + (r.high - r.low) / 2;
}

int ptm_io_find_window(ptm_io_plan *plan, const ptm_io_write_options *o, const void *data)
{
    plan->low = o->low;
    plan->high = o->high;
    if (o->window == PTM_IO_WINDOW_GIVEN) return PTM_OK;
    if (!data)
        return ptm_error_set(PTM_ERROR_ARGUMENT,
            "%s: 8 and 16 bits want a window, which cannot be found before all values are there; give one "
            "(PTM_IO_WINDOW_GIVEN)",
            plan->path);
    ptm_io_array array = plan->array;
    array.data = (void *)(uintptr_t)data;
    range r = finite_range(&array);
    if (!r.count)
        return ptm_error_set(
            PTM_ERROR_ARGUMENT, "%s: no value is finite, so that no window can be found; it has to be given", plan->path);
    plan->low = r.low;
    plan->high = r.high;
    if (o->window == PTM_IO_WINDOW_PERCENTILE) {
        double share = (o->percentile ? o->percentile : 0.1) / 100, count = (double)r.count;
        plan->low = value_at_rank(&array, r, share * count);
        plan->high = value_at_rank(&array, r, (1 - share) * count);
    }
    if (!(plan->high > plan->low)) plan->high = plan->low + fmax(1, fabs(plan->low)); /* all the same: stored as 0 */
    if (!isfinite(plan->high - plan->low))
        return ptm_error_set(PTM_ERROR_ARGUMENT,
            "%s: values from %g to %g are too far apart for a window to be found; it has to be given", plan->path,
            plan->low, plan->high);
    return PTM_OK;
}
