/* reconstruct.h - a reconstruction, of which a sweep over rotation axes makes several. */
#ifndef PTM_CLI_RECONSTRUCT_H
#define PTM_CLI_RECONSTRUCT_H
#include "correct.h"
#include "file_array.h"

typedef struct cli_reconstruction {
    const cli_settings *settings;
    cli_source source;
    cli_corrections corrections;
    cli_window window;        /* the data that are used */
    int kept_first, kept_rows; /* of their rows: those that are reconstructed, where corrections need more */
    int first_view, views;     /* of the geometry's views: those that this rank has */
    int subsets;               /* in which iterations take views */
    ptm_io_geometry geometry; /* theirs, and the volume */
    cli_machine machine;
    ptm_fbp_options fbp;
    cli_pixels pixels;
    ptm_array sinogram, view;  /* for a page, in the first rank: the row and the view in the middle of all */
    float *gathered[2];        /* they, where other ranks have parts of them */
    bool centred;             /* nothing is shifted along u */
    bool listed;              /* the data or the user list the angles */
    double centre; /* column of the file where the rotation axis is; NaN: where the geometry says */
    double begun, seconds_reading, seconds_centre, seconds_correcting;
} cli_reconstruction;

/* Everything but the data: what there is, what is wanted, where it is done. To be closed also after an error. */
int cli_reconstruction_open(cli_reconstruction *r, const cli_settings *s);
void cli_reconstruction_close(cli_reconstruction *r);
int cli_reconstruction_load(cli_reconstruction *r);
/* This rank's part of the data that are used. */
cli_window cli_reconstruction_own_window(const cli_reconstruction *r);
/* Some of the rows that are used, of all their columns and views, dense, corrected as sinograms are. To be freed. */
int cli_reconstruction_load_rows(float **values, const cli_reconstruction *r, int64_t first, int64_t count);
/* The first rank finds how the detector leans, where that is wanted. All ranks call it. */
int cli_reconstruction_lean(cli_reconstruction *r);
void cli_reconstruction_tell_raised(const cli_reconstruction *r);
/* Puts the axis on a column of the file. */
void cli_reconstruction_centre(cli_reconstruction *r, double column);
/* Finds the detector's lean, where that is wanted, and the axis. All ranks call it. */
int cli_reconstruction_place_axis(cli_reconstruction *r);
/* volume: as many voxels as the geometry has; step: of how many reconstructions this is which, for the progress bar. In
 * the units that are wanted, and of all ranks' views, on the first one; what the others have is of no use. */
int cli_reconstruction_run(const cli_reconstruction *r, float *volume, int step, int steps);

/* The same without units, and without care for metal; and projections of a volume, which all ranks have, to their views. */
int cli_reconstruction_fbp(const cli_reconstruction *r, float *volume, int step, int steps);
int cli_reconstruction_project(const cli_reconstruction *r, const ptm_array *projections, float *volume, int step,
    int steps);
/* FBP without the streaks of metal. */
int cli_reconstruction_without_metal(const cli_reconstruction *r, float *volume, int step, int steps);

/* What an iterative reconstruction tells of itself. */
typedef struct cli_solved {
    int iterations;
    double residual;  /* |A x - y| / |y| after the last one */
    double error;     /* root mean square of its difference from the truth; NaN without one */
    double *residuals; /* after each, from iteration `first` on; to be freed */
    int first, residual_count;
    const char *reason; /* why it ended; NULL where no iteration was made */
    uint64_t memory;  /* bytes on the device */
} cli_solved;

/* And one within a bound of memory. */
typedef struct cli_streamed {
    uint64_t limit, program, peak; /* bytes of the process in the host's memory: allowed, taken for without data, at most */
    uint64_t stored;               /* bytes in files without a name */
    int slabs;                     /* in which the volume was reconstructed */
} cli_streamed;

/* What came out, and how. */
typedef struct cli_result {
    ptm_io_array volume, picture; /* the picture is the volume as it is written, and owns nothing */
    cli_solved solved;
    cli_streamed streamed;
    double seconds, seconds_writing;
    cli_time times[7]; /* end with a nameless one */
} cli_result;
/* As JSON, but for the end of the object. */
void cli_result_json(cli_json *j, const cli_reconstruction *r, const cli_result *result);
/* A page that shows it, if one is wanted, and what can be refused before the work. */
int cli_page(const cli_reconstruction *r, const cli_result *result);
int cli_page_check(const cli_settings *s);
/* What it shows of the projections. All ranks call it. */
int cli_page_gather(cli_reconstruction *r);

/* What a file says that it is. */
const char *cli_reconstruction_title(const cli_reconstruction *r);

/* How many subsets of so many views the settings want. */
int cli_solve_subsets(int *subsets, const cli_settings *s, int views);
int cli_sweep(cli_reconstruction *r);

/* What iterates, and that the options go together. */
ptm_method cli_solve_method(const cli_settings *s);
int cli_solve_check(const cli_settings *s);
/* What a run may have of the host's memory, and what in it is not for the data; zeros: as much as it wants. */
typedef struct cli_bound { uint64_t limit, program; } cli_bound;
/* Where it is done: the solver's vectors are where the function says, or on the device. */
typedef struct cli_solve_place {
    const cli_machine *machine;
    const ptm_io_geometry *geometry;
    const ptm_array *projections;
    uint64_t workspace; /* of the operator; 0: decided from the sizes */
    ptm_vector_function vector;
    void *vector_user;
    cli_bound bound; /* which a checkpoint notes */
} cli_solve_place;
/* One for each of these projections, which stay, as --noise-weights says, from the file where that names one. */
int cli_noise_weights(ptm_array *weights, cli_file_array *f, const cli_reconstruction *r, const ptm_array *projections);
/* In the place of cli_reconstruction_run(), where the settings say a method that iterates. Only the first rank needs a
 * volume. */
int cli_solve(const cli_reconstruction *r, const cli_solve_place *place, const ptm_array *volume, cli_solved *solved);
typedef struct cli_solve_bytes { uint64_t device, staging, host; } cli_solve_bytes;
/* Makes whatever this rank needs by itself, and tells how much that is; and works for one iteration, if there are
 * projections. */
int cli_solve_try(const cli_reconstruction *r, const cli_solve_place *place, cli_solve_bytes *bytes);
/* May the method's vectors be in files? */
bool cli_solve_anywhere(const cli_settings *s);
/* Of so many subsets sums of columns are kept there. */
#define CLI_KEPT_SUBSETS 64

/* Pictures side by side, each with a text above it, as a PNG file; `count` of `height` x `width` values. */
int cli_write_sheet(const char *path, const float *pictures, int count, int height, int width, char (*texts)[24],
    const ptm_io_write_options *o);
#endif
