/* The filter from pixels to pixels within an item, as fft_rows does transforms. */
#include "kernel.h"
#include "fft_arguments.h"
#define ARGUMENTS FILTER_ROWS
#include "pairs.h"
#include "stockham.h"

FN void load_pixels(reals a, int some, int both, int k, int l, int v0 ARGUMENTS(PTM_PARAM))
{
    const pair v = pixel_pair(both, k, v0 + l ARGUMENTS(PTM_PASS_ON));
    AT(a, k * some + l) = v.r;
    AT(a, FFT_PLANE(points, some) + k * some + l) = v.i;
}
FN void store_pixels(reals a, int some, int both, int k, int l, int v0 ARGUMENTS(PTM_PARAM))
{
    const pair v = make_pair(AT(a, FFT_PLANE(points, some) + k * some + l), AT(a, k * some + l));
    put_pixel_pair(both, k, v0 + l, v ARGUMENTS(PTM_PASS_ON));
}

/* One part of a row goes on beyond its ends; in the adjoint, what came to be there goes back to them. */
FN void go_on(reals row, int some ARGUMENTS(PTM_PARAM))
{
    for (int k = nu; k < points; ++k) {
        const real part = falloff_at(k ARGUMENTS(PTM_PASS_ON));
        const int from = k - nu < reach ? nu - 1 : 0;
        ALONG(l, some) AT(row, k * some + l) = part * AT(row, from * some + l);
    }
}
FN void go_back(reals row, int some ARGUMENTS(PTM_PARAM))
{
    for (int l = 0; l < some; ++l) {
        AT(row, l) += fallen_back(row + SIZE(l), 0, some ARGUMENTS(PTM_PASS_ON));
        if (nu > 1) AT(row, (nu - 1) * some + l) += fallen_back(row + SIZE(l), nu - 1, some ARGUMENTS(PTM_PASS_ON));
    }
}

KERNEL(filter_rows, one, 1, worker, workers, unused, 1)
{
    const int groups = (nv + lanes - 1) / lanes;
    reals a = work + SIZE(worker) * SIZE(FFT_WORK(points, lanes));
    reals b = a + SIZE(FFT_WORK(points, lanes) / 2);
    for (int group = worker; group < groups * PAIRS; group += workers) {
        const int both = group / groups, v0 = group % groups * lanes, some = min(lanes, nv - v0);
        if (some == 1) {
            ALONG(k, nu) load_pixels(a, 1, both, k, 0, v0 ARGUMENTS(PTM_PASS_ON));
        } else {
            for (int k = 0; k < nu; ++k) ALONG(l, some) load_pixels(a, some, both, k, l, v0 ARGUMENTS(PTM_PASS_ON));
        }
        ALONG(z, (points - nu) * some) {
            AT(a, nu * some + z) = REAL(0);
            AT(a, FFT_PLANE(points, some) + nu * some + z) = REAL(0);
        }
        if (reach > 0 && adjoint == 0) {
            go_on(a, some ARGUMENTS(PTM_PASS_ON));
            go_on(a + SIZE(FFT_PLANE(points, some)), some ARGUMENTS(PTM_PASS_ON));
        }
        reals done = a;
        if (run_transform(a, b, points, some, tables, true, response)) done = b;
        if (reach > 0 && adjoint != 0) {
            go_back(done, some ARGUMENTS(PTM_PASS_ON));
            go_back(done + SIZE(FFT_PLANE(points, some)), some ARGUMENTS(PTM_PASS_ON));
        }
        if (some == 1) {
            ALONG(k, nu) store_pixels(done, 1, both, k, 0, v0 ARGUMENTS(PTM_PASS_ON));
        } else {
            for (int k = 0; k < nu; ++k) ALONG(l, some) store_pixels(done, some, both, k, l, v0 ARGUMENTS(PTM_PASS_ON));
        }
    }
}
