/* cli.h - what the commands of the program share. */
#ifndef PTM_CLI_H
#define PTM_CLI_H
#include <polytome/io.h>
#include <polytome/polytome.h>

#include <stdio.h>

/* ------------------------------------------------------------------ the command line */

/* What it says; NULL, 0, false and NaN stand for what it does not. */
typedef struct cli_range { bool given; int64_t first, end, step; } cli_range; /* first ... end - 1; end -1: the last */
typedef struct cli_settings {
    const char *command, *input;
    int word_count; /* of the command line from the command's name on */
    char **words;
    const char *data;        /* where they lie, if the input is a scanner's file that says so */
    const char *geometry, *write_geometry, *angles;
    bool parallel, fan, cone, flip_u, flip_v, cylindrical, clockwise;
    double sod, sdd, pixel, pixel_v, offset_u, offset_v, axis_offset, start, range;
    int views, rows, columns; /* how many, where there are no data yet */
    int trajectory; /* 0: none, else a ptm_trajectory_kind and 1 */
    double pitch, turns, tilt, height, length, overlap;
    int orbits, line_views;
    bool end_point;
    const char *spots, *plot, *report;
    int size, slices;
    double voxel;
    const char *region, *region_mm, *slice;
    const char *dataset, *flats, *darks;
    double white;
    bool transpose, spin;
    cli_range used_views, used_rows, used_columns;
    int binning;
    const char *centre, *centre_sweep;
    const char *shifts, *lean;
    const char *flats_at, *bad_pixels, *air, *rings, *paganin, *beam_hardening, *hounsfield;
    double zingers, scatter, metal;
    int filter, weights, extrapolation, model;
    double cutoff, object_radius, ray_step;
    bool unmatched;
    int method, iterations, subsets, order, regularizer, wavelet, wavelet_levels, inner;
    double minimum, maximum, relaxation, damping, strength, huber, tolerance, max_seconds, checkpoint_seconds;
    const char *initial, *mask, *noise_weights, *truth, *checkpoint;
    int keep;
    const char *device, *device_weights, *output, *window, *memory;
    int bits;
    bool compress, overwrite, json, quiet, help;
    int phantom, shapes, seed, ray_samples;
    double radius, attenuation, jitter;
    bool projections, counts;
    double photons, electronic, dark, blur, gain_spread, ring_spread, dead_pixels;
    const char *spectrum;
    const char *work, *operation;
    int bench_size, sampling, repeat, threads;
    double seconds;
    bool general, resident, list;
    const char *save;
} cli_settings;

typedef enum cli_input { CLI_NO_INPUT, CLI_MAY_INPUT, CLI_NEEDS_INPUT } cli_input;
typedef struct cli_command {
    const char *name, *arguments;
    cli_input input;
    bool output; /* whether it needs --output */
    int (*run)(const cli_settings *s);
    const char *help;
} cli_command;
extern const cli_command cli_commands[]; /* ends with a nameless one */

/* Fills in the settings; an exit code, CLI_OK where all is well. */
int cli_parse(cli_settings *s, int argc, char **argv, const cli_command *command);
void cli_print_help(const cli_command *command); /* of all commands where it is NULL */
void cli_print_manual(void);
void cli_print_completion(void);

int cli_devices(const cli_settings *s);
int cli_info(const cli_settings *s);
int cli_phantom(const cli_settings *s);
int cli_project(const cli_settings *s);
int cli_reconstruct(const cli_settings *s);
int cli_bench(const cli_settings *s);

#define CLI_DEGREES (180 / 3.14159265358979323846) /* of a radian */

/* Numbers separated by `separator`, as "1:2.5:3"; how many, or -1 if it is something else. */
int cli_numbers(double *numbers, int capacity, const char *text, char separator);

/* ------------------------------------------------------------------ messages and results */

/* Exit codes. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_INPUT = 3, CLI_OUTPUT = 4, CLI_DEVICE = 5, CLI_MEMORY = 6,
    CLI_STOPPED = 130 };

/* "polytome: ..." on standard error, one line whatever is in it; returns the code. */
int cli_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Of several ranks (ranks.h) the message waits for this, which says whose it is. */
void cli_error_show(int rank);
/* What would give orders to a terminal becomes question marks. */
void cli_plain(char *text);
/* The library's message; the code is `code` unless memory or a device was the cause. */
int cli_library_error(int code, int status);
/* It alone, in words of the command that runs. */
const char *cli_library_message(void);
void cli_words_begin(const cli_command *command);
void cli_words(char *to, size_t size, const char *message);
/* For people: nothing where they want none. */
void cli_note(const cli_settings *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A bar, on a terminal; done is from 0 to 1. */
void cli_show_progress(const cli_settings *s, double done);
double cli_now(void); /* seconds */

/* Control-C and the like are taken note of, so that no half of a file is left; a second one ends the program. */
void cli_catch_signals(void);
bool cli_stopped(void);
/* A ptm_progress_function whose user are the settings: shows the bar, and goes on until the program is told to stop. */
bool cli_go_on(void *settings, double done);

/* One JSON object, to a file that the caller sets; keys are NULL within arrays. */
typedef struct cli_json {
    FILE *to;
    bool comma;
} cli_json;
/* In texts, bytes that are no UTF-8 become replacement characters. */
bool cli_is_utf8(const char *text);
void cli_json_open(cli_json *j, const char *key, char bracket);
void cli_json_close(cli_json *j, char bracket);
void cli_json_text(cli_json *j, const char *key, const char *value);
void cli_json_number(cli_json *j, const char *key, double value);
void cli_json_integer(cli_json *j, const char *key, int64_t value);
void cli_json_flag(cli_json *j, const char *key, bool value);
void cli_json_shape(cli_json *j, const char *key, const int64_t *shape, int dimensions);
void cli_json_notes(cli_json *j, const char *key); /* what was noted so far, whether people wanted it or not */

/* ------------------------------------------------------------------ data */

/* An array of float32 from any file. Codes whose meaning the file records become what they stand for; *integers (or NULL)
 * says whether it held whole numbers that stand for themselves. */
int cli_read_values(ptm_io_array *a, bool *integers, const char *path, const char *dataset);
/* The same of places `first` to first + count - 1 along the first axis; count 0: of all that follow. */
int cli_read_places(ptm_io_array *a, bool *integers, const char *path, const char *dataset, int64_t first, int64_t count);
/* The type and the shape of an array that stays in its file. */
int cli_look_at_array(ptm_io_array *a, bool *integers, const char *path, const char *dataset);
void cli_codes_to_values(float *values, int64_t count, ptm_io_type type, const double window[2]);
bool cli_is_integer(ptm_io_type type, const double window[2]);

/* Where the input is a scanner's file: sets the settings that it stands for. *projections is to be freed, after an error
 * too. */
int cli_scanner_use(cli_settings *s, char **projections);

#define CLI_MAX_GROUPS 64
/* A file of projections: counts with flat and dark fields, or line integrals. */
typedef struct cli_source {
    const char *path;
    ptm_io_scan *scan;  /* NULL: the array */
    ptm_io_array array; /* its data are NULL where they are read when they are used */
    const char *dataset; /* of the array */
    bool counts;        /* there is a flat field, in the scan or in a file of its own */
    bool integers;      /* whole numbers that stand for themselves */
    float *flat, *dark; /* from files of their own, the mean of the frames, of flats of each group; NULL: the scan's */
    int flat_groups;    /* how many groups flats are in */
    double flat_views[CLI_MAX_GROUPS]; /* before which views they were taken */
    uint8_t *bad;       /* (row, column): not 0 where a pixel is bad; NULL: none is */
    int64_t views, rows, columns;
    const double *angles; /* radians; NULL: not in the file */
    double pixel[2];      /* u, v, mm; 0: not in the file */
} cli_source;
/* The scan in an HDF5 file; *found is false where it holds something else. */
int cli_scan_open(ptm_io_scan **scan, bool *found, const cli_settings *s);
int cli_source_open(cli_source *source, const cli_settings *s);
void cli_source_close(cli_source *source);

/* Which of the data are used. Rows and columns count in the file and are multiples of the bins. */
typedef struct cli_window {
    int64_t first_view, view_step, views;
    int64_t first_row, rows, first_column, columns;
    int bin_rows, bin_columns;
} cli_window;
int cli_window_make(cli_window *w, const cli_settings *s, const cli_source *source);

/* Line integrals (view, row, column), with strides. */
typedef struct cli_pixels {
    ptm_array array;
    float *owned;   /* NULL where they lie in the source */
    int64_t raised; /* counts that were not above their dark field */
} cli_pixels;
int cli_load(cli_pixels *pixels, ptm_context *context, const cli_source *source, const cli_window *w);
void cli_pixels_free(cli_pixels *pixels);

/* Angles in degrees from a text file or a .npy file; free them. */
int cli_read_angles(double **angles, int *count, const char *path);
/* Shifts of views along columns and rows, in the same kinds of file; free them. */
int cli_read_shifts(double (**shifts)[2], int *count, const char *path);

/* That all values are finite numbers; `name` says whose they are, w which part of a file, or NULL: all. */
int cli_check_finite(const ptm_array *values, const cli_window *w, const char *name);
int64_t cli_count(const ptm_array *a); /* of elements */
/* A picture of zeros; NULL after a message. */
float *cli_new_frame(int64_t rows, int64_t columns);
ptm_array cli_dense(float *data, int64_t n0, int64_t n1, int64_t n2);
/* An array whose lines have no gaps, without any. */
void cli_copy_dense(float *to, const ptm_array *from);
/* An array behind functions; and a box of one that is, or of one whose lines have no gaps: a status of the library's. */
ptm_array cli_functions(const int64_t shape[3], ptm_read_function read, ptm_write_function write, void *user);
int cli_read_box(const ptm_array *from, const int64_t *first, const int64_t *count, float *to);

/* ------------------------------------------------------------------ geometry */

/* The scan as a geometry file, the options and the data say, in that order of weakness; source may be NULL. The volume may
 * be left open. */
int cli_geometry_make(ptm_io_geometry *g, const cli_settings *s, const cli_source *source);
/* Completes the volume: options, else what is there, else what fits the detector. */
int cli_grid_make(ptm_io_geometry *g, const cli_settings *s);
/* Completes detector and views for a volume of this shape (z, y, x); spacing (x, y, z) may be NULL or 0: not known. */
int cli_geometry_for(ptm_io_geometry *g, const cli_settings *s, const int shape[3], const double *spacing);
/* The same for a scan without data, whose volume the geometry file or the options say. */
int cli_geometry_new(ptm_io_geometry *g, const cli_settings *s);
/* The views of --trajectory, if there is one, in a geometry that is complete. */
int cli_trajectory(ptm_io_geometry *g, const cli_settings *s);
/* Refuses options that say nothing without it. */
int cli_trajectory_check(const cli_settings *s);
double cli_angle(const ptm_io_geometry *g, int view); /* degrees; of circular scans */
int cli_angles(double **angles, const ptm_io_geometry *g); /* of all views, radians; free them */
/* Turns the middle of a cylindrical detector about the line through the source along v, `shift` pixels along the arc. */
void cli_turn_view(ptm_view *view, double shift);
/* The geometry of a part of the data. */
int cli_geometry_crop(ptm_io_geometry *g, const cli_window *w);
/* Puts the rotation axis on a column, which counts from the first of the detector's. */
void cli_geometry_centre(ptm_io_geometry *g, double column);
/* Leaves the part of the volume that --region or --slice name. */
int cli_region(ptm_volume *volume, const cli_settings *s, int *first_slice);

/* The detector rows that FBP of the geometry's volume needs, whose first slice is number first_slice of the whole one. */
void cli_rows_needed(const ptm_io_geometry *g, int first_slice, int *first, int *count);
/* Leaves these rows; */
int cli_geometry_rows(ptm_io_geometry *g, int first_slice, int *first, int *count);
/* and these slices of a volume. */
void cli_volume_slices(ptm_volume *volume, int first, int count);

/* ------------------------------------------------------------------ work */

#define CLI_MAX_DEVICES 16
/* Where a command computes: on the device, or, where --device names several, on all of them at once. */
typedef struct cli_machine {
    ptm_context *context;
    ptm_device *device; /* the first of them, which also does what is not split */
    int count;
    ptm_device *devices[CLI_MAX_DEVICES];
    double weights[CLI_MAX_DEVICES];
    ptm_device *home;   /* of split operators; NULL where there is one device */
    char name[512];     /* of all, for people */
} cli_machine;
int cli_machine_open(cli_machine *m, const cli_settings *s);
/* A context alone; threads of the host device, 0: as many as is usual. An exit code after a message. */
int cli_context(ptm_context **out, int threads);
void cli_machine_close(cli_machine *m);
/* Their names, models and, where there are several, weights. */
void cli_json_machine(cli_json *j, const cli_machine *m);

/* Operators there; a status of the library's. options may be NULL. */
int cli_make_projector(ptm_operator **op, const cli_machine *m, const ptm_scan *scan, int subsets,
    const ptm_projector_options *options);
typedef enum cli_fbp_part { CLI_FBP_WHOLE, CLI_FBP_FILTER, CLI_FBP_BACKPROJECTION } cli_fbp_part;
int cli_make_fbp(ptm_operator **op, const cli_machine *m, const ptm_scan *scan, const ptm_fbp_options *options,
    cli_fbp_part part);

/* The names in a list "a,b,c", whose text is *list; free() that. How many, or 0 after a message. */
int cli_device_names(const char *names[CLI_MAX_DEVICES], char **list, const char *text);

/* FBP, of the views that its options name, or projection where fbp is NULL, then to so many views from first_view on (views
 * 0: all); the progress shown is that of `steps` such works, of which this is one. */
typedef struct cli_work {
    const cli_settings *settings;
    const cli_machine *machine;
    const ptm_io_geometry *geometry;
    const ptm_fbp_options *fbp;
    const ptm_array *volume, *projections;
    int step, steps;
    int first_view, views;
    cli_fbp_part part; /* the filter alone has its projections, which are behind functions, filtered in place */
} cli_work;
int cli_run(const cli_work *work);
/* The scan of some of a geometry's views. */
int cli_scan_of_views(ptm_scan **scan, ptm_context *context, const ptm_io_geometry *g, int first, int count);
/* Of the projector that the options choose. */
ptm_projector_options cli_projector_options(const cli_settings *s);
/* The operator that it applies; on a dry device it tells how much memory it would take. */
int cli_operator_create(ptm_operator **op, const cli_work *work);

/* What noise options say that cannot be, before the work; projections: the command makes some. */
int cli_simulation_check(const cli_settings *s, bool projections);
/* Writes line integrals (view, v, u), with the noise that the options ask for, or as counts with flat and dark fields. */
int cli_simulate_and_write(ptm_io_array *projections, const cli_settings *s, const ptm_io_geometry *g, ptm_context *context,
    const ptm_io_write_options *o);

/* How volumes are written, after the settings; an exit code after a message. */
int cli_write_options(ptm_io_write_options *o, const cli_settings *s, const char *description);
int cli_write(const char *path, const ptm_io_array *array, const ptm_io_write_options *o);
int cli_write_check(const char *path, const ptm_io_array *array, const ptm_io_write_options *o);
/* What can be refused before the work, of the geometry file if there is to be one (g is NULL where it is not known yet); */
int cli_geometry_check(const ptm_io_geometry *g, const cli_settings *s);
/* and of it and the array, a volume or projections, for which this fills in the options. */
int cli_outputs_prepare(ptm_io_write_options *o, const cli_settings *s, const ptm_io_array *array, const ptm_io_geometry *g,
    const char *description, bool volume);
/* No file that is written beside the output is another one of them, or one that is read; */
int cli_names_check(const cli_settings *s);
/* nor is a file that the output goes to one of either. */
int cli_output_name_check(const cli_settings *s, const char *name);
/* One slice loses its first axis, unless the path is a pattern. The data stay where they are. */
ptm_io_array cli_picture(const ptm_io_array *volume, const char *path);
int cli_write_geometry(const ptm_io_geometry *g, const cli_settings *s); /* if it is wanted */
/* A picture of a geometry that is complete, SVG; free it. */
int cli_plot_draw(char **svg, const ptm_io_geometry *g);
/* The same as a file, if it is wanted, and what can be refused before. */
int cli_plot(const ptm_io_geometry *g, const cli_settings *s);
int cli_plot_check(const cli_settings *s);

/* The result: an object with the command, its input, the scan and the device (both may be NULL); which files, of an array's
 * shape; and how long it took. */
void cli_json_begin(cli_json *j, const cli_settings *s, const ptm_io_geometry *g, const cli_machine *m);
void cli_json_output(cli_json *j, const cli_settings *s, const ptm_io_array *array);
typedef struct cli_time { const char *name; double seconds; } cli_time;
void cli_json_end(cli_json *j, const cli_time *times); /* end with a nameless one, or NULL */

#endif
