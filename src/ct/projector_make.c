/* projector_make.c - planning and making projectors. */
#include "ct/projector.h"
#include "ct/step.h"
#include "ct/upright.h"

#include <math.h>
#include <stdlib.h>

/* The scan with finer pixels or voxels, or its one slice as a stack. */
static int finer_scan(ptm_scan **out, const ptm_scan *scan, int times, bool weighted)
{
    ptm_scan like = *scan;
    const bool flat = scan->stack || ptm_scan_is_flat(scan);
    const int64_t nu = weighted ? scan->nu : (int64_t)scan->nu * times,
                  nv = weighted || flat ? scan->nv : (int64_t)scan->nv * times;
    int64_t shape[3];
    for (int i = 0; i < 3; ++i) {
        const int by = weighted && !(flat && i == 0) ? times : 1;
        shape[i] = (int64_t)scan->volume.shape[i] * by;
        if (shape[i] > PTM_MAX_LENGTH)
            return ptm_fail(PTM_ERROR_ARGUMENT,
                "voxel_samples is %d, which makes axis %d of the volume %lld long, at most %d", times, i,
                (long long)shape[i], PTM_MAX_LENGTH);
        like.volume.shape[i] = (int)shape[i];
        like.volume.spacing[2 - i] /= by;
    }
    if (nu > PTM_MAX_LENGTH || nv > PTM_MAX_LENGTH)
        return ptm_fail(PTM_ERROR_ARGUMENT, "ray_samples is %d, which makes a detector of %lld x %lld, at most %d", times,
            (long long)nv, (long long)nu, PTM_MAX_LENGTH);
    like.nu = (int)nu;
    like.nv = (int)nv;
    int status = ptm_scan_like(out, &like, scan->views);
    for (int i = 0; !status && i < ptm_scan_all_views(scan); ++i)
        for (int k = 0; k < 3; ++k) {
            (*out)->views[i].u[k] *= (double)scan->nu / like.nu;
            (*out)->views[i].v[k] *= (double)scan->nv / like.nv;
        }
    return status;
}

int ptm_projector_scan(ptm_scan **out, const ptm_scan *scan, const ptm_projector_options *o, bool weighted)
{
    const int times = weighted ? o->voxel_samples : o->ray_samples;
    ptm_scan like = *scan;
    /* The footprints of one slice have no height: they are those of a stack of one. */
    if (o->model == PTM_MODEL_FOOTPRINT && ptm_scan_is_planar(scan)) like.stack = true;
    if (times > 1) return finer_scan(out, &like, times, weighted);
    const bool upright = (o->family == PTM_FAMILY_AUTO || o->family == PTM_FAMILY_UPRIGHT) && o->step == 0;
    if (o->batch > 1 && o->batch <= PTM_MAX_LENGTH && !scan->samples && upright && ptm_scan_is_flat(scan)) {
        like.stack = true;
        like.volume.shape[0] = like.nv = o->batch;
    }
    return ptm_scan_like(out, &like, scan->views);
}

/* Kernels limit places that are finite; no others. */
static int check_table(const ptm_table *table, ptm_type type)
{
    for (size_t i = 0; i < table->count; ++i)
        if (!isfinite(type == PTM_FLOAT64 ? table->values[i] : (double)(float)table->values[i]))
            return ptm_fail(PTM_ERROR_ARGUMENT,
                "lengths of the scan are too far apart: %g follows from them, which is none in %s", table->values[i],
                type == PTM_FLOAT64 ? "float64" : "float32");
    return PTM_OK;
}

static int upload(ptm_buffer **out, const ptm_geometry *g, int status, ptm_table *table)
{
    if (!status) status = check_table(table, g->type);
    if (!status) status = ptm_buffer_from_doubles(out, g->device, table->values, table->count, g->type);
    ptm_table_free(table);
    return status;
}

int ptm_projector_prepare(ptm_projector *p, bool adjoint)
{
    if (p->ready[adjoint]) return PTM_OK;
    ptm_geometry *g = &p->geometry;
    const ptm_family_class *family = p->family;
    const ptm_kernel_form plain = { .real_size = ptm_type_size(g->type) };
    ptm_kernel_form sampled = plain;
    sampled.texture = g->texture;
    int status = PTM_OK;
    ptm_table table = { 0 };
    if (g->weighted && !adjoint) status = ptm_kernel_get(&g->backproject, g->device, family->backproject, &sampled);
    if (g->weighted && adjoint) {
        status = ptm_kernel_get(&g->backproject_adjoint, g->device, family->backproject_adjoint, &plain);
        if (!status) status = upload(&g->strip_table, g, family->make_strips(&table, p->scan), &table);
    }
    if (!g->weighted && !adjoint) status = ptm_kernel_get(&g->project, g->device, family->project, &sampled);
    if (!g->weighted && adjoint) {
        if (family->lengths) status = ptm_kernel_get(&g->lengths, g->device, family->lengths, &plain);
        if (!status) status = ptm_kernel_get(&g->adjoint, g->device, family->adjoint, &plain);
    }
    if (!status) p->ready[adjoint] = true;
    return status;
}

static int make_tables(ptm_projector *p, double near_fraction)
{
    ptm_geometry *g = &p->geometry;
    ptm_table table = { 0 };
    int status = upload(&g->view_table, g, p->family->make_views(&table, p->scan, near_fraction), &table);
    if (!status && !g->weighted) status = upload(&g->ray_table, g, p->family->make_rays(&table, p->scan), &table);
    return status;
}

/* Elements of memory for a slab of the volume, or a block of views, as a field. */
static uint64_t slab_elements(const ptm_projector *p, int rows)
{
    const ptm_field_shape shape = p->family->slab_shape(&p->geometry, rows);
    uint64_t elements = ptm_shape_elements(&shape);
    if (p->family->transposed_too) {
        const ptm_field_shape second = ptm_shape_turned(&shape);
        elements += ptm_shape_elements(&second);
    }
    return elements;
}
static uint64_t block_elements(const ptm_projector *p, int views)
{
    const ptm_field_shape shape = p->family->block_shape(&p->geometry, views);
    return ptm_shape_elements(&shape);
}

/* How many of `all` rows or views there is memory for in so many bytes, in parts of about one size. */
static int fit(const ptm_projector *p, uint64_t (*elements)(const ptm_projector *p, int count), int all, uint64_t bytes)
{
    const uint64_t limit = bytes / ptm_type_size(p->geometry.type);
    int fits = 1, most = all;
    while (fits < most) { /* padding and margins make the memory of one more not always the same */
        const int middle = most - (most - fits) / 2;
        if (elements(p, middle) <= limit) fits = middle;
        else most = middle - 1;
    }
    return ptm_fit_blocks(1, all, (uint64_t)fits);
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* How many bytes a buffer may have: no more than the device allows, and kernels count elements within a block in 32
 * bits. */
static uint64_t allowed(const ptm_projector *p, uint64_t bytes)
{
    const uint64_t most = p->base.device->info.max_buffer, counted = (uint64_t)INT32_MAX * ptm_type_size(p->geometry.type);
    if (most > 0 && bytes > most) bytes = most;
    return bytes > counted ? counted : bytes;
}

/* Slabs hold whole voxels of the caller's. */
static int whole_rows(const ptm_projector *p, int rows)
{
    const int times = p->finer_voxels[1];
    return rows < times ? times : rows / times * times;
}

/* Slabs and blocks so that the two buffers stay within the workspace: a function of the sizes, the device's limits and the
 * caller's figure alone. What goes in is taken in smaller pieces than what comes out: it is loaded again for each of those,
 * and caches like it small. */
static void plan(ptm_projector *p, uint64_t workspace)
{
    const ptm_geometry *g = &p->geometry;
    const ptm_device_info *info = &g->device->info;
    const uint64_t size = ptm_type_size(g->type);
    const uint64_t volume = (uint64_t)g->nx * (uint64_t)g->ny * (uint64_t)g->nz * size;
    const uint64_t pixels = (uint64_t)g->count * (uint64_t)g->nu * (uint64_t)g->nv * size;
    uint64_t limit = workspace / 4 * 3;
    if (workspace == 0) {
        const uint64_t least = (uint64_t)20 << 20, part = (volume + pixels) / 6;
        limit = !info->unified && info->memory > 0 ? info->memory / 4 : part > least ? part : least;
    }
    /* Four slots, two for each array, beside two blocks. */
    p->staging = limit / 12 < (uint64_t)32 << 20 ? limit / 12 : (uint64_t)32 << 20;
    if (p->staging == 0) p->staging = 1;
    const uint64_t in = allowed(p, limit / (g->texture ? 6 : 3)),
                   out = allowed(p, limit / 3 * 2); /* a texture holds it again */
    /* Views lie on an axis of launches, and kernels count the columns of all of a block's views in 32 bits. */
    const int views = smaller(g->count, smaller(PTM_LINES_MOST, INT32_MAX / (UPRIGHT_PLANE * g->nu)));
    p->loaded_rows = fit(p, slab_elements, g->ny, in);
    p->loaded_views = fit(p, block_elements, views, in);
    p->stored_rows = whole_rows(p, ptm_fit_blocks((uint64_t)g->nx * (uint64_t)g->nz * size, g->ny, out));
    p->stored_views = ptm_fit_blocks((uint64_t)g->nu * (uint64_t)g->nv * size, views, out);
    if (g->texture && g->weighted) p->loaded_views = smaller(p->loaded_views, (int)g->device->limits.image_2d[2]);
    if (g->texture && !g->weighted) p->loaded_rows = smaller(p->loaded_rows, (int)g->device->limits.image_3d[2]);
    p->loaded_rows = whole_rows(p, p->loaded_rows);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static int make_buffers(ptm_projector *p)
{
    const ptm_geometry *g = &p->geometry;
    const uint64_t size = ptm_type_size(g->type);
    const uint64_t slab = (uint64_t)g->nx * (uint64_t)p->stored_rows * (uint64_t)g->nz;
    const uint64_t block = (uint64_t)p->stored_views * (uint64_t)g->nu * (uint64_t)g->nv;
    const uint64_t field = larger(block_elements(p, p->loaded_views), slab_elements(p, p->loaded_rows));
    int status = ptm_buffer_create(&p->field, g->device, field * size);
    if (!status) status = ptm_buffer_create(&p->dense, g->device, larger(slab, block) * size);
    if (!status && g->texture) {
        const ptm_field_shape shape = g->weighted ? p->family->block_shape(g, p->loaded_views)
            : p->family->slab_shape(g, p->loaded_rows);
        status = ptm_texture_create(&p->image, g->device, !g->weighted, shape.n);
    }
    return status;
}

static const ptm_family_class *choose_footprints(const ptm_projector_options *o, const ptm_scan *scan)
{
    const bool flat = ptm_family_flat_footprint.fits(scan);
    if (o->family == PTM_FAMILY_FLAT || (o->family == PTM_FAMILY_AUTO && flat))
        return flat ? &ptm_family_flat_footprint : NULL;
    return ptm_family_footprint.fits(scan) ? &ptm_family_footprint : NULL;
}

/* The first family that fits, or the one asked for. Texture units serve lines along z only. */
static const ptm_family_class *choose_family(const ptm_projector_options *o, const ptm_scan *scan)
{
    static const struct {
        ptm_family asked;
        const ptm_family_class *family;
    } all[] = { { PTM_FAMILY_FLAT, &ptm_family_flat }, { PTM_FAMILY_LEVEL, &ptm_family_level },
        { PTM_FAMILY_UPRIGHT, &ptm_family_upright }, { PTM_FAMILY_GENERAL, &ptm_family_general } };
    if (o->step > 0) return ptm_family_step.fits(scan) ? &ptm_family_step : NULL;
    if (o->model == PTM_MODEL_FOOTPRINT) return choose_footprints(o, scan);
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
        const ptm_family_class *family = all[i].family;
        const bool wanted = o->family == PTM_FAMILY_AUTO ? o->sampling != PTM_SAMPLING_TEXTURE || family->has_textures
            : o->family == all[i].asked;
        if (wanted && family->fits(scan)) return family;
    }
    return NULL;
}

/* A step in mm: voxels have the length of their shortest edge. */
static double step_length(const ptm_scan *scan, double step)
{
    const double *spacing = scan->volume.spacing;
    return step * fmin(spacing[0], fmin(spacing[1], spacing[2]));
}

static bool steps_countable(const ptm_scan *scan, double step)
{
    const ptm_volume *v = &scan->volume;
    const double x = (v->shape[2] + 1) * v->spacing[0], y = (v->shape[1] + 1) * v->spacing[1],
                 z = (v->shape[0] + 1) * v->spacing[2];
    return 0.5 * hypot(x, hypot(y, z)) < (STEP_FAR - 1) * step_length(scan, step);
}

static int check_model(const ptm_projector_options *o, bool weighted)
{
    if (o->model == PTM_MODEL_JOSEPH) return PTM_OK;
    if (o->model != PTM_MODEL_FOOTPRINT)
        return ptm_fail(PTM_ERROR_ARGUMENT, "model is %d, which is none of ptm_projector_model", o->model);
    if (weighted) return ptm_fail(PTM_ERROR_ARGUMENT, "model is PTM_MODEL_FOOTPRINT, but is for the projector");
    if (o->step > 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "step is %g, but model is PTM_MODEL_FOOTPRINT, which is not sampled", o->step);
    if (o->sampling == PTM_SAMPLING_TEXTURE)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "PTM_MODEL_FOOTPRINT does not sample textures");
    if (o->family == PTM_FAMILY_GENERAL || o->family == PTM_FAMILY_LEVEL)
        return ptm_fail(PTM_ERROR_UNSUPPORTED,
            "PTM_MODEL_FOOTPRINT has no kernels of family %s, expected auto, flat or upright",
            o->family == PTM_FAMILY_GENERAL ? "general" : "level");
    return PTM_OK;
}

static int check_numbers(ptm_projector_options *o, const ptm_scan *scan, bool weighted)
{
    if (o->near_fraction == 0) o->near_fraction = 0.05;
    if (!(o->near_fraction > 0 && o->near_fraction < 1))
        return ptm_fail(PTM_ERROR_ARGUMENT, "near_fraction is %g, expected 0 to 1", o->near_fraction);
    if (!(o->step >= 0 && (o->step == 0 || (o->step >= 0.01 && o->step <= 100))))
        return ptm_fail(PTM_ERROR_ARGUMENT, "step is %g voxels, expected 0.01 to 100, or 0", o->step);
    if (o->step > 0 && !steps_countable(scan, o->step))
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "step is %g voxels, which would take more than %d samples from the volume's centre to a corner", o->step,
            STEP_FAR);
    if (o->step > 0 && weighted) return ptm_fail(PTM_ERROR_ARGUMENT, "step is %g, but is for the projector", o->step);
    if (o->step > 0 && o->family != PTM_FAMILY_AUTO)
        return ptm_fail(PTM_ERROR_ARGUMENT, "step and family are both given; samples along rays have kernels of their own");
    if (o->batch < 0) return ptm_fail(PTM_ERROR_ARGUMENT, "batch is %d, expected 0 or more", o->batch);
    if (scan->samples && o->batch && o->batch != scan->samples)
        return ptm_fail(PTM_ERROR_ARGUMENT, "batch is %d, but the scan has %d samples", o->batch, scan->samples);
    const int other = weighted ? o->ray_samples : o->voxel_samples, samples = weighted ? o->voxel_samples : o->ray_samples;
    const char *name = weighted ? "voxel_samples" : "ray_samples";
    if (samples < 0 || samples > 16) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is %d, expected 1 to 16", name, samples);
    if (weighted && o->unmatched) return ptm_fail(PTM_ERROR_ARGUMENT, "unmatched is set, but is for the projector");
    if (other != 0 && other != 1 && !o->unmatched)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is %d, but is for the %s", weighted ? "ray_samples" : "voxel_samples",
            other, weighted ? "projector" : "weighted backprojector");
    return PTM_OK;
}

int ptm_projector_check(ptm_projector_options *out, const ptm_projector_options *options, const ptm_device *device,
    const ptm_scan *scan, bool weighted)
{
    int status = ptm_copy_sized(out, sizeof *out, options, "ptm_projector_options");
    if (status) return status;
    if (out->precision != PTM_FLOAT32 && out->precision != PTM_FLOAT64)
        return ptm_fail(PTM_ERROR_ARGUMENT, "precision is %d, expected PTM_FLOAT32 or PTM_FLOAT64", out->precision);
    if (out->precision == PTM_FLOAT64 && !device->limits.doubles)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "float64 is for the host device; %s computes in float32", device->info.name);
    if (out->sampling < PTM_SAMPLING_AUTO || out->sampling > PTM_SAMPLING_TEXTURE)
        return ptm_fail(PTM_ERROR_ARGUMENT, "sampling is %d, which is none of ptm_sampling", out->sampling);
    if (out->sampling == PTM_SAMPLING_TEXTURE && !device->limits.textures)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s cannot sample textures", device->info.name);
    if (out->family < PTM_FAMILY_AUTO || out->family > PTM_FAMILY_LEVEL)
        return ptm_fail(PTM_ERROR_ARGUMENT, "family is %d, which is none of ptm_family", out->family);
    if ((out->family == PTM_FAMILY_FLAT || out->family == PTM_FAMILY_LEVEL) && out->sampling == PTM_SAMPLING_TEXTURE)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "the %s family does not sample textures",
            out->family == PTM_FAMILY_FLAT ? "flat" : "level");
    status = check_model(out, weighted);
    return status ? status : check_numbers(out, scan, weighted);
}

static void describe(ptm_projector *p, const ptm_scan *scan, const ptm_projector_options *o)
{
    const bool weighted = p->geometry.weighted;
    const int batch = scan->samples ? scan->samples : o->batch;
    int64_t volume[3], pixels[3];
    ptm_scan_projection_shape(scan, pixels);
    const int64_t fine[3] = { p->scan->count, p->scan->nv, p->scan->nu };
    p->stacked = p->scan->stack && p->scan->volume.shape[0] > scan->volume.shape[0];
    for (int i = 0; i < 3; ++i) {
        volume[i] = scan->volume.shape[i];
        p->finer_voxels[i] = p->stacked ? 1 : (int)(p->scan->volume.shape[i] / volume[i]);
        p->finer_pixels[i] = p->stacked || weighted ? 1 : (int)(fine[i] / pixels[i]);
    }
    p->samples = batch && !p->stacked ? batch : 1;
    p->own_views = scan->samples > 0;
    p->base.domain = ptm_space_of(weighted ? pixels : volume, o->precision, batch);
    p->base.range = ptm_space_of(weighted ? volume : pixels, o->precision, batch);
}

/* What a projector is made of; what is owned is taken over, also on failure. */
typedef struct parts {
    bool weighted;
    ptm_scan *seen; /* owned; NULL: made here */
    ptm_columns_beside beside;
    ptm_filter *filter; /* owned */
} parts;

static int complete(ptm_projector *p, const ptm_scan *scan, const ptm_projector_options *o)
{
    p->family = choose_family(o, p->scan);
    if (!p->family)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is asked for, but not for such views", o->step > 0 ? "step"
            : o->model == PTM_MODEL_FOOTPRINT && o->family != PTM_FAMILY_FLAT ? "PTM_MODEL_FOOTPRINT"
            : o->family == PTM_FAMILY_FLAT ? "family flat" : o->family == PTM_FAMILY_UPRIGHT ? "family upright"
            : o->family == PTM_FAMILY_LEVEL ? "family level" : "family general");
    const ptm_volume *volume = &p->scan->volume;
    p->geometry = (ptm_geometry) { .device = p->base.device, .type = o->precision, .weighted = p->geometry.weighted,
        .texture = o->sampling == PTM_SAMPLING_TEXTURE, .nx = volume->shape[2], .ny = volume->shape[1],
        .nz = volume->shape[0], .nu = p->scan->nu, .nv = p->scan->nv, .count = p->scan->count,
        .step = { volume->spacing[0], volume->spacing[1], volume->spacing[2] }, .ray_step = step_length(p->scan, o->step) };
    p->base.nonnegative = !p->filter;
    p->base.match = p->geometry.texture ? PTM_MATCH_NEAR : PTM_MATCH_EXACT;
    describe(p, scan, o);
    plan(p, o->workspace);
    const bool coarse = (p->geometry.weighted ? o->voxel_samples : o->ray_samples) > 1;
    int status = ptm_mover_create(&p->mover, p->base.device, o->precision, coarse);
    if (!status) status = ptm_projector_prepare(p, false);
    if (!status) status = make_tables(p, o->near_fraction);
    return status ? status : make_buffers(p);
}

static int create(
    ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options, parts *with)
{
    int status = PTM_OK;
    ptm_projector_options o;
    if (!out || !device || !scan)
        status = ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !device ? "device" : "scan");
    if (out) *out = NULL;
    if (!status) status = ptm_projector_check(&o, options, device, scan, with->weighted);
    if (!status && o.unmatched) return ptm_unmatched_create(out, device, scan, &o);
    if (!status && !with->seen) status = ptm_projector_scan(&with->seen, scan, &o, with->weighted);
    ptm_projector *p = status ? NULL : ptm_alloc(1, sizeof *p);
    if (!p) {
        ptm_filter_destroy(&with->filter);
        ptm_scan_destroy(&with->seen);
        return status ? status : PTM_ERROR_MEMORY;
    }
    *p = (ptm_projector) { .base = { .class = &ptm_projector_class, .device = device }, .filter = with->filter,
        .scan = with->seen, .beside = with->beside,
        .geometry.weighted = with->weighted };
    status = complete(p, scan, &o);
    if (status) ptm_projector_free(p);
    else *out = &p->base;
    return status;
}

int ptm_projector_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    return create(out, device, scan, options, &(parts){ .weighted = false });
}

int ptm_backprojector_create(
    ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    return create(out, device, scan, options, &(parts){ .weighted = true });
}

int ptm_filtered_backprojector(ptm_operator **out, ptm_device *device, const ptm_scan *scan,
    const ptm_projector_options *options, ptm_scan **seen, ptm_columns_beside beside, ptm_filter **filter)
{
    parts with = { .weighted = true, .seen = *seen, .beside = beside, .filter = *filter };
    *seen = NULL;
    *filter = NULL;
    return create(out, device, scan, options, &with);
}
