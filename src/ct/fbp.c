/* fbp.c - filtered back-projection: a weighted backprojector that filters first. */
#include <polytome/fbp.h>

#include "ct/blocks.h"
#include "ct/extrapolation.h"
#include "ct/projector.h"
#include "ct/redundancy.h"
#include "ct/response.h"
#include "fft/radices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The options of a call, with those of its backprojector filled in and checked. */
typedef struct settings {
    ptm_fbp_options fbp;
    ptm_projector_options projector;
} settings;

static int check_filter(ptm_fbp_options *out)
{
    if (out->cutoff == 0) out->cutoff = 1;
    if (!(out->cutoff > 0 && out->cutoff <= 1))
        return ptm_fail(PTM_ERROR_ARGUMENT, "cutoff is %g, expected above 0 to 1", out->cutoff);
    if (out->filter < PTM_FILTER_RAM_LAK || out->filter > PTM_FILTER_USER)
        return ptm_fail(PTM_ERROR_ARGUMENT, "filter is %d, which is none of ptm_filter_type", out->filter);
    if (out->filter == PTM_FILTER_USER && (!out->response || out->response_count < 2))
        return ptm_fail(PTM_ERROR_ARGUMENT, "filter is PTM_FILTER_USER, but response has %d values, expected at least 2",
            out->response ? out->response_count : 0);
    for (int i = 0; out->filter == PTM_FILTER_USER && i < out->response_count; ++i)
        if (!isfinite(out->response[i]))
            return ptm_fail(PTM_ERROR_ARGUMENT, "response[%d] is %g, expected a finite number", i, out->response[i]);
    return PTM_OK;
}

static int check_views(ptm_fbp_options *out, const ptm_scan *scan)
{
    const int first = out->first_view, most = first >= 0 && first < scan->count ? scan->count - first : 0;
    if (out->views == 0) out->views = most;
    if (out->views > 0 && out->views <= most) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "first_view is %d and views %d, expected some of the scan's %d", first, out->views,
        scan->count);
}

static int check_options(ptm_fbp_options *out, const ptm_fbp_options *options, const ptm_scan *scan)
{
    int status = ptm_copy_sized(out, sizeof *out, options, "ptm_fbp_options");
    if (!status) status = check_filter(out);
    if (!status) status = check_views(out, scan);
    if (status) return status;
    if (out->weights < PTM_WEIGHTS_AUTO || out->weights > PTM_WEIGHTS_TAM_DANIELSON)
        return ptm_fail(PTM_ERROR_ARGUMENT, "weights is %d, which is none of ptm_weights_type", out->weights);
    if (out->extrapolation < PTM_EXTRAPOLATION_NONE || out->extrapolation > PTM_EXTRAPOLATION_CYLINDER)
        return ptm_fail(PTM_ERROR_ARGUMENT, "extrapolation is %d, which is none of ptm_extrapolation_type",
            out->extrapolation);
    if (!(out->object_radius >= 0 && isfinite(out->object_radius)))
        return ptm_fail(PTM_ERROR_ARGUMENT, "object_radius is %g mm, expected 0 or more", out->object_radius);
    if (out->object_radius > 0 && out->extrapolation == PTM_EXTRAPOLATION_NONE)
        return ptm_fail(PTM_ERROR_ARGUMENT, "object_radius is %g mm, but is for extrapolation, and there is none",
            out->object_radius);
    return PTM_OK;
}

/* What a filter is made of. Tables have columns beside the detector's, which hold nothing before the filter and anything
 * after it. */
typedef struct filter_plan {
    const ptm_scan *scan;
    ptm_circle circle;
    ptm_redundancy redundancy;
    ptm_extrapolation extrapolation;
    ptm_columns_beside beside;
    int nu, points, views; /* views: of all samples, those that are wanted */
    double *response, *cosine, *weights, *column; /* [points], [nu][nv], [views][nu], [nu] */
} filter_plan;

/* Errors as ptm_fbp_create(); to be freed also then. */
static int make_plan(filter_plan *p, const ptm_scan *scan, const ptm_fbp_options *o)
{
    *p = (filter_plan) { .scan = scan, .views = (scan->samples ? scan->samples : 1) * o->views };
    int status = ptm_circle_find(&p->circle, scan);
    if (!status) status = ptm_redundancy_find(&p->redundancy, &p->circle, scan, o->weights);
    if (!status) status = ptm_extrapolation_make(&p->extrapolation, o, &p->circle, scan);
    if (status) return status;
    const int missing = ptm_redundancy_missing(&p->redundancy, &p->circle, scan);
    p->beside = (ptm_columns_beside){ missing < 0 ? -missing : 0, missing > 0 ? missing : 0 };
    p->nu = p->beside.before + scan->nu + p->beside.after;
    p->points = ptm_fft_length(2 * (p->nu + p->extrapolation.reach) - 1);
    p->response = ptm_alloc((size_t)p->points, sizeof *p->response);
    p->cosine = ptm_alloc((size_t)p->nu * (size_t)scan->nv, sizeof *p->cosine);
    p->weights = ptm_alloc((size_t)p->views * (size_t)p->nu, sizeof *p->weights);
    p->column = ptm_alloc((size_t)p->nu, sizeof *p->column);
    return p->response && p->cosine && p->weights && p->column ? PTM_OK : PTM_ERROR_MEMORY;
}

static void free_plan(filter_plan *p)
{
    ptm_circle_free(&p->circle);
    ptm_extrapolation_free(&p->extrapolation);
    free(p->response);
    free(p->cosine);
    free(p->weights);
    free(p->column);
}

/* Of the views that are wanted, which are weighted as parts of all. */
static int fill_weights(filter_plan *p, const ptm_fbp_options *o)
{
    const ptm_scan *scan = p->scan;
    const size_t row = (size_t)scan->nu, views = (size_t)o->views;
    double *parts;
    int status = ptm_redundancy_weights(&parts, &p->redundancy, &p->circle, scan);
    if (status) return status;
    for (size_t i = 0; i < (size_t)p->views; ++i) {
        const size_t view = i / views * (size_t)scan->count + (size_t)o->first_view + i % views;
        memcpy(p->weights + i * (size_t)p->nu + p->beside.before, parts + view * row, row * sizeof *parts);
    }
    free(parts);
    return PTM_OK;
}

/* Of a helix, what depends on row and column only is here and not with the views. */
static void fill_cosine(filter_plan *p)
{
    const ptm_scan *scan = p->scan;
    double *at = p->cosine + (size_t)p->beside.before * (size_t)scan->nv;
    for (int u = 0; u < scan->nu; ++u)
        for (int v = 0; v < scan->nv; ++v) {
            *at = ptm_circle_cosine(&p->circle, scan, u, v);
            if (p->circle.pitch != 0)
                *at *= ptm_helix_weight(&p->redundancy.window, ptm_helix_place(&p->circle, scan, u, v)) *
                    ptm_circle_lean(&p->circle, scan, u);
            ++at;
        }
}

/* What filtered columns are multiplied with. */
static void fill_column(filter_plan *p)
{
    for (int u = 0; u < p->nu; ++u)
        p->column[u] = p->circle.pitch != 0 ? 1 / ptm_circle_lean(&p->circle, p->scan, u - p->beside.before) : 1;
}

static int fill_response(filter_plan *p, const ptm_fbp_options *o)
{
    const ptm_circle *c = &p->circle;
    const ptm_detector_row row = { .columns = p->nu + p->extrapolation.reach,
        .step = c->parallel ? 0 : fabs(c->du) / c->sdd, .equiangular = c->cylindrical, .helix = c->pitch != 0 };
    int status = ptm_make_response(p->response, o, p->points, &row);
    /* Filtering is along lengths at the axis: a pixel there is du sod / sdd wide. */
    const double pixel = fabs(c->du) * c->sod / c->sdd;
    for (int k = 0; k < p->points; ++k) p->response[k] /= p->points * (o->filter == PTM_FILTER_NONE ? 1 : pixel);
    return status;
}

/* The filter of a scan, ready to run, and the columns beside its detector that it fills. */
static int make_filter(ptm_filter **out, ptm_columns_beside *beside, ptm_device *device, const ptm_scan *scan,
    const settings *o)
{
    filter_plan p;
    *out = NULL;
    int status = make_plan(&p, scan, &o->fbp);
    if (!status) status = fill_weights(&p, &o->fbp);
    if (!status) status = fill_response(&p, &o->fbp);
    if (!status) {
        fill_cosine(&p);
        fill_column(&p);
        const ptm_filter_tables tables = { p.nu, scan->nv, p.views, p.points, p.response, p.cosine, p.weights, p.column,
            p.extrapolation.reach, p.extrapolation.falloff };
        status = ptm_filter_make(out, device, o->projector.precision, &tables);
        *beside = p.beside;
    }
    free_plan(&p);
    return status;
}

static int start(ptm_operator **out, ptm_device *device, const ptm_scan *scan, settings *o, const ptm_fbp_options *options)
{
    if (out) *out = NULL;
    if (!out || !device || !scan)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !device ? "device" : "scan");
    int status = check_options(&o->fbp, options, scan);
    return status ? status : ptm_projector_check(&o->projector, o->fbp.projector, device, scan, true);
}

int ptm_fbp_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_fbp_options *options)
{
    settings o;
    ptm_filter *filter = NULL;
    /* All views and those that are wanted, as the kernels see them; and these as the caller does. */
    ptm_scan *whole = NULL, *seen = NULL, *part = NULL;
    ptm_columns_beside beside;
    int status = start(out, device, scan, &o, options);
    if (!status) status = ptm_projector_scan(&whole, scan, &o.projector, true);
    if (!status) status = make_filter(&filter, &beside, device, whole, &o);
    if (!status) status = ptm_scan_widen(&whole, beside.before, beside.after);
    if (!status) status = ptm_scan_part(&seen, whole, o.fbp.first_view, o.fbp.views);
    if (!status) status = ptm_scan_part(&part, scan, o.fbp.first_view, o.fbp.views);
    if (!status) status = ptm_filtered_backprojector(out, device, part, &o.projector, &seen, beside, &filter);
    ptm_filter_destroy(&filter);
    ptm_scan_destroy(&whole);
    ptm_scan_destroy(&part);
    ptm_scan_destroy(&seen);
    return status;
}

int ptm_fbp(ptm_device *device, const ptm_scan *scan, const ptm_array *volume, const ptm_array *projections,
    const ptm_fbp_options *options)
{
    ptm_operator *op;
    int status = ptm_fbp_create(&op, device, scan, options);
    if (status) return status;
    status = ptm_apply(op, volume, projections);
    ptm_operator_destroy(&op);
    return status;
}

/* The filter alone, as an operator. */
typedef struct filter_operator {
    ptm_operator base;
    ptm_filter *filter;
    ptm_mover mover;
    int nu, nv, count, views, samples;
    bool own_views;
    uint64_t slot; /* bytes, or one view */
    ptm_buffer *field;
} filter_operator;

static int filter_sample(filter_operator *f, const ptm_call *call, int sample, ptm_access *from, ptm_access *to)
{
    ptm_queue *queue = call->queue;
    const int first_view = f->own_views ? sample * f->count : 0;
    const ptm_section in = ptm_array_sample(call->in, sample), out = ptm_array_sample(call->out, sample);
    const ptm_type type = f->base.domain.type;
    int status = PTM_OK;
    ptm_access_aim(from, &in);
    ptm_access_aim(to, &out);
    for (int view = 0; view < f->count && !status; view += f->views) {
        const int views = f->count - view < f->views ? f->count - view : f->views;
        const ptm_field_shape shape = ptm_shape_stack(f->nv, f->nu, views);
        const ptm_part part = { .first = { view, 0, 0 }, .count = { views, f->nv, f->nu }, .order = { 1, 2, 0 } };
        ptm_field_ref field;
        status = ptm_load(&f->mover, queue, from, &part, &shape, (ptm_ref){ f->field, 0 }, &field);
        if (status) break;
        ptm_pixels block;
        block.first = ptm_first_element(&part, &shape, &field, type, block.stride);
        status = ptm_filter_run(f->filter, queue, &block, first_view + view, views, call->adjoint);
        if (!status)
            status = ptm_store(&f->mover, queue, to, &part, block.first, field.pitch, field.plane, call->alpha, call->beta);
        if (!status) status = ptm_call_report(call, (sample + (double)(view + views) / f->count) / f->samples);
    }
    return status;
}

static int apply_filter(ptm_operator *op, const ptm_call *call)
{
    filter_operator *f = (filter_operator *)op;
    ptm_access from, to = { 0 };
    int status = ptm_access_open(&from, op->device, &op->in, call->in, f->slot);
    if (!status) status = ptm_access_open(&to, op->device, &op->out, call->out, f->slot);
    for (int i = 0; i < f->samples && !status; ++i) status = filter_sample(f, call, i, &from, &to);
    return ptm_access_finish(&from, &to, call->queue, status);
}

static uint64_t filter_operator_memory(const ptm_operator *op)
{
    const filter_operator *f = (const filter_operator *)op;
    return f->field->size + ptm_filter_memory(f->filter);
}

static void destroy_filter_operator(ptm_operator *op)
{
    filter_operator *f = (filter_operator *)op;
    ptm_filter_destroy(&f->filter);
    ptm_buffer_destroy(&f->field);
    free(f);
}

/* As ptm_access_open() has it. */
static uint64_t filter_operator_slot(const ptm_operator *op)
{
    const filter_operator *f = (const filter_operator *)op;
    const uint64_t view = (uint64_t)f->nu * (uint64_t)f->nv * ptm_type_size(op->domain.type),
                   all = view * (uint64_t)f->views;
    const uint64_t most = view > f->slot ? view : f->slot;
    return ((all < most ? all : most) + 15) / 16 * 16;
}

/* Half of a workspace is for the views at hand, and the other one for four slots. */
static int make_field(filter_operator *f, ptm_device *device, uint64_t workspace)
{
    const ptm_field_shape view = ptm_shape_stack(f->nv, f->nu, 1);
    const ptm_type type = f->base.domain.type;
    const uint64_t unit = ptm_shape_elements(&view) * ptm_type_size(type);
    f->slot = workspace ? workspace / 8 : (uint64_t)32 << 20;
    if (f->slot == 0) f->slot = 1;
    f->views = ptm_fit_blocks(unit, f->count, workspace ? workspace / 2 : (uint64_t)64 << 20);
    const int status = ptm_mover_create(&f->mover, device, type, false);
    return status ? status : ptm_buffer_create(&f->field, device, unit * (uint64_t)f->views);
}

static const ptm_operator_class filter_class = { "filter", apply_filter, filter_operator_memory, destroy_filter_operator,
    NULL, filter_operator_slot };

int ptm_filter_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_fbp_options *options)
{
    settings o;
    ptm_filter *filter = NULL;
    ptm_columns_beside beside;
    int status = start(out, device, scan, &o, options);
    if (!status) status = make_filter(&filter, &beside, device, scan, &o);
    if (status) return status;
    if (beside.before + beside.after) {
        ptm_filter_destroy(&filter);
        return ptm_fail(PTM_ERROR_UNSUPPORTED,
            "the detector sees little of one side, where filtered views reach %d columns beyond it; "
            "ptm_fbp_create takes such scans",
            beside.before + beside.after);
    }
    filter_operator *f = ptm_alloc(1, sizeof *f);
    if (!f) {
        ptm_filter_destroy(&filter);
        return PTM_ERROR_MEMORY;
    }
    const int batch = scan->samples ? scan->samples : o.projector.batch, views = o.fbp.views;
    const int64_t shape[3] = { views, scan->nv, scan->nu };
    const ptm_space space = ptm_space_of(shape, o.projector.precision, batch);
    *f = (filter_operator) { .base = { .class = &filter_class, .device = device, .domain = space, .range = space },
        .filter = filter,
        .nu = scan->nu,
        .nv = scan->nv,
        .count = views,
        .samples = batch ? batch : 1,
        .own_views = scan->samples > 0 };
    status = make_field(f, device, o.projector.workspace);
    if (status) destroy_filter_operator(&f->base);
    else *out = &f->base;
    return status;
}
