#include "operator_table.h"
#include "vector_operators.h"

typedef ptm_projector_options options_type;

static int fine_projector(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    options_type o = *options;
    o.ray_samples = 2;
    return ptm_projector_create(out, device, scan, &o);
}
static int step_projector(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    options_type o = *options;
    o.step = 0.7;
    return ptm_projector_create(out, device, scan, &o);
}
static int footprint_projector(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    options_type o = *options;
    o.model = PTM_MODEL_FOOTPRINT;
    return ptm_projector_create(out, device, scan, &o);
}
static int footprints_in_blocks(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    options_type o = *options;
    o.workspace = 4000;
    return footprint_projector(out, device, scan, &o);
}
/* Blocks of a few views and slabs of a few rows. */
static int projector_in_blocks(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    options_type o = *options;
    o.workspace = 4000;
    return ptm_projector_create(out, device, scan, &o);
}
static int projector_of_three(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    options_type o = *options;
    o.batch = 3;
    return ptm_projector_create(out, device, scan, &o);
}
static int fine_backprojector(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    options_type o = *options;
    o.voxel_samples = 2;
    return ptm_backprojector_create(out, device, scan, &o);
}

static int filter(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    return ptm_filter_create(out, device, scan, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .projector = options });
}
static int hann_filter(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    return ptm_filter_create(out, device, scan, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .filter = PTM_FILTER_HANN,
        .cutoff = 0.7, .projector = options });
}
static int fbp(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    return ptm_fbp_create(out, device, scan, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .projector = options });
}

static int wavelet(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    ptm_operator *projector;
    ptm_array volume;
    *out = NULL;
    int status = ptm_projector_create(&projector, device, scan, options);
    if (!status) status = ptm_operator_domain(&volume, projector);
    if (!status)
        status = ptm_wavelet_create(out, device, &volume,
            &(ptm_wavelet_options){ PTM_SIZED(ptm_wavelet_options), .wavelet = PTM_WAVELET_SYMLET4, .shift = { 1, 2, 3 } });
    ptm_operator_destroy(&projector);
    return status;
}

/* Of others, which it keeps: A'A, and A over A / 2 with twice as many views. */
static int normal(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    ptm_operator *projector;
    *out = NULL;
    int status = ptm_projector_create(&projector, device, scan, options);
    if (!status) status = ptm_normal_create(out, projector);
    ptm_operator_destroy(&projector);
    return status;
}
static int stack(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const options_type *options)
{
    ptm_operator *parts[2] = { NULL };
    *out = NULL;
    int status = ptm_projector_create(&parts[0], device, scan, options);
    if (!status) status = ptm_scaled_create(&parts[1], parts[0], 0.5);
    if (!status) status = ptm_stack_create(out, parts, 2, 0, false);
    for (int i = 0; i < 2; ++i) ptm_operator_destroy(&parts[i]);
    return status;
}

const test_operator test_operators[] = {
    { "projector", ptm_projector_create, true, true, true, 1 },
    { "projector, 2 x 2 rays", fine_projector, true, true, true, 1 },
    { "projector, steps", step_projector, true, false, true, 1 },
    { "projector, footprints", footprint_projector, true, false, false, 1 },
    { "projector, footprints, in blocks", footprints_in_blocks, false, false, false, 1 },
    { "projector, in blocks", projector_in_blocks, false, true, true, 1 },
    { "projector, batch", projector_of_three, false, true, true, 1 },
    { "backprojector", ptm_backprojector_create, true, true, true, 1 },
    { "backprojector, 2 x 2 x 2 places", fine_backprojector, false, true, true, 1 },
    { "filter", filter, true, false, false, 1 },
    { "filter, Hann", hann_filter, false, false, false, 1 },
    { "fbp", fbp, false, true, true, 3 },
    { "wavelet", wavelet, true, false, false, 1 },
    { "normal", normal, false, false, false, 1 },
    { "stack", stack, false, false, false, 1 },
    { "sum", sum_operator, true, false, false, 1 },
    { "product", product_operator, true, false, false, 1 },
    { "quotient", quotient_operator, true, false, false, 1 },
};
const int test_operator_count = sizeof test_operators / sizeof *test_operators;

#define FAMILY(f) { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_##f }
#define TEXTURE(f) { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_##f, .sampling = PTM_SAMPLING_TEXTURE }
const test_form test_forms[] = {
    { "any", FAMILY(AUTO), 0, 1e-5, 1e-6 },
    { "any, texture", TEXTURE(AUTO), 0, 1e-2, 2e-2 },
    { "flat", FAMILY(FLAT), 0, 1e-5, 1e-6 },
    { "flat, 1 lane", FAMILY(FLAT), 1, 1e-5, 1e-6 },
    { "flat, 4 lanes", FAMILY(FLAT), 4, 1e-5, 1e-6 },
    { "upright", FAMILY(UPRIGHT), 0, 1e-5, 1e-6 },
    { "upright, 1 lane", FAMILY(UPRIGHT), 1, 1e-5, 1e-6 },
    { "upright, 4 lanes", FAMILY(UPRIGHT), 4, 1e-5, 1e-6 },
    { "upright, texture", TEXTURE(UPRIGHT), 0, 1e-2, 2e-2 },
    { "general", FAMILY(GENERAL), 0, 1e-5, 1e-6 },
    { "general, 1 lane", FAMILY(GENERAL), 1, 1e-5, 1e-6 },
    { "general, 4 lanes", FAMILY(GENERAL), 4, 1e-5, 1e-6 },
    { "general, texture", TEXTURE(GENERAL), 0, 1e-2, 2e-2 },
};
const int test_form_count = sizeof test_forms / sizeof *test_forms;
