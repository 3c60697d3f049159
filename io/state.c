/* state.c - states of solvers, in HDF5 files whose numbers have checksums. */
#include "h5.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 262144 /* elements */
#define FORMAT "polytome solver state 1"

static hid_t type_of(const ptm_array *a)
{
    return a->type == PTM_FLOAT64 ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT;
}

static uint64_t elements_of(const ptm_array *a)
{
    uint64_t n = 1;
    for (int i = 0; i < a->dimensions; ++i) n *= (uint64_t)a->shape[i];
    return n;
}

static size_t element_size(const ptm_array *a)
{
    return a->type == PTM_FLOAT64 ? sizeof(double) : sizeof(float);
}

/* ------------------------------------------------------------------ writing */

/* One vector, as it lies; Fletcher's checksum of every chunk finds what a disk has changed. */
static bool write_vector(hid_t file, int index, const ptm_array *a, const void *values)
{
    const hsize_t n = elements_of(a), chunk = n < CHUNK ? n : CHUNK;
    double lengths[PTM_MAX_DIMENSIONS];
    char name[32];
    snprintf(name, sizeof name, "vector_%d", index);
    hid_t space = H5Screate_simple(1, &n, NULL), layout = H5Pcreate(H5P_DATASET_CREATE), data = -1;
    if (H5Pset_chunk(layout, 1, &chunk) >= 0 && H5Pset_fletcher32(layout) >= 0)
        data = H5Dcreate2(file, name, type_of(a), space, H5P_DEFAULT, layout, H5P_DEFAULT);
    for (int i = 0; i < a->dimensions; ++i) lengths[i] = (double)a->shape[i];
    bool good = data >= 0 && ptm_h5_set_numbers(data, "shape", lengths, (hsize_t)a->dimensions) &&
                H5Dwrite(data, type_of(a), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    ptm_h5_close(data);
    ptm_h5_close(layout);
    ptm_h5_close(space);
    return good;
}

static int write_file(hid_t file, const char *path, const ptm_solver_state *state, void *const *values)
{
    const double head[] = { state->iterations, state->vectors };
    bool good = ptm_h5_set_text(file, "format", FORMAT) && ptm_h5_set_text(file, "key", state->key) &&
                ptm_h5_set_numbers(file, "head", head, 2) &&
                ptm_h5_set_numbers(file, "numbers", state->numbers, PTM_STATE_NUMBERS);
    for (int i = 0; good && i < state->vectors; ++i) good = write_vector(file, i, &state->vector[i], values[i]);
    return good ? PTM_OK : ptm_h5_fail(PTM_ERROR_IO, path, "cannot be written");
}

static int write_temporary(const char *temporary, const char *path, const ptm_solver_state *state, void *const *values)
{
    h5_guard guard;
    int error;
    ptm_h5_enter(&guard);
    hid_t file = ptm_h5_create(temporary, &error);
    int status = file >= 0 ? write_file(file, path, state, values) : ptm_h5_fail(PTM_ERROR_IO, path, "cannot be written");
    if (file >= 0 && H5Fclose(file) < 0 && !status) status = ptm_h5_fail(PTM_ERROR_IO, path, "cannot be written");
    if (error) status = ptm_io_write_failed(path, error);
    ptm_h5_leave(&guard);
    return status;
}

/* A vector's values on the host. */
static int fetch(void **out, const ptm_array *a)
{
    const uint64_t bytes = elements_of(a) * element_size(a);
    *out = ptm_io_alloc(bytes, 1);
    if (!*out) return PTM_ERROR_MEMORY;
    if (a->memory) return ptm_memory_read(a->memory, (uint64_t)a->offset * element_size(a), *out, bytes);
    memcpy(*out, a->data, bytes);
    return PTM_OK;
}

static int check_state(const char *path, const ptm_solver_state *state)
{
    if (!path || !state) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", path ? "state" : "path");
    if (state->vectors < 1 || state->vectors > PTM_STATE_VECTORS)
        return ptm_error_set(
            PTM_ERROR_ARGUMENT, "state has %d vectors, expected 1 to %d", state->vectors, PTM_STATE_VECTORS);
    return PTM_OK;
}

int ptm_io_state_write(const char *path, const ptm_solver_state *state)
{
    void *values[PTM_STATE_VECTORS] = { NULL };
    ptm_io_output out = { .overwrite = true };
    int status = check_state(path, state);
    for (int i = 0; !status && i < state->vectors; ++i) status = fetch(&values[i], &state->vector[i]);
    if (!status) status = ptm_io_output_begin(&out, path, true);
    if (!status) status = write_temporary(out.temporary, path, state, values);
    if (!status) status = ptm_io_output_commit(&out);
    ptm_io_output_end(&out);
    for (int i = 0; i < PTM_STATE_VECTORS; ++i) free(values[i]);
    return status;
}

/* ------------------------------------------------------------------ reading */

/* One to four whole numbers, whose product is not out of all reason. */
static bool get_shape(hid_t data, ptm_array *a)
{
    double lengths[PTM_MAX_DIMENSIONS], elements = 1;
    for (a->dimensions = PTM_MAX_DIMENSIONS; a->dimensions > 0; --a->dimensions)
        if (ptm_h5_numbers(lengths, a->dimensions, data, ".", "shape")) break;
    for (int i = 0; i < a->dimensions; ++i) {
        elements *= lengths[i];
        if (!(lengths[i] >= 1 && elements <= 0x1p48)) return false;
        a->shape[i] = (int64_t)lengths[i];
    }
    return a->dimensions > 0;
}

static int read_vector(ptm_array *a, const h5_file *file, int index)
{
    char name[32];
    h5_data data;
    *a = (ptm_array) { PTM_SIZED(ptm_array) };
    snprintf(name, sizeof name, "vector_%d", index);
    int status = ptm_h5_open_data(&data, file, file->id, name);
    if (status == PTM_ERROR_NOT_FOUND) return ptm_error_set(PTM_ERROR_IO, "%s", ptm_error_message());
    if (status) return status;
    if (data.type != PTM_IO_FLOAT32 && data.type != PTM_IO_FLOAT64)
        status = ptm_error_set(PTM_ERROR_IO, "%s: %s is not of floats", file->path, name);
    a->type = data.type == PTM_IO_FLOAT64 ? PTM_FLOAT64 : PTM_FLOAT32;
    if (!status && (!get_shape(data.id, a) || data.dimensions != 1 || (uint64_t)data.shape[0] != elements_of(a)))
        status = ptm_error_set(PTM_ERROR_IO, "%s: %s has not the shape that it says", file->path, name);
    const uint64_t bytes = status ? 0 : elements_of(a) * element_size(a);
    if (!status) status = ptm_h5_check_data(&data, file, bytes, name);
    if (!status && !(a->data = ptm_io_alloc(bytes, 1))) status = PTM_ERROR_MEMORY;
    if (!status && H5Dread(data.id, type_of(a), H5S_ALL, H5S_ALL, H5P_DEFAULT, a->data) < 0)
        status = ptm_h5_fail(PTM_ERROR_IO, file->path, "its values are damaged");
    ptm_h5_close(data.id);
    return status;
}

static int read_file(ptm_solver_state *s, const h5_file *file)
{
    char format[sizeof FORMAT + 1]; /* a longer one is another */
    double head[2];
    if (!ptm_h5_text(format, sizeof format, file->id, ".", "format") || strcmp(format, FORMAT) != 0)
        return ptm_error_set(PTM_ERROR_IO, "%s: is no \"%s\"", file->path, FORMAT);
    if (!ptm_h5_text(s->key, sizeof s->key, file->id, ".", "key") ||
        !ptm_h5_numbers(s->numbers, PTM_STATE_NUMBERS, file->id, ".", "numbers") ||
        !ptm_h5_numbers(head, 2, file->id, ".", "head"))
        return ptm_error_set(PTM_ERROR_IO, "%s: damaged: its attributes cannot be read", file->path);
    if (!(head[0] >= 0 && head[0] < 2147483647 && head[1] >= 1 && head[1] <= PTM_STATE_VECTORS))
        return ptm_error_set(PTM_ERROR_IO, "%s: damaged: %g vectors after %g iterations", file->path, head[1], head[0]);
    s->iterations = (int)head[0];
    int status = PTM_OK;
    for (int i = 0; i < (int)head[1] && !status; ++i) status = read_vector(&s->vector[s->vectors++], file, i);
    return status;
}

int ptm_io_state_read(ptm_solver_state *out, const char *path)
{
    ptm_solver_state s = { PTM_SIZED(ptm_solver_state) };
    h5_guard guard;
    h5_file file;
    if (!out || !path) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "path" : "out");
    ptm_h5_enter(&guard);
    int status = ptm_h5_open(&file, path);
    if (!status) {
        status = read_file(&s, &file);
        H5Fclose(file.id);
    }
    ptm_h5_leave(&guard);
    if (status)
        ptm_io_state_free(&s);
    else
        *out = s;
    return status;
}

void ptm_io_state_free(ptm_solver_state *state)
{
    if (!state) return;
    for (int i = 0; i < state->vectors; ++i) {
        free(state->vector[i].data);
        state->vector[i].data = NULL;
    }
    state->vectors = 0;
}
