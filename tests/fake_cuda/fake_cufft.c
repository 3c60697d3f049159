/* fake_cufft.c - a libcufft on the fake driver: transforms by the definition, when their stream gets to them. */
#include "fake_cuda.h"
#include "backends/cuda/api.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SUCCESS 0
#define INVALID_PLAN 1
#define INVALID_VALUE 4
#define EXEC_FAILED 6
#define INVALID_SIZE 8
#define REFUSED 17 /* a length this library does not know */
#define C2C 0x29
#define PLANS 16

static struct plan {
    int n, rows;
    CUstream stream;
} plans[PLANS];

struct transform {
    int n, rows, direction;
    float *at;
};

int cufftPlanMany(int *plan, int rank, int *n, int *in_embed, int in_stride, int in_distance, int *out_embed,
    int out_stride, int out_distance, int type, int batch);
int cufftSetStream(int plan, CUstream stream);
int cufftExecC2C(int plan, void *in, void *out, int direction);
int cufftGetSize(int plan, size_t *size);
int cufftDestroy(int plan);

static bool is_plan(int plan)
{
    return plan > 0 && plan < PLANS && plans[plan].n > 0;
}

int cufftPlanMany(int *plan, int rank, int *n, int *in_embed, int in_stride, int in_distance, int *out_embed,
    int out_stride, int out_distance, int type, int batch)
{
    (void)in_embed;
    (void)out_embed;
    if (rank != 1 || type != C2C || batch < 1 || in_stride != 1 || out_stride != 1 || in_distance != n[0] ||
        out_distance != n[0])
        return INVALID_VALUE;
    if (n[0] == REFUSED) return INVALID_SIZE;
    for (int i = 1; i < PLANS; ++i)
        if (!is_plan(i)) {
            plans[i] = (struct plan){ n[0], batch, NULL };
            fake_cuda_control()->live++;
            *plan = i;
            return SUCCESS;
        }
    return INVALID_VALUE;
}

int cufftSetStream(int plan, CUstream stream)
{
    if (!is_plan(plan)) return INVALID_PLAN;
    plans[plan].stream = stream;
    return SUCCESS;
}

static void run(void *user)
{
    struct transform *t = user;
    double *row = malloc(2 * (size_t)t->n * sizeof *row);
    for (int r = 0; r < t->rows; ++r) {
        float *x = t->at + 2 * (size_t)r * (size_t)t->n;
        for (int k = 0; k < t->n; ++k) {
            double re = 0, im = 0;
            for (int j = 0; j < t->n; ++j) {
                const double angle = t->direction * 6.283185307179586 * (j * k % t->n) / t->n;
                re += x[2 * j] * cos(angle) - x[2 * j + 1] * sin(angle);
                im += x[2 * j] * sin(angle) + x[2 * j + 1] * cos(angle);
            }
            row[2 * k] = re;
            row[2 * k + 1] = im;
        }
        for (int i = 0; i < 2 * t->n; ++i) x[i] = (float)row[i];
    }
    free(row);
    free(t);
}

int cufftExecC2C(int plan, void *in, void *out, int direction)
{
    if (!is_plan(plan) || in != out) return INVALID_PLAN;
    struct transform *t = malloc(sizeof *t);
    *t = (struct transform){ plans[plan].n, plans[plan].rows, direction, in };
    const size_t size = 2 * sizeof(float) * (size_t)t->n * (size_t)t->rows;
    if (fake_cuda_enqueue(plans[plan].stream, run, t, in, size)) return SUCCESS;
    free(t);
    return EXEC_FAILED;
}

int cufftGetSize(int plan, size_t *size)
{
    if (!is_plan(plan)) return INVALID_PLAN;
    *size = sizeof(float) * (size_t)plans[plan].n;
    return SUCCESS;
}

int cufftDestroy(int plan)
{
    if (!is_plan(plan)) return INVALID_PLAN;
    memset(&plans[plan], 0, sizeof plans[plan]);
    fake_cuda_control()->live--;
    return SUCCESS;
}
