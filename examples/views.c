/* views.c - the views of a geometry file, one a line, as ASTRA's twelve numbers: source, detector's centre, u, v.
 *
 *     cc -std=c11 views.c $(pkg-config --cflags --libs polytome-io) -o views && ./views scan.json */
#include <polytome/io.h>
#include <polytome/polytome.h>

#include <stdio.h>

#define TRY(call) do { if (call) return fprintf(stderr, "%s\n", ptm_error_message()), 1; } while (0)

int main(int argc, char **argv)
{
    ptm_io_geometry geometry;
    ptm_context *context;
    ptm_scan *scan;
    if (argc != 2) return fprintf(stderr, "usage: views GEOMETRY.json\n"), 2;
    TRY(ptm_io_geometry_read(&geometry, argv[1]));
    TRY(ptm_context_create(&context, NULL));
    TRY(ptm_io_geometry_scan(&scan, context, &geometry));
    for (int i = 0; i < ptm_scan_views(scan); ++i) {
        ptm_view view;
        double numbers[12];
        ptm_scan_get_view(scan, i, &view);
        TRY(ptm_view_to_astra(numbers, 12, &view));
        for (int k = 0; k < 12; ++k) printf("%s%.9g", k ? " " : "", numbers[k]);
        printf("\n");
    }
    ptm_scan_destroy(&scan);
    ptm_context_destroy(&context);
    ptm_io_geometry_free(&geometry);
    return 0;
}
