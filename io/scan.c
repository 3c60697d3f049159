/* scan.c - CT scans in Data Exchange and NXtomo files. */
#include "h5.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One kind of frames: all of a data set, or those of an index. */
typedef struct frames {
    h5_data data;
    char name[512];
    int64_t count;
    int64_t *index; /* frames of the data set; NULL: 0 ... count - 1 */
} frames;

struct ptm_io_scan {
    h5_file file;
    char *path;
    frames parts[3]; /* by ptm_io_part */
    double *angles;
    char name[256];
    ptm_io_scan_info info;
};

static const char *part_names[] = { "projections", "flat fields", "dark fields" };

/* ------------------------------------------------------------------ opening */

/* A data set of frames (frame, row, column); (row, column) is one frame. */
static int open_frames(frames *part, const h5_file *file, const char *name)
{
    snprintf(part->name, sizeof part->name, "%s", name);
    h5_data *data = &part->data;
    int status = ptm_h5_open_data(data, file, file->id, name);
    if (status) return status;
    if (data->dimensions != 2 && data->dimensions != 3)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: %s has %d axes; expected frames of rows and columns", file->path,
            name, data->dimensions);
    if (!data->type || data->type >= PTM_IO_COMPLEX64)
        return ptm_error_set(
            PTM_ERROR_UNSUPPORTED, "%s: %s does not hold numbers of a type that can be read", file->path, name);
    for (int i = 0; i < data->dimensions; i++)
        if (data->shape[i] < 1) return ptm_error_set(PTM_ERROR_IO, "%s: %s is empty", file->path, name);
    part->count = data->dimensions == 3 ? data->shape[0] : 1;
    return PTM_OK;
}

static const int64_t *frame_shape(const frames *part)
{
    return part->data.shape + part->data.dimensions - 2;
}

static int check_same_size(const ptm_io_scan *scan, const frames *part)
{
    const int64_t *a = frame_shape(&scan->parts[0]), *b = frame_shape(part);
    if (a[0] == b[0] && a[1] == b[1]) return PTM_OK;
    return ptm_error_set(PTM_ERROR_IO, "%s: %s has frames of %lld x %lld, the projections of %lld x %lld", scan->path,
        part->name, (long long)b[0], (long long)b[1], (long long)a[0], (long long)a[1]);
}

/* All angles of the data set, degrees unless its units say radians. */
static int read_angles(double **angles, const ptm_io_scan *scan, const char *name, int64_t count)
{
    char units[32];
    h5_data data;
    int status = ptm_h5_open_data(&data, &scan->file, scan->file.id, name);
    if (status) return status;
    int64_t length = 1;
    for (int i = 0; i < data.dimensions && i < 3; i++) length *= data.shape[i] > count ? count + 1 : data.shape[i];
    ptm_h5_close(data.id);
    if (length != count || data.dimensions > 2)
        return ptm_error_set(PTM_ERROR_IO, "%s: %s has %lld%s angles for %lld frames",
            scan->path, name, (long long)length, length > count ? " or more" : "", (long long)count);
    double *values = ptm_io_alloc((uint64_t)count, sizeof *values);
    if (!values) return PTM_ERROR_MEMORY;
    ptm_h5_text(units, sizeof units, scan->file.id, name, "units");
    bool radians = !strncmp(units, "rad", 3), good = ptm_h5_numbers(values, count, scan->file.id, name, NULL);
    for (int64_t i = 0; good && i < count; i++) {
        good = isfinite(values[i]);
        if (!radians) values[i] *= 3.14159265358979323846 / 180;
    }
    if (good) {
        *angles = values;
        return PTM_OK;
    }
    free(values);
    return ptm_error_set(PTM_ERROR_IO, "%s: the angles in %s are damaged", scan->path, name);
}

static void read_name(ptm_io_scan *scan, const char *group, const char *title)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", group, title);
    if (!*scan->name && ptm_h5_exists(scan->file.id, path))
        ptm_h5_text(scan->name, sizeof scan->name, scan->file.id, path, NULL);
}

/* ------------------------------------------------------------------ Data Exchange */

/* Sinogram order is allowed by the format, and not what rows and columns mean here. */
static int check_order(const ptm_io_scan *scan)
{
    char axes[64];
    const frames *part = &scan->parts[0];
    ptm_h5_text(axes, sizeof axes, scan->file.id, part->name, "axes");
    const char *angle = strstr(axes, "theta");
    if (!angle || angle == axes) return PTM_OK;
    return ptm_error_set(PTM_ERROR_IO, "%s: %s has axes \"%s\"; expected theta:y:x", scan->path, part->name, axes);
}

static int open_exchange(ptm_io_scan *scan, const char *group, bool ignore_angles)
{
    static const char *names[] = { "data", "data_white", "data_dark" };
    char path[512];
    int status = PTM_OK;
    scan->info.layout = "Data Exchange";
    for (int i = 0; !status && i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", group, names[i]);
        if (i && H5Lexists(scan->file.id, path, H5P_DEFAULT) <= 0) continue;
        status = open_frames(&scan->parts[i], &scan->file, path);
        if (!status) status = check_same_size(scan, &scan->parts[i]);
    }
    if (!status && scan->parts[0].data.dimensions != 3)
        status = ptm_error_set(
            PTM_ERROR_UNSUPPORTED, "%s: %s has 2 axes; a scan has 3: view, row, column", scan->path, scan->parts[0].name);
    if (!status) status = check_order(scan);
    if (status) return status;
    read_name(scan, group, "title");
    read_name(scan, "/measurement/sample", "name");
    snprintf(path, sizeof path, "%s/theta", group);
    if (ignore_angles || H5Lexists(scan->file.id, path, H5P_DEFAULT) <= 0) return PTM_OK;
    return read_angles(&scan->angles, scan, path, scan->parts[0].count);
}

/* ------------------------------------------------------------------ NXtomo */

/* Fills the parts' indices from the keys: 0 projection, 1 flat, 2 dark. */
static int sort_frames(ptm_io_scan *scan, const double *keys, int64_t count)
{
    for (int i = 0; i < 3; i++) {
        frames *part = &scan->parts[i];
        if (!(part->index = ptm_io_alloc((uint64_t)count, sizeof *part->index))) return PTM_ERROR_MEMORY;
        part->count = 0;
    }
    for (int64_t f = 0; f < count; f++)
        for (int i = 0; i < 3; i++)
            if (keys[f] == i) scan->parts[i].index[scan->parts[i].count++] = f;
    if (scan->parts[0].count) return PTM_OK;
    return ptm_error_set(PTM_ERROR_IO, "%s: image_key calls no frame a projection", scan->path);
}

static int read_keys(ptm_io_scan *scan, const char *name, int64_t count)
{
    if (!*name) return PTM_OK; /* all are projections */
    double *keys = ptm_io_alloc((uint64_t)count, sizeof *keys);
    if (!keys) return PTM_ERROR_MEMORY;
    int status = PTM_OK;
    if (!ptm_h5_numbers(keys, count, scan->file.id, name, NULL))
        status = ptm_error_set(
            PTM_ERROR_IO, "%s: %s does not have one key for each of the %lld frames", scan->path, name, (long long)count);
    if (!status) status = sort_frames(scan, keys, count);
    free(keys);
    return status;
}

/* Only the projections' angles are of use. */
static int read_projection_angles(ptm_io_scan *scan, const char *name, int64_t count)
{
    const frames *part = &scan->parts[0];
    int status = read_angles(&scan->angles, scan, name, count);
    for (int64_t i = 0; !status && part->index && i < part->count; i++) scan->angles[i] = scan->angles[part->index[i]];
    return status;
}

static double unit_in_mm(const char *unit)
{
    static const struct {
        const char *name;
        double mm;
    } units[] = { { "mm", 1 }, { "millimeter", 1 }, { "millimetre", 1 }, { "m", 1e3 }, { "meter", 1e3 }, { "metre", 1e3 },
        { "cm", 10 }, { "centimeter", 10 }, { "centimetre", 10 }, { "um", 1e-3 }, { "\xc2\xb5m", 1e-3 },
        { "\xce\xbcm", 1e-3 }, { "micron", 1e-3 }, { "micrometer", 1e-3 }, { "micrometre", 1e-3 }, { "nm", 1e-6 },
        { "nanometer", 1e-6 }, { "nanometre", 1e-6 } };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const size_t length = strlen(units[i].name);
        if (strncmp(unit, units[i].name, length)) continue;
        if (!unit[length] || (length > 3 && !strcmp(unit + length, "s"))) return units[i].mm;
    }
    return 0; /* a length without a unit says nothing */
}

static double length_in_mm(const ptm_io_scan *scan, const char *group, const char *name)
{
    char path[600], unit[32];
    double value;
    snprintf(path, sizeof path, "%s/%s", group, name);
    if (!ptm_h5_exists(scan->file.id, path) || !ptm_h5_numbers(&value, 1, scan->file.id, path, NULL) || !(value > 0))
        return 0;
    ptm_h5_text(unit, sizeof unit, scan->file.id, path, "units");
    return value * unit_in_mm(unit);
}

static int open_nxtomo(ptm_io_scan *scan, const h5_nxtomo *tomo, bool ignore_angles)
{
    scan->info.layout = "NXtomo";
    int status = PTM_OK;
    for (int i = 0; !status && i < 3; i++) {
        status = open_frames(&scan->parts[i], &scan->file, tomo->data);
        if (!status && scan->parts[i].data.dimensions != 3)
            status = ptm_error_set(
                PTM_ERROR_UNSUPPORTED, "%s: %s has 2 axes; a scan has 3: view, row, column", scan->path, tomo->data);
    }
    if (status) return status;
    int64_t count = scan->parts[0].data.shape[0];
    if (!*tomo->image_key) scan->parts[1].count = scan->parts[2].count = 0;
    status = read_keys(scan, tomo->image_key, count);
    if (status) return status;
    read_name(scan, tomo->entry, "title");
    read_name(scan, tomo->entry, "sample/name");
    scan->info.pixel_size[0] = length_in_mm(scan, tomo->detector, "x_pixel_size");
    scan->info.pixel_size[1] = length_in_mm(scan, tomo->detector, "y_pixel_size");
    return ignore_angles || !*tomo->angles ? PTM_OK : read_projection_angles(scan, tomo->angles, count);
}

/* ------------------------------------------------------------------ the handle */

static int open_layout(ptm_io_scan *scan, const ptm_io_scan_options *o)
{
    char group[256], data[300];
    h5_nxtomo tomo;
    const char *name = o->group ? o->group : "/exchange";
    if (snprintf(group, sizeof group, "%s%s", *name == '/' ? "" : "/", name) >= (int)sizeof group)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "group is a path of more than %zu characters", sizeof group - 1);
    snprintf(data, sizeof data, "%s/data", group);
    /* An NXtomo entry may have a member called data too, which is a group. */
    if (ptm_h5_exists(scan->file.id, group) && ptm_h5_exists(scan->file.id, data)) {
        hid_t object = H5Oopen(scan->file.id, data, H5P_DEFAULT);
        bool is_data = H5Iget_type(object) == H5I_DATASET;
        ptm_h5_close(object);
        if (is_data) return open_exchange(scan, group, o->ignore_angles);
    }
    if (ptm_h5_find_nxtomo(&tomo, &scan->file, o->group)) return open_nxtomo(scan, &tomo, o->ignore_angles);
    return ptm_error_set(PTM_ERROR_UNSUPPORTED,
        "%s: neither a Data Exchange nor an NXtomo scan was found%s%s; arrays in it can be "
        "read by name",
        scan->path, o->group ? " in " : "", o->group ? o->group : "");
}

static void fill_info(ptm_io_scan *scan)
{
    ptm_io_scan_info *info = &scan->info;
    const frames *parts = scan->parts;
    info->name = scan->name;
    info->type = parts[0].data.type;
    info->views = parts[0].count;
    info->rows = frame_shape(&parts[0])[0];
    info->columns = frame_shape(&parts[0])[1];
    info->flats = parts[1].count;
    info->darks = parts[2].count;
    info->angles = scan->angles;
    ptm_h5_window(info->window, &scan->file, parts[0].name);
}

static void free_scan(ptm_io_scan *scan)
{
    for (int i = 0; i < 3; i++) {
        ptm_h5_close(scan->parts[i].data.id);
        free(scan->parts[i].index);
    }
    ptm_h5_close(scan->file.id);
    free(scan->angles);
    free(scan->path);
    free(scan);
}

static int open_scan(ptm_io_scan *scan, const char *path, const ptm_io_scan_options *o)
{
    scan->file.id = -1;
    for (int i = 0; i < 3; i++) scan->parts[i].data.id = -1;
    if (!(scan->path = ptm_io_copy_text(path))) return PTM_ERROR_MEMORY;
    int status = ptm_h5_open(&scan->file, scan->path);
    return status ? status : open_layout(scan, o);
}

int ptm_io_scan_open(ptm_io_scan **out, const char *path, const ptm_io_scan_options *options)
{
    if (!out || !path) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "path" : "out");
    ptm_io_scan_options o;
    ptm_io_format format;
    int status = ptm_io_options(&o, sizeof o, options, "ptm_io_scan_options");
    if (!status) status = ptm_io_detect(&format, path);
    if (!status && format != PTM_IO_FORMAT_HDF5)
        status = ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: a scan is an HDF5 file, this is %s; read it as an array", path,
            ptm_io_format_name(format));
    if (status) return status;
    ptm_io_scan *scan = ptm_io_alloc(1, sizeof *scan);
    if (!scan) return PTM_ERROR_MEMORY;
    h5_guard guard;
    ptm_h5_enter(&guard);
    status = open_scan(scan, path, &o);
    if (status)
        free_scan(scan);
    else
        fill_info(scan);
    ptm_h5_leave(&guard);
    if (!status) *out = scan;
    return status;
}

void ptm_io_scan_close(ptm_io_scan **scan)
{
    if (!scan || !*scan) return;
    h5_guard guard;
    ptm_h5_enter(&guard);
    free_scan(*scan);
    ptm_h5_leave(&guard);
    *scan = NULL;
}

const ptm_io_scan_info *ptm_io_scan_get_info(const ptm_io_scan *scan)
{
    return scan ? &scan->info : NULL;
}

/* ------------------------------------------------------------------ reading */

/* Frames that follow each other in the file, in one call. */
static int read_run(char *to, const ptm_io_scan *scan, const frames *part, int64_t frame, int64_t count,
    const ptm_io_range *r, ptm_io_type type)
{
    int64_t start[3] = { frame, r->first_row, 0 }, size[3] = { count, r->rows, scan->info.columns };
    int skip = 3 - part->data.dimensions;
    return ptm_h5_read_block(to, &part->data, &scan->file, start + skip, size + skip, type);
}

static int read_frames(char *to, const ptm_io_scan *scan, const frames *part, const ptm_io_range *r, ptm_io_type type)
{
    if (!part->index) return read_run(to, scan, part, r->first_view, r->views, r, type);
    const int64_t *index = part->index + r->first_view;
    uint64_t frame_bytes = (uint64_t)r->rows * (uint64_t)scan->info.columns * ptm_io_type_size(type);
    int status = PTM_OK;
    for (int64_t i = 0, n; !status && i < r->views; i += n) {
        for (n = 1; i + n < r->views && index[i + n] == index[i] + n;) n++;
        status = read_run(to + (uint64_t)i * frame_bytes, scan, part, index[i], n, r, type);
    }
    return status;
}

/* What is asked for: the range without zeros, the type, the shape. */
typedef struct wish {
    const frames *part;
    ptm_io_range range;
    ptm_io_type type;
    int64_t shape[3];
    uint64_t bytes;
} wish;

static int check_wish(wish *w, const ptm_io_scan *scan, ptm_io_part part, const ptm_io_range *range, ptm_io_type type)
{
    if (!scan) return ptm_error_set(PTM_ERROR_ARGUMENT, "scan is NULL");
    if ((int)part < 0 || part > PTM_IO_DARKS) return ptm_error_set(PTM_ERROR_ARGUMENT, "part is %d", (int)part);
    w->part = &scan->parts[part];
    w->type = type ? type : w->part->data.type;
    w->range = range ? *range : (ptm_io_range) { 0 };
    if (!w->part->count) return ptm_error_set(PTM_ERROR_NOT_FOUND, "%s: the scan has no %s", scan->path, part_names[part]);
    if (type && type != PTM_IO_FLOAT32 && type != w->part->data.type)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "type is %s; %s can be read as %s or float32", ptm_io_type_name(type),
            part_names[part], ptm_io_type_name(w->part->data.type));
    int status = ptm_io_clip(&w->range.first_view, &w->range.views, w->part->count, scan->path);
    if (!status) status = ptm_io_clip(&w->range.first_row, &w->range.rows, scan->info.rows, scan->path);
    if (status) return status;
    w->shape[0] = w->range.views;
    w->shape[1] = w->range.rows;
    w->shape[2] = scan->info.columns;
    return ptm_io_shape_bytes(&w->bytes, w->type, 3, w->shape, scan->path);
}

static int fulfil(void *data, const ptm_io_scan *scan, const wish *w)
{
    h5_guard guard;
    ptm_h5_enter(&guard);
    int status = ptm_h5_check_data(&w->part->data, &scan->file, w->bytes, w->part->name);
    if (!status) status = read_frames(data, scan, w->part, &w->range, w->type);
    ptm_h5_leave(&guard);
    return status;
}

int ptm_io_scan_read_into(
    void *data, uint64_t bytes, ptm_io_scan *scan, ptm_io_part part, const ptm_io_range *range, ptm_io_type type)
{
    wish w;
    int status = check_wish(&w, scan, part, range, type);
    if (status) return status;
    if (!data || bytes < w.bytes)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: data has room for %llu bytes; %llu are needed", scan->path,
            data ? (unsigned long long)bytes : 0, (unsigned long long)w.bytes);
    return fulfil(data, scan, &w);
}

static int check_before_allocating(const ptm_io_scan *scan, const wish *w)
{
    h5_guard guard;
    ptm_h5_enter(&guard);
    int status = ptm_h5_check_data(&w->part->data, &scan->file, w->bytes, w->part->name);
    ptm_h5_leave(&guard);
    return status;
}

int ptm_io_scan_read(ptm_io_array *out, ptm_io_scan *scan, ptm_io_part part, const ptm_io_range *range, ptm_io_type type)
{
    if (!out) return ptm_error_set(PTM_ERROR_ARGUMENT, "out is NULL");
    wish w;
    ptm_io_array array;
    int status = check_wish(&w, scan, part, range, type);
    if (!status) status = check_before_allocating(scan, &w);
    if (!status) status = ptm_io_array_prepare(&array, w.type, 3, w.shape, scan->path);
    if (status) return status;
    status = fulfil(array.data, scan, &w);
    if (status)
        ptm_io_array_free(&array);
    else
        *out = array;
    return status;
}
