/* write.c - what of a geometry can be written, and files of geometry that appear whole or not at all. */
#define _POSIX_C_SOURCE 200809L /* strcasecmp */
#include "format.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* json_real() makes nothing of what is not finite; whoever asks wants to know which number that was. */
static int check_finite(const ptm_io_geometry *g)
{
    const struct {
        const char *name;
        const void *values;
        int64_t count;
    } lists[] = { { "volume.spacing", g->volume.spacing, 3 }, { "volume.offset", g->volume.offset, 3 },
        { "detector.spacing", g->detector.spacing, 2 }, { "detector.offset", g->detector.offset, 2 },
        { "angles", g->angles, g->views }, { "vectors", g->vectors, (int64_t)g->views * 12 },
        { "matrices", g->matrices, (int64_t)g->views * 12 },
        { "start, range, sod, sdd, axis_offset, pitch",
            (double[]) { g->start, g->range, g->sod, g->sdd, g->axis_offset, g->pitch }, 6 } };
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        for (int64_t i = 0; lists[l].values && i < lists[l].count; i++) {
            const double value = ((const double *)lists[l].values)[i];
            if (!isfinite(value))
                return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: %s[%lld] is %g, expected a finite number",
                    lists[l].name, (long long)i, value);
        }
    return PTM_OK;
}

/* A shape that is stated. */
static int check_shape(const char *name, const int *shape, int axes)
{
    for (int i = 0; i < axes && shape[0]; i++)
        if (shape[i] < 1 || shape[i] > PTM_MAX_LENGTH)
            return ptm_error_set(
                PTM_ERROR_ARGUMENT, "geometry: %s.shape[%d] is %d, expected 1 to %d", name, i, shape[i], PTM_MAX_LENGTH);
    return PTM_OK;
}

/* What has no place in a list of views. */
static int check_kind(const ptm_io_geometry *g)
{
    if (g->kind == PTM_IO_VECTORS && g->pitch != 0)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: pitch is %g, but only matrices have one", g->pitch);
    if (g->kind == PTM_IO_MATRICES && g->detector.cylindrical)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: matrices are of flat detectors, this one is cylindrical");
    return PTM_OK;
}

static int check_geometry(const ptm_io_geometry *g)
{
    const bool circular = g->kind == PTM_IO_CIRCULAR;
    if (g->kind < PTM_IO_CIRCULAR || g->kind > PTM_IO_MATRICES)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: kind is %d; expected one of ptm_io_views", (int)g->kind);
    if (g->kind != PTM_IO_MATRICES && (g->beam < PTM_IO_PARALLEL || g->beam > PTM_IO_CONE))
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: beam is %d; expected one of ptm_io_beam", (int)g->beam);
    if (g->views < (circular ? 0 : 1) || g->views > PTM_MAX_VIEWS)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: views is %d, expected 1 to %d", g->views, PTM_MAX_VIEWS);
    if ((g->kind == PTM_IO_VECTORS && !g->vectors) || (g->kind == PTM_IO_MATRICES && !g->matrices))
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: %s is NULL", g->vectors ? "matrices" : "vectors");
    int status = check_kind(g);
    if (!status) status = check_shape("volume", g->volume.shape, 3);
    if (!status) status = check_shape("detector", g->detector.shape, 2);
    return status ? status : check_finite(g);
}

/* By the name: .xml is RTK's, all else is JSON. */
static ptm_geometry_write *writer_of(const char *path)
{
    const size_t length = strlen(path);
    if (length >= 4 && !strcasecmp(path + length - 4, ".xml")) return ptm_write_rtk;
#ifdef PTM_IO_HAVE_JSON
    return ptm_write_json;
#else
    ptm_error_set(PTM_ERROR_UNSUPPORTED,
        "%s: this build of polytome writes RTK's geometry.xml only: it was made without jansson", path);
    return NULL;
#endif
}

int ptm_io_geometry_write_check(const char *path, const ptm_io_geometry *geometry, bool overwrite)
{
    if (!path) return ptm_error_set(PTM_ERROR_ARGUMENT, "path is NULL");
    ptm_geometry_write *write = writer_of(path);
    int status = !write ? PTM_ERROR_UNSUPPORTED : geometry ? check_geometry(geometry) : PTM_OK;
    if (!status && geometry) status = write(NULL, geometry);
    return status ? status : ptm_io_output_check(path, overwrite);
}

typedef struct print_job {
    const char *temporary, *path;
    const ptm_io_geometry *geometry;
} print_job;

static int print_file(void *user)
{
    const print_job *job = user;
    FILE *file = fopen(job->temporary, "w");
    int status = file ? writer_of(job->path)(file, job->geometry) : PTM_OK;
    bool good = file && !fflush(file) && !ferror(file);
    int error = errno;
    if (file && fclose(file) && good) {
        good = false;
        error = errno;
    }
    return status ? status : good ? PTM_OK : ptm_io_write_failed(job->path, error);
}

int ptm_io_geometry_write(const char *path, const ptm_io_geometry *geometry, bool overwrite)
{
    if (!path || !geometry) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", path ? "geometry" : "path");
    ptm_geometry_write *write = writer_of(path);
    if (!write) return PTM_ERROR_UNSUPPORTED;
    int status = check_geometry(geometry);
    if (!status) status = write(NULL, geometry);
    if (status) return status;
    ptm_io_output output;
    if ((status = ptm_io_output_begin(&output, path, overwrite))) return status;
    status = ptm_io_in_plain_locale(print_file, &(print_job) { output.temporary, path, geometry });
    if (!status) status = ptm_io_output_commit(&output);
    ptm_io_output_end(&output);
    return status;
}
