/* step.h - what the kernels of ray-step sampling and the front end agree on.
 *
 * A ray is sampled linearly, in all three axes, every `step` mm, at (k + 1/2) step for whole k from its point nearest to
 * the volume's centre; the samples' sum times the step is the pixel. Rays and tables are those of general.h. */
#define STEP_FAR 4194304 /* no ray has more samples on one side; half a sample more is exact in float32 */
#define STEP_PROJECT(ARG) \
    ARG(out, pixels) ARG(volume, voxels) ARG(in, views) ARG(in, columns) \
    ARG(int, nx) ARG(int, ny) ARG(int, nz) ARG(int, nu) ARG(int, nv) ARG(int, count) ARG(int, carry) \
    ARG(real, first_y) ARG(real, step_x) ARG(real, step_y) ARG(real, step_z) ARG(real, step)
#define STEP_ADJOINT(ARG) \
    ARG(out, voxels) ARG(stack, pixels) ARG(in, views) ARG(in, columns) \
    ARG(int, nx) ARG(int, ny) ARG(int, nz) ARG(int, nu) ARG(int, nv) ARG(int, count) ARG(int, carry) \
    ARG(real, first_y) ARG(real, step_x) ARG(real, step_y) ARG(real, step_z) ARG(real, step)
