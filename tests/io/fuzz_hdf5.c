/* fuzz_hdf5.c - HDF5 files that are in order, with what no reader expects in the places where Data Exchange and NXtomo have
 * their data: see fuzz.h. (Damaged HDF5 files find faults of libhdf5; these find ours.) */
#define _XOPEN_SOURCE 700
#define H5_USE_110_API
#include <hdf5.h>
#include <polytome/io.h>

#include "../fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct input {
    const uint8_t *at, *end;
} input;

static unsigned take(input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static const char *const places[] = { "exchange", "exchange/data", "exchange/data_white", "exchange/data_dark",
    "exchange/theta", "exchange/title", "entry", "entry/definition", "entry/title", "entry/instrument",
    "entry/instrument/detector", "entry/instrument/detector/data", "entry/instrument/detector/image_key",
    "entry/instrument/detector/x_pixel_size", "entry/sample", "entry/sample/rotation_angle", "entry/data/data",
    "entry/data/image_key", "entry/data/rotation_angle", "other" };
static const char *const texts[] = { "", "NXtomo", "NXinstrument", "NXdetector", "NXsample", "NXdata", "rad", "degrees",
    "um", "mm", "theta:y:x", "y:theta:x",
    "a text that is longer than any room a reader would have kept for it, and longer, and longer, and longer" };
enum { PLACES = sizeof places / sizeof *places, TEXTS = sizeof texts / sizeof *texts };

static hid_t text_type(const char *text, bool variable)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, variable ? H5T_VARIABLE : strlen(text) + 1);
    return type;
}

/* A type to be closed, of numbers or of what is none. */
static hid_t odd_type(input *in)
{
    const hid_t numbers[] = { H5T_NATIVE_UINT16, H5T_NATIVE_FLOAT, H5T_NATIVE_DOUBLE, H5T_NATIVE_INT32, H5T_STD_U8LE,
        H5T_STD_I64BE, H5T_IEEE_F32BE, H5T_STD_REF_OBJ, H5T_STD_B32LE };
    const hsize_t pair = 2;
    const unsigned kind = take(in) % 14;
    if (kind < sizeof numbers / sizeof *numbers) return H5Tcopy(numbers[kind]);
    if (kind == 9) return text_type("some text", take(in) & 1);
    if (kind == 10) return H5Tarray_create2(H5T_NATIVE_FLOAT, 1, &pair);
    if (kind == 11) return H5Tvlen_create(H5T_NATIVE_INT);
    hid_t type = H5Tcreate(kind == 12 ? H5T_COMPOUND : H5T_OPAQUE, 8);
    if (kind == 12) H5Tinsert(type, "r", 0, H5T_NATIVE_FLOAT);
    if (kind == 12 && take(in)) H5Tinsert(type, "i", 4, H5T_NATIVE_FLOAT);
    return type;
}

static hid_t odd_space(input *in, hsize_t *elements)
{
    const unsigned kind = take(in) % 8;
    *elements = 1;
    if (kind == 0) return H5Screate(H5S_SCALAR);
    if (kind == 1) return H5Screate(H5S_NULL);
    hsize_t shape[8];
    const int axes = kind < 6 ? 1 + (int)kind % 3 : 1 + (int)take(in) % 8;
    for (int i = 0; i < axes; ++i) {
        const unsigned length = take(in);
        shape[i] = length < 240 ? length % 7 : (hsize_t)1 << (length - 220);
        *elements = *elements > 1 << 20 ? *elements : *elements * shape[i];
    }
    return H5Screate_simple(axes, shape, NULL);
}

/* Numbers are small and some are not; text and lists of pointers stay unwritten, and so zero. */
static void fill(hid_t set, hid_t type, hsize_t elements, input *in)
{
    const H5T_class_t class = H5Tget_class(type);
    const size_t size = H5Tget_size(type);
    if ((class != H5T_INTEGER && class != H5T_FLOAT) || elements == 0 || elements > 4096) return;
    uint8_t *values = calloc(elements, size);
    for (size_t i = 0; values && i < elements; ++i) values[i * size] = (uint8_t)take(in);
    if (values && take(in) > 200) memset(values, 0xff, elements * size / 2);
    if (values) H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    free(values);
}

static void put_set(hid_t file, const char *name, hid_t links, input *in)
{
    hsize_t elements, chunk[8];
    hid_t type = odd_type(in), space = odd_space(in, &elements), how = H5Pcreate(H5P_DATASET_CREATE);
    const int axes = H5Sget_simple_extent_ndims(space);
    for (int i = 0; i < axes; ++i) chunk[i] = 1 + take(in) % 3;
    if (axes > 0 && (elements > 1 << 16 || take(in) & 1)) H5Pset_chunk(how, axes, chunk);
    hid_t set = H5Dcreate2(file, name, type, space, links, how, H5P_DEFAULT);
    if (set >= 0) fill(set, type, elements, in);
    if (set >= 0) H5Dclose(set);
    H5Pclose(how);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_text(hid_t file, const char *name, hid_t links, const char *text, bool variable)
{
    hid_t type = text_type(text, variable), space = H5Screate(H5S_SCALAR);
    hid_t set = H5Dcreate2(file, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    if (set >= 0) H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, variable ? (const void *)&text : text);
    if (set >= 0) H5Dclose(set);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_note(hid_t file, const char *object, input *in)
{
    static const char *const names[] = { "units", "NX_class", "axes" };
    const char *text = texts[take(in) % TEXTS], *name = names[take(in) % 3];
    hsize_t elements = 1;
    const unsigned kind = take(in) % 4;
    hid_t type = kind < 2 ? text_type(text, kind) : odd_type(in),
          space = kind < 2 ? H5Screate(H5S_SCALAR) : odd_space(in, &elements);
    hid_t note =
        elements < 1000 ? H5Acreate_by_name(file, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) : -1;
    if (note >= 0 && kind < 2) H5Awrite(note, type, kind ? (const void *)&text : text);
    if (note >= 0) H5Aclose(note);
    H5Sclose(space);
    H5Tclose(type);
}

static void make_file(const char *path, input *in)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    for (unsigned n = 1 + take(in) % 10; n > 0; --n) {
        const char *name = places[take(in) % PLACES], *target = places[take(in) % PLACES];
        const unsigned kind = take(in) % 8;
        hid_t group;
        if (kind < 4)
            put_set(file, name, links, in);
        else if (kind < 6)
            put_text(file, name, links, texts[take(in) % TEXTS], take(in) & 1);
        else if (kind == 6 && (group = H5Gcreate2(file, name, links, H5P_DEFAULT, H5P_DEFAULT)) >= 0)
            H5Gclose(group);
        else if (kind == 7)
            H5Lcreate_soft(target, file, name, links, H5P_DEFAULT);
        if (take(in) & 1) put_note(file, name, in);
    }
    if (file >= 0) H5Fclose(file);
    H5Pclose(links);
    H5Pclose(access);
}

static void read_scan(const char *path, bool ignore_angles)
{
    ptm_io_scan *scan;
    if (ptm_io_scan_open(
            &scan, path, &(ptm_io_scan_options) { PTM_SIZED(ptm_io_scan_options), .ignore_angles = ignore_angles }))
        return;
    const ptm_io_scan_info *info = ptm_io_scan_get_info(scan);
    if (info->views < 1 || info->rows < 1 || info->columns < 1) abort();
    ptm_io_range range = { .views = 1 };
    for (int part = PTM_IO_PROJECTIONS; part <= PTM_IO_DARKS && info->rows * info->columns < 1 << 20; part++) {
        ptm_io_array array;
        if (!ptm_io_scan_read(&array, scan, (ptm_io_part)part, &range, PTM_IO_FLOAT32)) ptm_io_array_free(&array);
    }
    ptm_io_scan_close(&scan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[] = "/tmp/polytome-fuzz-XXXXXX";
    static bool started;
    if (!started) {
        const int file = mkstemp(path);
        if (file < 0) abort();
        close(file);
        H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
        started = true;
    }
    input in = { data, data + size };
    make_file(path, &in);
    ptm_io_read_options o = { PTM_SIZED(ptm_io_read_options), .max_bytes = 16 << 20,
        .dataset = take(&in) & 1 ? places[take(&in) % PLACES] : NULL };
    ptm_io_array array;
    ptm_io_info info;
    if (!ptm_io_read(&array, path, &o)) ptm_io_array_free(&array);
    if (!ptm_io_info_read(&info, path)) ptm_io_info_free(&info);
    read_scan(path, false);
    read_scan(path, true);
    unlink(path);
    return 0;
}
