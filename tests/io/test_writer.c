/* test_writer.c - files written slab by slab: the same as those written whole, and nothing where something goes wrong. */
#define _XOPEN_SOURCE 700
#include "../check.h"
#include "arrays.h"
#include "files.h"

#include <polytome/io.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* What is written: NAME slab by slab, and "whole_" NAME at once. */
typedef struct kind {
    const char *name;
    ptm_io_type type;
    int axes;
    ptm_io_write_options o;
} kind;

static const kind kinds[] = {
    { "a.npy", PTM_IO_FLOAT32, 1, { 0 } },
    { "a.npy", PTM_IO_COMPLEX128, 2, { 0 } },
    { "a.npy", PTM_IO_UINT16, 4, { 0 } },
    { "a.npy", PTM_IO_FLOAT64, 3, { .bits = 32 } },
    { "a.h5", PTM_IO_FLOAT32, 1, { .description = "text" } },
    { "a.h5", PTM_IO_INT16, 2, { .dataset = "a/b", .compress = true } },
    { "a.h5", PTM_IO_FLOAT32, 3, { .bits = 8, .window = PTM_IO_WINDOW_GIVEN, .low = -10, .high = 20 } },
    { "a.h5", PTM_IO_FLOAT64, 4, { .bits = 32, .compress = true } },
    { "a.tif", PTM_IO_UINT8, 2, { .bits = 16 } },
    { "a.tif", PTM_IO_FLOAT32, 3, { .compress = true, .description = "text" } },
    { "a.tif", PTM_IO_FLOAT32, 3, { .bits = 16, .window = PTM_IO_WINDOW_GIVEN, .low = -10, .high = 20 } },
    { "a_%02d.tif", PTM_IO_FLOAT64, 3, { 0 } },
    { "a.png", PTM_IO_UINT16, 2, { .description = "text" } },
    { "a.png", PTM_IO_FLOAT32, 2, { .window = PTM_IO_WINDOW_GIVEN, .low = -10, .high = 20 } },
    { "a_%d.png", PTM_IO_UINT8, 3, { 0 } },
    { "a.mha", PTM_IO_INT16, 2, { .description = "text" } },
    { "a.mha", PTM_IO_FLOAT64, 3, { .compress = true } },
    { "a.mhd", PTM_IO_FLOAT32, 3, { .bits = 16, .window = PTM_IO_WINDOW_GIVEN, .low = -10, .high = 20 } },
    { "a.nrrd", PTM_IO_UINT64, 4, { .compress = true } },
    { "a.nhdr", PTM_IO_FLOAT32, 3, { .compress = true } },
    { "a.nhdr", PTM_IO_UINT8, 1, { 0 } },
    { "a.raw", PTM_IO_COMPLEX64, 2, { .description = "text" } },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Strips, chunks and blocks end where slabs do not. */
static const int64_t shape[4] = { 7, 301, 203, 3 };

static ptm_io_array array_of(const kind *k)
{
    ptm_io_array a = make_array(k->type, k->axes, shape);
    for (int i = 0; i < 3; i++) a.spacing[i] = 0.25 * (i + 1);
    return a;
}

static ptm_io_write_options options_of(const kind *k)
{
    ptm_io_write_options o = k->o;
    o.struct_size = sizeof o;
    return o;
}

static bool available(const kind *k)
{
#ifndef PTM_IO_HAVE_ZLIB
    if (k->o.compress && ptm_io_format_by_suffix(k->name) >= PTM_IO_FORMAT_METAIMAGE) return false;
#endif
    return have(ptm_io_format_by_suffix(k->name));
}

static bool has_beside(const char *name)
{
    char other[300];
    return !ptm_io_beside_path(other, sizeof other, name, NULL) && *other;
}

static int files_of(const kind *k)
{
    return strchr(k->name, '%') ? 7 : has_beside(k->name) ? 2 : 1;
}

/* HDF5 files may have their chunks in another order, and some heads name the file beside them. */
static bool same_whenever(const char *name)
{
    return ptm_io_format_by_suffix(name) != PTM_IO_FORMAT_HDF5 && !strstr(name, ".mhd") && !strstr(name, ".nhdr");
}

/* Slabs of `slab` places, from memory that does not stay. */
static int put_slabs(ptm_io_writer *w, const ptm_io_array *a, int64_t first, int64_t end, int64_t slab)
{
    size_t place = (size_t)(ptm_io_array_bytes(a) / (uint64_t)a->shape[0]);
    int status = PTM_OK;
    for (int64_t n; !status && first < end; first += n) {
        n = end - first < slab ? end - first : slab;
        char *copy = malloc((size_t)n * place);
        memcpy(copy, (const char *)a->data + (size_t)first * place, (size_t)n * place);
        status = ptm_io_writer_write(w, copy, n);
        free(copy);
    }
    return status;
}

static int write_slabs(const char *path, const ptm_io_array *a, const ptm_io_write_options *o, int64_t slab)
{
    ptm_io_writer *w = NULL;
    ptm_io_array claim = *a;
    claim.data = NULL;
    int status = ptm_io_writer_open(&w, path, &claim, o);
    if (!status) status = put_slabs(w, a, 0, a->shape[0], slab);
    if (!status) return ptm_io_writer_commit(&w) || w ? -1000 : PTM_OK;
    ptm_io_writer_cancel(&w);
    return status;
}

static bool same_bytes(const char *a, const char *b)
{
    size_t m, n;
    char *x = get(a, &m), *y = get(b, &n);
    bool same_file = m > 0 && m == n && !memcmp(x, y, m);
    free(x);
    free(y);
    return same_file;
}

static bool same_arrays(const char *a, const char *b)
{
    ptm_io_array x = { 0 }, y = { 0 };
    bool good = !ptm_io_read(&x, a, NULL) && !ptm_io_read(&y, b, NULL) && same(&x, &y) &&
                !memcmp(x.spacing, y.spacing, sizeof x.spacing) && !memcmp(x.window, y.window, sizeof x.window);
    ptm_io_array_free(&x);
    ptm_io_array_free(&y);
    return good;
}

static void as_if_whole(const kind *k, int64_t slab)
{
    char whole[64], path[300], other[300];
    snprintf(whole, sizeof whole, "whole_%s", k->name);
    snprintf(path, sizeof path, "%s", in_folder(k->name));
    snprintf(other, sizeof other, "%s", in_folder(whole));
    ptm_io_array a = array_of(k);
    const ptm_io_write_options o = options_of(k);
    bool good = !ptm_io_write(other, &a, &o) && !write_slabs(path, &a, &o, slab);
    good = good && files_in_folder() == 2 * files_of(k) && same_arrays(path, other);
    char first[320] = "", second[320] = "";
    for (int64_t i = 0; good && i < 7; i++) {
        good = !ptm_io_slice_path(first, sizeof first, path, i) && !ptm_io_slice_path(second, sizeof second, other, i);
        good = good && (!same_whenever(path) || same_bytes(first, second));
    }
    check(good, "%s, %s, %d axes, by %d: as if written whole (%s)", k->name, ptm_io_type_name(k->type), k->axes, (int)slab,
        good ? "" : ptm_error_message());
    ptm_io_array_free(&a);
    clear_folder();
}

/* Every way to give up, at every place. */
static void nothing_left(const kind *k)
{
    ptm_io_array a = array_of(k);
    const ptm_io_write_options o = options_of(k);
    int bad = 0;
    for (int64_t places = 0; places <= a.shape[0]; places++) {
        ptm_io_writer *w = NULL;
        if (ptm_io_writer_open(&w, in_folder(k->name), &a, &o) || put_slabs(w, &a, 0, places, 1)) bad++;
        ptm_io_writer_cancel(&w);
        if (w || files_in_folder()) bad++;
        if (places == a.shape[0]) continue;
        if (ptm_io_writer_open(&w, in_folder(k->name), &a, &o) || put_slabs(w, &a, 0, places, 2)) bad++;
        if (ptm_io_writer_commit(&w) != PTM_ERROR_ARGUMENT || !message_has("places are missing")) bad++;
        if (w || files_in_folder()) bad++;
    }
    check(!bad, "%s, %d axes: given up or with places missing, nothing is left", k->name, k->axes);
    ptm_io_array_free(&a);
}

static void too_many(const kind *k)
{
    ptm_io_array a = array_of(k);
    const ptm_io_write_options o = options_of(k);
    ptm_io_writer *w = NULL;
    must(ptm_io_writer_open(&w, in_folder(k->name), &a, &o));
    bool good = !ptm_io_writer_write(w, a.data, 5) && ptm_io_writer_write(w, a.data, 3) == PTM_ERROR_ARGUMENT &&
                message_has("count is 3; 2 of 7 places are missing");
    good = good && ptm_io_writer_write(w, a.data, 0) == PTM_ERROR_ARGUMENT &&
           ptm_io_writer_write(w, a.data, -1) == PTM_ERROR_ARGUMENT &&
           ptm_io_writer_write(w, NULL, 1) == PTM_ERROR_ARGUMENT;
    good = good && !put_slabs(w, &a, 5, 7, 2) && ptm_io_writer_write(w, a.data, 1) == PTM_ERROR_ARGUMENT &&
           !ptm_io_writer_commit(&w);
    ptm_io_array back = { 0 };
    good = good && !ptm_io_read(&back, in_folder(k->name), NULL) && back.shape[0] == 7;
    check(good, "%s, %d axes: more places than there are, and the file is as it should be", k->name, k->axes);
    ptm_io_array_free(&back);
    ptm_io_array_free(&a);
    ptm_io_writer_cancel(&w);
    clear_folder();
}

static void existing_file(const kind *k)
{
    char name[320];
    size_t length;
    ptm_io_array a = array_of(k);
    ptm_io_write_options o = options_of(k);
    ptm_io_writer *w = NULL;
    must(ptm_io_slice_path(name, sizeof name, in_folder(k->name), 3));
    put(name, "precious", 8);
    bool good = ptm_io_writer_open(&w, in_folder(k->name), &a, &o) == PTM_ERROR_IO && message_has("exists") && !w;
    o.overwrite = true;
    good = good && !ptm_io_writer_open(&w, in_folder(k->name), &a, &o) && !put_slabs(w, &a, 0, 7, 3);
    char *text = get(name, &length);
    good = good && length == 8;
    free(text);
    good = good && !ptm_io_writer_commit(&w);
    text = get(name, &length);
    check(good && length > 8 && files_in_folder() == files_of(k),
        "%s, %d axes: a file that exists is refused, and replaced at the end if asked", k->name, k->axes);
    free(text);
    ptm_io_array_free(&a);
    clear_folder();
    /* One that appears meanwhile is another's. */
    o.overwrite = false;
    a = array_of(k);
    good = !ptm_io_writer_open(&w, in_folder(k->name), &a, &o) && !put_slabs(w, &a, 0, 7, 3);
    put(name, "precious", 8);
    good = good && ptm_io_writer_commit(&w) == PTM_ERROR_IO && message_has("exists") && !w && files_in_folder() == 1;
    check(good, "%s, %d axes: a file that appears meanwhile stays", k->name, k->axes);
    ptm_io_array_free(&a);
    clear_folder();
}

/* Files may not grow over a limit: writes fail as on a full disk. In a child, since the limit stays. */
static void full_disk(const kind *k)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        ptm_io_array a = array_of(k);
        ptm_io_write_options o = options_of(k);
        int bad = 0, lost = 0;
        signal(SIGXFSZ, SIG_IGN);
        for (rlim_t limit = 0; limit < 1 << 20; limit = limit < 4096 ? limit + 512 : limit * 2) {
            setrlimit(RLIMIT_FSIZE, &(struct rlimit) { limit, RLIM_INFINITY });
            ptm_io_writer *w = NULL;
            int status = ptm_io_writer_open(&w, in_folder(k->name), &a, &o), again = status;
            if (!status) again = status = put_slabs(w, &a, 0, 7, 2);
            if (w && status) again = ptm_io_writer_write(w, a.data, 1); /* it stays lost */
            if (w) status = ptm_io_writer_commit(&w);
            bad += again != (status && again ? PTM_ERROR_IO : 0) || (status && status != PTM_ERROR_IO);
            bad += files_in_folder() != 0 && status != 0;
            lost += status != 0;
            setrlimit(RLIMIT_FSIZE, &(struct rlimit) { RLIM_INFINITY, RLIM_INFINITY });
            clear_folder();
        }
        int status = write_slabs(in_folder(k->name), &a, &o, 3);
        exit(bad || !lost || status); /* exit(), so that the libraries' own last words are heard too */
    }
    int state = -1;
    waitpid(child, &state, 0);
    check(state == 0, "%s, %d axes: a full disk is an error, and nothing is left (%d)", k->name, k->axes, state);
    clear_folder();
}

/* ------------------------------------------------------------------ what has to be refused */

static void refused(const char *name, ptm_io_type type, int axes, ptm_io_write_options o, int expected, const char *text)
{
    ptm_io_writer *w = NULL;
    ptm_io_array a = { .type = type, .dimensions = axes, .shape = { 3, 4, 5, 6 } };
    o.struct_size = sizeof o;
    int status = ptm_io_writer_open(&w, in_folder(name), &a, &o);
    check(status == expected && message_has(text) && !w && !files_in_folder(), "refused (%d): %s", status,
        ptm_error_message());
}

static void test_refusals(void)
{
    const ptm_io_write_options none = { 0 };
    ptm_io_writer *w = NULL;
    ptm_io_array a = { .type = PTM_IO_UINT8, .dimensions = 1, .shape = { 3 } };
    if (have(PTM_IO_FORMAT_PNG)) {
        refused("a.png", PTM_IO_FLOAT32, 2, none, PTM_ERROR_ARGUMENT, "PTM_IO_WINDOW_GIVEN");
        refused("a.png", PTM_IO_UINT8, 3, none, PTM_ERROR_UNSUPPORTED, "a PNG file holds 2 axes");
    }
    if (have(PTM_IO_FORMAT_TIFF))
        refused("a_%d.tif", PTM_IO_FLOAT32, 3, (ptm_io_write_options) { .bits = 16, .window = PTM_IO_WINDOW_PERCENTILE },
            PTM_ERROR_ARGUMENT, "PTM_IO_WINDOW_GIVEN");
    refused("a.npy", PTM_IO_FLOAT32, 5, none, PTM_ERROR_UNSUPPORTED, "5 axes");
    refused("a.xyz", PTM_IO_FLOAT32, 3, none, PTM_ERROR_ARGUMENT, "suffix");
    refused("no/a.npy", PTM_IO_FLOAT32, 3, none, PTM_ERROR_IO, "No such");
    check(ptm_io_writer_open(NULL, "a.npy", &a, NULL) == PTM_ERROR_ARGUMENT &&
              ptm_io_writer_open(&w, NULL, &a, NULL) == PTM_ERROR_ARGUMENT &&
              ptm_io_writer_open(&w, "a.npy", NULL, NULL) == PTM_ERROR_ARGUMENT &&
              ptm_io_writer_write(NULL, "", 1) == PTM_ERROR_ARGUMENT && ptm_io_writer_commit(NULL) == PTM_ERROR_ARGUMENT &&
              ptm_io_writer_commit(&w) == PTM_ERROR_ARGUMENT,
        "NULL is refused");
    ptm_io_writer_cancel(NULL);
    ptm_io_writer_cancel(&w);
}

static void test_too_large_for_float32(void)
{
    const kind k = { "f.npy", PTM_IO_FLOAT64, 3, { .bits = 32 } };
    ptm_io_array a = array_of(&k);
    ptm_io_write_options o = options_of(&k);
    ptm_io_writer *w = NULL;
    ((double *)a.data)[4 * 301 * 203 + 10] = 1e39;
    must(ptm_io_writer_open(&w, in_folder("f.npy"), &a, &o));
    bool good = !put_slabs(w, &a, 0, 4, 3) && put_slabs(w, &a, 4, 7, 3) == PTM_ERROR_ARGUMENT &&
                message_has("element 244422 is");
    good = good && ptm_io_writer_commit(&w) == PTM_ERROR_ARGUMENT && message_has("writing failed before") &&
           !files_in_folder();
    check(good, "a float64 that is too large ends the file: %s", ptm_error_message());
    ptm_io_array_free(&a);
}

/* libhdf5 is in use for other files between the slabs, and has two that are being written. */
static void test_two_at_once(void)
{
    const kind k = { "x.h5", PTM_IO_UINT16, 3, { 0 } };
    if (!available(&k)) return;
    ptm_io_array a = array_of(&k), part = { 0 };
    ptm_io_writer *w[2] = { NULL, NULL };
    ptm_io_scan *scan = NULL;
    must(ptm_io_write(in_folder("r.h5"), &a, NULL));
    must(ptm_io_scan_open(&scan, in_folder("r.h5"), NULL));
    must(ptm_io_writer_open(&w[0], in_folder("x.h5"), &a, NULL));
    must(ptm_io_writer_open(&w[1], in_folder("y.h5"), &a, NULL));
    bool good = true;
    for (int64_t i = 0; good && i < 7; i++) {
        const ptm_io_range range = { .first_view = i, .views = 1 };
        good = !ptm_io_scan_read(&part, scan, PTM_IO_PROJECTIONS, &range, PTM_IO_UNKNOWN) &&
               !ptm_io_writer_write(w[0], part.data, 1) && !ptm_io_writer_write(w[1], part.data, 1);
        ptm_io_array_free(&part);
    }
    good = good && !ptm_io_writer_commit(&w[0]) && !ptm_io_writer_commit(&w[1]);
    ptm_io_scan_close(&scan);
    check(good && same_arrays(in_folder("x.h5"), in_folder("r.h5")) && same_arrays(in_folder("y.h5"), in_folder("r.h5")),
        "two HDF5 files at once, from a third");
    ptm_io_array_free(&a);
    clear_folder();
}

int main(void)
{
    make_folder("writer");
    for (int i = 0; i < KINDS; i++) {
        if (!available(&kinds[i])) continue;
        const int64_t slabs[] = { 1, 2, 3, 7 };
        for (int j = 0; j < 4; j++) as_if_whole(&kinds[i], slabs[j]);
        nothing_left(&kinds[i]);
        too_many(&kinds[i]);
        existing_file(&kinds[i]);
        full_disk(&kinds[i]);
    }
    test_refusals();
    test_too_large_for_float32();
    test_two_at_once();
    check(!files_in_folder(), "nothing is left");
    rmdir(folder);
    return finish();
}
