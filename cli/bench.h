/* bench.h - what polytome bench times: workloads with exact values to compare with. */
#ifndef PTM_CLI_BENCH_H
#define PTM_CLI_BENCH_H
#include "cli.h"

typedef enum bench_operation {
    BENCH_FORWARD,
    BENCH_ADJOINT,
    BENCH_BACKPROJECT,
    BENCH_FBP,
    BENCH_OPERATIONS
} bench_operation;
extern const char *const bench_operation_names[BENCH_OPERATIONS];

typedef struct bench_size {
    int n, nz, views, nu, nv;
} bench_size; /* voxels along x and y, along z; views; columns, rows */

/* A circular scan; voxels are 1 mm. */
typedef struct bench_work {
    const char *name, *help;
    bool divergent;
    double pixel;    /* mm */
    double sod, sdd; /* in units of n */
    double tilt;     /* of the detector about u, degrees */
    bool operations[BENCH_OPERATIONS];
    bench_size sizes[2]; /* full, small */
} bench_work;
extern const bench_work bench_works[]; /* ends with a nameless one */

/* A workload with its data: Gaussians at the voxels' centres and their exact line integrals. */
typedef struct bench_problem {
    const bench_work *work;
    bench_size size;
    ptm_scan *scan;
    int64_t volume[3], projections[3]; /* shapes */
    float *image, *sinogram;
} bench_problem;
int bench_problem_make(bench_problem *p, ptm_context *context, const bench_work *work, bool small);
void bench_problem_free(bench_problem *p);

/* Page-aligned, as every device can use in place; NULL where there is no memory. Free with free(). */
float *bench_array(const int64_t shape[3]);

/* ||a - b|| / ||b|| of a projection, of an image within 0.45 n of the axis and, in three dimensions, in the four middle
 * slices, and of a weighted back-projection at some of the voxels; b is exact. */
double bench_error(const bench_problem *p, bench_operation operation, const float *result);
/* |<Ax, y> - <x, A'y>| / (||Ax|| ||y||), x and y the problem's. */
double bench_mismatch(const bench_problem *p, const float *ax, const float *aty);

/* What was measured; seconds. */
typedef struct bench_row {
    const bench_work *work;
    bench_operation operation;
    char device[64], model[256];
    double create, first, best, median, error;
    int calls;
    uint64_t memory;   /* of the operator, bytes */
    uint64_t growth;   /* most the process grew by while the operator was made and first called */
    uint64_t arrays;   /* of input and output */
    double updates;    /* voxels times views */
} bench_row;
/* Of work and operation, which the row has; on a device of its own, so that building or loading kernels is part of making
 * the operator. A status of the library's. */
int bench_measure(bench_row *r, ptm_context *context, const cli_settings *s, const bench_problem *p,
    const char *device_name);
#endif
