/* correct.h - the corrections that options ask for. */
#ifndef PTM_CLI_CORRECT_H
#define PTM_CLI_CORRECT_H
#include "cli.h"

/* What the options say; counts of 0 and false stand for what is not wanted. */
typedef struct cli_corrections {
    bool zingers, scatter, rings, phase, metal, hounsfield;
    int air[2];
    double scatter_part, metal_from, mu[2];
    double hardening[16];
    int hardening_count;
    ptm_ring_options ring_options;
    ptm_zinger_options zinger_options;
    ptm_phase_options phase_options;
} cli_corrections;
int cli_corrections_parse(cli_corrections *c, const cli_settings *s);

/* How the axis is found; false where --centre is no name of a method. */
bool cli_axis_method(ptm_axis_method *method, const char *name);

/* Line integrals, in place. g: the geometry of these pixels; whole: they are whole views, for phase retrieval. */
int cli_correct(const cli_corrections *c, const cli_machine *m, const ptm_array *projections, const ptm_io_geometry *g,
    bool whole);
/* Whether any takes more than one view at a time; */
bool cli_corrects_across_views(const cli_corrections *c);
/* its first half then, where each rank has some of so many views, divided as cli_ranks_before() says. All ranks call it. */
int cli_correct_rows_of_ranks(const cli_corrections *c, const cli_machine *m, const ptm_array *own, int views, int group);
/* Its two halves, and whether there is anything to be done in them: first what may be done for some rows of all views at a
 * time, then for some views, which are whole where phase is retrieved. */
bool cli_corrects_rows(const cli_corrections *c);
bool cli_corrects_views(const cli_corrections *c);
int cli_correct_rows(const cli_corrections *c, const cli_machine *m, const ptm_array *projections);
int cli_correct_views(
    const cli_corrections *c, const cli_machine *m, const ptm_array *projections, const ptm_io_geometry *g, bool whole);
/* A volume, in place. */
int cli_correct_volume(const cli_corrections *c, const cli_machine *m, const ptm_array *volume);

/* Fills in source->bad as --bad-pixels says. */
int cli_find_bad_pixels(cli_source *source, const cli_settings *s, ptm_context *context);
#endif
