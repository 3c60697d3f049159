/* rtk_write.c - RTK's geometry.xml, version 3: what is the same in all views stands before them, and nothing that is
 * zero. */
#include "rtk.h"

#include <stdlib.h>

static void print_element(FILE *file, const char *name, double value)
{
    fprintf(file, "    <%s>%.*g</%s>\n", name, ptm_io_digits(value), value, name);
}

static bool is_same(ptm_rtk_view *views, int count, int field)
{
    int i = 1;
    while (i < count && *ptm_rtk_number(&views[i], field) == *ptm_rtk_number(&views[0], field)) i++;
    return i >= count;
}

static void print_view(FILE *file, ptm_rtk_view *view, const bool common[PTM_RTK_FIELDS])
{
    double matrix[3][4];
    ptm_rtk_matrix(matrix, view);
    fputs("  <Projection>\n", file);
    for (int i = 0; i < PTM_RTK_FIELDS; i++)
        if (!common[i]) print_element(file, ptm_rtk_fields[i].name, *ptm_rtk_number(view, i));
    fputs("    <Matrix>\n", file);
    for (int i = 0; i < 3; i++)
        fprintf(file, "      %24.17g %24.17g %24.17g %24.17g\n", matrix[i][0], matrix[i][1], matrix[i][2], matrix[i][3]);
    fputs("    </Matrix>\n  </Projection>\n", file);
}

int ptm_write_rtk(FILE *file, const ptm_io_geometry *g)
{
    ptm_rtk_view *views;
    double radius;
    bool common[PTM_RTK_FIELDS] = { false }; /* gantry angles stand in each view */
    const int status = ptm_rtk_from_geometry(&views, &radius, g);
    if (status) return status;
    if (file) {
        fputs("<?xml version=\"1.0\"?>\n<!DOCTYPE RTKGEOMETRY>\n<RTKThreeDCircularGeometry version=\"3\">\n", file);
        for (int i = 1; i < PTM_RTK_FIELDS; i++) {
            const double value = *ptm_rtk_number(&views[0], i);
            common[i] = is_same(views, g->views, i);
            if (common[i] && value != 0) print_element(file, ptm_rtk_fields[i].name, value);
        }
        if (radius != 0) print_element(file, "RadiusCylindricalDetector", radius);
        for (int i = 0; i < g->views; i++) print_view(file, &views[i], common);
        fputs("</RTKThreeDCircularGeometry>\n", file);
    }
    free(views);
    return PTM_OK;
}
