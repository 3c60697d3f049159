#include "ct/window.h"
#include "ct/projector.h"
#include "linop/pair.h"

typedef struct seen {
    ptm_operator base;
    ptm_window window;
} seen;

static int apply(ptm_operator *op, const ptm_call *call)
{
    return ptm_projector_apply_window((ptm_projector *)op->parts[0], call, &((const seen *)op)->window);
}

static const ptm_operator_class window_class = { .name = "window", .apply = apply };

ptm_window ptm_window_all(const ptm_projector *projector)
{
    const ptm_geometry *g = &projector->geometry;
    return (ptm_window){ .views = g->count, .rows = g->ny / projector->finer_voxels[1] };
}

ptm_projector *ptm_window_of(ptm_window *out, ptm_operator *op)
{
    if (ptm_is_pair(op)) op = op->parts[0];
    if (op->class == &window_class) *out = ((const seen *)op)->window;
    else if (op->class == &ptm_projector_class) *out = ptm_window_all((ptm_projector *)op);
    else return NULL;
    return (ptm_projector *)(op->class == &window_class ? op->parts[0] : op);
}

static int create_one(ptm_operator **out, ptm_projector *projector, const ptm_window *window)
{
    seen *made = ptm_parts_make(sizeof *made, &window_class, &(ptm_operator *){ &projector->base }, 1);
    if (!made) return PTM_ERROR_MEMORY;
    const bool weighted = projector->geometry.weighted;
    ptm_space *domain = &made->base.domain, *range = &made->base.range;
    ptm_space *pixels = weighted ? domain : range, *volume = weighted ? range : domain;
    pixels->shape[pixels->dimensions - 3] = window->views;
    volume->shape[volume->dimensions - 2] = window->rows;
    made->window = *window;
    *out = &made->base;
    return PTM_OK;
}

static int create_pair(ptm_operator **out, const ptm_operator *of, const ptm_window *window)
{
    ptm_operator *parts[2] = { NULL };
    int status = PTM_OK;
    for (int i = 0; i < 2 && !status; ++i) status = ptm_window_create(&parts[i], of->parts[i], window);
    if (!status) status = ptm_pair_create(out, parts[0], parts[1], ptm_pair_factor(of));
    ptm_operator_destroy(&parts[0]);
    ptm_operator_destroy(&parts[1]);
    return status;
}

int ptm_window_create(ptm_operator **out, ptm_operator *of, const ptm_window *window)
{
    ptm_window before;
    *out = NULL;
    return ptm_is_pair(of) ? create_pair(out, of, window) : create_one(out, ptm_window_of(&before, of), window);
}
