/* state.c - states of solvers, in HDF5 files whose numbers have checksums. Vectors go through a piece at a time, as they
 * may be larger than memory. */
#include "h5.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 262144 /* elements */
#define FORMAT "polytome solver state 2"

static hid_t type_of(const ptm_array *a)
{
    return a->type == PTM_FLOAT64 ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT;
}

static int64_t elements_of(const ptm_array *a)
{
    int64_t n = 1;
    for (int i = 0; i < a->dimensions; ++i) n *= a->shape[i];
    return n;
}

static size_t element_size(const ptm_array *a)
{
    return a->type == PTM_FLOAT64 ? sizeof(double) : sizeof(float);
}

/* `count` elements from number `first` on, from a data set into memory or the other way. */
static bool move_run(hid_t data, const ptm_array *a, int64_t first, int64_t count, void *memory, bool read)
{
    const hsize_t start = (hsize_t)first, n = (hsize_t)count;
    hid_t space = H5Dget_space(data), run = H5Screate_simple(1, &n, NULL);
    bool good = H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &n, NULL) >= 0;
    if (good)
        good = (read ? H5Dread(data, type_of(a), run, space, H5P_DEFAULT, memory)
                     : H5Dwrite(data, type_of(a), run, space, H5P_DEFAULT, memory)) >= 0;
    ptm_h5_close(run);
    ptm_h5_close(space);
    return good;
}

/* ------------------------------------------------------------------ writing */

typedef struct writer {
    hid_t file;
    const char *path;
    int error;   /* of the driver */
    void *piece; /* CHUNK elements that come from elsewhere */
} writer;

/* From element `at` on, whole places of an axis, as many as are a piece: the box that they are, and how many elements. */
static int64_t next_piece(int64_t *first, int64_t *count, const ptm_array *a, int64_t at)
{
    int axis = a->dimensions - 1;
    int64_t place = 1;
    while (axis > 0 && place * a->shape[axis] <= CHUNK) place *= a->shape[axis--];
    for (int i = a->dimensions - 1; i >= 0; --i) {
        first[i] = at % a->shape[i];
        at /= a->shape[i];
        count[i] = i < axis ? 1 : a->shape[i];
    }
    const int64_t left = a->shape[axis] - first[axis];
    count[axis] = left < CHUNK / place ? left : CHUNK / place;
    return count[axis] * place;
}

/* A piece on the host. It is not locked here: what reads may be files too. */
static int fetch(void **piece, writer *w, const ptm_array *a, int64_t at, int64_t *n)
{
    int64_t first[PTM_MAX_DIMENSIONS], count[PTM_MAX_DIMENSIONS];
    *n = next_piece(first, count, a, at);
    *piece = w->piece;
    if (a->read) return a->read(a->user, first, count, *piece);
    if (a->memory)
        return ptm_memory_read(
            a->memory, (uint64_t)(a->offset + at) * element_size(a), *piece, (uint64_t)*n * element_size(a));
    *piece = (char *)a->data + (size_t)at * element_size(a);
    return PTM_OK;
}

/* Fletcher's checksum of every chunk finds what a disk has changed. */
static int create_vector(hid_t *data, const writer *w, int index, const ptm_array *a)
{
    const hsize_t n = (hsize_t)elements_of(a), chunk = n < CHUNK ? n : CHUNK;
    double lengths[PTM_MAX_DIMENSIONS];
    char name[32];
    h5_guard guard;
    snprintf(name, sizeof name, "vector_%d", index);
    for (int i = 0; i < a->dimensions; ++i) lengths[i] = (double)a->shape[i];
    ptm_h5_enter(&guard);
    hid_t space = H5Screate_simple(1, &n, NULL), layout = H5Pcreate(H5P_DATASET_CREATE);
    *data = -1;
    if (H5Pset_chunk(layout, 1, &chunk) >= 0 && H5Pset_fletcher32(layout) >= 0)
        *data = H5Dcreate2(w->file, name, type_of(a), space, H5P_DEFAULT, layout, H5P_DEFAULT);
    const bool good = *data >= 0 && ptm_h5_set_numbers(*data, "shape", lengths, (hsize_t)a->dimensions);
    const int status = good ? PTM_OK : ptm_h5_fail(PTM_ERROR_IO, w->path, "cannot be written");
    ptm_h5_close(layout);
    ptm_h5_close(space);
    ptm_h5_leave(&guard);
    return status;
}

static int write_piece(const writer *w, hid_t data, const ptm_array *a, int64_t at, int64_t n, void *piece)
{
    h5_guard guard;
    ptm_h5_enter(&guard);
    const bool good = move_run(data, a, at, n, piece, false);
    const int status = good ? PTM_OK : ptm_h5_fail(PTM_ERROR_IO, w->path, "cannot be written");
    ptm_h5_leave(&guard);
    return status;
}

/* A disk that is full ends it at once. */
static int write_vector(writer *w, int index, const ptm_array *a)
{
    hid_t data;
    h5_guard guard;
    int status = create_vector(&data, w, index, a);
    for (int64_t at = 0, n = 0; at < elements_of(a) && !status && !w->error; at += n) {
        void *piece;
        status = fetch(&piece, w, a, at, &n);
        if (!status) status = write_piece(w, data, a, at, n, piece);
    }
    ptm_h5_enter(&guard);
    ptm_h5_close(data);
    ptm_h5_leave(&guard);
    return status;
}

static int create_file(writer *w, const char *temporary, const ptm_solver_state *state)
{
    const double head[] = { state->iterations, state->vectors };
    h5_guard guard;
    ptm_h5_enter(&guard);
    w->file = ptm_h5_create(temporary, &w->error);
    const bool good = w->file >= 0 && ptm_h5_set_text(w->file, "format", FORMAT) &&
                      ptm_h5_set_text(w->file, "key", state->key) && ptm_h5_set_numbers(w->file, "head", head, 2) &&
                      ptm_h5_set_numbers(w->file, "numbers", state->numbers, PTM_STATE_NUMBERS) &&
                      ptm_h5_set_numbers(w->file, "notes", state->notes, PTM_STATE_NOTES);
    const int status = good ? PTM_OK : ptm_h5_fail(PTM_ERROR_IO, w->path, "cannot be written");
    ptm_h5_leave(&guard);
    return status;
}

static int close_file(writer *w, int status)
{
    h5_guard guard;
    ptm_h5_enter(&guard);
    if (w->file >= 0 && H5Fclose(w->file) < 0 && !status)
        status = ptm_h5_fail(PTM_ERROR_IO, w->path, "cannot be written");
    ptm_h5_leave(&guard);
    return w->error ? ptm_io_write_failed(w->path, w->error) : status;
}

static int write_temporary(const char *temporary, const char *path, const ptm_solver_state *state)
{
    writer w = { .file = -1, .path = path, .piece = ptm_io_alloc(CHUNK, sizeof(double)) };
    if (!w.piece) return PTM_ERROR_MEMORY;
    int status = create_file(&w, temporary, state);
    for (int i = 0; i < state->vectors && !status && !w.error; ++i) status = write_vector(&w, i, &state->vector[i]);
    status = close_file(&w, status);
    free(w.piece);
    return status;
}

int ptm_io_state_write(const char *path, const ptm_solver_state *given)
{
    ptm_solver_state state;
    ptm_io_output out = { .overwrite = true };
    if (!path || !given) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", path ? "state" : "path");
    int status = ptm_io_options(&state, sizeof state, given, "ptm_solver_state");
    if (!status && (state.vectors < 1 || state.vectors > PTM_STATE_VECTORS))
        status = ptm_error_set(
            PTM_ERROR_ARGUMENT, "state has %d vectors, expected 1 to %d", state.vectors, PTM_STATE_VECTORS);
    if (!status) status = ptm_io_output_begin(&out, path, true);
    if (!status) status = write_temporary(out.temporary, path, &state);
    if (!status) status = ptm_io_output_commit(&out);
    ptm_io_output_end(&out);
    return status;
}

/* ------------------------------------------------------------------ reading */

/* A file at work, behind the functions of its vectors. */
typedef struct state_file {
    h5_file h5;
    char *path;
    struct stored {
        struct state_file *file;
        h5_data data;
        ptm_array array;
    } vectors[PTM_STATE_VECTORS];
} state_file;

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

/* A box, by runs that are as long as whole axes make them. */
static int read_box(void *user, const int64_t *first, const int64_t *count, void *data)
{
    const struct stored *v = user;
    const ptm_array *a = &v->array;
    int axis = a->dimensions - 1;
    int64_t run = count[axis], runs = 1;
    h5_guard guard;
    bool good = true;
    while (axis > 0 && count[axis] == a->shape[axis]) run *= count[--axis];
    for (int i = 0; i < axis; ++i) runs *= count[i];
    ptm_h5_enter(&guard);
    for (int64_t k = 0; k < runs && good; ++k) {
        int64_t at = 0, stride = 1, rest = k;
        for (int i = a->dimensions - 1; i >= 0; --i) {
            at += stride * (first[i] + (i < axis ? rest % count[i] : 0));
            if (i < axis) rest /= count[i];
            stride *= a->shape[i];
        }
        good = move_run(v->data.id, a, at, run, (char *)data + (size_t)(k * run) * element_size(a), true);
    }
    const int status = good ? PTM_OK : ptm_h5_fail(PTM_ERROR_IO, v->file->path, "its values are damaged");
    ptm_h5_leave(&guard);
    return status;
}

static int open_vector(struct stored *v, state_file *f, int index)
{
    char name[32];
    snprintf(name, sizeof name, "vector_%d", index);
    v->file = f;
    v->array = (ptm_array) { PTM_SIZED(ptm_array), .read = read_box, .user = v };
    int status = ptm_h5_open_data(&v->data, &f->h5, f->h5.id, name);
    if (status == PTM_ERROR_NOT_FOUND) return ptm_error_set(PTM_ERROR_IO, "%s", ptm_error_message());
    if (status) {
        v->data.id = -1;
        return status;
    }
    if (v->data.type != PTM_IO_FLOAT32 && v->data.type != PTM_IO_FLOAT64)
        return ptm_error_set(PTM_ERROR_IO, "%s: %s is not of floats", f->path, name);
    v->array.type = v->data.type == PTM_IO_FLOAT64 ? PTM_FLOAT64 : PTM_FLOAT32;
    if (!get_shape(v->data.id, &v->array) || v->data.dimensions != 1 || v->data.shape[0] != elements_of(&v->array))
        return ptm_error_set(PTM_ERROR_IO, "%s: %s has not the shape that it says", f->path, name);
    return ptm_h5_check_data(&v->data, &f->h5, (uint64_t)elements_of(&v->array) * element_size(&v->array), name);
}

static int open_vectors(ptm_solver_state *s, state_file *f)
{
    char format[sizeof FORMAT + 1]; /* a longer one is another */
    double head[2];
    const hid_t file = f->h5.id;
    if (!ptm_h5_text(format, sizeof format, file, ".", "format") || strcmp(format, FORMAT) != 0)
        return ptm_error_set(PTM_ERROR_IO, "%s: is no \"%s\"", f->path, FORMAT);
    if (!ptm_h5_text(s->key, sizeof s->key, file, ".", "key") ||
        !ptm_h5_numbers(s->numbers, PTM_STATE_NUMBERS, file, ".", "numbers") ||
        !ptm_h5_numbers(s->notes, PTM_STATE_NOTES, file, ".", "notes") || !ptm_h5_numbers(head, 2, file, ".", "head"))
        return ptm_error_set(PTM_ERROR_IO, "%s: damaged: its attributes cannot be read", f->path);
    if (!(head[0] >= 0 && head[0] < 2147483647 && head[1] >= 1 && head[1] <= PTM_STATE_VECTORS))
        return ptm_error_set(PTM_ERROR_IO, "%s: damaged: %g vectors after %g iterations", f->path, head[1], head[0]);
    s->iterations = (int)head[0];
    s->vectors = (int)head[1];
    int status = PTM_OK;
    for (int i = 0; i < s->vectors && !status; ++i) {
        status = open_vector(&f->vectors[i], f, i);
        s->vector[i] = f->vectors[i].array;
    }
    return status;
}

static void free_file(state_file *f)
{
    h5_guard guard;
    ptm_h5_enter(&guard);
    for (int i = 0; i < PTM_STATE_VECTORS; ++i) ptm_h5_close(f->vectors[i].data.id);
    if (f->h5.id >= 0) H5Fclose(f->h5.id);
    ptm_h5_leave(&guard);
    free(f->path);
    free(f);
}

int ptm_io_state_open(ptm_solver_state *out, const char *path)
{
    ptm_solver_state s = { PTM_SIZED(ptm_solver_state) };
    h5_guard guard;
    if (!out || !path) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "path" : "out");
    state_file *f = ptm_io_alloc(1, sizeof *f);
    if (!f) return PTM_ERROR_MEMORY;
    f->h5.id = -1;
    for (int i = 0; i < PTM_STATE_VECTORS; ++i) f->vectors[i].data.id = -1;
    f->path = ptm_io_copy_text(path);
    int status = f->path ? PTM_OK : PTM_ERROR_MEMORY;
    ptm_h5_enter(&guard);
    if (!status) status = ptm_h5_open(&f->h5, f->path);
    if (!status) status = open_vectors(&s, f);
    ptm_h5_leave(&guard);
    if (status) free_file(f);
    else *out = s;
    return status;
}

static int fetch_vector(ptm_array *a, const ptm_array *stored)
{
    const int64_t first[PTM_MAX_DIMENSIONS] = { 0 };
    *a = *stored;
    a->read = NULL;
    a->user = NULL;
    a->data = ptm_io_alloc((uint64_t)elements_of(a), element_size(a));
    return a->data ? read_box(stored->user, first, a->shape, a->data) : PTM_ERROR_MEMORY;
}

int ptm_io_state_read(ptm_solver_state *out, const char *path)
{
    ptm_solver_state stored;
    int status = out ? ptm_io_state_open(&stored, path) : ptm_error_set(PTM_ERROR_ARGUMENT, "out is NULL");
    if (status) return status;
    ptm_solver_state s = stored;
    s.vectors = 0;
    while (s.vectors < stored.vectors && !status) {
        status = fetch_vector(&s.vector[s.vectors], &stored.vector[s.vectors]);
        s.vectors++;
    }
    ptm_io_state_free(&stored);
    if (status) ptm_io_state_free(&s);
    else *out = s;
    return status;
}

void ptm_io_state_free(ptm_solver_state *state)
{
    if (!state) return;
    if (state->vectors > 0 && state->vector[0].read == read_box)
        free_file(((struct stored *)state->vector[0].user)->file);
    else
        for (int i = 0; i < state->vectors; ++i) free(state->vector[i].data);
    for (int i = 0; i < state->vectors; ++i) state->vector[i] = (ptm_array) { .data = NULL };
    state->vectors = 0;
}
