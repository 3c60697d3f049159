/* split.c - one operator on several devices at once.
 *
 * Each device has the whole of it, its tables and its workspace, and two windows of it: where projections come out, some of
 * the views; where the volume comes out, some of its rows along y. So outputs are disjoint, and nothing is added up over
 * devices. */
#include "core/together.h"
#include "ct/projector.h"
#include "linop/interleave.h"
#include "linop/slice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a device does. Windows are NULL where there is nothing to do. */
typedef struct share {
    ptm_device *device;
    ptm_operator *window[2]; /* where projections, where the volume comes out */
    int first[2], count[2];  /* views, rows: of the call's arrays */
} share;

typedef struct split {
    ptm_operator base;
    share *shares;
    int count;
    bool weighted; /* it takes projections */
} split;

/* ------------------------------------------------------------------ at work */

/* A call at work. Arrays are in the host's memory, or functions, which are called on the thread that called the library. */
typedef struct job {
    const split *split;
    const ptm_call *call;
    bool volume; /* comes out */
    ptm_array in, out;
    ptm_chunk *chunks[2];
    double *done; /* by each device, of its part; touched by the caller's thread alone */
} job;

/* A device's view of it. */
typedef struct part {
    job *job;
    ptm_together *together;
    int k;
    double done;
    ptm_array in, out; /* whose functions ask the caller's thread */
} part;

/* Memory of the operator's own device is the host's. */
static ptm_chunk on_host(ptm_chunk chunk, ptm_type type)
{
    if (!chunk.memory) return chunk;
    return (ptm_chunk){ .length = chunk.length,
        .data = (char *)chunk.memory->buffer->host + (size_t)chunk.offset * ptm_type_size(type) };
}

static int bring_to_host(ptm_array *out, ptm_chunk **chunks, const ptm_array *array)
{
    *out = *array;
    if (!array->chunks) {
        const ptm_chunk all = on_host(ptm_chunk_of(array, 0), array->type);
        out->data = all.data;
        out->memory = NULL;
        out->offset = 0;
        return PTM_OK;
    }
    *chunks = ptm_alloc((size_t)array->chunk_count, sizeof **chunks);
    for (int i = 0; *chunks && i < array->chunk_count; ++i) (*chunks)[i] = on_host(array->chunks[i], array->type);
    out->chunks = *chunks;
    return *chunks ? PTM_OK : PTM_ERROR_MEMORY;
}

/* A box of one of the caller's arrays, which his functions read or write. */
typedef struct box {
    const ptm_array *array;
    const int64_t *first, *count;
    void *data;
    bool read;
} box;

static int move_box(void *user)
{
    const box *b = user;
    return ptm_array_call(b->array, b->first, b->count, b->data, b->read);
}

static int read_in(void *user, const int64_t *first, const int64_t *count, void *data)
{
    const part *p = user;
    return ptm_together_ask(p->together, move_box, &(box){ p->job->call->in, first, count, data, true });
}
static int read_out(void *user, const int64_t *first, const int64_t *count, void *data)
{
    const part *p = user;
    return ptm_together_ask(p->together, move_box, &(box){ p->job->call->out, first, count, data, true });
}
static int write_out(void *user, const int64_t *first, const int64_t *count, const void *data)
{
    const part *p = user;
    void *box_data = (void *)(uintptr_t)data;
    return ptm_together_ask(p->together, move_box, &(box){ p->job->call->out, first, count, box_data, false });
}

/* How far all of them are, each counted by its part of the work. */
static int report(void *user)
{
    const part *p = user;
    const job *j = p->job;
    double sum = 0, all = 0;
    j->done[p->k] = p->done;
    for (int k = 0; k < j->split->count; ++k) {
        const double size = j->split->shares[k].count[j->volume];
        sum += size * j->done[k];
        all += size;
    }
    return ptm_call_report(j->call, sum / all);
}

static bool progress(void *user, double done)
{
    part *p = user;
    p->done = done;
    if (!p->job->call->progress) return !ptm_together_failed(p->together);
    return ptm_together_ask(p->together, report, p) == PTM_OK;
}

static void use_functions(ptm_array *array, part *p, ptm_read_function read, ptm_write_function write)
{
    if (!ptm_array_is_called(array)) return;
    array->read = array->read ? read : NULL;
    array->write = array->write ? write : NULL;
    array->user = p;
}

static int apply_part(part *p)
{
    const job *j = p->job;
    const share *s = &j->split->shares[p->k];
    const int axis = p->out.dimensions - (j->volume ? 2 : 3);
    ptm_slice slice;
    int status = ptm_slice_make(&slice, &p->out, axis, s->first[j->volume], s->count[j->volume]);
    if (!status) {
        const ptm_array in = ptm_array_as_given(&p->in), out = ptm_array_as_given(&slice.array);
        status = ptm_apply_scaled(s->window[j->volume], j->call->adjoint, j->call->alpha, &in, j->call->beta, &out,
            &(ptm_run_options){ PTM_SIZED(ptm_run_options), .progress = progress, .progress_user = p });
    }
    ptm_slice_free(&slice);
    return status;
}

static int work(void *user, ptm_together *together, int k)
{
    job *j = user;
    const share *s = &j->split->shares[k];
    part p = { .job = j, .together = together, .k = k, .in = j->in, .out = j->out };
    if (s->count[j->volume] == 0) return PTM_OK;
    use_functions(&p.in, &p, read_in, NULL);
    use_functions(&p.out, &p, read_out, write_out);
    const int status = apply_part(&p);
    const ptm_device_info *info = ptm_device_get_info(s->device);
    return status ? ptm_fail(status, "%s:%d: %s", info->backend, info->index, ptm_error_message()) : PTM_OK;
}

/* What was enqueued before comes first; and all is done when it returns, as devices work in threads of their own. */
static int apply(ptm_operator *op, const ptm_call *call)
{
    const split *s = (const split *)op;
    job j = { .split = s, .call = call, .volume = s->weighted != call->adjoint };
    j.done = ptm_alloc((size_t)s->count, sizeof *j.done);
    int status = j.done ? ptm_queue_finish(call->queue) : PTM_ERROR_MEMORY;
    if (!status) status = bring_to_host(&j.in, &j.chunks[0], call->in);
    if (!status) status = bring_to_host(&j.out, &j.chunks[1], call->out);
    if (!status) status = ptm_together_run(s->count, work, &j);
    free(j.chunks[0]);
    free(j.chunks[1]);
    free(j.done);
    return status;
}

static void destroy(ptm_operator *op)
{
    free(((split *)op)->shares);
    free(op);
}

static const ptm_operator_class split_class = { .name = "split", .apply = apply, .destroy = destroy };

/* ------------------------------------------------------------------ making one */

static bool same_volume(const ptm_volume *a, const ptm_volume *b)
{
    return memcmp(a->shape, b->shape, sizeof a->shape) == 0 && memcmp(a->spacing, b->spacing, sizeof a->spacing) == 0 &&
        memcmp(a->offset, b->offset, sizeof a->offset) == 0;
}

static bool same_scan(const ptm_scan *a, const ptm_scan *b)
{
    return same_volume(&a->volume, &b->volume) && a->nu == b->nu && a->nv == b->nv && a->count == b->count &&
        a->samples == b->samples && a->parallel == b->parallel && a->cylindrical == b->cylindrical &&
        a->stack == b->stack &&
        memcmp(a->views, b->views, (size_t)ptm_scan_all_views(a) * sizeof *a->views) == 0;
}

static bool same_window(const ptm_window *a, const ptm_window *b)
{
    return a->first_view == b->first_view && a->views == b->views && a->first_row == b->first_row && a->rows == b->rows;
}

/* Whether two projectors are one map, as far as can be seen. */
static bool same_map(const ptm_projector *a, const ptm_projector *b)
{
    return a->family == b->family && a->geometry.weighted == b->geometry.weighted && !a->filter == !b->filter &&
        a->geometry.ray_step == b->geometry.ray_step && ptm_space_same(&a->base.domain, &b->base.domain) &&
        ptm_space_same(&a->base.range, &b->base.range) && same_scan(a->scan, b->scan);
}

static int check_part(ptm_operator *const *parts, int i)
{
    ptm_window window, first;
    ptm_operator *a = ptm_interleaved_part(parts[0], 0), *b = ptm_interleaved_part(parts[i], 0);
    const ptm_projector *p = ptm_window_of(&first, a), *q = ptm_window_of(&window, b);
    if (!q)
        return ptm_fail(PTM_ERROR_UNSUPPORTED,
            "parts[%d] is no projector, subsets of one, backprojector or FBP, but \"%s\"", i, b->class->name);
    if (!p || a->class != b->class || !same_map(p, q) || !same_window(&first, &window) ||
        ptm_interleaved_count(parts[0]) != ptm_interleaved_count(parts[i]))
        return ptm_fail(PTM_ERROR_ARGUMENT, "parts[%d] is not the same operator as parts[0]", i);
    for (int k = 0; k < i; ++k)
        if (parts[k]->device == parts[i]->device)
            return ptm_fail(PTM_ERROR_ARGUMENT, "parts[%d] and parts[%d] are on one device, %s; open it once for each", k,
                i, b->device->info.name);
    return PTM_OK;
}

static int check(const ptm_device *device, ptm_operator *const *parts, const double *weights, int count)
{
    double sum = 0;
    if (strcmp(device->info.backend, "host") != 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "device is %s:%d, expected the host, in whose memory arrays are",
            device->info.backend, device->info.index);
    for (int i = 0; i < count; ++i) {
        if (!parts[i]) return ptm_fail(PTM_ERROR_ARGUMENT, "parts[%d] is NULL", i);
        if (parts[i]->device == device)
            return ptm_fail(PTM_ERROR_ARGUMENT, "parts[%d] is on device itself; open the host once more for it", i);
        if (weights && !(weights[i] > 0 && isfinite(weights[i])))
            return ptm_fail(PTM_ERROR_ARGUMENT, "weights[%d] is %g, expected more than 0", i, weights[i]);
        sum += weights ? weights[i] : 1;
        int status = check_part(parts, i);
        if (status) return status;
    }
    return isfinite(sum) ? PTM_OK : ptm_fail(PTM_ERROR_ARGUMENT, "weights add up to %g, expected a finite number", sum);
}

/* Of n places, those before part k: rounded to the nearest, so that all of them together are n. */
static int places_before(int n, const double *weights, int count, int k)
{
    double before = 0, all = 0;
    for (int i = 0; i < count; ++i) {
        all += weights ? weights[i] : 1;
        if (i < k) before = all;
    }
    return k == count ? n : (int)floor(n * (before / all) + 0.5);
}

static int make_windows(share *s, ptm_operator *op, const double *weights, int count, int k)
{
    ptm_window whole;
    ptm_window_of(&whole, op);
    int status = PTM_OK;
    s->device = op->device;
    for (int volume = 0; volume < 2 && !status; ++volume) {
        const int n = volume ? whole.rows : whole.views;
        s->first[volume] = places_before(n, weights, count, k);
        s->count[volume] = places_before(n, weights, count, k + 1) - s->first[volume];
        ptm_window window = whole;
        window.among_others = true;
        *(volume ? &window.first_row : &window.first_view) += s->first[volume];
        *(volume ? &window.rows : &window.views) = s->count[volume];
        if (s->count[volume] > 0) status = ptm_window_create(&s->window[volume], op, &window);
    }
    return status;
}

/* Fills in a split whose shares are there. */
static int complete(split *s, ptm_device *device, ptm_operator *const *parts, const double *weights)
{
    ptm_operator **windows = ptm_alloc(2 * (size_t)s->count, sizeof *windows);
    if (!windows) return PTM_ERROR_MEMORY;
    int status = PTM_OK, made = 0;
    for (int k = 0; k < s->count && !status; ++k) {
        share *mine = &s->shares[k];
        status = make_windows(mine, parts[k], weights, s->count, k);
        for (int i = 0; i < 2; ++i)
            if (mine->window[i]) windows[made++] = mine->window[i];
    }
    if (!status) status = ptm_parts_keep(&s->base, &split_class, windows, made);
    for (int i = 0; i < made; ++i) ptm_operator_destroy(&(ptm_operator *){ windows[i] });
    free(windows);
    if (status) return status;
    s->base.device = device;
    s->base.domain = parts[0]->domain;
    s->base.range = parts[0]->range;
    return PTM_OK;
}

static int split_one(ptm_operator **out, ptm_device *device, ptm_operator *const *parts, const double *weights, int count)
{
    ptm_window whole;
    split *s = ptm_alloc(1, sizeof *s);
    share *shares = ptm_alloc((size_t)count, sizeof *shares);
    int status = s && shares ? PTM_OK : PTM_ERROR_MEMORY;
    if (!status) {
        *s = (split){ .shares = shares, .count = count, .weighted = ptm_window_of(&whole, parts[0])->geometry.weighted };
        status = complete(s, device, parts, weights);
    }
    if (!status) {
        *out = &s->base;
        return PTM_OK;
    }
    free(shares);
    free(s);
    return status;
}

/* Each of the interleaved subsets by itself. */
static int split_subsets(
    ptm_operator **out, ptm_device *device, ptm_operator *const *parts, const double *weights, int count)
{
    const int subsets = ptm_interleaved_count(parts[0]);
    ptm_operator **made = ptm_alloc((size_t)subsets, sizeof *made), **same = ptm_alloc((size_t)count, sizeof *same);
    int status = made && same ? PTM_OK : PTM_ERROR_MEMORY;
    for (int k = 0; k < subsets && !status; ++k) {
        for (int i = 0; i < count; ++i) same[i] = ptm_interleaved_part(parts[i], k);
        status = split_one(&made[k], device, same, weights, count);
    }
    if (!status) status = ptm_interleave_create(out, made, subsets, ptm_interleaved_axis(parts[0]));
    for (int k = 0; made && k < subsets; ++k) ptm_operator_destroy(&made[k]);
    free(made);
    free(same);
    return status;
}

int ptm_split_create(
    ptm_operator **out, ptm_device *device, ptm_operator *const *parts, const double *weights, int count)
{
    if (out) *out = NULL;
    if (!out || !device || !parts)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !device ? "device" : "parts");
    if (count < 1) return ptm_fail(PTM_ERROR_ARGUMENT, "count is %d, expected 1 or more", count);
    int status = check(device, parts, weights, count);
    if (status) return status;
    const bool whole = ptm_interleaved_part(parts[0], 0) == parts[0];
    return (whole ? split_one : split_subsets)(out, device, parts, weights, count);
}
