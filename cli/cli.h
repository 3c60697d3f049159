/* cli.h - what the commands of the program share. */
#ifndef PTM_CLI_H
#define PTM_CLI_H
#include <polytome/io.h>
#include <polytome/polytome.h>

/* Exit codes. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* "polytome: ..." on standard error, one line; return the exit code. */
int cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The library's message. */
int cli_library_error(void);

int cli_devices(int argc, char **argv);
int cli_info(int argc, char **argv);
int cli_phantom(int argc, char **argv);
int cli_project(int argc, char **argv);
int cli_reconstruct(int argc, char **argv);

/* Before any work is done: an output that exists is refused unless it may be replaced. Patterns are left to the writer. */
int cli_check_output(const char *path, bool overwrite);

double cli_now(void); /* seconds */

/* One option of a command: --name VALUE, or a flag where value is NULL. */
typedef enum cli_kind { CLI_FLAG, CLI_TEXT, CLI_INTEGER, CLI_NUMBER } cli_kind;
typedef struct cli_option {
    const char *name, *value;
    cli_kind kind;
    void *into; /* bool, const char *, int, double */
    const char *help;
} cli_option;
/* Reads options, which end with a nameless one, and at most `capacity` other arguments. Returns how many of those there are, or -1
 * after a message; --help prints and returns -2. */
int cli_parse(int argc, char **argv, const char *synopsis, const cli_option *options, const char **arguments, int capacity);

/* The geometry as options, for project and reconstruct. */
typedef struct cli_geometry {
    bool parallel, fan, cone;
    double sod, sdd, pixel, pixel_v, offset_u, offset_v, start, range, voxel;
    bool flip_u, flip_v, clockwise;
    int size, slices, views, columns, rows;
    const char *angles;
} cli_geometry;
#define CLI_GEOMETRY_OPTIONS(g) \
    { "parallel", NULL, CLI_FLAG, &(g).parallel, "parallel beam" }, \
    { "fan", NULL, CLI_FLAG, &(g).fan, "fan beam, every detector row a slice" }, \
    { "cone", NULL, CLI_FLAG, &(g).cone, "cone beam" }, \
    { "sod", "MM", CLI_NUMBER, &(g).sod, "source to rotation axis" }, \
    { "sdd", "MM", CLI_NUMBER, &(g).sdd, "source to detector" }, \
    { "pixel", "MM", CLI_NUMBER, &(g).pixel, "width of a detector pixel (1)" }, \
    { "pixel-v", "MM", CLI_NUMBER, &(g).pixel_v, "its height (as its width)" }, \
    { "offset", "MM", CLI_NUMBER, &(g).offset_u, "shift of the detector along u" }, \
    { "offset-v", "MM", CLI_NUMBER, &(g).offset_v, "shift of the detector along v" }, \
    { "flip-u", NULL, CLI_FLAG, &(g).flip_u, "pixels count against u" }, \
    { "flip-v", NULL, CLI_FLAG, &(g).flip_v, "rows count against v" }, \
    { "clockwise", NULL, CLI_FLAG, &(g).clockwise, "angles grow the other way round" }, \
    { "start-deg", "A", CLI_NUMBER, &(g).start, "angle of the first view" }, \
    { "range-deg", "A", CLI_NUMBER, &(g).range, "angle from the first view to behind the last (180, or 360 for fan and cone)" }, \
    { "angles", "FILE", CLI_TEXT, &(g).angles, "the views' angles in degrees, numbers in a text file" }, \
    { "size", "N", CLI_INTEGER, &(g).size, "voxels along x and y (as detector columns)" }, \
    { "slices", "N", CLI_INTEGER, &(g).slices, "voxels along z (as detector rows)" }, \
    { "voxel", "MM", CLI_NUMBER, &(g).voxel, "edge of a voxel (a pixel's width at the axis)" }

/* The scan for projections of so many views, rows and columns. angles (radians) may be NULL. */
int cli_make_scan(ptm_scan **out, ptm_context *context, const cli_geometry *g, int views, int rows, int columns,
    const double *angles);

/* Opens a context and a device; device may be NULL. */
int cli_open(ptm_context **context, ptm_device **device, const char *name);
#endif
