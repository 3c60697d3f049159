/* hdf5_read.c - arrays out of HDF5 files, and what they hold. */
#include "h5.h"

#include <stdlib.h>
#include <string.h>

#define ENTRY_LIMIT 10000

/* ------------------------------------------------------------------ a list of the data sets */

typedef struct visit {
    ptm_io_info *info;
    const h5_file *file;
    int status;
} visit;

static int add_data_set(visit *v, hid_t at, const char *name)
{
    h5_data data;
    if (ptm_h5_open_data(&data, v->file, at, name))
        data = (h5_data) { .id = -1 }; /* damaged, or too new for this libhdf5 */
    char *path = ptm_io_alloc(strlen(name) + 2, 1);
    int status = PTM_ERROR_MEMORY;
    if (path) {
        snprintf(path, strlen(name) + 2, "/%s", name);
        status = ptm_io_info_add(v->info, path, data.type, data.dimensions, data.shape);
    }
    free(path);
    ptm_h5_close(data.id);
    return status;
}

static herr_t on_object(hid_t at, const char *name, const H5O_info_t *object, void *user)
{
    visit *v = user;
    if (object->type != H5O_TYPE_DATASET) return 0;
    v->status = add_data_set(v, at, name);
    return v->status || v->info->count >= ENTRY_LIMIT;
}

static int list_data_sets(ptm_io_info *info, const h5_file *file)
{
    visit v = { info, file, PTM_OK };
    herr_t result = H5Ovisit2(file->id, H5_INDEX_NAME, H5_ITER_INC, on_object, &v, H5O_INFO_BASIC);
    if (v.status) return v.status;
    return result < 0 ? ptm_h5_fail(PTM_ERROR_IO, file->path, "damaged") : PTM_OK;
}

static int hdf5_info(ptm_io_info *out, const char *path)
{
    h5_guard guard;
    h5_file file;
    ptm_h5_enter(&guard);
    int status = ptm_h5_open(&file, path);
    if (!status) status = list_data_sets(out, &file);
    ptm_h5_close(file.id);
    ptm_h5_leave(&guard);
    return status;
}

/* ------------------------------------------------------------------ which data set is meant */

static int choose_among(char *name, size_t size, const ptm_io_info *info, const char *path)
{
    int64_t found = 0;
    char list[400] = "";
    for (int64_t i = 0; i < info->count; i++) {
        const ptm_io_entry *entry = &info->entries[i];
        if (!entry->type || entry->dimensions < 2 || entry->dimensions > PTM_IO_MAX_DIMENSIONS) continue;
        if (found++ == 0 && strlen(entry->name) < size) strcpy(name, entry->name);
        size_t used = strlen(list);
        if (found <= 8) snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", entry->name);
    }
    if (found == 1 && *name) return PTM_OK;
    if (!found)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED,
            "%s: none of its %lld data sets holds numbers with 2 to %d axes that this libhdf5 can read", path,
            (long long)info->count, PTM_IO_MAX_DIMENSIONS);
    return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: several data sets; name one: %s%s", path, list, found > 8 ? ", ..." : "");
}

static int choose(char *name, size_t size, const h5_file *file)
{
    h5_nxtomo tomo;
    ptm_io_info info = { 0 };
    *name = 0;
    if (H5Lexists(file->id, "exchange/data", H5P_DEFAULT) > 0) {
        snprintf(name, size, "/exchange/data");
        return PTM_OK;
    }
    if (ptm_h5_find_nxtomo(&tomo, file, NULL)) {
        snprintf(name, size, "%s", tomo.data);
        return PTM_OK;
    }
    int status = list_data_sets(&info, file);
    if (!status) status = choose_among(name, size, &info, file->path);
    ptm_io_info_free(&info);
    return status;
}

/* ------------------------------------------------------------------ reading */

void ptm_h5_window(double window[2], const h5_file *file, const char *name)
{
    char creator[16];
    if (!ptm_h5_text(creator, sizeof creator, file->id, "/", "creator") || strcmp(creator, "polytome") ||
        !ptm_h5_numbers(window, 2, file->id, name, "window"))
        window[0] = window[1] = 0;
}

static void read_notes(ptm_io_array *array, const h5_file *file, const char *name)
{
    if (!ptm_h5_numbers(array->spacing, 3, file->id, name, "spacing")) memset(array->spacing, 0, sizeof array->spacing);
    ptm_h5_window(array->window, file, name);
}

static int read_range(
    ptm_io_array *out, const h5_data *data, const h5_file *file, const char *name, const ptm_io_request *request)
{
    int64_t start[PTM_IO_MAX_DIMENSIONS] = { 0 }, count[PTM_IO_MAX_DIMENSIONS] = { 1 };
    int dimensions = data->dimensions ? data->dimensions : 1; /* a single value is an array of one */
    if (dimensions > PTM_IO_MAX_DIMENSIONS)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: %s has %d axes; at most %d can be read", file->path, name,
            dimensions, PTM_IO_MAX_DIMENSIONS);
    if (data->dimensions) memcpy(count, data->shape, (size_t)dimensions * sizeof *count);
    int64_t length = count[0];
    start[0] = request->first;
    count[0] = request->count;
    uint64_t bytes;
    int status = ptm_io_clip(&start[0], &count[0], length, file->path);
    if (!status && data->type) status = ptm_io_shape_bytes(&bytes, data->type, dimensions, count, file->path);
    if (!status) status = ptm_h5_check_data(data, file, data->type ? bytes : 0, name);
    if (!status) status = ptm_io_check_limit(file->path, bytes, request);
    if (!status) status = ptm_io_array_prepare(out, data->type, dimensions, count, file->path);
    if (status) return status;
    status = ptm_h5_read_block(out->data, data, file, start, count, data->type);
    if (status) ptm_io_array_free(out);
    return status;
}

static int read_open(ptm_io_array *out, const h5_file *file, const ptm_io_request *request)
{
    char name[600];
    int status = PTM_OK;
    if (request->dataset)
        snprintf(name, sizeof name, "%s", request->dataset);
    else
        status = choose(name, sizeof name, file);
    h5_data data;
    if (!status) status = ptm_h5_open_data(&data, file, file->id, name);
    if (status) return status;
    status = read_range(out, &data, file, name, request);
    if (!status) read_notes(out, file, name);
    ptm_h5_close(data.id);
    return status;
}

static int hdf5_read(ptm_io_array *out, const char *path, const ptm_io_request *request)
{
    h5_guard guard;
    h5_file file;
    ptm_h5_enter(&guard);
    int status = ptm_h5_open(&file, path);
    if (!status) status = read_open(out, &file, request);
    ptm_h5_close(file.id);
    ptm_h5_leave(&guard);
    return status;
}

const ptm_io_codec ptm_io_hdf5 = { .read = hdf5_read, .info = hdf5_info, .begin = ptm_h5_begin, .slab = ptm_h5_slab,
    .finish = ptm_h5_finish, .release = ptm_h5_release };
