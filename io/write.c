/* write.c - writing arrays slab by slab, and whole: what is written where. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((uint64_t)4 << 20)

struct ptm_io_writer {
    const ptm_io_codec *codec;
    ptm_io_plan plan; /* of the whole array */
    ptm_io_format format;
    bool slices; /* a file for each place along the first axis */
    bool overwrite;
    char *path, *dataset, *description; /* copies, for the plan */
    char *beside;
    ptm_io_output *outputs;
    int64_t files, begun;
    /* The file that is being written. */
    ptm_io_plan file;
    char *name;
    void *state;   /* the codec's; NULL: no file is open */
    void *scratch; /* room for a block of elements as they are stored; NULL: they are stored as they are */
    int64_t done;  /* places along the first axis */
    int status;    /* of the write that failed; others cannot mend it */
};

uint64_t ptm_io_plan_step(const ptm_io_plan *plan)
{
    return (uint64_t)ptm_io_array_count(&plan->array) / (uint64_t)plan->array.shape[0];
}

int64_t ptm_io_plan_block(const ptm_io_plan *plan)
{
    uint64_t bytes = ptm_io_plan_step(plan) * ptm_io_type_size(plan->type), places = BLOCK_BYTES / bytes;
    return places < 1 ? 1 : places < (uint64_t)plan->array.shape[0] ? (int64_t)places : plan->array.shape[0];
}

/* ------------------------------------------------------------------ the plan */

static int check_options(const ptm_io_write_options *o)
{
    if ((int)o->format < PTM_IO_FORMAT_AUTO || o->format > PTM_IO_FORMAT_RAW)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "format is %d; expected one of ptm_io_format", (int)o->format);
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
    bool any = format == PTM_IO_FORMAT_NPY || format == PTM_IO_FORMAT_HDF5 || format == PTM_IO_FORMAT_RAW;
    if (complex && (bits || !any))
        return ptm_error_set(
            PTM_ERROR_UNSUPPORTED, "%s: complex values can only be written as they are, to .npy, .raw or HDF5", plan->path);
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
            PTM_ERROR_UNSUPPORTED, "%s: .npy files cannot record the window; the other formats do", plan->path);
    return PTM_OK;
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

/* Sets whether there is one file for each slice. */
static int check_shape(bool *slices, const char *path, const ptm_io_array *array, ptm_io_format format)
{
    size_t begin, end;
    int width;
    bool picture = format == PTM_IO_FORMAT_TIFF || format == PTM_IO_FORMAT_PNG;
    bool pattern = ptm_io_find_pattern(path, &begin, &end, &width);
    int status = ptm_io_check_pattern(path);
    if (status) return status;
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

static int plan_beside(ptm_io_writer *w, const char *path)
{
    const char *suffix = w->codec->beside ? w->codec->beside(path, w->plan.compress) : NULL;
    if (suffix && !(w->beside = ptm_io_other_suffix(path, suffix))) return PTM_ERROR_MEMORY;
    w->plan.beside = w->beside;
    if (!suffix || strcmp(w->beside, path) != 0) return PTM_OK;
    return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: is the name of the file that goes beside it", path);
}

/* What can be said without looking at the values. */
static int make_plan(ptm_io_writer *w, const char *path, const ptm_io_array *array, const ptm_io_write_options *o)
{
    uint64_t bytes;
    int status = check_options(o);
    if (!status) status = ptm_io_shape_bytes(&bytes, array->type, array->dimensions, array->shape, "array");
    if (status) return status;
    w->format = o->format ? o->format : ptm_io_format_by_suffix(path);
    if (!w->format)
        return ptm_error_set(PTM_ERROR_ARGUMENT,
            "%s: the suffix says no format; expected .npy, .tif, .png, .h5, .mha, .nrrd or .raw", path);
    if (!(w->codec = ptm_io_codec_of(w->format))) return PTM_ERROR_UNSUPPORTED;
    if (o->dataset && w->format != PTM_IO_FORMAT_HDF5)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "dataset is \"%s\", but %s is no HDF5 file", o->dataset, path);
    w->plan = (ptm_io_plan) {
        .path = path, .array = *array, .compress = o->compress, .dataset = o->dataset, .description = o->description
    };
    w->plan.array.data = NULL;
    w->overwrite = o->overwrite;
    status = check_shape(&w->slices, path, array, w->format);
    if (!status) status = choose_type(&w->plan, o, w->format);
    if (!status) status = plan_beside(w, path);
    if (!status && w->codec->check) status = w->codec->check(&w->plan);
    if (!status && w->beside) status = ptm_io_output_check(w->beside, o->overwrite);
    if (status) return status;
    return w->slices ? check_slices(path, array->shape[0], o->overwrite) : ptm_io_output_check(path, o->overwrite);
}

int ptm_io_write_check(const char *path, const ptm_io_array *array, const ptm_io_write_options *options)
{
    if (!path) return ptm_error_set(PTM_ERROR_ARGUMENT, "path is NULL");
    ptm_io_write_options o;
    ptm_io_writer w = { NULL };
    int status = ptm_io_options(&o, sizeof o, options, "ptm_io_write_options");
    if (status) return status;
    status = array ? make_plan(&w, path, array, &o) : ptm_io_output_check(path, o.overwrite);
    free(w.beside);
    return status;
}

/* ------------------------------------------------------------------ slab by slab */

static bool copy_text(char **copy, const char **text)
{
    if (*text && !(*copy = ptm_io_copy_text(*text))) return false;
    *text = *copy;
    return true;
}

/* What the writer keeps for as long as it is there. */
static int make_room(ptm_io_writer *w)
{
    if (!copy_text(&w->path, &w->plan.path) || !copy_text(&w->dataset, &w->plan.dataset) ||
        !copy_text(&w->description, &w->plan.description))
        return PTM_ERROR_MEMORY;
    w->file = w->plan;
    if (w->slices) {
        w->file.array.dimensions = 2;
        memmove(w->file.array.shape, w->file.array.shape + 1, 2 * sizeof *w->file.array.shape);
    }
    uint64_t block = (uint64_t)ptm_io_plan_block(&w->file) * ptm_io_plan_step(&w->file);
    if (!ptm_io_stored_as_is(&w->file) && !(w->scratch = ptm_io_alloc(block, ptm_io_type_size(w->file.type))))
        return PTM_ERROR_MEMORY;
    w->files = w->slices ? w->plan.array.shape[0] : w->beside ? 2 : 1;
    w->outputs = ptm_io_alloc((uint64_t)w->files, sizeof *w->outputs);
    return w->outputs ? PTM_OK : PTM_ERROR_MEMORY;
}

static int begin_file(ptm_io_writer *w)
{
    if (!(w->name = slice_path(w->path, w->begun))) return PTM_ERROR_MEMORY;
    ptm_io_output *output = &w->outputs[w->begun++];
    int status = ptm_io_output_begin(output, w->name, w->overwrite);
    if (status) return status;
    w->file.path = w->name;
    w->file.temporary = output->temporary;
    if (w->beside) {
        status = ptm_io_output_begin(&w->outputs[w->begun++], w->beside, w->overwrite);
        if (status) return status;
        w->file.beside_temporary = w->outputs[w->begun - 1].temporary;
    }
    return w->codec->begin(&w->state, &w->file);
}

static void release_file(ptm_io_writer *w)
{
    if (w->state) w->codec->release(w->state);
    w->state = NULL;
    free(w->name);
    w->name = NULL;
}

static int finish_file(ptm_io_writer *w)
{
    int status = w->codec->finish(w->state);
    release_file(w);
    return status;
}

/* Places of the file that is open; `first` is the number of the first element in the array. */
static int put_places(ptm_io_writer *w, const char *data, int64_t count, uint64_t first)
{
    const uint64_t step = ptm_io_plan_step(&w->file);
    const size_t size = ptm_io_type_size(w->file.array.type);
    const int64_t block = ptm_io_plan_block(&w->file);
    int status = PTM_OK;
    for (int64_t i = 0, n; !status && i < count; i += n) {
        n = count - i < block ? count - i : block;
        const uint64_t at = (uint64_t)i * step;
        if (w->scratch) status = ptm_io_store(w->scratch, &w->file, data + at * size, first + at, (uint64_t)n * step);
        if (!status) status = w->codec->slab(w->state, w->scratch ? w->scratch : data + at * size, n);
    }
    return status;
}

static int put_slice(ptm_io_writer *w, const char *data, uint64_t first)
{
    int status = w->state ? PTM_OK : begin_file(w);
    if (!status) status = put_places(w, data, w->file.array.shape[0], first);
    return status ? status : finish_file(w);
}

/* `values` are the whole array, where it is there already. */
static int open_writer(ptm_io_writer **out, const char *path, const ptm_io_array *array,
    const ptm_io_write_options *options, const void *values)
{
    ptm_io_write_options o;
    int status = ptm_io_options(&o, sizeof o, options, "ptm_io_write_options");
    if (status) return status;
    ptm_io_writer *w = ptm_io_alloc(1, sizeof *w);
    if (!w) return PTM_ERROR_MEMORY;
    status = make_plan(w, path, array, &o);
    if (!status && w->plan.windowed) status = ptm_io_find_window(&w->plan, &o, values);
    if (!status) status = make_room(w);
    if (!status) status = begin_file(w);
    if (status)
        ptm_io_writer_cancel(&w);
    else
        *out = w;
    return status;
}

int ptm_io_writer_open(
    ptm_io_writer **out, const char *path, const ptm_io_array *array, const ptm_io_write_options *options)
{
    if (!out || !path || !array)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : path ? "array" : "path");
    return open_writer(out, path, array, options, NULL);
}

int ptm_io_writer_write(ptm_io_writer *w, const void *data, int64_t count)
{
    if (!w || !data) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", w ? "data" : "writer");
    const int64_t left = w->plan.array.shape[0] - w->done;
    if (w->status) return ptm_error_set(w->status, "%s: writing failed before", w->path);
    if (count < 1 || count > left)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: count is %lld; %lld of %lld places are missing", w->path,
            (long long)count, (long long)left, (long long)w->plan.array.shape[0]);
    const uint64_t step = ptm_io_plan_step(&w->plan), first = (uint64_t)w->done * step;
    const size_t place_bytes = (size_t)step * ptm_io_type_size(w->plan.array.type);
    if (!w->slices) w->status = put_places(w, data, count, first);
    for (int64_t i = 0; w->slices && !w->status && i < count; i++)
        w->status = put_slice(w, (const char *)data + (size_t)i * place_bytes, first + (uint64_t)i * step);
    w->done += count;
    return w->status;
}

/* All files are finished before the first one appears, so that a full disk leaves nothing behind. */
static int commit(ptm_io_writer *w)
{
    if (w->status) return ptm_error_set(w->status, "%s: writing failed before", w->path);
    if (w->done < w->plan.array.shape[0])
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: %lld of %lld places are missing", w->path,
            (long long)(w->plan.array.shape[0] - w->done), (long long)w->plan.array.shape[0]);
    int status = w->state ? finish_file(w) : PTM_OK;
    for (int64_t i = 0; !status && i < w->files; i++) status = ptm_io_output_commit(&w->outputs[i]);
    for (int64_t i = 0; status && i < w->files; i++) ptm_io_output_undo(&w->outputs[i]);
    return status;
}

int ptm_io_writer_commit(ptm_io_writer **writer)
{
    if (!writer || !*writer) return ptm_error_set(PTM_ERROR_ARGUMENT, "writer is NULL");
    int status = commit(*writer);
    ptm_io_writer_cancel(writer);
    return status;
}

void ptm_io_writer_cancel(ptm_io_writer **writer)
{
    if (!writer || !*writer) return;
    ptm_io_writer *w = *writer;
    release_file(w);
    for (int64_t i = 0; i < w->begun; i++) ptm_io_output_end(&w->outputs[i]);
    free(w->outputs);
    free(w->scratch);
    free(w->path);
    free(w->dataset);
    free(w->description);
    free(w->beside);
    free(w);
    *writer = NULL;
}

int ptm_io_write(const char *path, const ptm_io_array *array, const ptm_io_write_options *options)
{
    if (!path || !array || !array->data)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", !path ? "path" : array ? "array->data" : "array");
    ptm_io_writer *w;
    int status = open_writer(&w, path, array, options, array->data);
    if (status) return status;
    status = ptm_io_writer_write(w, array->data, array->shape[0]);
    if (!status) return ptm_io_writer_commit(&w);
    ptm_io_writer_cancel(&w);
    return status;
}

/* Frees the name. */
static int put_name(char *text, size_t size, char *name, const char *path)
{
    const bool fits = strlen(name) < size;
    if (fits) memcpy(text, name, strlen(name) + 1);
    free(name);
    return fits ? PTM_OK : ptm_error_set(PTM_ERROR_ARGUMENT, "size is %zu, too small for a name of %s", size, path);
}

int ptm_io_slice_path(char *text, size_t size, const char *path, int64_t index)
{
    if (!text || !path) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", text ? "path" : "text");
    char *name = slice_path(path, index);
    if (!name) return PTM_ERROR_MEMORY;
    return put_name(text, size, name, path);
}

int ptm_io_beside_path(char *text, size_t size, const char *path, const ptm_io_write_options *options)
{
    if (!text || !path) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", text ? "path" : "text");
    ptm_io_write_options o;
    const int status = ptm_io_options(&o, sizeof o, options, "ptm_io_write_options");
    if (status) return status;
    const ptm_io_codec *codec = ptm_io_codec_of(o.format ? o.format : ptm_io_format_by_suffix(path));
    const char *suffix = codec && codec->beside ? codec->beside(path, o.compress) : NULL;
    char *name = suffix ? ptm_io_other_suffix(path, suffix) : ptm_io_copy_text("");
    if (!name) return PTM_ERROR_MEMORY;
    return put_name(text, size, name, path);
}
