/* test_any_scan.c - <A x, y> = <x, A'y> for small scans drawn by chance: every trajectory, single slices, rows, columns and
 * views, detectors much narrower than voxels and much wider, shifted and turned, by every projector.
 *
 * usage: test_any_scan [DEVICE...] */
#include "check.h"

#include "core/device.h"

static uint64_t chance;
static int seen[PTM_TRAJECTORY_SPHERE + 1]; /* scans of each trajectory that were compared */

/* From a to b, evenly or in proportion. */
static double between(double a, double b)
{
    return a + (b - a) * 0.5 * (random_number(&chance) + 1);
}
static double scale_between(double a, double b)
{
    return a * pow(b / a, between(0, 1));
}
static int count_to(int most)
{
    return (int)fmin(between(1, most + 1), most);
}
static int often_one(int most)
{
    return count_to(3) == 1 ? 1 : count_to(most);
}

/* A circle half of the times, else any, with what it takes; some are not for parallel beams. */
static void draw_trajectory(ptm_trajectory_options *o)
{
    static const ptm_focal_spot spots[] = { { 0.8, 0, 0 }, { -0.8, 0.6, 0.5 } };
    if (count_to(2) == 1) return;
    o->kind = (ptm_trajectory_kind)count_to(PTM_TRAJECTORY_SPHERE);
    const ptm_trajectory_kind k = o->kind;
    if (k == PTM_TRAJECTORY_HALF_FAN) o->detector.offset[0] = 0;
    if (k != PTM_TRAJECTORY_GOLDEN_ANGLE && k != PTM_TRAJECTORY_CIRCLES && k != PTM_TRAJECTORY_LAMINOGRAPHY &&
        k != PTM_TRAJECTORY_TOMOSYNTHESIS)
        o->range = 0;
    if (k == PTM_TRAJECTORY_TOMOSYNTHESIS) o->range = between(0.1, 1);
    if (k == PTM_TRAJECTORY_CIRCLES) o->views = 2 * count_to(3);
    if (k == PTM_TRAJECTORY_CIRCLES || k == PTM_TRAJECTORY_LAMINOGRAPHY) o->tilt = between(0.01, 0.7);
    if (k == PTM_TRAJECTORY_HELIX) {
        o->pitch = between(-5, 5);
        o->turns = between(0.1, 2);
    }
    if (k == PTM_TRAJECTORY_SADDLE) o->height = between(0.1, 9);
    if (k == PTM_TRAJECTORY_CIRCLE_LINE || k == PTM_TRAJECTORY_TOMOSYNTHESIS_LINE) o->length = between(0.1, 9);
    if (k == PTM_TRAJECTORY_CIRCLE_LINE) o->line_views = (o->views += 2) - 2;
    if (!o->parallel && count_to(4) == 1) {
        o->spots = spots;
        o->spot_count = 2;
    }
}

static int draw_scan(ptm_scan **scan, ptm_trajectory_kind *kind, ptm_context *context)
{
    const double width = scale_between(0.3, 3);
    ptm_trajectory_options o = { PTM_SIZED(ptm_trajectory_options),
        .volume = { .shape = { often_one(7), count_to(9), count_to(9) },
            .spacing = { scale_between(0.1, 4), count_to(2) == 1 ? width : scale_between(0.3, 3), width } },
        .detector = { .shape = { often_one(9), count_to(9) },
            .spacing = { scale_between(0.03, 4), scale_between(0.03, 4) } },
        .views = count_to(5), .parallel = count_to(2) == 1, .start = between(-4, 4), .range = between(0.1, 6.28) };
    for (int i = 0; i < 2; ++i) o.detector.offset[i] = count_to(3) == 1 ? between(-1, 1) : 0;
    for (int i = 0; i < 3; ++i) o.volume.offset[i] = count_to(3) == 1 ? between(-1, 1) : 0;
    if (!o.parallel) o.sdd = (o.sod = between(25, 40)) * between(1, 2);
    draw_trajectory(&o);
    *kind = o.kind;
    return ptm_scan_trajectory(scan, context, &o);
}

/* Some projector, or the weighted backprojector's adjoint, which projects as well. */
static int draw_projector(ptm_operator **op, bool *adjoint, ptm_device *device, const ptm_scan *scan)
{
    const int kind = count_to(5);
    ptm_projector_options o = { PTM_SIZED(ptm_projector_options),
        .family = kind == 1 ? PTM_FAMILY_GENERAL : PTM_FAMILY_AUTO,
        .model = kind == 2 ? PTM_MODEL_FOOTPRINT : PTM_MODEL_JOSEPH, .step = kind == 3 ? between(0.3, 1.3) : 0,
        .workspace = count_to(5) == 1 ? 20000 : 0 };
    *adjoint = kind == 4;
    return (*adjoint ? ptm_backprojector_create : ptm_projector_create)(op, device, scan, &o);
}

static ptm_array drawn(const ptm_array *like)
{
    ptm_array a = *like;
    const int64_t count = a.shape[0] * a.shape[1] * a.shape[2];
    float *values = calloc((size_t)count, sizeof *values);
    for (int64_t i = 0; i < count; ++i) values[i] = (float)between(0.1, 1);
    a.data = values;
    return a;
}
static double dot(const ptm_array *a, const ptm_array *b)
{
    double sum = 0;
    for (int64_t i = 0; i < a->shape[0] * a->shape[1] * a->shape[2]; ++i)
        sum += (double)((const float *)a->data)[i] * (double)((const float *)b->data)[i];
    return sum;
}

/* Whether there was anything to compare. All numbers are positive, so that nothing cancels; float32 may see or not see what
 * only touches a ray, which is little of a scan's whole length. */
static bool test_scan(ptm_device *device, int number)
{
    ptm_scan *scan;
    ptm_operator *op = NULL;
    ptm_array domain, range;
    bool adjoint;
    ptm_trajectory_kind kind;
    chance = (uint64_t)number;
    if (draw_scan(&scan, &kind, device->context)) return false; /* no ray may meet the volume */
    const int status = draw_projector(&op, &adjoint, device, scan);
    if (!status) {
        must(ptm_operator_domain(&domain, op));
        must(ptm_operator_range(&range, op));
        ptm_array x = drawn(&domain), y = drawn(&range), ax = drawn(&range), aty = drawn(&domain);
        must(ptm_apply(op, &ax, &x));
        must(ptm_apply_adjoint(op, &aty, &y));
        const double one = dot(&ax, &y), other = dot(&x, &aty);
        const ptm_array *image = adjoint ? &range : &domain;
        const double least = 1e-6 * (double)(image->shape[0] + image->shape[1] + image->shape[2]) * dot(&y, &y);
        char what[80];
        snprintf(what, sizeof what, "scan %d: <A x, y> and <x, A'y>", number);
        check_most(fabs(one - other) / (one + least), 1e-4, what);
        free(x.data);
        free(y.data);
        free(ax.data);
        free(aty.data);
    }
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    seen[kind] += status == PTM_OK;
    return status == PTM_OK;
}

static void test_device(ptm_device *device, const char *name)
{
    const int count = takes_all(device) ? 3000 : 100;
    int compared = 0;
    (void)name;
    memset(seen, 0, sizeof seen);
    for (int i = 1; i <= count; ++i) compared += test_scan(device, i);
    for (int i = 0; i <= PTM_TRAJECTORY_SPHERE; ++i) check(seen[i] > 0, "trajectory %d was drawn", i);
    check(compared > count / 2, "%d of %d scans can be projected", compared, count);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
