/* write.c - ptm_io_write(): what is written where, and windows. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 4096 /* elements converted at a time */

/* ------------------------------------------------------------------ elements as they are stored */

static double largest(ptm_io_type type)
{
    return type == PTM_IO_UINT8 ? 255 : 65535;
}

static void window_elements(const ptm_io_plan *plan, uint64_t first, uint64_t count, void *to)
{
    double values[BLOCK], top = largest(plan->type), scale = top / (plan->high - plan->low);
    for (uint64_t done = 0; done < count; done += BLOCK) {
        uint64_t n = count - done < BLOCK ? count - done : BLOCK;
        ptm_io_doubles(values, plan->array.type, plan->array.data, first + done, n);
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

const void *ptm_io_plan_elements(const ptm_io_plan *plan, uint64_t first, uint64_t count, void *scratch)
{
    const char *from = (const char *)plan->array.data + first * ptm_io_type_size(plan->array.type);
    if (plan->windowed) {
        window_elements(plan, first, count, scratch);
    } else if (plan->type == plan->array.type) {
        return from;
    } else if (plan->type == PTM_IO_UINT16) { /* uint8 that become wider */
        for (uint64_t i = 0; i < count; i++) ((uint16_t *)scratch)[i] = ((const uint8_t *)from)[i];
    } else {
        uint64_t bad;
        ptm_io_floats(scratch, plan->array.type, from, count, &bad);
    }
    return scratch;
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

static int find_window(ptm_io_plan *plan, const ptm_io_write_options *o)
{
    plan->low = o->low;
    plan->high = o->high;
    if (o->window == PTM_IO_WINDOW_GIVEN) return PTM_OK;
    range r = finite_range(&plan->array);
    if (!r.count)
        return ptm_error_set(
            PTM_ERROR_ARGUMENT, "%s: no value is finite, so that no window can be found; it has to be given", plan->path);
    plan->low = r.low;
    plan->high = r.high;
    if (o->window == PTM_IO_WINDOW_PERCENTILE) {
        double share = (o->percentile ? o->percentile : 0.1) / 100, count = (double)r.count;
        plan->low = value_at_rank(&plan->array, r, share * count);
        plan->high = value_at_rank(&plan->array, r, (1 - share) * count);
    }
    if (!(plan->high > plan->low)) plan->high = plan->low + fmax(1, fabs(plan->low)); /* all the same: stored as 0 */
    if (!isfinite(plan->high - plan->low))
        return ptm_error_set(PTM_ERROR_ARGUMENT,
            "%s: values from %g to %g are too far apart for a window to be found; it has to be given", plan->path,
            plan->low, plan->high);
    return PTM_OK;
}

/* ------------------------------------------------------------------ the plan */

static int check_options(const ptm_io_write_options *o)
{
    if (o->bits != 0 && o->bits != 8 && o->bits != 16 && o->bits != 32)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "bits is %d; expected 0, 8, 16 or 32", o->bits);
    if ((int)o->window < PTM_IO_WINDOW_AUTO || o->window > PTM_IO_WINDOW_GIVEN)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "window is %d; expected one of ptm_io_window", (int)o->window);
    if (o->window == PTM_IO_WINDOW_GIVEN && !(isfinite(o->low) && isfinite(o->high - o->low) && o->high > o->low))
        return ptm_error_set(
            PTM_ERROR_ARGUMENT, "low is %g and high is %g; expected finite numbers, low below high", o->low, o->high);
    if (!(o->percentile >= 0 && o->percentile < 50))
        return ptm_error_set(PTM_ERROR_ARGUMENT, "percentile is %g; expected at least 0 and below 50", o->percentile);
    return PTM_OK;
}

static int choose_type(ptm_io_plan *plan, const ptm_io_write_options *o, ptm_io_format format)
{
    ptm_io_type from = plan->array.type;
    int bits = o->bits;
    bool complex = from >= PTM_IO_COMPLEX64;
    if (complex && (bits || format == PTM_IO_FORMAT_TIFF || format == PTM_IO_FORMAT_PNG))
        return ptm_error_set(
            PTM_ERROR_UNSUPPORTED, "%s: complex values can only be written as they are, to .npy or HDF5", plan->path);
    if (format == PTM_IO_FORMAT_PNG && bits == 32)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: PNG files have 8 or 16 bits, not 32", plan->path);
    if (format == PTM_IO_FORMAT_PNG && !bits) bits = from == PTM_IO_UINT8 && !o->window ? 8 : 16;
    plan->type = bits == 0 ? from : bits == 8 ? PTM_IO_UINT8 : bits == 16 ? PTM_IO_UINT16 : PTM_IO_FLOAT32;
    bool narrow = plan->type != from && (bits == 8 || (bits == 16 && from != PTM_IO_UINT8));
    plan->windowed = narrow || (o->window && (bits == 8 || bits == 16));
    if (o->window && !plan->windowed)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: a window is for 8 or 16 bits; bits is %d", plan->path, o->bits);
    if (plan->windowed && format == PTM_IO_FORMAT_NPY)
        return ptm_error_set(
            PTM_ERROR_UNSUPPORTED, "%s: .npy files cannot record the window; write TIFF, PNG or HDF5", plan->path);
    return PTM_OK;
}

/* float64 that become float32 must fit. */
static int check_floats(const ptm_io_plan *plan)
{
    float values[BLOCK];
    if (plan->type != PTM_IO_FLOAT32 || plan->array.type != PTM_IO_FLOAT64) return PTM_OK;
    uint64_t count = (uint64_t)ptm_io_array_count(&plan->array), bad;
    const double *from = plan->array.data;
    for (uint64_t first = 0; first < count; first += BLOCK)
        if (!ptm_io_floats(values, PTM_IO_FLOAT64, from + first, count - first < BLOCK ? count - first : BLOCK, &bad))
            return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: element %llu is %g, which float32 cannot hold", plan->path,
                (unsigned long long)(first + bad), from[first + bad]);
    return PTM_OK;
}

static int make_plan(
    ptm_io_plan *plan, const char *path, const ptm_io_array *array, const ptm_io_write_options *o, ptm_io_format format)
{
    *plan = (ptm_io_plan) {
        .path = path, .array = *array, .compress = o->compress, .dataset = o->dataset, .description = o->description
    };
    int status = choose_type(plan, o, format);
    if (!status && plan->windowed) status = find_window(plan, o);
    return status ? status : check_floats(plan);
}

/* ------------------------------------------------------------------ writing */

static int write_one(const char *path, const ptm_io_array *array, const ptm_io_write_options *o, ptm_io_format format)
{
    ptm_io_output output;
    int status = ptm_io_output_begin(&output, path, o->overwrite);
    if (status) return status;
    ptm_io_plan plan;
    status = make_plan(&plan, path, array, o, format);
    if (!status) status = ptm_io_codec_of(format)->write(output.temporary, &plan);
    if (!status) status = ptm_io_output_commit(&output);
    ptm_io_output_end(&output);
    return status;
}

/* The pattern's file number `index`, the path itself where it is none; or NULL. */
static char *slice_path(const char *path, int64_t index)
{
    size_t begin, end, size = strlen(path) + 32;
    int width;
    if (!ptm_io_find_pattern(path, &begin, &end, &width)) return ptm_io_copy_text(path);
    char *result = ptm_io_alloc(size, 1);
    if (result) snprintf(result, size, "%.*s%0*lld%s", (int)begin, path, width, (long long)index, path + end);
    return result;
}

static int write_slice(
    ptm_io_output *output, const char *path, const ptm_io_plan *whole, int64_t index, bool overwrite, ptm_io_format format)
{
    ptm_io_plan plan = *whole;
    ptm_io_array *slice = &plan.array;
    char *name = slice_path(path, index);
    if (!name) return PTM_ERROR_MEMORY;
    uint64_t bytes = ptm_io_array_bytes(slice) / (uint64_t)slice->shape[0];
    slice->data = (char *)slice->data + (uint64_t)index * bytes;
    slice->dimensions = 2;
    slice->shape[0] = slice->shape[1];
    slice->shape[1] = slice->shape[2];
    plan.path = name;
    int status = ptm_io_output_begin(output, name, overwrite);
    if (!status) status = ptm_io_codec_of(format)->write(output->temporary, &plan);
    free(name);
    return status;
}

/* All temporaries first, so that a full disk leaves nothing behind. */
static int write_slices(const char *path, const ptm_io_array *array, const ptm_io_write_options *o, ptm_io_format format)
{
    ptm_io_plan plan;
    int64_t count = array->shape[0];
    int status = make_plan(&plan, path, array, o, format);
    if (status) return status;
    ptm_io_output *outputs = ptm_io_alloc((uint64_t)count, sizeof *outputs);
    if (!outputs) return PTM_ERROR_MEMORY;
    for (int64_t i = 0; !status && i < count; i++) status = write_slice(&outputs[i], path, &plan, i, o->overwrite, format);
    for (int64_t i = 0; !status && i < count; i++) status = ptm_io_output_commit(&outputs[i]);
    for (int64_t i = 0; i < count; i++) {
        if (status) ptm_io_output_undo(&outputs[i]);
        ptm_io_output_end(&outputs[i]);
    }
    free(outputs);
    return status;
}

/* Sets whether there is one file for each slice. */
static int check_shape(bool *slices, const char *path, const ptm_io_array *array, ptm_io_format format)
{
    size_t begin, end;
    int width;
    bool picture = format == PTM_IO_FORMAT_TIFF || format == PTM_IO_FORMAT_PNG;
    bool pattern = ptm_io_find_pattern(path, &begin, &end, &width);
    *slices = picture && array->dimensions == 3 && pattern;
    if (pattern && !*slices)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED,
            "%s: a pattern makes TIFF or PNG files of 3 axes; this is %s, %d axes", path,
            ptm_io_format_name(format), array->dimensions);
    if (!picture || *slices || array->dimensions == 2) return PTM_OK;
    if (array->dimensions == 3 && format == PTM_IO_FORMAT_TIFF) return PTM_OK;
    if (array->dimensions == 3)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED,
            "%s: a PNG file holds 2 axes, the array has 3; name a pattern such as "
            "slice_%%04d.png, or write TIFF",
            path);
    return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: %s files hold 2 or 3 axes, the array has %d", path,
        ptm_io_format_name(format), array->dimensions);
}

/* What can be said without looking at the values. */
static int prepare(ptm_io_write_options *o, ptm_io_format *format, bool *slices, const char *path, const ptm_io_array *array,
    const ptm_io_write_options *options)
{
    int status = ptm_io_options(o, sizeof *o, options, "ptm_io_write_options");
    uint64_t bytes;
    if (!status) status = check_options(o);
    if (!status) status = ptm_io_shape_bytes(&bytes, array->type, array->dimensions, array->shape, "array");
    if (status) return status;
    *format = o->format ? o->format : ptm_io_format_by_suffix(path);
    if (!*format)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: the suffix says no format; expected .npy, .tif, .png or .h5", path);
    if (!ptm_io_codec_of(*format)) return PTM_ERROR_UNSUPPORTED;
    if (o->dataset && *format != PTM_IO_FORMAT_HDF5)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "dataset is \"%s\", but %s is no HDF5 file", o->dataset, path);
    return check_shape(slices, path, array, *format);
}

int ptm_io_write(const char *path, const ptm_io_array *array, const ptm_io_write_options *options)
{
    if (!path || !array || !array->data)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", !path ? "path" : array ? "array->data" : "array");
    ptm_io_write_options o;
    ptm_io_format format;
    bool slices;
    int status = prepare(&o, &format, &slices, path, array, options);
    if (status) return status;
    return slices ? write_slices(path, array, &o, format) : write_one(path, array, &o, format);
}

static int check_slices(const char *path, int64_t count, bool overwrite)
{
    int status = PTM_OK;
    for (int64_t i = 0; !status && i < count; i++) {
        char *name = slice_path(path, i);
        status = name ? ptm_io_output_check(name, overwrite) : PTM_ERROR_MEMORY;
        free(name);
    }
    return status;
}

int ptm_io_write_check(const char *path, const ptm_io_array *array, const ptm_io_write_options *options)
{
    if (!path) return ptm_error_set(PTM_ERROR_ARGUMENT, "path is NULL");
    ptm_io_write_options o;
    ptm_io_format format;
    bool slices = false;
    int status = ptm_io_options(&o, sizeof o, options, "ptm_io_write_options");
    if (!status && array) {
        status = prepare(&o, &format, &slices, path, array, options);
        ptm_io_plan plan = { .path = path, .array = *array };
        if (!status) status = choose_type(&plan, &o, format);
    }
    if (status) return status;
    return slices ? check_slices(path, array->shape[0], o.overwrite) : ptm_io_output_check(path, o.overwrite);
}

int ptm_io_slice_path(char *text, size_t size, const char *path, int64_t index)
{
    if (!text || !path) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", text ? "path" : "text");
    char *name = slice_path(path, index);
    if (!name) return PTM_ERROR_MEMORY;
    bool fits = strlen(name) < size;
    if (fits) memcpy(text, name, strlen(name) + 1);
    free(name);
    return fits ? PTM_OK : ptm_error_set(PTM_ERROR_ARGUMENT, "size is %zu, too small for slice %lld of %s", size,
        (long long)index, path);
}
