/* Whole transforms, from the caller's rows to the caller's rows, each within an item, so that all passes but the first find
 * their data in a cache. Each worker takes every workers-th group of `lanes` rows. */
#include "kernel.h"
#include "fft_arguments.h"
#define ARGUMENTS FFT_ROWS
#include "ends.h"
#include "stockham.h"

/* Two real rows' spectra, the first `kept` elements in spectra [row][re, im][kept], as one of n elements. */
FN void join_spectra(reals re, reals im, reals spectra, int kept, int n, real inner)
{
    reals ar = spectra, ai = ar + SIZE(kept), br = ai + SIZE(kept), bi = br + SIZE(kept);
    ALONG(i, (n - 1) / 2) {
        const int k = i + 1;
        AT(re, k) = inner * (AT(ar, k) - AT(bi, k));
        AT(im, k) = inner * (AT(ai, k) + AT(br, k));
        AT(re, n - k) = inner * (AT(ar, k) + AT(bi, k));
        AT(im, n - k) = inner * (AT(br, k) - AT(ai, k));
    }
    for (int k = 0; k < kept; k += max(1, n / 2))
        if (IS_EDGE(k)) {
            AT(re, k) = AT(ar, k);
            AT(im, k) = AT(br, k);
        }
}
/* And apart again. */
FN void part_spectra(reals spectra, reals re, reals im, int kept, int n, real inner)
{
    const real w = 0.5f * inner;
    reals ar = spectra, ai = ar + SIZE(kept), br = ai + SIZE(kept), bi = br + SIZE(kept);
    ALONG(i, (n - 1) / 2) {
        const int k = i + 1;
        AT(ar, k) = w * (AT(re, k) + AT(re, n - k));
        AT(ai, k) = w * (AT(im, k) - AT(im, n - k));
        AT(br, k) = w * (AT(im, k) + AT(im, n - k));
        AT(bi, k) = w * (AT(re, n - k) - AT(re, k));
    }
    for (int k = 0; k < kept; k += max(1, n / 2))
        if (IS_EDGE(k)) {
            AT(ar, k) = AT(re, k);
            AT(ai, k) = REAL(0);
            AT(br, k) = AT(im, k);
            AT(bi, k) = REAL(0);
        }
}

FN void turn_by_chirp(reals re, reals im, creals chirp, int n, int m)
{
    ALONG(k, n) {
        const pair v = times(make_pair(AT(re, k), AT(im, k)), CHIRP(k));
        AT(re, k) = v.r;
        AT(im, k) = v.i;
    }
}

/* The row of transform t; spare has 2 m + 4 elements. */
FN void load_row(reals row, reals spare, int t, int o ARGUMENTS(PTM_PARAM))
{
    const int second = min(2 * t + 1, rows - 1), kept = n / 2 + 1;
    reals other = row + SIZE(FFT_PLANE(m, 1)), re = row, im = other;
    if (swap != 0) {
        re = other;
        im = row;
    }
    if (kind == FFT_COMPLEX) {
        creals first = from + FROM_PLACE(2, o, t, 0);
        separate(re, im, from + FROM_PLACE(2, o, t, shift), from_k, n - shift);
        separate(re + SIZE(n - shift), im + SIZE(n - shift), first, from_k, shift);
    } else if (kind == FFT_FROM_REAL) {
        take(re, from + FROM_PLACE(1, o, 2 * t, 0), from_k, n);
        take(im, from + FROM_PLACE(1, o, second, 0), from_k, n);
    } else {
        reals b = spare + SIZE(2 * kept);
        separate(spare, spare + SIZE(kept), from + FROM_PLACE(2, o, 2 * t, 0), from_k, kept);
        separate(b, b + SIZE(kept), from + FROM_PLACE(2, o, second, 0), from_k, kept);
        join_spectra(re, im, spare, kept, n, inner);
    }
    if (n != m) turn_by_chirp(row, other, chirp, n, m);
    ALONG(k, m - n) {
        AT(re, n + k) = REAL(0);
        AT(im, n + k) = REAL(0);
    }
}
FN void store_row(reals row, reals spare, int t, int o ARGUMENTS(PTM_PARAM))
{
    const int kept = n / 2 + 1, turned_back = n != m ? 1 : 0;
    reals other = row + SIZE(FFT_PLANE(m, 1)), re = row, im = other;
    if (turned_back != 0) turn_by_chirp(other, row, chirp, n, m);
    if (swap != turned_back) {
        re = other;
        im = row;
    }
    if (kind == FFT_COMPLEX) {
        put_together(to + TO_PLACE(2, o, t, shift), re, im, to_k, n - shift, alpha, beta);
        put_together(to + TO_PLACE(2, o, t, 0), re + SIZE(n - shift), im + SIZE(n - shift), to_k, shift, alpha, beta);
    } else if (kind == FFT_FROM_REAL) {
        reals b = spare + SIZE(2 * kept);
        part_spectra(spare, re, im, kept, n, inner);
        put_together(to + TO_PLACE(2, o, 2 * t, 0), spare, spare + SIZE(kept), to_k, kept, alpha, beta);
        if (2 * t + 1 < rows) put_together(to + TO_PLACE(2, o, 2 * t + 1, 0), b, b + SIZE(kept), to_k, kept, alpha, beta);
    } else {
        put(to + TO_PLACE(1, o, 2 * t, 0), re, to_k, n, alpha, beta);
        if (2 * t + 1 < rows) put(to + TO_PLACE(1, o, 2 * t + 1, 0), im, to_k, n, alpha, beta);
    }
}

KERNEL(fft_rows, one, 1, worker, workers, unused, 1)
{
    const int lines = LINES, groups = (lines + lanes - 1) / lanes, alone = FFT_PLANE(m, 1);
    reals a = work + SIZE(worker) * SIZE(FFT_WORK(m, lanes));
    reals b = a + SIZE(FFT_WORK(m, lanes) / 2);
    for (int group = worker; group < groups * outers; group += workers) {
        const int o = group / groups, t = group % groups * lanes, some = min(lanes, lines - t), plane = FFT_PLANE(m, some);
        reals here = a, spare = b;
        if (some > 1) {
            here = b;
            spare = b + SIZE(2 * alone);
        }
        for (int l = 0; l < some; ++l) {
            load_row(here, spare, t + l, o ARGUMENTS(PTM_PASS_ON));
            if (some > 1)
                ALONG(k, m) {
                    AT(a, k * some + l) = AT(b, k);
                    AT(a, plane + k * some + l) = AT(b, alone + k);
                }
        }
        here = a;
        spare = b;
        if (run_transform(a, b, m, some, tables, n != m, chirp)) {
            here = b;
            spare = a;
        }
        reals row = here, rest = spare;
        if (some > 1) {
            row = spare;
            rest = spare + SIZE(2 * alone);
        }
        for (int l = 0; l < some; ++l) {
            if (some > 1)
                ALONG(k, m) {
                    AT(row, k) = AT(here, k * some + l);
                    AT(row, alone + k) = AT(here, plane + k * some + l);
                }
            store_row(row, rest, t + l, o ARGUMENTS(PTM_PASS_ON));
        }
    }
}
