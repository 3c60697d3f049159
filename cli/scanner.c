/* scanner.c - scanners' own files in the place of data: they say where the projections lie, what these count, and the
 * geometry. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>

int cli_scanner_use(cli_settings *s, char **projections)
{
    ptm_io_geometry g;
    *projections = NULL;
    if (!ptm_io_is_geometry(s->input)) return CLI_OK;
    const int status = ptm_io_geometry_read(&g, s->input);
    if (status) return cli_library_error(CLI_INPUT, status);
    *projections = g.projections;
    g.projections = NULL;
    if (!s->geometry) s->geometry = s->input;
    if (!s->flats && isnan(s->white) && g.white > 0) s->white = g.white;
    s->projections = *projections;
    ptm_io_geometry_free(&g);
    if (!s->projections)
        return cli_error(CLI_USAGE,
            "%s is a geometry file and does not say where its projections are; they are what is reconstructed, and it goes "
            "with --geometry",
            s->input);
    if (!s->flats && isnan(s->white))
        return cli_error(CLI_USAGE,
            "%s says that its projections are not corrected by flat fields; --flats names them, or --white says what is "
            "counted without an object",
            s->input);
    return CLI_OK;
}
