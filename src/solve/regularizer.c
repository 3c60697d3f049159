#include "solve/regularizer.h"

#include "linop/wavelet.h"
#include "vec/vector_arguments.h"

#include <polytome/random.h>

#include <math.h>

/* ------------------------------------------------------------------ operators */

enum { AXES = 3 };

/* The differences that an image has, over spacings. */
typedef struct differences {
    ptm_operator *along[AXES];
    double factor[AXES]; /* 1 over the spacing */
    int axis[AXES];
    int count;
} differences;

static void free_all(ptm_operator **operators, int count)
{
    for (int i = 0; i < count; ++i) ptm_operator_destroy(&operators[i]);
}

/* A factor times an operator, in its place. */
static int replace(ptm_operator **op, double factor)
{
    ptm_operator *scaled = NULL;
    int status = ptm_scaled_create(&scaled, *op, factor);
    ptm_operator_destroy(op);
    *op = scaled;
    return status;
}

static int make_differences(differences *d, ptm_device *device, const ptm_space *image, const ptm_solver_options *o)
{
    const ptm_array like = ptm_space_array(image, NULL);
    const int last = image->dimensions - 1, first = image->dimensions == PTM_MAX_DIMENSIONS;
    int status = PTM_OK;
    *d = (differences) { .count = 0 };
    for (int axis = first; axis <= last && !status; ++axis) {
        if (image->shape[axis] == 1) continue;
        const double spacing = o->spacing[last - axis];
        d->factor[d->count] = spacing > 0 ? 1 / spacing : 1;
        status = ptm_difference_create(&d->along[d->count], device, &like, axis);
        if (!status) status = replace(&d->along[d->count], d->factor[d->count]);
        d->axis[d->count++] = axis;
    }
    if (!status && d->count == 0) status = ptm_fail(PTM_ERROR_ARGUMENT, "regularizer is for images of more than one voxel");
    if (status) free_all(d->along, d->count);
    return status;
}

/* |D|^2 <= 4 along an axis. */
static double norm_of(const differences *d)
{
    double sum = 0;
    for (int i = 0; i < d->count; ++i) sum += 4 * d->factor[i] * d->factor[i];
    return sqrt(sum);
}

/* One over the finest spacing. */
static double finest(const differences *d)
{
    double most = 0;
    for (int i = 0; i < d->count; ++i) most = fmax(most, d->factor[i]);
    return most;
}

int ptm_gradient_make(ptm_term *out, ptm_device *device, const ptm_space *image, const ptm_solver_options *o)
{
    differences d;
    *out = (ptm_term) { .apart = o->regularizer == PTM_REGULARIZER_TV_ANISOTROPIC,
        .strength = o->strength,
        .huber = o->regularizer == PTM_REGULARIZER_HUBER ? o->huber : 0 };
    int status = make_differences(&d, device, image, o);
    if (status) return status;
    out->components = d.count;
    out->norm = norm_of(&d);
    status = ptm_stack_create(&out->op, d.along, d.count, 0, false);
    free_all(d.along, d.count);
    return status;
}

/* ------------------------------------------------------------------ total generalised variation */

/* Block k of the variable: the image, then the field's components. */
static int make_block(ptm_operator **out, const ptm_terms *terms, ptm_device *device, int64_t length, int k, int count)
{
    const ptm_array like = ptm_space_array(&terms->variable, NULL);
    return ptm_restriction_create(out, device, &like, 0, k * length, count * length);
}

/* first second, of which it destroys the second. */
static int chain_on(ptm_operator **second, ptm_operator *first)
{
    ptm_operator *chain = NULL;
    int status = ptm_chain_create(&chain, (ptm_operator *[]) { first, *second }, 2);
    ptm_operator_destroy(second);
    *second = chain;
    return status;
}

static int sum_up(ptm_operator **out, ptm_operator **parts, int count)
{
    int status = ptm_sum_create(out, parts, count);
    free_all(parts, count);
    return status;
}

/* Component k of grad x - w, w being the field over the finest spacing. The gradient has none at the last place of the
 * axis, and the field's does not count there. */
static int make_difference(
    ptm_operator **out, const ptm_terms *terms, ptm_device *device, int64_t length, const differences *d, int k)
{
    ptm_operator *parts[2] = { NULL }, *inside = NULL, *back = NULL;
    const ptm_space *block = &d->along[k]->domain;
    const ptm_array like = ptm_space_array(block, NULL);
    int status = make_block(&parts[0], terms, device, length, 0, 1);
    if (!status) status = chain_on(&parts[0], d->along[k]);
    if (!status) status = make_block(&parts[1], terms, device, length, 1 + k, 1);
    if (!status) status = ptm_restriction_create(&inside, device, &like, d->axis[k], 0, block->shape[d->axis[k]] - 1);
    if (!status) status = ptm_adjoint_create(&back, inside);
    if (!status) status = chain_on(&parts[1], inside);
    if (!status) status = chain_on(&parts[1], back);
    if (!status) status = replace(&parts[1], -finest(d));
    ptm_operator_destroy(&inside);
    ptm_operator_destroy(&back);
    if (!status) return sum_up(out, parts, 2);
    free_all(parts, 2);
    return status;
}

/* A row of the symmetrised gradient of w: component (i, i), or, for two axes, (i, k) and (k, i), which are the same, as
 * one of the length of both. */
static int make_row(
    ptm_operator **out, const ptm_terms *terms, ptm_device *device, int64_t length, const differences *d, int i, int k)
{
    ptm_operator *parts[2] = { NULL };
    int status = make_block(&parts[0], terms, device, length, 1 + k, 1);
    if (!status) status = chain_on(&parts[0], d->along[i]);
    if (i == k) {
        *out = parts[0];
        return status;
    }
    if (!status) status = make_block(&parts[1], terms, device, length, 1 + i, 1);
    if (!status) status = chain_on(&parts[1], d->along[k]);
    if (!status)
        status = sum_up(out, parts, 2);
    else
        free_all(parts, 2);
    return status ? status : replace(out, sqrt(0.5));
}

/* The variable's field has the image's unit, so that all operators have the same one. */
static int make_tgv(ptm_terms *out, ptm_device *device, const ptm_space *image, const ptm_solver_options *o)
{
    ptm_operator *rows[AXES * (AXES + 1) / 2] = { NULL }, *components[AXES] = { NULL };
    const int64_t length = image->shape[0];
    differences d;
    int count = 0, status = make_differences(&d, device, image, o);
    if (status) return status;
    const double norm = norm_of(&d), most = finest(&d), tgv = o->tgv > 0 ? o->tgv * most : 2;
    out->variable.shape[0] *= 1 + d.count;
    out->count = 2;
    out->term[0] = (ptm_term) { .norm = hypot(norm, most), .components = d.count, .strength = o->strength };
    status = make_block(&out->image_of, out, device, length, 0, 1);
    for (int i = 0; i < d.count && !status; ++i) status = make_difference(&components[i], out, device, length, &d, i);
    for (int i = 0; i < d.count; ++i)
        for (int k = i; k < d.count && !status; ++k) status = make_row(&rows[count++], out, device, length, &d, i, k);
    out->term[1] = (ptm_term) { .norm = norm, .components = count, .strength = o->strength * tgv };
    if (!status) status = ptm_stack_create(&out->term[0].op, components, d.count, 0, false);
    if (!status) status = ptm_stack_create(&out->term[1].op, rows, count, 0, false);
    free_all(components, d.count);
    free_all(rows, count);
    free_all(d.along, d.count);
    return status;
}

/* ------------------------------------------------------------------ wavelets */

static int make_wavelet(ptm_term *out, ptm_device *device, const ptm_space *image, const ptm_solver_options *o)
{
    const ptm_array like = ptm_space_array(image, NULL);
    *out = (ptm_term) { .norm = 1, .components = 1, .apart = true, .wavelet = true, .strength = o->strength };
    return ptm_wavelet_create(&out->op, device, &like,
        &(ptm_wavelet_options) { PTM_SIZED(ptm_wavelet_options), .wavelet = o->wavelet, .levels = o->wavelet_levels });
}

void ptm_term_spin(const ptm_solver *s, const ptm_term *term)
{
    const ptm_space *image = &s->op->domain;
    ptm_random random = { .seed = s->o.seed, .stream = (uint64_t)s->iterations };
    int64_t shift[AXES] = { 0 };
    for (int i = 0; i < AXES && i < image->dimensions; ++i)
        shift[i] = (int64_t)(ptm_random_uniform(&random) * (double)image->shape[image->dimensions - 1 - i]);
    ptm_wavelet_shift(term->op, shift);
}

/* ------------------------------------------------------------------ terms */

int ptm_terms_make(ptm_terms *out, const ptm_solver *s)
{
    const ptm_space *image = &s->op->domain;
    const ptm_solver_options *o = &s->o;
    ptm_device *device = s->op->device;
    *out = (ptm_terms) { .variable = *image };
    if (o->regularizer == PTM_REGULARIZER_NONE || o->strength == 0) return PTM_OK;
    if (o->regularizer == PTM_REGULARIZER_TGV) return make_tgv(out, device, image, o);
    if (o->regularizer == PTM_REGULARIZER_WAVELET) return make_wavelet(&out->term[out->count++], device, image, o);
    return ptm_gradient_make(&out->term[out->count++], device, image, o);
}

void ptm_terms_free(ptm_terms *terms)
{
    for (int i = 0; i < terms->count; ++i) ptm_operator_destroy(&terms->term[i].op);
    ptm_operator_destroy(&terms->image_of);
}

int ptm_term_limit(ptm_solver *s, const ptm_term *term, const ptm_array *dual, double step)
{
    int status = term->huber > 0 ? ptm_solver_add(s, dual, 0, NULL, 1 / (1 + step * term->huber / term->strength)) : PTM_OK;
    if (status) return status;
    if (term->wavelet) return ptm_wavelet_limit(term->op, s->o.queue, dual, term->strength);
    return term->apart
               ? ptm_vector_clip(s->vectors, s->o.queue, dual, -term->strength, term->strength)
               : ptm_vector_limit_lengths(s->vectors, s->o.queue, dual, term->components, LIMIT_BALL, term->strength);
}
