/* phantom_voxels.c - phantoms on a grid: the mean of each voxel.
 *
 * A block of voxels is divided until no edge of a shape passes it, or it is a voxel; a voxel that an edge passes is
 * divided further into cells. On the way shapes that are outside are left out, and what holds the whole block becomes
 * its ground. */
#include "core/spread.h"
#include "ct/phantom.h"
#include "ct/scan.h"

#define PI 3.14159265358979323846
#define TILE 16       /* voxels along an edge of what a thread takes */
#define LEAST_LEVEL 2 /* a voxel that an edge passes is divided so often */
#define MOST_LEVEL 6  /* and where a shape is small, at most so often */
#define LISTS (1 + 3 * 4 + MOST_LEVEL) /* a tile is halved to voxels four times along each axis */

/* ------------------------------------------------------------------ a shape and a cell */

typedef struct cell { ptm_vec centre, half; } cell;

/* How a body lies in a cell. */
typedef struct fit {
    double part;         /* of the cell that is in it */
    bool outside, whole; /* surely none, surely all */
    double coarse;       /* half the cell's size, of the body's half axes, where that matters */
} fit;

static double spread(ptm_vec gradient, ptm_vec half)
{
    return fabs(gradient.x) * half.x + fabs(gradient.y) * half.y + fabs(gradient.z) * half.z;
}

/* Three times the variance of a linear function in the cell. */
static double variance(ptm_vec gradient, ptm_vec half)
{
    const double x = gradient.x * half.x, y = gradient.y * half.y, z = gradient.z * half.z;
    return x * x + y * y + z * z;
}

static double cube_above(double t)
{
    return t > 0 ? t * t * t : 0;
}

/* The part of a cell where a linear function is below 0, which has the value `at` in the centre: what a plane cuts off a
 * box, by inclusion and exclusion of its corners. Widths along two edges that are next to none are made a little larger. */
static double part_below(double at, ptm_vec gradient, ptm_vec half)
{
    const double x = fabs(gradient.x) * half.x, y = fabs(gradient.y) * half.y, z = fabs(gradient.z) * half.z;
    const double a = fmax(x, fmax(y, z)), least = fmin(x, fmin(y, z)), middle = x + y + z - a - least;
    if (middle < 1e-4 * a) return fmin(fmax(0.5 - 0.5 * at / a, 0), 1);
    const double b = middle, c = fmax(least, 1e-4 * a), t = a + b + c - at;
    if (t <= 0 || t >= 2 * (a + b + c)) return t > 0;
    const double one = cube_above(t - 2 * a) + cube_above(t - 2 * b) + cube_above(t - 2 * c);
    const double two = cube_above(t - 2 * (a + b)) + cube_above(t - 2 * (b + c)) + cube_above(t - 2 * (a + c));
    return (t * t * t - one + two) / (48 * a * b * c);
}

/* A function is 0 on a surface, less within and at least linear, with this gradient: it changes by at most `most` in the
 * cell, and is `bend` above its linear part on the average. */
static void meet_surface(fit *f, double at, ptm_vec gradient, double most, double bend, const cell *c)
{
    f->outside = f->outside || at >= spread(gradient, c->half);
    if (at + most <= 0) return;
    f->whole = false;
    f->part *= part_below(at + bend, gradient, c->half);
}

/* -1 <= q <= 1, where q is linear. */
static void meet_slab(fit *f, double q, ptm_vec gradient, const cell *c)
{
    const double e = spread(gradient, c->half);
    f->outside = f->outside || fabs(q) - e >= 1;
    if (fabs(q) + e <= 1) return;
    f->whole = false;
    f->part *= fmax(0, part_below(q - 1, gradient, c->half) + part_below(-q - 1, gradient, c->half) - 1);
}

/* The round part of a body: the distance from the centre, or from the axis where q.z is left out, is at most middle + slope
 * z. The distance bends by half the variance across its own direction, over itself. */
static void meet_round(fit *f, const ptm_body *b, ptm_vec q, ptm_vec e, const cell *c)
{
    const bool ball = b->type == PTM_SHAPE_ELLIPSOID;
    const ptm_vec round = { q.x, q.y, ball ? q.z : 0 }, widths = { e.x, e.y, ball ? e.z : 0 };
    const double r = ptm_length(round), most = ptm_length(widths) + fabs(b->slope) * e.z,
                 at = r - b->middle - b->slope * q.z;
    const ptm_vec unit = r > 0 ? ptm_scale(round, 1 / r) : (ptm_vec){ 0, 0, 0 };
    const ptm_vec away = ptm_add(
        ptm_scale(b->row[0], unit.x), ptm_add(ptm_scale(b->row[1], unit.y), ptm_scale(b->row[2], unit.z)));
    const double all = variance(b->row[0], c->half) + variance(b->row[1], c->half) +
                       (ball ? variance(b->row[2], c->half) : 0);
    const double bend = r > 0 ? (all - variance(away, c->half)) / (6 * r) : most;
    f->coarse = fmax(f->coarse, fmax(widths.x, fmax(widths.y, widths.z)));
    if (r > 0) meet_surface(f, at, ptm_sub(away, ptm_scale(b->row[2], b->slope)), most, fmin(bend, most), c);
    else f->whole = f->whole && at + most <= 0;
}

static fit fit_of(const ptm_body *b, const cell *c)
{
    const ptm_vec q = ptm_body_place(b, ptm_sub(c->centre, b->centre));
    const ptm_vec e = { spread(b->row[0], c->half), spread(b->row[1], c->half), spread(b->row[2], c->half) };
    fit f = { 1, false, true, b->aligned ? 0 : fmax(e.x, fmax(e.y, e.z)) };
    if (b->type == PTM_SHAPE_BOX) {
        meet_slab(&f, q.x, b->row[0], c);
        meet_slab(&f, q.y, b->row[1], c);
    } else {
        meet_round(&f, b, q, e, c);
    }
    if (b->type != PTM_SHAPE_ELLIPSOID) meet_slab(&f, q.z, b->row[2], c);
    for (int i = 0; i < b->plane_count; ++i) {
        const ptm_vec normal = b->planes[i].normal;
        meet_surface(&f, ptm_dot(normal, c->centre) - b->planes[i].distance, normal, spread(normal, c->half), 0, c);
    }
    return f;
}

/* ------------------------------------------------------------------ blocks, voxels, cells */

typedef struct job {
    const ptm_phantom *phantom;
    ptm_volume grid;
    ptm_array out;
    int tiles[2]; /* along y and x */
} job;

/* Shapes that an edge of lies in a block, before what is the same all over it. */
typedef struct choice {
    const int *list;
    int count;
    double ground, coarse;
} choice;

/* Those of a list that matter in the cell, written to `to`. What holds all of the cell is ground: no shape before one
 * that replaces counts, and one that is added is ground if none that may replace it lies under it. */
static choice choose(const job *j, const choice *from, const cell *c, int *to)
{
    choice now = { to, 0, from->ground, 0 };
    bool replacing = false;
    for (int i = 0; i < from->count; ++i) {
        const ptm_body *b = &j->phantom->bodies[from->list[i]];
        const fit f = fit_of(b, c);
        if (f.outside) continue;
        if (f.whole && b->replaces) {
            now = (choice){ to, 0, b->value, 0 };
            replacing = false;
        } else if (f.whole && !replacing) {
            now.ground += b->value;
        } else {
            to[now.count++] = from->list[i];
            replacing = replacing || b->replaces;
            now.coarse = fmax(now.coarse, f.coarse);
        }
    }
    return now;
}

/* Shapes over each other where several pass one cell: as if their parts of it were independent. */
static double lay(const job *j, const choice *chosen, const cell *c)
{
    double value = chosen->ground;
    for (int i = 0; i < chosen->count; ++i) {
        const ptm_body *b = &j->phantom->bodies[chosen->list[i]];
        const double part = fit_of(b, c).part;
        value += part * (b->replaces ? b->value - value : b->value);
    }
    return value;
}

/* The mean of a cell that edges pass. `free` is where further lists go. */
static double divide(const job *j, const choice *chosen, const cell *c, int level, int *free)
{
    if (level >= MOST_LEVEL || (level >= LEAST_LEVEL && chosen->coarse <= 0.5)) return lay(j, chosen, c);
    const ptm_vec h = ptm_scale(c->half, 0.5);
    double sum = 0;
    for (int i = 0; i < 8; ++i) {
        const ptm_vec shift = { i & 1 ? h.x : -h.x, i & 2 ? h.y : -h.y, i & 4 ? h.z : -h.z };
        const cell part = { ptm_add(c->centre, shift), h };
        const choice now = choose(j, chosen, &part, free);
        sum += now.count ? divide(j, &now, &part, level + 1, free + now.count) : now.ground;
    }
    return sum / 8;
}

/* Voxels first to before end, along x, y, z. */
typedef struct block { int first[3], end[3]; } block;

static cell cell_of(const ptm_volume *grid, const block *b)
{
    double centre[3], half[3];
    for (int i = 0; i < 3; ++i) {
        centre[i] = 0.5 * (b->first[i] + b->end[i] - grid->shape[2 - i]) * grid->spacing[i] + grid->offset[i];
        half[i] = 0.5 * (b->end[i] - b->first[i]) * grid->spacing[i];
    }
    return (cell){ ptm_vec_from(centre), ptm_vec_from(half) };
}

static void fill_evenly(const job *j, const block *b, double value)
{
    for (int z = b->first[2]; z < b->end[2]; ++z)
        for (int y = b->first[1]; y < b->end[1]; ++y)
            for (int x = b->first[0]; x < b->end[0]; ++x) ptm_element_set(&j->out, z, y, x, value);
}

static int longest_axis(const block *b)
{
    int axis = 0;
    for (int i = 1; i < 3; ++i)
        if (b->end[i] - b->first[i] > b->end[axis] - b->first[axis]) axis = i;
    return axis;
}

static void fill_block(const job *j, const choice *from, const block *b, int *free)
{
    const cell c = cell_of(&j->grid, b);
    const choice now = choose(j, from, &c, free);
    const int axis = longest_axis(b), length = b->end[axis] - b->first[axis];
    if (now.count == 0) {
        fill_evenly(j, b, now.ground);
    } else if (length == 1) {
        fill_evenly(j, b, divide(j, &now, &c, 0, free + now.count));
    } else {
        block lower = *b, upper = *b;
        lower.end[axis] = upper.first[axis] = b->first[axis] + length / 2;
        fill_block(j, &now, &lower, free + now.count);
        fill_block(j, &now, &upper, free + now.count);
    }
}

/* ------------------------------------------------------------------ Gaussians */

/* The mean of exp(-q^2 / 2) where q is within e of its value at the centre. */
static double mean_of_bell(double q, double e)
{
    if (e == 0) return exp(-0.5 * q * q);
    return sqrt(PI / 8) / e * (erf((q + e) * sqrt(0.5)) - erf((q - e) * sqrt(0.5)));
}

/* By Gauss and Legendre's rule with three places along each axis. */
static double mean_of_turned(const ptm_body *b, const cell *c)
{
    static const double weights[3] = { 5.0 / 18, 8.0 / 18, 5.0 / 18 };
    const double away = sqrt(0.6);
    double sum = 0;
    for (int i = 0; i < 27; ++i) {
        const int x = i % 3, y = i / 3 % 3, z = i / 9;
        const ptm_vec shift = { (x - 1) * away * c->half.x, (y - 1) * away * c->half.y, (z - 1) * away * c->half.z };
        const ptm_vec q = ptm_body_place(b, ptm_sub(ptm_add(c->centre, shift), b->centre));
        sum += weights[x] * weights[y] * weights[z] * exp(-0.5 * ptm_dot(q, q));
    }
    return sum;
}

static double gaussian_mean(const ptm_body *b, const cell *c)
{
    if (!b->aligned) return b->value * mean_of_turned(b, c);
    const ptm_vec q = ptm_body_place(b, ptm_sub(c->centre, b->centre));
    return b->value * mean_of_bell(q.x, spread(b->row[0], c->half)) * mean_of_bell(q.y, spread(b->row[1], c->half)) *
        mean_of_bell(q.z, spread(b->row[2], c->half));
}

static void add_gaussian(const job *j, const ptm_body *b, const block *tile)
{
    const cell all = cell_of(&j->grid, tile);
    if (ptm_length(ptm_sub(all.centre, b->centre)) > b->reach + ptm_length(all.half)) return;
    for (int z = tile->first[2]; z < tile->end[2]; ++z)
        for (int y = tile->first[1]; y < tile->end[1]; ++y)
            for (int x = tile->first[0]; x < tile->end[0]; ++x) {
                const cell c = cell_of(&j->grid, &(block){ { x, y, z }, { x + 1, y + 1, z + 1 } });
                ptm_element_add(&j->out, z, y, x, gaussian_mean(b, &c));
            }
}

/* ------------------------------------------------------------------ tiles */

static int at_most(int value, int most)
{
    return value < most ? value : most;
}

static block tile_of(const job *j, int64_t number)
{
    const int64_t row = number / j->tiles[1];
    const int first[3] = { (int)(number % j->tiles[1]) * TILE, (int)(row % j->tiles[0]) * TILE,
        (int)(row / j->tiles[0]) * TILE };
    block b;
    for (int i = 0; i < 3; ++i) {
        b.first[i] = first[i];
        b.end[i] = at_most(first[i] + TILE, j->grid.shape[2 - i]);
    }
    return b;
}

/* The shapes that may matter in a tile, Gaussians not among them; how many. */
static int list_shapes(const job *j, const cell *c, int *list)
{
    int count = 0;
    for (int i = 0; i < j->phantom->count; ++i) {
        const ptm_body *b = &j->phantom->bodies[i];
        const double apart = ptm_length(ptm_sub(c->centre, b->centre));
        if (b->type != PTM_SHAPE_GAUSSIAN && apart <= b->reach + ptm_length(c->half)) list[count++] = i;
    }
    return count;
}

static void fill_tile(void *user, int64_t number, void *scratch)
{
    const job *j = user;
    int *list = scratch;
    const block tile = tile_of(j, number);
    const cell c = cell_of(&j->grid, &tile);
    const choice all = { list, list_shapes(j, &c, list), 0, 0 };
    fill_block(j, &all, &tile, list + all.count);
    for (int k = 0; k < j->phantom->count; ++k)
        if (j->phantom->bodies[k].type == PTM_SHAPE_GAUSSIAN) add_gaussian(j, &j->phantom->bodies[k], &tile);
}

int ptm_phantom_voxels(ptm_context *context, const ptm_phantom *phantom, const ptm_volume *grid, const ptm_array *volume,
    const ptm_phantom_run *run)
{
    if (!context || !phantom || !grid)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !context ? "context" : !phantom ? "phantom" : "grid");
    job j = { .phantom = phantom, .grid = *grid };
    ptm_phantom_run o;
    int status = ptm_check_volume(&j.grid);
    if (!status) status = ptm_phantom_check_run(&o, run);
    const int *n = j.grid.shape;
    if (!status) status = ptm_phantom_check_array(&j.out, volume, "volume", (int64_t[]){ n[0], n[1], n[2] });
    if (status) return status;
    for (int i = 0; i < 2; ++i) j.tiles[i] = (n[1 + i] + TILE - 1) / TILE;
    const int64_t layer = (int64_t)j.tiles[0] * j.tiles[1];
    return ptm_spread_watched(context, (n[0] + TILE - 1) / TILE * layer,
        (size_t)phantom->count * (LISTS + 1) * sizeof(int), fill_tile, &j,
        &(ptm_watch){ .batch = layer, .progress = o.progress, .user = o.progress_user });
}
