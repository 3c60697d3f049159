/* hdf5.c - HDF5: the lock, errors, types, data sets. */
#include "h5.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define COMPRESSION_RATIO 5000

/* ------------------------------------------------------------------ the lock and errors */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void ptm_h5_enter(h5_guard *guard)
{
    pthread_mutex_lock(&lock);
    H5Eget_auto2(H5E_DEFAULT, &guard->function, &guard->data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void ptm_h5_leave(h5_guard *guard)
{
    H5Eclear2(H5E_DEFAULT);
    H5Eset_auto2(H5E_DEFAULT, guard->function, guard->data);
    pthread_mutex_unlock(&lock);
}

static herr_t take_message(unsigned n, const H5E_error2_t *error, void *user)
{
    char *text = user;
    if (n == 0 && error->desc) snprintf(text, 200, "%s", error->desc);
    return 0;
}

int ptm_h5_fail(int status, const char *path, const char *what)
{
    char text[200] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_message, text);
    H5Eclear2(H5E_DEFAULT);
    return ptm_error_set(status, "%s: %s%s%s", path, what, *text ? ": " : "", text);
}

void ptm_h5_close(hid_t id)
{
    if (id >= 0) H5Idec_ref(id);
}

int ptm_h5_open(h5_file *file, const char *path)
{
    *file = (h5_file) { .id = -1, .path = path };
    int status = ptm_io_file_size(&file->bytes, path);
    if (status) return status;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
#if H5_VERSION_GE(1, 10, 7)
    H5Pset_file_locking(access, true, true); /* file systems that cannot lock are no reason to fail */
#endif
    file->id = H5Fopen(path, H5F_ACC_RDONLY, access);
    ptm_h5_close(access);
    return file->id >= 0 ? PTM_OK : ptm_h5_fail(PTM_ERROR_IO, path, "damaged, cut short or in use by a writer");
}

/* ------------------------------------------------------------------ types */

/* libhdf5 converts types of any bits, and writes beyond its buffers where a damaged file makes them contradict each other:
 * so only integers whose bits are within their bytes, and IEEE floats. */
static bool bits_are_sound(hid_t type)
{
    size_t bits = 8 * H5Tget_size(type), precision = H5Tget_precision(type);
    int offset = H5Tget_offset(type);
    H5T_order_t order = H5Tget_order(type);
    return (order == H5T_ORDER_LE || order == H5T_ORDER_BE) && offset >= 0 && precision > 0 && precision <= bits &&
           (size_t)offset <= bits - precision;
}

static ptm_io_type float_type(hid_t type)
{
    static const struct {
        size_t size, exponent, mantissa;
        ptm_io_type type;
    } floats[] = { { 2, 5, 10, PTM_IO_FLOAT32 }, { 4, 8, 23, PTM_IO_FLOAT32 }, { 8, 11, 52, PTM_IO_FLOAT64 } };
    size_t size = H5Tget_size(type), sign, at, exponent, from, mantissa;
    if (H5Tget_class(type) != H5T_FLOAT || !bits_are_sound(type) || H5Tget_precision(type) != 8 * size ||
        H5Tget_fields(type, &sign, &at, &exponent, &from, &mantissa) < 0)
        return PTM_IO_UNKNOWN;
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
        if (size == floats[i].size && exponent == floats[i].exponent && mantissa == floats[i].mantissa && from == 0 &&
            at == mantissa && sign == 8 * size - 1)
            return floats[i].type;
    return PTM_IO_UNKNOWN;
}

static ptm_io_type integer_type(size_t size, bool negative)
{
    switch (size) {
    case 1: return negative ? PTM_IO_INT8 : PTM_IO_UINT8;
    case 2: return negative ? PTM_IO_INT16 : PTM_IO_UINT16;
    case 4: return negative ? PTM_IO_INT32 : PTM_IO_UINT32;
    case 8: return negative ? PTM_IO_INT64 : PTM_IO_UINT64;
    default: return PTM_IO_UNKNOWN;
    }
}

/* Pairs of floats named r and i, as h5py writes them. */
static ptm_io_type complex_type(hid_t type)
{
    if (H5Tget_nmembers(type) != 2) return PTM_IO_UNKNOWN;
    ptm_io_type found = PTM_IO_UNKNOWN;
    for (unsigned i = 0; i < 2; i++) {
        char *name = H5Tget_member_name(type, i);
        hid_t member = H5Tget_member_type(type, i);
        ptm_io_type part = float_type(member);
        bool good = name && !strcmp(name, i ? "i" : "r") && part && (!i || part == found);
        found = good ? part : PTM_IO_UNKNOWN;
        ptm_h5_close(member);
        H5free_memory(name);
    }
    return found == PTM_IO_FLOAT32 ? PTM_IO_COMPLEX64 : found == PTM_IO_FLOAT64 ? PTM_IO_COMPLEX128 : PTM_IO_UNKNOWN;
}

static ptm_io_type type_of(hid_t type)
{
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        return bits_are_sound(type) ? integer_type(H5Tget_size(type), H5Tget_sign(type) == H5T_SGN_2) : PTM_IO_UNKNOWN;
    case H5T_FLOAT: return float_type(type);
    case H5T_COMPOUND: return complex_type(type);
    default: return PTM_IO_UNKNOWN;
    }
}

static hid_t make_complex(hid_t part, size_t size)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, 2 * size);
    if (type >= 0) {
        H5Tinsert(type, "r", 0, part);
        H5Tinsert(type, "i", size, part);
    }
    return type;
}

hid_t ptm_h5_memory_type(ptm_io_type type)
{
    switch (type) {
    case PTM_IO_UINT8: return H5Tcopy(H5T_NATIVE_UINT8);
    case PTM_IO_INT8: return H5Tcopy(H5T_NATIVE_INT8);
    case PTM_IO_UINT16: return H5Tcopy(H5T_NATIVE_UINT16);
    case PTM_IO_INT16: return H5Tcopy(H5T_NATIVE_INT16);
    case PTM_IO_UINT32: return H5Tcopy(H5T_NATIVE_UINT32);
    case PTM_IO_INT32: return H5Tcopy(H5T_NATIVE_INT32);
    case PTM_IO_UINT64: return H5Tcopy(H5T_NATIVE_UINT64);
    case PTM_IO_INT64: return H5Tcopy(H5T_NATIVE_INT64);
    case PTM_IO_FLOAT32: return H5Tcopy(H5T_NATIVE_FLOAT);
    case PTM_IO_FLOAT64: return H5Tcopy(H5T_NATIVE_DOUBLE);
    case PTM_IO_COMPLEX64: return make_complex(H5T_NATIVE_FLOAT, sizeof(float));
    case PTM_IO_COMPLEX128: return make_complex(H5T_NATIVE_DOUBLE, sizeof(double));
    default: return -1;
    }
}

/* ------------------------------------------------------------------ small things */

bool ptm_h5_exists(hid_t at, const char *name)
{
    return H5Lexists(at, name, H5P_DEFAULT) > 0 && H5Oexists_by_name(at, name, H5P_DEFAULT) > 0;
}

static herr_t read_raw(hid_t object, bool attribute, hid_t type, void *to)
{
    return attribute ? H5Aread(object, type, to) : H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to);
}

static hid_t open_object(hid_t at, const char *name, const char *attribute)
{
    if (!attribute) return ptm_h5_exists(at, name) ? H5Dopen2(at, name, H5P_DEFAULT) : -1;
    if (H5Aexists_by_name(at, name, attribute, H5P_DEFAULT) <= 0) return -1;
    return H5Aopen_by_name(at, name, attribute, H5P_DEFAULT, H5P_DEFAULT);
}

static bool read_text(char *text, size_t size, hid_t object, bool attribute, hid_t type)
{
    bool variable = H5Tis_variable_str(type) > 0;
    size_t length = H5Tget_size(type);
    if (!variable && (length == 0 || length > 65536)) return false;
    hid_t memory = H5Tcopy(H5T_C_S1);
    H5Tset_size(memory, variable ? H5T_VARIABLE : length);
    H5Tset_cset(memory, H5Tget_cset(type));
    char *held = NULL, *fixed = variable ? NULL : ptm_io_alloc(length + 1, 1);
    bool good = (variable || fixed) && read_raw(object, attribute, memory, variable ? (void *)&held : fixed) >= 0;
    if (good) snprintf(text, size, "%s", variable ? (held ? held : "") : fixed);
    H5free_memory(held);
    free(fixed);
    ptm_h5_close(memory);
    return good;
}

bool ptm_h5_text(char *text, size_t size, hid_t at, const char *name, const char *attribute)
{
    *text = 0;
    hid_t object = open_object(at, name, attribute);
    if (object < 0) return false;
    hid_t space = attribute ? H5Aget_space(object) : H5Dget_space(object);
    hid_t type = attribute ? H5Aget_type(object) : H5Dget_type(object);
    bool good = H5Sget_simple_extent_npoints(space) == 1 && H5Tget_class(type) == H5T_STRING &&
                read_text(text, size, object, attribute != NULL, type);
    ptm_h5_close(type);
    ptm_h5_close(space);
    ptm_h5_close(object);
    return good;
}

bool ptm_h5_numbers(double *values, int64_t count, hid_t at, const char *name, const char *attribute)
{
    hid_t object = open_object(at, name, attribute);
    if (object < 0) return false;
    hid_t space = attribute ? H5Aget_space(object) : H5Dget_space(object);
    hid_t type = attribute ? H5Aget_type(object) : H5Dget_type(object);
    ptm_io_type known = type_of(type);
    bool good = H5Sget_simple_extent_npoints(space) == count && known && known < PTM_IO_COMPLEX64 &&
                read_raw(object, attribute != NULL, H5T_NATIVE_DOUBLE, values) >= 0;
    ptm_h5_close(type);
    ptm_h5_close(space);
    ptm_h5_close(object);
    return good;
}

/* ------------------------------------------------------------------ data sets */

static bool read_extent(h5_data *data)
{
    hid_t type = H5Dget_type(data->id), space = H5Dget_space(data->id);
    hsize_t shape[H5S_MAX_RANK] = { 0 };
    data->dimensions = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    bool good = type >= 0 && data->dimensions >= 0 && data->dimensions <= H5S_MAX_RANK &&
                H5Sget_simple_extent_dims(space, shape, NULL) >= 0;
    data->type = good && H5Sget_simple_extent_type(space) != H5S_NULL ? type_of(type) : PTM_IO_UNKNOWN;
    data->size = good ? H5Tget_size(type) : 0;
    for (int i = 0; good && i < data->dimensions && i < PTM_IO_MAX_ENTRY_DIMENSIONS; i++) {
        good = shape[i] <= INT64_MAX;
        data->shape[i] = (int64_t)shape[i];
    }
    ptm_h5_close(space);
    ptm_h5_close(type);
    return good;
}

int ptm_h5_open_data(h5_data *data, const h5_file *file, hid_t at, const char *name)
{
    char what[300];
    *data = (h5_data) { .id = -1 };
    if (H5Lexists(at, name, H5P_DEFAULT) <= 0) /* also where a group on the way is missing */
        return ptm_error_set(PTM_ERROR_NOT_FOUND, "%s: it has no data set %s", file->path, name);
    if (!ptm_h5_exists(at, name))
        return ptm_error_set(
            PTM_ERROR_NOT_FOUND, "%s: %s is a link to something that cannot be opened (another file?)", file->path, name);
    data->id = H5Dopen2(at, name, H5P_DEFAULT);
    if (data->id >= 0 && read_extent(data)) return PTM_OK;
    ptm_h5_close(data->id);
    data->id = -1;
    snprintf(what, sizeof what, "%.200s cannot be opened as a data set", name);
    return ptm_h5_fail(PTM_ERROR_IO, file->path, what);
}

/* A filter that this libhdf5 has not got would only give a message about folders. */
static int check_filters(hid_t properties, const h5_file *file, const char *name)
{
    int count = H5Pget_nfilters(properties);
    for (int i = 0; i < count; i++) {
        unsigned flags, config;
        size_t values = 0;
        char text[64] = "";
        H5Z_filter_t filter = H5Pget_filter2(properties, (unsigned)i, &flags, &values, NULL, sizeof text, text, &config);
        text[sizeof text - 1] = 0;
        if (filter < 0 || H5Zfilter_avail(filter) > 0) continue;
        return ptm_error_set(PTM_ERROR_UNSUPPORTED,
            "%s: %s is compressed with HDF5 filter %d \"%s\", which is not installed "
            "(HDF5_PLUGIN_PATH says where plugins are looked for)",
            file->path, name, (int)filter, text);
    }
    return PTM_OK;
}

static int check_storage(const h5_data *data, const h5_file *file, uint64_t bytes, const char *name, hid_t properties)
{
    H5D_layout_t layout = H5Pget_layout(properties);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(properties) > 0) return PTM_OK; /* the data are in other files */
    uint64_t stored = H5Dget_storage_size(data->id);
    if (!stored) return ptm_error_set(PTM_ERROR_IO, "%s: %s is empty: nothing was written to it", file->path, name);
    return ptm_io_check_claim(
        file->path, layout == H5D_CHUNKED ? bytes : stored, file->bytes, layout == H5D_CHUNKED ? COMPRESSION_RATIO : 1);
}

int ptm_h5_check_data(const h5_data *data, const h5_file *file, uint64_t bytes, const char *name)
{
    if (!data->type)
        return ptm_error_set(
            PTM_ERROR_UNSUPPORTED, "%s: %s does not hold numbers of a type that can be read", file->path, name);
    hid_t properties = H5Dget_create_plist(data->id);
    if (properties < 0) return ptm_h5_fail(PTM_ERROR_IO, file->path, "damaged");
    int status = check_filters(properties, file, name);
    if (!status) status = check_storage(data, file, bytes, name, properties);
    ptm_h5_close(properties);
    return status;
}

/* libhdf5 believes what a file says of its chunks. A damaged one that claims chunks of another rank, vast ones, or more
 * than it can have an index for, would keep libhdf5 busy until no memory is left. */
static int check_chunks(const h5_data *data, const h5_file *file, const int64_t *count)
{
    hsize_t chunk[H5S_MAX_RANK] = { 0 };
    hid_t properties = H5Dget_create_plist(data->id);
    bool chunked = H5Pget_layout(properties) == H5D_CHUNKED;
    bool sound = !chunked || H5Pget_chunk(properties, H5S_MAX_RANK, chunk) == data->dimensions;
    ptm_h5_close(properties);
    double chunks = 1, bytes = (double)data->size;
    for (int i = 0; sound && chunked && i < data->dimensions; i++) {
        sound = chunk[i] > 0;
        chunks *= (double)count[i] / (double)chunk[i];
        bytes *= (double)chunk[i];
    }
    if (!chunked ||
        (sound && chunks <= (double)file->bytes + 1000 && bytes <= COMPRESSION_RATIO * ((double)file->bytes + 4096)))
        return PTM_OK;
    return ptm_error_set(PTM_ERROR_IO, "%s: damaged: chunks of impossible number or size", file->path);
}

int ptm_h5_read_block(
    void *to, const h5_data *data, const h5_file *file, const int64_t *start, const int64_t *count, ptm_io_type type)
{
    int sound = check_chunks(data, file, count);
    if (sound) return sound;
    hsize_t from[PTM_IO_MAX_DIMENSIONS] = { 0 }, size[PTM_IO_MAX_DIMENSIONS] = { 0 };
    for (int i = 0; i < data->dimensions; i++) {
        from[i] = (hsize_t)start[i];
        size[i] = (hsize_t)count[i];
    }
    hid_t space = H5Dget_space(data->id), memory_type = ptm_h5_memory_type(type);
    hid_t memory = data->dimensions ? H5Screate_simple(data->dimensions, size, NULL) : H5Screate(H5S_SCALAR);
    bool good = !data->dimensions || H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, size, NULL) >= 0;
    good = good && H5Dread(data->id, memory_type, memory, space, H5P_DEFAULT, to) >= 0;
    int status = good ? PTM_OK : ptm_h5_fail(PTM_ERROR_IO, file->path, "damaged or cut short");
    ptm_h5_close(memory);
    ptm_h5_close(memory_type);
    ptm_h5_close(space);
    return status;
}
