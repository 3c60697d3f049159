/* unmatched.c - the projector with the weighted backprojector in the place of its adjoint. */
#include "ct/projector.h"
#include "ct/vector.h"

/* How many voxels a ray of this view has to itself at the origin, at right angles to it: a voxel's volume over the section
 * of the ray's beam there; in one slice, its area over the beam's width. 0 where no ray passes the origin. */
static double voxels_of_a_ray(const ptm_scan *scan, const ptm_view *view, bool slice)
{
    const double *h = scan->volume.spacing;
    const ptm_vec u = ptm_vec_from(view->u), v = ptm_vec_from(view->v), source = ptm_vec_from(view->source);
    const ptm_vec normal = ptm_cross(u, v), ray = ptm_scale(source, 1 / ptm_length(source));
    /* How much wider the beam is where it meets the detector. */
    const double magnification = scan->parallel ? 1
        : ptm_dot(normal, ptm_sub(source, ptm_vec_from(view->detector))) / ptm_dot(normal, source);
    const double wide = slice ? ptm_length(ptm_cross(u, ray)) : fabs(ptm_dot(normal, ray));
    const double voxels = slice ? h[0] * h[1] / wide * magnification
                                : h[0] * h[1] * h[2] / wide * magnification * magnification;
    return isfinite(voxels) && voxels > 0 ? voxels : 0;
}

/* What makes the weighted backprojection of a wide beam the exact adjoint's: the mean over the views. */
static double density(const ptm_scan *scan)
{
    const bool slice = scan->stack || ptm_scan_is_planar(scan);
    double sum = 0;
    int counted = 0;
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const double voxels = voxels_of_a_ray(scan, &scan->views[i], slice);
        sum += voxels;
        counted += voxels > 0;
    }
    return sum > 0 && isfinite(sum) ? sum / counted : 1;
}

int ptm_unmatched_create(
    ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    ptm_projector_options forward = *options, backward = *options;
    ptm_operator *parts[2] = { NULL };
    forward.unmatched = backward.unmatched = false;
    forward.voxel_samples = backward.ray_samples = 0;
    backward.step = 0;
    backward.model = PTM_MODEL_JOSEPH;
    int status = ptm_projector_create(&parts[0], device, scan, &forward);
    if (!status) status = ptm_backprojector_create(&parts[1], device, scan, &backward);
    if (!status) status = ptm_pair_create(out, parts[0], parts[1], density(scan));
    ptm_operator_destroy(&parts[0]);
    ptm_operator_destroy(&parts[1]);
    return status;
}
