/* correct.h - the corrections that options ask for. */
#ifndef PTM_CLI_CORRECT_H
#define PTM_CLI_CORRECT_H
#include "cli.h"

/* What the options say; counts of 0 and false stand for what is not wanted. */
typedef struct cli_corrections {
    bool zingers, scatter, rings, align, find_lean, phase, metal, hounsfield;
    int air[2];
    double scatter_part, metal_from, mu[2];
    double hardening[16];
    int hardening_count;
    double lean;         /* of the detector, radians */
    double (*shifts)[2]; /* of the views that are used, in their pixels; NULL: none */
    ptm_ring_options ring_options;
    ptm_zinger_options zinger_options;
    ptm_phase_options phase_options;
} cli_corrections;
int cli_corrections_parse(cli_corrections *c, const cli_settings *s);

void cli_corrections_free(cli_corrections *c);
/* Are views changed as wholes, so that all of their rows are needed? */
bool cli_corrects_whole_views(const cli_corrections *c);
/* Shifts of the views that are used, of a file for all of so many. */
int cli_read_used_shifts(cli_corrections *c, const cli_settings *s, const cli_window *w, int64_t views);
/* How many rows beside one are needed to align it; rows of all views, of which the middle one is `middle` rows before that
 * about which is turned. */
int64_t cli_align_reach(const cli_corrections *c, const ptm_io_geometry *g);
int cli_align(const cli_corrections *c, const cli_machine *m, const ptm_array *projections, const ptm_io_geometry *g,
    int64_t first_view, double middle);

/* How the axis is found; false where --centre is no name of a method. */
bool cli_axis_method(ptm_axis_method *method, const char *name);

/* Whether any takes more than one view at a time. */
bool cli_corrects_across_views(const cli_corrections *c);
/* Line integrals, in place, in two halves, and whether there is anything to be done in them: first what may be done for
 * some rows of all views at a time, then for some views. g: the geometry of these pixels; first_view: the first of these of
 * all that are used; whole: they are whole views, as alignment and phase retrieval take them, which are left out else. */
bool cli_corrects_rows(const cli_corrections *c);
bool cli_corrects_views(const cli_corrections *c);
int cli_correct_rows(const cli_corrections *c, const cli_machine *m, const ptm_array *projections);
/* The same where each rank has some of so many views, divided as cli_ranks_before() says. Where it takes all views of a
 * row, ranks exchange them, and all call it. */
bool cli_exchanges_rows(const cli_corrections *c);
int cli_correct_rows_of_ranks(const cli_corrections *c, const cli_machine *m, const ptm_array *own, int views, int group);
int cli_correct_views(const cli_corrections *c, const cli_machine *m, const ptm_array *projections,
    const ptm_io_geometry *g, int64_t first_view, bool whole);
/* A volume, in place. */
int cli_correct_volume(const cli_corrections *c, const cli_machine *m, const ptm_array *volume);

/* Fills in source->bad as --bad-pixels says. */
int cli_find_bad_pixels(cli_source *source, const cli_settings *s, ptm_context *context);
#endif
