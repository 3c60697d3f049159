/* project.c - a ball, its cone-beam projections and its reconstruction, in a few lines.
 *
 * cc project.c $(pkg-config --cflags --libs polytome) -lm && ./a.out [device] */
#include <polytome/polytome.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    enum { N = 64, M = 96, VIEWS = 120 };
    ptm_context *context;
    ptm_device *device = NULL;
    ptm_scan *scan = NULL;
    ptm_operator *projector = NULL;
    float *ball = calloc(N * N * N, sizeof *ball), *pixels = calloc(VIEWS * M * M, sizeof *pixels);
    for (int i = 0; i < N * N * N; ++i) {
        const int x = i % N - N / 2, y = i / N % N - N / 2, z = i / N / N - N / 2;
        ball[i] = x * x + y * y + z * z < 400 ? 0.02f : 0;
    }
    const ptm_array volume = PTM_ARRAY_3D(ball, N, N, N), projections = PTM_ARRAY_3D(pixels, VIEWS, M, M);
    int status = ptm_context_create(&context, NULL);
    if (!status) status = ptm_device_open(&device, context, argc > 1 ? argv[1] : "auto");
    if (!status)
        status = ptm_scan_cone(&scan, context, &(ptm_circular_options){ PTM_SIZED(ptm_circular_options),
            .volume = { .shape = { N, N, N } }, .detector = { .shape = { M, M }, .spacing = { 2, 2 } }, .views = VIEWS,
            .sod = 200, .sdd = 400 });
    if (!status) status = ptm_projector_create(&projector, device, scan, NULL);
    if (!status) status = ptm_apply(projector, &projections, &volume);
    if (!status) status = ptm_fbp(device, scan, &volume, &projections, NULL);
    if (status) fprintf(stderr, "%s\n", ptm_error_message());
    else
        printf("%s: 0.02 in the ball came back as %.4f\n", ptm_device_get_info(device)->name,
            ball[N * N * N / 2 + N * N / 2 + N / 2]);
    ptm_operator_destroy(&projector);
    ptm_scan_destroy(&scan);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    free(ball);
    free(pixels);
    return status ? 1 : 0;
}
