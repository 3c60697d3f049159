/* matrices.c - views as projection matrices and as ASTRA's vectors.
 *
 * A pixel (a, b) sees the points S + t (a U + b V + E), E from the source S to pixel (0, 0): the inverse of (U V E) takes a
 * point to (a, b, 1) times its depth in units of E's. R. Hartley and A. Zisserman, Multiple View Geometry, chapter 6, has
 * the matrix. */
#include "ct/vector.h"
#include "ct/view.h"

#include <string.h>

static ptm_vec row_of(const ptm_matrix *m, int i)
{
    return ptm_vec_from(m->row[i]);
}

/* Rows of the inverse of (a b c), the columns given; or columns, the rows given. */
typedef struct triple { ptm_vec a, b, c; } triple;
static triple inverse(ptm_vec a, ptm_vec b, ptm_vec c)
{
    const double volume = ptm_dot(a, ptm_cross(b, c));
    return (triple) { ptm_scale(ptm_cross(b, c), 1 / volume), ptm_scale(ptm_cross(c, a), 1 / volume),
        ptm_scale(ptm_cross(a, b), 1 / volume) };
}

static bool singular(ptm_vec a, ptm_vec b, ptm_vec c)
{
    return !(fabs(ptm_dot(a, ptm_cross(b, c))) > 1e-12 * ptm_length(a) * ptm_length(b) * ptm_length(c));
}

static void put(double out[3], ptm_vec a)
{
    out[0] = a.x;
    out[1] = a.y;
    out[2] = a.z;
}

static ptm_vec middle_from(ptm_vec corner, ptm_vec u, ptm_vec v, const int shape[2])
{
    return ptm_add(corner, ptm_add(ptm_scale(u, 0.5 * (shape[1] - 1)), ptm_scale(v, 0.5 * (shape[0] - 1))));
}

static int check_shape(const int shape[2])
{
    if (shape[0] > 0 && shape[1] > 0) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "detector_shape is %d, %d, expected more than 0", shape[0], shape[1]);
}

static int from_affine(ptm_view *view, const ptm_matrix *m, const int shape[2])
{
    const double c = m->row[2][3];
    const ptm_vec a = ptm_scale(row_of(m, 0), 1 / c), b = ptm_scale(row_of(m, 1), 1 / c);
    ptm_vec ray = ptm_cross(b, a);
    if (!(ptm_length(ray) > 1e-12 * ptm_length(a) * ptm_length(b)))
        return ptm_fail(PTM_ERROR_ARGUMENT, "the matrix is singular: its first two rows are parallel");
    ray = ptm_scale(ray, 1 / ptm_length(ray));
    const triple steps = inverse(a, b, ray);
    const ptm_vec corner = ptm_add(ptm_scale(steps.a, -m->row[0][3] / c), ptm_scale(steps.b, -m->row[1][3] / c));
    put(view->source, ray);
    put(view->u, steps.a);
    put(view->v, steps.b);
    put(view->detector, middle_from(corner, steps.a, steps.b, shape));
    return PTM_OK;
}

static int from_projective(
    ptm_view *view, const ptm_matrix *m, const int shape[2], ptm_vec inside, double pitch, double sdd)
{
    if (singular(row_of(m, 0), row_of(m, 1), row_of(m, 2)))
        return ptm_fail(PTM_ERROR_ARGUMENT, "the matrix is singular: its first three columns do not span space");
    if (!(pitch > 0) == !(sdd > 0))
        return ptm_fail(PTM_ERROR_ARGUMENT, "pitch is %g and sdd is %g, expected one of them in mm", pitch, sdd);
    const double length = ptm_length(row_of(m, 2)), depth = (ptm_dot(row_of(m, 2), inside) + m->row[2][3]) / length;
    if (depth == 0) return ptm_fail(PTM_ERROR_ARGUMENT, "the point inside is as deep as the source");
    const double scale = (depth > 0 ? 1 : -1) / length;
    const triple columns = inverse(
        ptm_scale(row_of(m, 0), scale), ptm_scale(row_of(m, 1), scale), ptm_scale(row_of(m, 2), scale));
    ptm_vec source = ptm_add(ptm_scale(columns.a, m->row[0][3]), ptm_scale(columns.b, m->row[1][3]));
    source = ptm_scale(ptm_add(source, ptm_scale(columns.c, m->row[2][3])), -scale);
    const double far = sdd > 0 ? sdd : pitch / ptm_length(columns.a);
    const ptm_vec u = ptm_scale(columns.a, far), v = ptm_scale(columns.b, far);
    put(view->source, source);
    put(view->u, u);
    put(view->v, v);
    put(view->detector, middle_from(ptm_add(source, ptm_scale(columns.c, far)), u, v, shape));
    return PTM_OK;
}

int ptm_view_from_matrix(ptm_view *view, bool *parallel, const ptm_matrix *m, const int shape[2], const double inside[3],
    double pitch, double sdd)
{
    if (!view || !parallel || !m || !shape)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL",
            !view       ? "view"
            : !parallel ? "parallel"
            : !m        ? "matrix"
                        : "detector_shape");
    int status = check_shape(shape);
    double largest = 0;
    for (int i = 0; i < 12 && !status; ++i) {
        const double value = m->row[i / 4][i % 4];
        if (!isfinite(value))
            status = ptm_fail(PTM_ERROR_ARGUMENT, "row %d, column %d is %g, expected a finite number", i / 4, i % 4, value);
        if (i % 4 < 3) largest = fmax(largest, fabs(value));
    }
    if (status) return status;
    *parallel = ptm_length(row_of(m, 2)) <= 1e-14 * largest;
    if (*parallel && m->row[2][3] == 0) return ptm_fail(PTM_ERROR_ARGUMENT, "the third row is zero");
    const ptm_vec point = inside ? ptm_vec_from(inside) : (ptm_vec){ 0, 0, 0 };
    return *parallel ? from_affine(view, m, shape) : from_projective(view, m, shape, point, pitch, sdd);
}

int ptm_view_to_matrix(ptm_matrix *m, const ptm_view *view, bool parallel, const int shape[2])
{
    if (!m || !view || !shape)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !m ? "matrix" : !view ? "view" : "detector_shape");
    int status = check_shape(shape);
    if (status) return status;
    const ptm_vec u = ptm_vec_from(view->u), v = ptm_vec_from(view->v), source = ptm_vec_from(view->source);
    const ptm_vec corner = middle_from(ptm_vec_from(view->detector), ptm_scale(u, -1), ptm_scale(v, -1), shape);
    const ptm_vec third = parallel ? source : ptm_sub(corner, source), from = parallel ? corner : source;
    if (singular(u, v, third)) return ptm_fail(PTM_ERROR_ARGUMENT, "the view's rays run along its detector");
    const triple rows = inverse(u, v, third);
    const ptm_vec row[3] = { rows.a, rows.b, parallel ? (ptm_vec){ 0, 0, 0 } : rows.c };
    const double scale = parallel ? 1 : 1 / ptm_length(rows.c);
    for (int i = 0; i < 3; ++i) {
        put(m->row[i], ptm_scale(row[i], scale));
        m->row[i][3] = -scale * ptm_dot(row[i], from);
    }
    if (parallel) m->row[2][3] = 1;
    return PTM_OK;
}

static int check_count(int count)
{
    if (count == 6 || count == 12) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "count is %d, expected 12, or 6 in the plane", count);
}

int ptm_view_from_astra(ptm_view *view, const double *vector, int count)
{
    if (!view || !vector) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !view ? "view" : "vector");
    int status = check_count(count);
    if (status) return status;
    if (count == 12) memcpy(view, vector, 12 * sizeof *vector);
    else
        *view = (ptm_view){ { vector[0], vector[1], 0 }, { vector[2], vector[3], 0 }, { vector[4], vector[5], 0 },
            { 0, 0, hypot(vector[4], vector[5]) } };
    return PTM_OK;
}

int ptm_view_to_astra(double *vector, int count, const ptm_view *view)
{
    if (!view || !vector) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !view ? "view" : "vector");
    int status = check_count(count);
    if (status) return status;
    if (count == 12) {
        memcpy(vector, view, 12 * sizeof *vector);
        return PTM_OK;
    }
    const double out_of_plane = fabs(view->source[2]) + fabs(view->detector[2]) + fabs(view->u[2]);
    if (out_of_plane > 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "the view does not lie in the plane z = 0, so that it takes 12 numbers");
    const double numbers[6] = { view->source[0], view->source[1], view->detector[0], view->detector[1], view->u[0],
        view->u[1] };
    memcpy(vector, numbers, sizeof numbers);
    return PTM_OK;
}
