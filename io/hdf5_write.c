/* hdf5_write.c - writing HDF5 files. */
#include "h5.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((uint64_t)1 << 20)

bool ptm_h5_set_numbers(hid_t at, const char *name, const double *values, hsize_t count)
{
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t attribute = H5Acreate2(at, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = H5Awrite(attribute, H5T_NATIVE_DOUBLE, values) >= 0;
    ptm_h5_close(attribute);
    ptm_h5_close(space);
    return good;
}

bool ptm_h5_set_text(hid_t at, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    hid_t attribute = H5Acreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = H5Awrite(attribute, type, text) >= 0;
    ptm_h5_close(attribute);
    ptm_h5_close(space);
    ptm_h5_close(type);
    return good;
}

/* A chunk is one step of the first axes and some rows of the last two, about CHUNK_BYTES. */
static void choose_chunk(hsize_t *chunk, const ptm_io_plan *plan)
{
    int axes = plan->array.dimensions;
    uint64_t left = CHUNK_BYTES / ptm_io_type_size(plan->type);
    for (int i = axes - 1; i >= 0; i--) {
        uint64_t length = (uint64_t)plan->array.shape[i];
        chunk[i] = i < axes - 2 || left < 1 ? 1 : length < left ? length : left;
        left /= chunk[i];
    }
}

static hid_t create_data(hid_t file, const ptm_io_plan *plan, const char *name)
{
    hsize_t shape[PTM_IO_MAX_DIMENSIONS], chunk[PTM_IO_MAX_DIMENSIONS];
    for (int i = 0; i < plan->array.dimensions; i++) shape[i] = (hsize_t)plan->array.shape[i];
    choose_chunk(chunk, plan);
    hid_t space = H5Screate_simple(plan->array.dimensions, shape, NULL), type = ptm_h5_memory_type(plan->type);
    hid_t links = H5Pcreate(H5P_LINK_CREATE), layout = H5Pcreate(H5P_DATASET_CREATE), data = -1;
    H5Pset_create_intermediate_group(links, 1);
    bool good =
        H5Pset_chunk(layout, plan->array.dimensions, chunk) >= 0 && H5Pset_fill_time(layout, H5D_FILL_TIME_NEVER) >= 0;
    if (good && plan->compress && H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0)
        good = H5Pset_shuffle(layout) >= 0 && H5Pset_deflate(layout, 4) >= 0;
    if (good) data = H5Dcreate2(file, name, type, space, links, layout, H5P_DEFAULT);
    ptm_h5_close(layout);
    ptm_h5_close(links);
    ptm_h5_close(type);
    ptm_h5_close(space);
    return data;
}

static bool set_notes(hid_t data, const ptm_io_plan *plan)
{
    double window[2] = { plan->low, plan->high };
    const double *s = plan->array.spacing;
    bool spaced = s[0] > 0 || s[1] > 0 || s[2] > 0, good = true;
    if (spaced)
        good = ptm_h5_set_numbers(data, "spacing", s, 3) && ptm_h5_set_text(data, "spacing_order", "x y z") &&
               ptm_h5_set_text(data, "spacing_units", "mm");
    if (plan->windowed) good = good && ptm_h5_set_numbers(data, "window", window, 2);
    if (plan->description) good = good && ptm_h5_set_text(data, "description", plan->description);
    return good;
}

/* ------------------------------------------------------------------ slab by slab */

typedef struct h5_writer {
    const char *path; /* for messages */
    hid_t file;
    int error; /* errno of the first write that failed */
    /* the data set that is open */
    const ptm_io_plan *plan;
    hid_t data;
    hsize_t next; /* place along its first axis */
} h5_writer;

static int status_of(const h5_writer *w, bool good, const char *what)
{
    if (w->error) return ptm_io_write_failed(w->path, w->error);
    return good ? PTM_OK : ptm_h5_fail(PTM_ERROR_IO, w->path, what);
}

static int open_file(h5_writer *w, const char *temporary, const char *path)
{
    *w = (h5_writer) { .path = path, .data = -1 };
    w->file = ptm_h5_create(temporary, &w->error);
    int status = status_of(w, w->file >= 0, "cannot be written");
    if (status) return status;
    return status_of(w, ptm_h5_set_text(w->file, "creator", "polytome"), "its attributes cannot be written");
}

/* Instead of the one before. */
static int open_set(h5_writer *w, const ptm_io_plan *plan)
{
    ptm_h5_close(w->data);
    w->plan = plan;
    w->next = 0;
    w->data = create_data(w->file, plan, plan->dataset ? plan->dataset : "exchange/data");
    int status = status_of(w, w->data >= 0, "the data set cannot be made");
    return status ? status : status_of(w, set_notes(w->data, plan), "its attributes cannot be written");
}

static int put_places(h5_writer *w, const void *data, int64_t count)
{
    int axes = w->plan->array.dimensions;
    hsize_t start[PTM_IO_MAX_DIMENSIONS] = { w->next }, size[PTM_IO_MAX_DIMENSIONS] = { (hsize_t)count };
    for (int i = 1; i < axes; i++) size[i] = (hsize_t)w->plan->array.shape[i];
    hid_t space = H5Dget_space(w->data), memory = H5Screate_simple(axes, size, NULL);
    hid_t type = ptm_h5_memory_type(w->plan->type);
    bool good = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL) >= 0 &&
                H5Dwrite(w->data, type, memory, space, H5P_DEFAULT, data) >= 0;
    ptm_h5_close(type);
    ptm_h5_close(memory);
    ptm_h5_close(space);
    w->next += (hsize_t)count;
    return status_of(w, good, "cannot be written");
}

/* What libhdf5 still held is written now. */
static bool close_file(h5_writer *w)
{
    ptm_h5_close(w->data);
    bool good = w->file < 0 || H5Fclose(w->file) >= 0;
    w->file = w->data = -1;
    return good;
}

int ptm_h5_begin(void **state, const ptm_io_plan *plan)
{
    h5_writer *w = *state = ptm_io_alloc(1, sizeof *w);
    if (!w) return PTM_ERROR_MEMORY;
    h5_guard guard;
    ptm_h5_enter(&guard);
    int status = open_file(w, plan->temporary, plan->path);
    if (!status) status = open_set(w, plan);
    ptm_h5_leave(&guard);
    return status;
}

int ptm_h5_slab(void *state, const void *data, int64_t count)
{
    h5_guard guard;
    ptm_h5_enter(&guard);
    int status = put_places(state, data, count);
    ptm_h5_leave(&guard);
    return status;
}

int ptm_h5_finish(void *state)
{
    h5_guard guard;
    ptm_h5_enter(&guard);
    bool good = close_file(state);
    int status = status_of(state, good, "cannot be written");
    ptm_h5_leave(&guard);
    return status;
}

void ptm_h5_release(void *state)
{
    h5_guard guard;
    ptm_h5_enter(&guard);
    close_file(state);
    ptm_h5_leave(&guard);
    free(state);
}

/* ------------------------------------------------------------------ scans */

static int check_part(const ptm_io_array *part, const ptm_io_array *projections, const char *name)
{
    if (!part) return PTM_OK;
    uint64_t bytes;
    const int status = ptm_io_shape_bytes(&bytes, part->type, part->dimensions, part->shape, name);
    if (status) return status;
    if (!part->data || part->dimensions != 3 || part->type >= PTM_IO_COMPLEX64)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s has %d axes, expected real numbers (frame, row, column)", name,
            part->dimensions);
    if (part->shape[1] != projections->shape[1] || part->shape[2] != projections->shape[2])
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s has frames of another size than the projections", name);
    return PTM_OK;
}

static int check_scan(const char *path, const ptm_io_frames *frames, const ptm_io_write_options *o)
{
    if (ptm_io_format_by_suffix(path) != PTM_IO_FORMAT_HDF5 && o->format != PTM_IO_FORMAT_HDF5)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: a scan is written as HDF5, with the suffix .h5", path);
    if (o->bits || o->window || o->dataset)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "bits, window and dataset are for arrays, a scan is written as it is");
    int status = check_part(frames->projections, frames->projections, "projections");
    if (!status) status = check_part(frames->flats, frames->projections, "flats");
    return status ? status : check_part(frames->darks, frames->projections, "darks");
}

/* All of a data set; a disk that is full is noticed between two blocks. */
static int write_set(h5_writer *w, const ptm_io_plan *plan, const ptm_io_array *part)
{
    const int64_t places = part->shape[0], block = ptm_io_plan_block(plan);
    const uint64_t place_bytes = ptm_io_plan_step(plan) * ptm_io_type_size(plan->type);
    int status = open_set(w, plan);
    for (int64_t i = 0, n; !status && i < places; i += n) {
        n = places - i < block ? places - i : block;
        status = put_places(w, (const char *)part->data + (uint64_t)i * place_bytes, n);
    }
    return status;
}

/* degrees has room for the angles. */
static int write_sets(h5_writer *w, const ptm_io_frames *frames, const ptm_io_write_options *o, double *degrees)
{
    const int64_t views = frames->projections->shape[0];
    ptm_io_array theta = { .type = PTM_IO_FLOAT64, .dimensions = 1, .shape = { views }, .data = degrees };
    const ptm_io_array *parts[4] = { frames->projections, frames->flats, frames->darks, frames->angles ? &theta : NULL };
    static const char *const names[4] = { "exchange/data", "exchange/data_white", "exchange/data_dark", "exchange/theta" };
    int status = PTM_OK;
    for (int64_t i = 0; frames->angles && i < views; i++) degrees[i] = frames->angles[i] * (180 / 3.14159265358979323846);
    for (int i = 0; !status && i < 4; i++)
        if (parts[i])
            status = write_set(w, &(ptm_io_plan) { .path = w->path, .array = *parts[i], .type = parts[i]->type,
                .compress = o->compress, .dataset = names[i], .description = i == 0 ? o->description : NULL }, parts[i]);
    return status;
}

static int write_scan(const char *path, const ptm_io_frames *frames, const ptm_io_write_options *o, double *degrees)
{
    ptm_io_output output;
    int status = ptm_io_output_begin(&output, path, o->overwrite);
    if (status) return status;
    h5_guard guard;
    h5_writer w;
    ptm_h5_enter(&guard);
    status = open_file(&w, output.temporary, path);
    if (!status) status = write_sets(&w, frames, o, degrees);
    bool good = close_file(&w);
    if (!status) status = status_of(&w, good, "cannot be written");
    ptm_h5_leave(&guard);
    if (!status) status = ptm_io_output_commit(&output);
    ptm_io_output_end(&output);
    return status;
}

int ptm_io_scan_write(const char *path, const ptm_io_frames *frames, const ptm_io_write_options *options)
{
    if (!path || !frames || !frames->projections)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", !path ? "path" : !frames ? "frames" : "projections");
    ptm_io_write_options o;
    int status = ptm_io_options(&o, sizeof o, options, "ptm_io_write_options");
    if (!status) status = check_scan(path, frames, &o);
    if (status) return status;
    double *degrees = ptm_io_alloc((uint64_t)frames->projections->shape[0], sizeof *degrees);
    status = degrees ? write_scan(path, frames, &o, degrees) : PTM_ERROR_MEMORY;
    free(degrees);
    return status;
}
