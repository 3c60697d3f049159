/* stream.h - polytome reconstruct --memory: data and volumes that are larger go through files, some at a time. */
#ifndef PTM_CLI_STREAM_H
#define PTM_CLI_STREAM_H
#include "reconstruct.h"
#include "store.h"

/* That the options go together with --memory, before any work. */
int cli_stream_check(const cli_reconstruction *r, const ptm_io_write_options *o);
/* From the file to the file, without an array in result->volume. */
int cli_stream(cli_reconstruction *r, cli_result *result, const ptm_io_write_options *o);
void cli_stream_tell(cli_json *j, const cli_streamed *streamed);

/* ------------------------------------------------------------------ of stream.c and the files beside it */

typedef struct cli_stream_work {
    cli_reconstruction *r;
    cli_machine dry;     /* the devices, on which nothing is allocated */
    bool shared;         /* what is on the device is in the host's memory, */
    bool in_place;       /* and it uses memory without slots */
    uint64_t limit;      /* bytes */
    uint64_t used, most; /* that the process has, and had for a moment, with everything ready but the data */
    uint64_t program;    /* that, in round numbers */
    uint64_t taken;      /* what is not for the data, */
    uint64_t rest;       /* and what is for them and all that is done with them */
    int64_t shape[3];    /* of the data: views, rows, columns */
    cli_store *data;
    const ptm_io_write_options *options; /* of the output; */
    ptm_io_writer *writer;               /* it, in the first rank, from when it is begun */
    cli_streamed *told;
    bool filtered;       /* FBP: all data are filtered before the first slab is reconstructed */
    int seen;            /* the first of CLI_STREAM_LEAST slices, or all, that a view sees */
    const char *what;    /* what needs the most memory, */
    uint64_t needed;     /* and how much */
} cli_stream_work;

#define CLI_STREAM_LEAST 3 /* slices at once, where there are as many: kernels for single slices are others */
int cli_stream_least(const cli_stream_work *t);
/* Does a view see the geometry's volume? The whole one is right: a part that is refused is one that no view sees. */
int cli_stream_sees(bool *seen, ptm_context *context, const ptm_io_geometry *g);

/* Leaves the middle of each slice, if a view sees it: enough to make everything ready, by little work. */
int cli_stream_narrow(const cli_stream_work *t, ptm_io_geometry *g);

/* The message that so many bytes for a piece of work, which `what` names, are too many beside what is taken. */
int cli_stream_too_little(const cli_stream_work *t, const char *what, uint64_t bytes);
/* The same without a message: t->what and t->needed have it. */
int cli_stream_lacks(cli_stream_work *t, const char *what, uint64_t bytes);

/* Bytes of the host's memory that an operator takes. */
uint64_t cli_stream_operator_bytes(const cli_stream_work *t, const ptm_operator *op);

/* stream_data.c: the corrected data in t->data, in memory if they may take so many bytes of it, else in a file. */
int cli_stream_data(cli_stream_work *t, uint64_t may_take);

/* Nothing, read and written: for first runs, after which kernels are there and threads run. */
int cli_stream_read_nothing(void *user, const int64_t *first, const int64_t *count, void *data);
int cli_stream_write_nothing(void *user, const int64_t *first, const int64_t *count, const void *data);
/* Begins the output, in the first rank. */
int cli_stream_begin_output(cli_stream_work *t, const cli_result *out);
/* The next slices to the output, in the units that are wanted; of several ranks the first one has them and writes. */
int cli_stream_put(cli_stream_work *t, float *voxels, int slices, double *seconds);

/* stream_fbp.c: whether t->rest suffices, CLI_MEMORY without a message if not; slab by slab to the output; and a first
 * run. */
int cli_stream_fbp_fits(cli_stream_work *t);
int cli_stream_fbp(cli_stream_work *t, cli_result *out);
int cli_stream_fbp_warm(cli_stream_work *t);

/* stream_solve.c: the same by iterations, whose vectors are in memory or in files. */
int cli_stream_solve_fits(cli_stream_work *t);
int cli_stream_solve(cli_stream_work *t, cli_result *out);
int cli_stream_solve_warm(cli_stream_work *t);
#endif
