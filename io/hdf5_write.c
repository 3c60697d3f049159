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

/* Slab by slab along the first axis, so that converting needs little memory. */
static bool write_slabs(hid_t data, const ptm_io_plan *plan, void *scratch, uint64_t slab)
{
    int axes = plan->array.dimensions;
    hsize_t start[PTM_IO_MAX_DIMENSIONS] = { 0 }, count[PTM_IO_MAX_DIMENSIONS];
    for (int i = 0; i < axes; i++) count[i] = (hsize_t)plan->array.shape[i];
    uint64_t length = count[0], step = (uint64_t)ptm_io_array_count(&plan->array) / length;
    hid_t space = H5Dget_space(data), type = ptm_h5_memory_type(plan->type);
    bool good = space >= 0 && type >= 0;
    for (uint64_t first = 0; good && first < length && !ptm_h5_write_error(); first += slab) {
        start[0] = first;
        count[0] = length - first < slab ? length - first : slab;
        hid_t memory = H5Screate_simple(axes, count, NULL);
        good = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
               H5Dwrite(data, type, memory, space, H5P_DEFAULT,
                   ptm_io_plan_elements(plan, first * step, count[0] * step, scratch)) >= 0;
        ptm_h5_close(memory);
    }
    ptm_h5_close(type);
    ptm_h5_close(space);
    return good;
}

static bool write_data(hid_t data, const ptm_io_plan *plan)
{
    uint64_t step = (uint64_t)ptm_io_array_count(&plan->array) / (uint64_t)plan->array.shape[0];
    size_t size = ptm_io_type_size(plan->type);
    uint64_t slab = step * size < 16 * CHUNK_BYTES ? 16 * CHUNK_BYTES / (step * size) : 1;
    if (slab > (uint64_t)plan->array.shape[0]) slab = (uint64_t)plan->array.shape[0];
    void *scratch = ptm_io_alloc(slab * step, plan->type == plan->array.type && !plan->windowed ? 0 : size);
    bool good = scratch && write_slabs(data, plan, scratch, slab);
    free(scratch);
    return good;
}

static int write_set(hid_t file, const ptm_io_plan *plan)
{
    hid_t data = create_data(file, plan, plan->dataset ? plan->dataset : "exchange/data");
    int status = data >= 0 ? PTM_OK : ptm_h5_fail(PTM_ERROR_IO, plan->path, "the data set cannot be made");
    if (!status && !set_notes(data, plan))
        status = ptm_h5_fail(PTM_ERROR_IO, plan->path, "its attributes cannot be written");
    if (!status && !write_data(data, plan)) status = ptm_h5_fail(PTM_ERROR_IO, plan->path, "cannot be written");
    ptm_h5_close(data);
    return status;
}

static int write_sets(hid_t file, const ptm_io_plan *plans, int count)
{
    int status = ptm_h5_set_text(file, "creator", "polytome") ? PTM_OK
        : ptm_h5_fail(PTM_ERROR_IO, plans->path, "its attributes cannot be written");
    for (int i = 0; !status && i < count; i++) status = write_set(file, &plans[i]);
    return status;
}

/* A file of one data set for each plan. */
static int write_all(const char *temporary, const ptm_io_plan *plans, int count)
{
    h5_guard guard;
    ptm_h5_enter(&guard);
    hid_t file = ptm_h5_create(temporary);
    int status = file >= 0 ? write_sets(file, plans, count) : ptm_h5_fail(PTM_ERROR_IO, plans->path, "cannot be written");
    if (file >= 0 && H5Fclose(file) < 0 && !status) status = ptm_h5_fail(PTM_ERROR_IO, plans->path, "cannot be written");
    if (ptm_h5_write_error()) status = ptm_io_write_failed(plans->path, ptm_h5_write_error());
    ptm_h5_leave(&guard);
    return status;
}

int ptm_h5_write(const char *temporary, const ptm_io_plan *plan)
{
    return write_all(temporary, plan, 1);
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

/* degrees has room for the angles. */
static int write_scan(const char *path, const ptm_io_frames *frames, const ptm_io_write_options *o, double *degrees)
{
    const int64_t views = frames->projections->shape[0];
    ptm_io_array theta = { .type = PTM_IO_FLOAT64, .dimensions = 1, .shape = { views }, .data = degrees };
    const ptm_io_array *parts[4] = { frames->projections, frames->flats, frames->darks, frames->angles ? &theta : NULL };
    static const char *const names[4] = { "exchange/data", "exchange/data_white", "exchange/data_dark", "exchange/theta" };
    ptm_io_plan plans[4];
    int count = 0;
    for (int64_t i = 0; frames->angles && i < views; i++) degrees[i] = frames->angles[i] * (180 / 3.14159265358979323846);
    for (int i = 0; i < 4; i++)
        if (parts[i])
            plans[count++] = (ptm_io_plan) { .path = path, .array = *parts[i], .type = parts[i]->type,
                .compress = o->compress, .dataset = names[i], .description = i == 0 ? o->description : NULL };
    ptm_io_output output;
    int status = ptm_io_output_begin(&output, path, o->overwrite);
    if (status) return status;
    status = write_all(output.temporary, plans, count);
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
