/* info.c - polytome info: what a file holds. */
#include "options.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ files of data */

static void print_entries(const ptm_io_info *info, const char *path)
{
    printf("%s: %s\n", path, ptm_io_format_name(info->format));
    for (int64_t i = 0; i < info->count; ++i) {
        const ptm_io_entry *entry = &info->entries[i];
        char name[1024]; /* whoever made the file chose it */
        snprintf(name, sizeof name, "%s", entry->name);
        cli_plain(name);
        printf("  %-32s %-10s (", name, ptm_io_type_name(entry->type));
        for (int k = 0; k < entry->dimensions && k < PTM_IO_MAX_ENTRY_DIMENSIONS; ++k)
            printf("%s%" PRId64, k ? ", " : "", entry->shape[k]);
        printf(")\n");
    }
}

static void json_entries(cli_json *j, const ptm_io_info *info)
{
    cli_json_text(j, "format", ptm_io_format_name(info->format));
    cli_json_integer(j, "files", info->files);
    cli_json_open(j, "arrays", '[');
    for (int64_t i = 0; i < info->count; ++i) {
        const ptm_io_entry *entry = &info->entries[i];
        const int dimensions = entry->dimensions < PTM_IO_MAX_ENTRY_DIMENSIONS ? entry->dimensions
                                                                               : PTM_IO_MAX_ENTRY_DIMENSIONS;
        cli_json_open(j, NULL, '{');
        cli_json_text(j, "name", entry->name);
        cli_json_text(j, "type", ptm_io_type_name(entry->type));
        cli_json_shape(j, "shape", entry->shape, dimensions);
        cli_json_close(j, '}');
    }
    cli_json_close(j, ']');
}

/* The data set that volumes are written to. */
static const ptm_io_entry *find_volume(const ptm_io_info *info)
{
    for (int64_t i = 0; i < info->count; ++i) {
        const ptm_io_entry *entry = &info->entries[i];
        const char *name = entry->name + (*entry->name == '/');
        if (strcmp(name, "volume") == 0 && (entry->dimensions == 2 || entry->dimensions == 3)) return entry;
    }
    return NULL;
}

static void print_volume(const ptm_io_entry *v)
{
    const bool many = v->dimensions == 3;
    printf("volume: %" PRId64 " x %" PRId64 " x %" PRId64 " voxels (z, y, x)\n", many ? v->shape[0] : 1, v->shape[many],
        v->shape[many + 1]);
}

static void print_measured(const ptm_io_scan_info *m)
{
    printf("scan: %s, %" PRId64 " views of %" PRId64 " rows and %" PRId64 " columns, %" PRId64 " flats, %" PRId64
           " darks%s\n",
        m->layout, m->views, m->rows, m->columns, m->flats, m->darks, m->angles ? "" : ", no angles");
    if (m->flats == 0) printf("without flat fields its values are taken as line integrals\n");
}

static void json_measured(cli_json *j, const ptm_io_scan_info *m)
{
    cli_json_open(j, "measured", '{');
    cli_json_text(j, "layout", m->layout);
    cli_json_integer(j, "views", m->views);
    cli_json_integer(j, "rows", m->rows);
    cli_json_integer(j, "columns", m->columns);
    cli_json_integer(j, "flats", m->flats);
    cli_json_integer(j, "darks", m->darks);
    cli_json_flag(j, "angles", m->angles != NULL);
    cli_json_close(j, '}');
}

/* The geometry that reconstruct would take for this file, written and drawn. */
static int geometry_of_data(const cli_settings *s)
{
    cli_source source;
    ptm_io_geometry g;
    int code = cli_source_open(&source, s);
    if (code) return code;
    code = cli_geometry_make(&g, s, &source);
    if (!code) code = cli_grid_make(&g, s);
    if (!code) code = cli_trajectory(&g, s);
    if (!code) code = cli_write_geometry(&g, s);
    if (!code) code = cli_plot(&g, s);
    ptm_io_geometry_free(&g);
    cli_source_close(&source);
    return code;
}

static void print_data(const cli_settings *s, const ptm_io_info *info, const ptm_io_scan *scan)
{
    const ptm_io_entry *volume = scan ? NULL : find_volume(info);
    if (!s->json) {
        print_entries(info, s->input);
        if (volume) print_volume(volume);
        if (scan) print_measured(ptm_io_scan_get_info(scan));
        return;
    }
    cli_json j = { .to = stdout };
    cli_json_begin(&j, s, NULL, NULL);
    json_entries(&j, info);
    cli_json_text(&j, "content", scan ? "scan" : volume ? "volume" : "arrays");
    if (scan) json_measured(&j, ptm_io_scan_get_info(scan));
    cli_json_end(&j, NULL);
}

/* Flat and dark fields are looked at as reconstruct does. */
static int check_fields(const cli_settings *s)
{
    cli_source source;
    if (!s->flats && !s->darks) return CLI_OK;
    const int code = cli_source_open(&source, s);
    if (!code && !s->json)
        printf("flat and dark fields: %s%s%s\n", s->flats ? s->flats : "", s->flats && s->darks ? ", " : "",
            s->darks ? s->darks : "");
    if (!code) cli_source_close(&source);
    return code;
}

/* Options of the scan have a sense where it is written or drawn. */
static int refuse_idle(const cli_settings *s)
{
    const char *value;
    int i = 1;
    if (s->write_geometry || s->plot || s->flats || s->darks) return CLI_OK;
    for (const cli_option *o; (o = cli_option_given(&value, s, &i));)
        if (o->commands && o->at != offsetof(cli_settings, overwrite))
            return cli_error(CLI_USAGE, "--%s changes nothing in what %s holds; it goes with --write-geometry or --plot",
                o->name, s->input);
    return CLI_OK;
}

static int info_of_data(const cli_settings *s)
{
    ptm_io_info info;
    ptm_io_scan *scan = NULL;
    bool found = false;
    if (s->views || s->rows || s->columns)
        return cli_error(CLI_USAGE, "--%s is for a scan without data, but %s is a file of them",
            s->views ? "views" : s->rows ? "rows" : "columns", s->input);
    int code = refuse_idle(s);
    if (!code) code = cli_names_check(s);
    if (code) return code;
    const int status = ptm_io_info_read(&info, s->input);
    if (status) return cli_library_error(CLI_INPUT, status);
    /* An HDF5 file need not be a scan; one that is, and is damaged, is told of. */
    code = info.format == PTM_IO_FORMAT_HDF5 ? cli_scan_open(&scan, &found, s) : CLI_OK;
    print_data(s, &info, found ? scan : NULL);
    if (!code) code = check_fields(s);
    if (!code && (s->write_geometry || s->plot)) code = geometry_of_data(s);
    ptm_io_scan_close(&scan);
    ptm_io_info_free(&info);
    return code;
}

/* ------------------------------------------------------------------ geometry files */

/* The projections that a scanner's file names. */
static void print_projections(const ptm_io_geometry *g)
{
    ptm_io_info info;
    if (!g->projections) return;
    if (ptm_io_info_read(&info, g->projections)) {
        printf("projections: %s\n", ptm_error_message());
        return;
    }
    printf("projections: %s, %" PRId64 " files", g->projections, info.files);
    if (info.count > 0 && info.entries[0].dimensions >= 2)
        printf(" of %" PRId64 " rows and %" PRId64 " columns", info.entries[0].shape[info.entries[0].dimensions - 2],
            info.entries[0].shape[info.entries[0].dimensions - 1]);
    if (g->white > 0) printf(", %g counts without an object", g->white);
    printf("\n");
    ptm_io_info_free(&info);
}

/* How many views see nothing of the volume, or -1 where it cannot be said, with the reason in ptm_error_message(). */
static int blind_views(const ptm_io_geometry *g)
{
    ptm_context *context = NULL;
    ptm_scan *scan = NULL;
    int status = ptm_context_create(&context, NULL);
    if (!status) status = ptm_io_geometry_scan(&scan, context, g);
    const int blind = status ? -1 : ptm_scan_blind_views(scan);
    ptm_scan_destroy(&scan);
    ptm_context_destroy(&context);
    return blind;
}

/* Does the geometry say all that a scan needs? */
static bool is_whole(const ptm_io_geometry *g)
{
    return g->views && g->detector.shape[0] && g->volume.shape[0] && !g->directions;
}

static void print_blind_views(const ptm_io_geometry *g)
{
    const int blind = is_whole(g) ? blind_views(g) : 0;
    if (blind < 0) printf("this is no scan: %s\n", ptm_error_message());
    else if (blind > 0) printf("%d of %d views see nothing of the volume\n", blind, g->views);
}

/* -0 and what rounding leaves of 0 are 0. */
static double plain(double value)
{
    return fabs(value) < 1e-9 ? 0 : value;
}

static void print_angles(const ptm_io_geometry *g)
{
    if (g->kind == PTM_IO_VECTORS)
        printf("views: %d, as vectors, %s beam\n", g->views, g->beam == PTM_IO_PARALLEL ? "parallel" : "cone");
    else if (g->kind == PTM_IO_MATRICES) printf("views: %d, as matrices\n", g->views);
    else if (g->views)
        printf("views: %d, the first at %g and the last at %g degrees\n", g->views, plain(cli_angle(g, 0)),
            plain(cli_angle(g, g->views - 1)));
}

static void print_geometry(const ptm_io_geometry *g, const char *path)
{
    static const char *const beams[] = { "", "parallel", "fan", "cone" };
    const ptm_volume *v = &g->volume;
    const ptm_detector *d = &g->detector;
    printf("%s: geometry\n", path);
    if (g->kind == PTM_IO_CIRCULAR) printf("beam: %s", beams[g->beam]);
    if (g->kind == PTM_IO_CIRCULAR && g->beam != PTM_IO_PARALLEL) printf(", sod %g mm, sdd %g mm", g->sod, g->sdd);
    if (g->kind == PTM_IO_CIRCULAR) printf(", axis offset %g mm\n", plain(g->axis_offset));
    print_angles(g);
    if (d->shape[0])
        printf("detector: %d rows and %d columns%s\n", d->shape[0], d->shape[1], d->cylindrical ? ", cylindrical" : "");
    if (g->kind == PTM_IO_CIRCULAR) printf("pixel: %g x %g mm", d->spacing[0], d->spacing[1]);
    if (g->kind == PTM_IO_CIRCULAR)
        printf(", offset %g, %g mm%s%s\n", plain(d->offset[0]), plain(d->offset[1]), d->flip_u ? ", u flipped" : "",
            d->flip_v ? ", v flipped" : "");
    if (v->shape[0])
        printf("volume: %d x %d x %d voxels (z, y, x) of %g x %g x %g mm (x, y, z), centre at %g, %g, %g mm\n",
            v->shape[0], v->shape[1], v->shape[2], v->spacing[0], v->spacing[1], v->spacing[2], plain(v->offset[0]),
            plain(v->offset[1]), plain(v->offset[2]));
}

/* What a geometry file says, as it is; or a whole scan, where options say how many views or pixels it has or how they
 * move. */
static int make_geometry(ptm_io_geometry *g, const cli_settings *s)
{
    if (!s->geometry || s->trajectory || s->views || s->rows || s->columns) return cli_geometry_new(g, s);
    const int code = cli_geometry_make(g, s, NULL);
    const bool changed = s->size || s->slices || s->voxel > 0 || s->plot;
    return !code && (g->volume.shape[0] || changed) ? cli_grid_make(g, s) : code;
}

static int info_of_geometry(const cli_settings *given)
{
    cli_settings s = *given;
    if (s.geometry && s.input)
        return cli_error(CLI_USAGE, "%s is a geometry file itself; --geometry goes with data", s.input);
    if (s.input) s.geometry = s.input;
    s.input = NULL; /* it may be written again */
    ptm_io_geometry g = { .views = 0 };
    int code = cli_names_check(&s);
    if (!code) code = make_geometry(&g, &s);
    if (!code) code = cli_write_geometry(&g, &s);
    if (!code) code = cli_plot(&g, &s);
    if (!code && s.json) {
        cli_json j = { .to = stdout };
        cli_json_begin(&j, given, &g, NULL);
        cli_json_text(&j, "format", "geometry");
        if (g.projections) cli_json_text(&j, "projections", g.projections);
        const int blind = is_whole(&g) ? blind_views(&g) : -1;
        if (blind >= 0) cli_json_integer(&j, "blind_views", blind);
        cli_json_end(&j, NULL);
    } else if (!code) {
        print_geometry(&g, s.geometry ? s.geometry : "scan");
        print_blind_views(&g);
        print_projections(&g);
    }
    ptm_io_geometry_free(&g);
    return code;
}

int cli_info(const cli_settings *s)
{
    if (!s->input && !s->geometry && !s->trajectory && !s->plot && !s->write_geometry)
        return cli_error(CLI_USAGE, "info needs a file, or a scan by --geometry or --trajectory; see polytome info --help");
    int code = cli_geometry_check(NULL, s);
    if (!code) code = cli_plot_check(s);
    if (code) return code;
    return !s->input || ptm_io_is_geometry(s->input) ? info_of_geometry(s) : info_of_data(s);
}
