/* page.h - the parts of the page that shows a reconstruction (page.html), as JSON. */
#ifndef PTM_CLI_PAGE_H
#define PTM_CLI_PAGE_H
#include "reconstruct.h"
#include "values.h"

void page_print_numbers(cli_json *j, const char *key, const double *numbers, int count);
/* An array (z, y, x) or (view, v, u) as integers of 8 or 16 bits in base64: the means of blocks, where it has more than
 * `most` values. */
int page_print_picture(cli_json *j, const char *key, const ptm_array *a, const cli_measured *m, int64_t most, int bits);
/* From what is black to what is white at first. */
void page_print_window(cli_json *j, const cli_measured *m);
void page_print_histogram(cli_json *j, const ptm_array *a, const cli_measured *m);

/* Tables of what was set, by the user or by itself: "sections" and "options"; and the command line, for a shell. */
void page_print_settings(cli_json *j, const cli_reconstruction *r, const cli_result *result);
int page_print_command(cli_json *j, const cli_settings *s);
#endif
