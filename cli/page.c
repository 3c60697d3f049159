/* page.c - polytome reconstruct --report: one page of HTML with all that it shows as JSON inside. */
#define _POSIX_C_SOURCE 200809L /* open_memstream, localtime_r */
#include "page.h"
#include "ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BYTES 8400000     /* of all slices, before base64 makes a third more of them: the page has less than 12.5 MB */
#define VOXELS 2100000    /* of the volume, at 2 bytes: 128 x 128 x 128 are not reduced */
#define PLANE 1400000     /* pixels of a plane at 1 byte: 1024 x 1024 are not reduced */
#define PROJECTION 200000 /* pixels of the sinogram, and of the projection */
#define POINTS 1000       /* of a curve */

extern const char page_html[]; /* page.html */

void page_print_numbers(cli_json *j, const char *key, const double *numbers, int count)
{
    cli_json_open(j, key, '[');
    for (int i = 0; i < count; ++i) cli_json_number(j, NULL, numbers[i]);
    cli_json_close(j, ']');
}

/* ------------------------------------------------------------------ the volume */

/* The plane in the middle of an axis. */
static ptm_array plane_of(const ptm_array *a, int axis)
{
    ptm_array plane = *a;
    plane.data = (float *)a->data + a->shape[axis] / 2 * a->stride[axis];
    plane.shape[axis] = 1;
    return plane;
}

/* The volume if it is small; else a smaller one, and the planes in the middle. Of one slice the plane alone. */
static int print_slices(cli_json *j, const ptm_array *volume, const cli_measured *m)
{
    static const char *const names[] = { "axial", "coronal", "sagittal" };
    const bool slice = volume->shape[0] == 1;
    int64_t pixels = 0, left = BYTES;
    if (!slice && cli_count(volume) <= VOXELS) return page_print_picture(j, "volume", volume, m, VOXELS, 16);
    for (int axis = 0; axis < (slice ? 1 : 3); ++axis) {
        const ptm_array plane = plane_of(volume, axis);
        pixels += cli_count(&plane);
    }
    const int bits = 2 * pixels <= BYTES / 2 ? 16 : 8;
    int code = CLI_OK;
    for (int axis = 0; axis < (slice ? 1 : 3) && !code; ++axis) {
        const ptm_array plane = plane_of(volume, axis);
        const int64_t most = slice ? BYTES / (bits / 8) : PLANE, n = cli_count(&plane);
        left -= (n < most ? n : most) * (bits / 8);
        code = page_print_picture(j, names[axis], &plane, m, most, bits);
    }
    return code || slice ? code : page_print_picture(j, "volume", volume, m, left / 2 < VOXELS ? left / 2 : VOXELS, 16);
}

/* What ranks have becomes `count` lines or views in the first one. */
static int gather(ptm_array *a, float **gathered, int64_t count)
{
    const int64_t each = a->shape[1] * a->shape[2];
    float *own = malloc((size_t)((a->shape[0] + 1) * each) * sizeof *own);
    if (cli_rank() == 0) *gathered = malloc((size_t)(count * each) * sizeof **gathered);
    const bool good = own && (*gathered || cli_rank() > 0);
    const int code = cli_ranks_agree(good ? CLI_OK : cli_error(CLI_MEMORY, "no memory for what the page shows"));
    if (!code) {
        cli_copy_dense(own, a);
        cli_ranks_gather(*gathered, own, a->shape[0], each);
        *a = cli_dense(*gathered, count, a->shape[1], a->shape[2]);
    }
    free(own);
    return code;
}

int cli_page_gather(cli_reconstruction *r)
{
    const ptm_array *own = &r->pixels.array;
    const int64_t middle = r->geometry.views / 2 - r->first_view;
    const bool here = middle >= 0 && middle < r->views;
    if (!r->settings->report) return CLI_OK;
    r->sinogram = plane_of(own, 1);
    r->view = *own;
    r->view.data = (float *)own->data + (here ? middle * own->stride[0] : 0);
    r->view.shape[0] = here;
    if (cli_ranks() == 1) return CLI_OK;
    const int code = gather(&r->sinogram, &r->gathered[0], r->geometry.views);
    return code ? code : gather(&r->view, &r->gathered[1], 1);
}

static int print_projection(cli_json *j, const char *key, const ptm_array *a)
{
    cli_measured m;
    const int code = cli_measure(&m, a);
    return code ? code : page_print_picture(j, key, a, &m, PROJECTION, 16);
}

static int print_pictures(cli_json *j, const cli_reconstruction *r, const ptm_array *volume, const cli_measured *m)
{
    cli_json_open(j, "pictures", '{');
    int code = print_slices(j, volume, m);
    if (!code) code = print_projection(j, "sinogram", &r->sinogram);
    if (!code) code = print_projection(j, "projection", &r->view);
    cli_json_close(j, '}');
    return code;
}

static void print_statistics(cli_json *j, const cli_measured *m)
{
    cli_json_open(j, "statistics", '{');
    cli_json_integer(j, "count", m->count);
    cli_json_number(j, "least", m->least);
    cli_json_number(j, "greatest", m->greatest);
    cli_json_number(j, "mean", m->mean);
    cli_json_number(j, "deviation", m->deviation);
    page_print_numbers(j, "percentiles", m->percentiles, 4);
    cli_json_close(j, '}');
}

/* The volume's grid, axes z, y, x. */
static void print_grid(cli_json *j, const ptm_volume *v)
{
    cli_json_open(j, "grid", '{');
    cli_json_shape(j, "shape", (const int64_t[]){ v->shape[0], v->shape[1], v->shape[2] }, 3);
    page_print_numbers(j, "spacing", (const double[]){ v->spacing[2], v->spacing[1], v->spacing[0] }, 3);
    page_print_numbers(j, "offset", (const double[]){ v->offset[2], v->offset[1], v->offset[0] }, 3);
    cli_json_close(j, '}');
}

static int print_volume(cli_json *j, const cli_reconstruction *r, const cli_result *result)
{
    const int *n = r->geometry.volume.shape;
    const char *window = r->settings->window;
    const ptm_array volume = cli_dense(result->volume.data, n[0], n[1], n[2]);
    cli_measured m;
    double ends[2];
    const int code = cli_measure(&m, &volume);
    if (code) return code;
    print_grid(j, &r->geometry.volume);
    cli_json_text(j, "unit", r->corrections.hounsfield ? "HU" : "1/mm");
    if (window && cli_numbers(ends, 2, window, ':') == 2) page_print_numbers(j, "window", ends, 2);
    else page_print_window(j, &m);
    print_statistics(j, &m);
    page_print_histogram(j, &volume, &m);
    return print_pictures(j, r, &volume, &m);
}

/* ------------------------------------------------------------------ the rest */

/* Of views that are listed one by one, that in the middle; 0: not known. */
static void find_pixel(double pixel[2], const ptm_io_geometry *g)
{
    const ptm_view *view = g->kind == PTM_IO_VECTORS ? g->vectors + g->views / 2 : NULL;
    for (int i = 0; i < 2; ++i) pixel[i] = g->kind == PTM_IO_CIRCULAR ? g->detector.spacing[i] : 0;
    if (!view) return;
    pixel[0] = hypot(hypot(view->u[0], view->u[1]), view->u[2]);
    pixel[1] = hypot(hypot(view->v[0], view->v[1]), view->v[2]);
}

/* Where the pictures of projections come from, counted in the file. */
static void print_detector(cli_json *j, const cli_reconstruction *r)
{
    const cli_window *w = &r->window;
    const ptm_detector *d = &r->geometry.detector;
    double pixel[2];
    find_pixel(pixel, &r->geometry);
    cli_json_open(j, "detector", '{');
    cli_json_integer(j, "row", w->first_row + (r->kept_first + r->kept_rows / 2) * w->bin_rows);
    cli_json_integer(j, "view", w->first_view + w->views / 2 * w->view_step);
    page_print_numbers(j, "pixel", pixel, 2);
    cli_json_flag(j, "circular", r->geometry.kind == PTM_IO_CIRCULAR);
    cli_json_open(j, "flipped", '[');
    cli_json_flag(j, NULL, d->flip_u);
    cli_json_flag(j, NULL, d->flip_v);
    cli_json_close(j, ']');
    cli_json_close(j, '}');
}

/* Pairs of an iteration and its residual, every one or every so many, and the last one. */
static void print_residuals(cli_json *j, const cli_solved *solved)
{
    const int count = solved->residual_count, step = count / POINTS + 1;
    cli_json_open(j, "residuals", '[');
    for (int i = (count - 1) % step; i < count; i += step)
        page_print_numbers(j, NULL, (const double[]){ solved->first + i, solved->residuals[i] }, 2);
    cli_json_close(j, ']');
}

static void print_date(cli_json *j)
{
    const time_t now = time(NULL);
    struct tm local;
    char text[80] = "";
    if (localtime_r(&now, &local)) strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &local);
    cli_json_text(j, "date", text);
}

static int print_json(FILE *to, const cli_reconstruction *r, const cli_result *result)
{
    cli_json j = { .to = to };
    cli_result_json(&j, r, result);
    cli_json_text(&j, "version", ptm_version());
    print_date(&j);
    cli_json_notes(&j, "notes");
    print_detector(&j, r);
    if (r->settings->method) print_residuals(&j, &result->solved);
    page_print_settings(&j, r, result);
    int code = page_print_command(&j, r->settings);
    if (!code) code = print_volume(&j, r, result);
    cli_json_end(&j, result->times);
    return code;
}

/* The page up to a mark, which is left out. */
static void print_part(FILE *to, const char **at, const char *mark)
{
    const char *end = strstr(*at, mark);
    fwrite(*at, 1, (size_t)(end - *at), to);
    *at = end + strlen(mark);
}

static int print_page(FILE *to, const cli_reconstruction *r, const cli_result *result)
{
    const char *at = page_html;
    char *svg;
    int code = cli_plot_draw(&svg, &r->geometry);
    if (code) return code;
    print_part(to, &at, "@GEOMETRY@");
    fputs(svg, to);
    print_part(to, &at, "@DATA@");
    code = print_json(to, r, result);
    fputs(at, to);
    free(svg);
    return code;
}

int cli_page_check(const cli_settings *s)
{
    const ptm_io_write_options o = { PTM_SIZED(ptm_io_write_options), .overwrite = s->overwrite };
    return s->report ? cli_write_check(s->report, NULL, &o) : CLI_OK;
}

int cli_page(const cli_reconstruction *r, const cli_result *result)
{
    const cli_settings *s = r->settings;
    char *text = NULL;
    size_t size;
    if (!s->report) return CLI_OK;
    FILE *to = open_memstream(&text, &size);
    int code = to ? print_page(to, r, result) : CLI_OK;
    const bool whole = to && !ferror(to);
    if ((!to || fclose(to) || !whole) && !code) code = cli_error(CLI_MEMORY, "%s: no memory for the page", s->report);
    const int status = code ? PTM_OK : ptm_io_text_write(s->report, text, s->overwrite);
    free(text);
    return status ? cli_library_error(CLI_OUTPUT, status) : code;
}
