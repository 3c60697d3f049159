/* fuzz_options.c - options, arrays and views with fields that no caller should have set: each call returns, with an error
 * if need be. See fuzz.h. */
#include <polytome/polytome.h>

#include "fuzz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct input {
    const uint8_t *at, *end;
} input;

static unsigned take(input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}
static void take_bytes(input *in, void *to, size_t size)
{
    for (size_t i = 0; i < size; ++i) ((uint8_t *)to)[i] = (uint8_t)take(in);
}

/* A number that breaks things, or any. */
static double odd_double(input *in)
{
    static const double odd[] = { 0, -0.0, 1, -1, 0.5, 1e-3, 1e3, 1e6, 1e-300, 1e300, -1e300, 5e-324,
        1.7976931348623157e308, (double)NAN, (double)INFINITY, -(double)INFINITY, 3.14159265358979, 6.28318530717959, 180,
        1e-12, 1e15 };
    const unsigned kind = take(in);
    double any;
    if (kind < 3 * sizeof odd / sizeof *odd) return odd[kind / 3];
    take_bytes(in, &any, sizeof any);
    return any;
}
static int64_t odd_int(input *in)
{
    static const int64_t odd[] = { 0, 1, 2, 3, 7, 64, 16384, 16385, 1 << 20, (1 << 20) + 1, INT32_MAX, INT32_MIN, -1,
        INT64_MAX, INT64_MIN };
    const unsigned kind = take(in);
    int64_t any;
    if (kind < 8 * sizeof odd / sizeof *odd) return odd[kind / 8];
    take_bytes(in, &any, sizeof any);
    return any;
}

/* Overwrites up to three fields of a struct, wherever they are. */
static void spoil(input *in, void *options, size_t size)
{
    for (unsigned n = take(in) % 4; n > 0; --n) {
        const size_t at = take(in) * 4 % size;
        const unsigned kind = take(in) % 3;
        const double real = odd_double(in);
        const int64_t whole = odd_int(in);
        const size_t wide = kind == 2 ? sizeof(int) : sizeof(double);
        if (wide <= size - at) memcpy((char *)options + at, kind == 0 ? (const void *)&real : &whole, wide);
    }
}
/* A struct's size is mostly right; never more than there is, and never within a pointer. */
static size_t odd_size(input *in, size_t size)
{
    const unsigned kind = take(in);
    return kind > 8 ? size : kind > 4 ? size - 8 * (kind - 4) : kind;
}
/* Flags have two values. */
static void mend_flag(bool *flag)
{
    unsigned char byte;
    memcpy(&byte, flag, 1);
    *flag = byte & 1;
}

enum { VIEWS = 12 };

static ptm_view odd_view(input *in, int index)
{
    const double angle = 0.5 * index, s = sin(angle), c = cos(angle);
    ptm_view view = { { 40 * s, -40 * c, 0 }, { -40 * s, 40 * c, 0 }, { 2 * c, 2 * s, 0 }, { 0, 0, 2 } };
    spoil(in, &view, sizeof view);
    return view;
}

static int make_circular(ptm_scan **out, ptm_context *context, input *in, unsigned kind)
{
    static int (*const makers[])(
        ptm_scan **, ptm_context *, const ptm_circular_options *) = { ptm_scan_parallel, ptm_scan_cone, ptm_scan_fan };
    double angles[VIEWS];
    const bool flat = take(in) & 1, listed = take(in) & 1;
    ptm_circular_options o = { .volume = { .shape = { flat ? 1 : 5, 6, 7 } },
        .detector = { .shape = { flat        ? 1
                                 : kind == 2 ? 5
                                             : 8,
                          9 },
            .spacing = { 2, 2 } },
        .views = VIEWS,
        .sod = 30,
        .sdd = 60 };
    spoil(in, &o, sizeof o);
    for (int i = 0; i < VIEWS; ++i) angles[i] = take(in) ? 0.5 * i : odd_double(in);
    o.struct_size = odd_size(in, sizeof o);
    o.angles = listed && o.views <= VIEWS ? angles : NULL;
    mend_flag(&o.detector.flip_u);
    mend_flag(&o.detector.flip_v);
    mend_flag(&o.detector.cylindrical);
    return makers[kind](out, context, &o);
}

static int make_vectors(ptm_scan **out, ptm_context *context, input *in)
{
    ptm_view views[VIEWS];
    for (int i = 0; i < VIEWS; ++i) views[i] = odd_view(in, i);
    ptm_vector_options o = { .volume = { .shape = { 5, 6, 7 } }, .detector_shape = { 8, 9 }, .views = VIEWS };
    spoil(in, &o, sizeof o);
    o.struct_size = odd_size(in, sizeof o);
    o.view = views;
    if (o.views > VIEWS) o.views = VIEWS;
    mend_flag(&o.parallel);
    mend_flag(&o.cylindrical);
    return ptm_scan_vectors(out, context, &o);
}

static int make_matrices(ptm_scan **out, ptm_context *context, input *in)
{
    ptm_matrix matrices[VIEWS];
    memset(matrices, 0, sizeof matrices);
    const int shape[2] = { 8, 9 };
    for (int i = 0; i < VIEWS; ++i) {
        const ptm_view view = odd_view(in, i);
        if (ptm_view_to_matrix(&matrices[i], &view, take(in) == 1, shape)) memset(&matrices[i], 0, sizeof matrices[i]);
        spoil(in, &matrices[i], sizeof matrices[i]);
    }
    ptm_matrix_options o = { .volume = { .shape = { 5, 6, 7 } }, .detector_shape = { 8, 9 }, .views = VIEWS, .sdd = 80 };
    spoil(in, &o, sizeof o);
    o.struct_size = odd_size(in, sizeof o);
    o.matrix = matrices;
    if (o.views > VIEWS) o.views = VIEWS;
    return ptm_scan_matrices(out, context, &o);
}

static int make_trajectory(ptm_scan **out, ptm_context *context, input *in)
{
    ptm_focal_spot spots[3] = { { 0.1, 0, 0 }, { 0, 0.2, 0 }, { 0, 0, 0.3 } };
    ptm_trajectory_options o = { .volume = { .shape = { 5, 6, 7 } }, .detector = { .shape = { 8, 9 }, .spacing = { 2, 2 } },
        .kind = (ptm_trajectory_kind)(take(in) % 16), .views = VIEWS, .sod = 30, .sdd = 60 };
    double *const numbers[] = { &o.range, &o.pitch, &o.turns, &o.tilt, &o.height, &o.length, &o.overlap };
    for (int i = 0; i < 7; ++i)
        if (take(in) & 1) *numbers[i] = 1;
    if (take(in) & 1) o.line_views = 4;
    spoil(in, &o, sizeof o);
    spoil(in, spots, sizeof spots);
    o.struct_size = odd_size(in, sizeof o);
    o.spots = take(in) & 1 ? spots : NULL;
    if (o.spot_count > 3) o.spot_count = 3;
    bool *const flags[] = { &o.detector.flip_u, &o.detector.flip_v, &o.detector.cylindrical, &o.parallel, &o.clockwise,
        &o.end_point };
    for (int i = 0; i < 6; ++i) mend_flag(flags[i]);
    return ptm_scan_trajectory(out, context, &o);
}

static int make_scan(ptm_scan **out, ptm_context *context, input *in)
{
    const unsigned kind = take(in) % 6;
    return kind == 3   ? make_vectors(out, context, in)
           : kind == 4 ? make_matrices(out, context, in)
           : kind == 5 ? make_trajectory(out, context, in)
                       : make_circular(out, context, in, kind);
}

static int make_operator(ptm_operator **out, ptm_device *device, const ptm_scan *scan, input *in)
{
    const unsigned kind = take(in) % 4;
    double response[5] = { 0, 0.1, 0.2, 0.3, 0.5 };
    ptm_projector_options projector = { 0 };
    ptm_fbp_options o = { .response = response, .response_count = 5 };
    spoil(in, &o, sizeof o);
    spoil(in, &projector, sizeof projector);
    spoil(in, response, sizeof response);
    mend_flag(&projector.unmatched);
    o.struct_size = odd_size(in, sizeof o);
    projector.struct_size = odd_size(in, sizeof projector);
    o.projector = take(in) ? &projector : NULL;
    o.response = take(in) ? response : NULL;
    if (o.response_count > 5) o.response_count = 5;
    if (kind == 0) return ptm_projector_create(out, device, scan, &projector);
    if (kind == 1) return ptm_backprojector_create(out, device, scan, &projector);
    return kind == 2 ? ptm_filter_create(out, device, scan, &o) : ptm_fbp_create(out, device, scan, &o);
}

/* An array on the device, whose bounds are known; as large as asked for, if that is little. */
static int make_array(ptm_array *out, ptm_device *device, const int64_t shape[3], input *in)
{
    *out = (ptm_array) { .dimensions = 3, .shape = { shape[0], shape[1], shape[2] } };
    spoil(in, out, sizeof *out);
    out->struct_size = odd_size(in, sizeof *out);
    out->data = NULL;
    out->memory = NULL;
    return ptm_memory_create(&out->memory, device, (uint64_t)(shape[0] * shape[1] * shape[2]) * sizeof(float));
}

static void apply(ptm_operator *op, ptm_device *device, const int64_t voxels[3], const int64_t pixels[3], input *in)
{
    const bool to_volume = take(in) & 1, adjoint = take(in) & 1;
    const double alpha = odd_double(in), beta = odd_double(in);
    ptm_array from, to;
    int status = make_array(&from, device, to_volume ? pixels : voxels, in);
    if (!status) status = make_array(&to, device, to_volume ? voxels : pixels, in);
    if (!status) ptm_apply_scaled(op, adjoint, alpha, &from, beta, &to, NULL);
    ptm_memory_destroy(&from.memory);
    if (!status) ptm_memory_destroy(&to.memory);
}

/* A scan may be large; there is no time here to work on it then. */
static void use_scan(ptm_device *device, const ptm_scan *scan, input *in)
{
    int64_t pixels[3];
    ptm_volume volume;
    ptm_scan_projection_shape(scan, pixels);
    ptm_scan_get_volume(scan, &volume);
    const int64_t voxels[3] = { volume.shape[0], volume.shape[1], volume.shape[2] };
    const int64_t larger = voxels[0] * voxels[1] * voxels[2] + pixels[0] * pixels[1] * pixels[2];
    ptm_operator *op = NULL;
    if (larger < 1 << 20 && !make_operator(&op, device, scan, in) && larger < 6000) apply(op, device, voxels, pixels, in);
    ptm_operator_destroy(&op);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ptm_context *context;
    static ptm_device *device;
    if (!context && (ptm_context_create(&context, NULL) || ptm_device_open(&device, context, "host"))) abort();
    input in = { data, data + size };
    ptm_scan *scan = NULL;
    const int status = make_scan(&scan, context, &in);
    if (!status != !!scan) abort(); /* one of both */
    if (scan) use_scan(device, scan, &in);
    ptm_scan_destroy(&scan);
    return 0;
}
