/* test_cuda.c - the CUDA backend on a fake driver: what it calls, in which order, and what it does when calls fail. */
#define _POSIX_C_SOURCE 200809L
#include "fake_cuda.h"

#include <polytome/polytome.h>

#include "core/device.h"
#include "vec/layout.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

PTM_ARGUMENTS(pack, PACK);

static struct fake_cuda *fake;
static const float *(*texels)(unsigned long long object, int n[3], bool *layered);
static int wrong;

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s (last error: %s)\n", __FILE__, __LINE__, #condition, ptm_error_message()); \
            wrong++; \
        } \
    } while (0)
#define TRY(call) \
    do { \
        status = (call); \
        if (status) goto done; \
    } while (0)

/* What a launch does: the host's build of the kernel, since a device's memory is the host's here. */
static void run_on_host(const char *name, const void *block, size_t size)
{
    for (const ptm_kernel_source *s = ptm_kernel_sources; s->name; ++s) {
        if (strcmp(s->name, name) != 0) continue;
        const ptm_kernel_code *code = s->codes[0];
        int n[3];
        CHECK(size == code->block_size);
        code->count(block, n);
        const int items[3] = { (n[0] + code->lanes - 1) / code->lanes, (n[1] + code->tile[0] - 1) / code->tile[0],
            (n[2] + code->tile[1] - 1) / code->tile[1] };
        code->run(block, items, 0, (long)items[0] * items[1] * items[2]);
    }
}

#define N0 70
#define N1 5
#define N2 3
#define COUNT (N0 * N1 * N2)

static struct pack_args pack_of(ptm_buffer *field, ptm_buffer *array, int n0, int n1, int n2)
{
    return (struct pack_args){ .field = { field, 0 }, .array = { array, 0 }, .n0 = n0, .n1 = n1, .n2 = n2, .w0 = n0,
        .w1 = n1, .w2 = n2, .pitch = n0, .plane = n0 * n1, .s0 = 1, .s1 = n0, .s2 = n0 * n1 };
}

/* An array transposed, copied and transposed back. */
static int transpose_twice(ptm_device *device, ptm_queue *queue)
{
    ptm_buffer *array = NULL, *field = NULL;
    const ptm_kernel *pack;
    float values[COUNT];
    int status;
    for (int i = 0; i < COUNT; ++i) values[i] = (float)i;
    TRY(ptm_kernel_get(&pack, device, "pack", NULL));
    TRY(ptm_buffer_create(&array, device, sizeof values));
    TRY(ptm_buffer_create(&field, device, sizeof values));
    TRY(ptm_buffer_write(queue, array, 0, values, sizeof values));
    memset(values, 0, sizeof values);
    struct pack_args args = pack_of(field, array, N2, N1, N0);
    args.s0 = N0 * N1;
    args.s1 = N0;
    args.s2 = 1;
    TRY(ptm_launch_kernel(queue, pack, &args));
    CHECK(pack->lanes_per_item == 8 || fake->failed);
    CHECK(memcmp(fake->group, pack->group, sizeof pack->group) == 0 && fake->grid[0] == 1);
    CHECK(fake->grid[1] == (N1 + pack->group[1] - 1) / pack->group[1]);
    CHECK(fake->grid[2] == (N0 + pack->group[2] - 1) / pack->group[2]);
    TRY(device->backend->copy(queue, array, 0, field, 0, sizeof values));
    TRY(device->backend->fill(queue, field, 0, 0xffffffffu, sizeof values));
    args = pack_of(field, array, N0, N1, N2);
    args.s0 = N2 * N1;
    args.s1 = N2;
    args.s2 = 1;
    TRY(ptm_launch_kernel(queue, pack, &args));
    TRY(ptm_buffer_read(queue, field, 0, values, sizeof values));
    int differ = 0;
    for (int i = 0; i < COUNT; ++i) differ += values[i] != (float)i;
    CHECK(differ == 0);
done:
    ptm_buffer_destroy(&array);
    ptm_buffer_destroy(&field);
    return status;
}

static int use_textures(ptm_device *device, ptm_queue *queue)
{
    ptm_buffer *dense = NULL;
    ptm_texture *texture = NULL;
    static const float values[24] = { 1, 2, 3, [23] = 4 };
    int status;
    TRY(ptm_buffer_create(&dense, device, 4 + sizeof values));
    TRY(ptm_buffer_write(queue, dense, 4, values, sizeof values));
    for (int volume = 0; volume < 2; ++volume) {
        int n[3] = { 0 };
        bool layered = false;
        TRY(ptm_texture_create(&texture, device, volume != 0, (int[]){ 2, 3, 4 }));
        TRY(device->backend->texture_upload(queue, texture, dense, 4));
        TRY(ptm_queue_finish(queue));
        const float *held = texels(texture->handle, n, &layered);
        CHECK(held && memcmp(held, values, sizeof values) == 0);
        CHECK(n[0] == 2 && n[1] == 3 && n[2] == 4 && layered == !volume);
        ptm_texture_destroy(&texture);
    }
done:
    ptm_texture_destroy(&texture);
    ptm_buffer_destroy(&dense);
    return status;
}

static bool has_texture_form(const ptm_kernel_source *source)
{
    for (const ptm_kernel_image *image = source->ptx; image->data; ++image)
        if (image->texture) return true;
    return false;
}

/* The images for 1, 2 ... lanes of each kernel; at most the first so many kernels. */
static int load_kernels(ptm_device *device, int most_lanes, int most_kernels)
{
    int status = PTM_OK;
    for (const ptm_kernel_source *s = ptm_kernel_sources; s->name && s - ptm_kernel_sources < most_kernels; ++s)
        for (int lanes = 1; lanes <= most_lanes; ++lanes)
            for (int texture = 0; texture <= has_texture_form(s); ++texture) {
                const ptm_kernel *kernel;
                const ptm_kernel_form form = { .lanes_per_item = lanes, .texture = texture != 0 };
                TRY(ptm_kernel_get(&kernel, device, s->name, &form));
                CHECK(kernel->lanes_per_item <= lanes && kernel->lanes_per_item >= 1 && !kernel->wide);
            }
done:
    return status;
}

/* Volumes and projections that pass through slots in pieces. The fake driver works as late as it may, so that a slot used
 * too early spoils them. */
enum { SIDE = 12, VIEWS = 9, WIDTH = 17, HEIGHT = 7 };

static int copy_box(void *user, const int64_t *first, const int64_t *count, void *data)
{
    const float *volume = user;
    for (int64_t z = 0; z < count[0]; ++z)
        for (int64_t y = 0; y < count[1]; ++y)
            memcpy((float *)data + (z * count[1] + y) * count[2],
                volume + ((first[0] + z) * SIDE + first[1] + y) * SIDE + first[2], (size_t)count[2] * sizeof *volume);
    return PTM_OK;
}

static int stream_through(ptm_device *device, float *volume, float *pixels, bool called, uint64_t workspace)
{
    const ptm_circular_options o = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { SIDE, SIDE, SIDE } },
        .detector = { .shape = { HEIGHT, WIDTH }, .spacing = { 2, 2 } }, .views = VIEWS, .sod = 40, .sdd = 80 };
    const ptm_projector_options options = { PTM_SIZED(ptm_projector_options), .workspace = workspace };
    ptm_scan *scan = NULL;
    ptm_operator *op = NULL;
    ptm_array from = PTM_ARRAY_3D(volume, SIDE, SIDE, SIDE), to = PTM_ARRAY_3D(pixels, VIEWS, HEIGHT, WIDTH);
    int status;
    const ptm_array back = from;
    if (called) {
        from.data = NULL;
        from.read = copy_box;
        from.user = volume;
    }
    TRY(ptm_scan_cone(&scan, device->context, &o));
    TRY(ptm_projector_create(&op, device, scan, &options));
    TRY(ptm_apply(op, &to, &from));
    TRY(ptm_apply_scaled(op, true, 0.5, &to, 0.25, &back, NULL));
done:
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    return status;
}

/* A bit of everything; the status of the first failure. */
static int use_all(char *reason, size_t reason_size)
{
    ptm_context *context = NULL;
    ptm_device *device = NULL;
    ptm_queue *queue = NULL;
    ptm_backend_info infos[8];
    int status;
    reason[0] = '\0';
    TRY(ptm_context_create(&context, NULL));
    CHECK(ptm_backends(context, infos, 8) >= 2 && strcmp(infos[0].name, "cuda") == 0);
    snprintf(reason, reason_size, "%s", infos[0].reason);
    CHECK(infos[0].device_count || infos[0].reason[0]);
    TRY(ptm_device_open(&device, context, "cuda"));
    TRY(ptm_queue_create(&queue, device));
    TRY(transpose_twice(device, &device->queue));
    TRY(transpose_twice(device, queue));
    TRY(use_textures(device, queue));
    TRY(load_kernels(device, 2, 4));
    static float volume[SIDE * SIDE * SIDE], pixels[VIEWS * HEIGHT * WIDTH];
    TRY(stream_through(device, volume, pixels, true, 0));
done:
    if (device) CHECK(status != PTM_ERROR_DEVICE_LOST || device->backend->is_lost(device));
    if (device && device->backend->is_lost(device)) {
        const ptm_kernel *kernel;
        CHECK(status == PTM_ERROR_DEVICE_LOST || status == PTM_OK);
        CHECK(ptm_queue_finish(&device->queue) == PTM_ERROR_DEVICE_LOST);
        CHECK(ptm_kernel_get(&kernel, device, "pack", &(ptm_kernel_form){ .lanes_per_item = 99 }) == PTM_ERROR_DEVICE_LOST);
    }
    ptm_queue_destroy(&queue);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return status;
}

static void expect_clean(void)
{
    CHECK(fake->violations == 0);
    CHECK(fake->depth == 0);
    /* A call that fails to make a context current leaves what it was to free to the driver. */
    CHECK(fake->live == 0 || strcmp(fake->failed_in, "cuCtxPushCurrent_v2") == 0);
}

static void load_fake(void)
{
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    struct fake_cuda *(*get)(void) = NULL;
    if (library) *(void **)&get = dlsym(library, "fake_cuda_control");
    if (!get) {
        fprintf(stderr, "libcuda.so.1 is not the fake one; is LD_LIBRARY_PATH set?\n");
        exit(77);
    }
    *(void **)&texels = dlsym(library, "fake_cuda_texels");
    fake = get();
    fake->run = run_on_host;
}

/* The library opens a driver once in a process: so each test has its own. Returns what the test returned. */
static int in_child(int (*test)(long), long argument)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        load_fake();
        int result = test(argument);
        expect_clean();
        exit(wrong ? 100 : result);
    }
    int how = 0;
    waitpid(child, &how, 0);
    return WIFEXITED(how) ? WEXITSTATUS(how) : 101;
}

static int test_plain(long argument)
{
    char reason[512];
    (void)argument;
    CHECK(use_all(reason, sizeof reason) == PTM_OK);
    CHECK(reason[0] == '\0' && !fake->failed);
    return 0;
}

static int test_no_device(long argument)
{
    char reason[512];
    (void)argument;
    fake->devices = 0;
    CHECK(use_all(reason, sizeof reason) == PTM_ERROR_NOT_FOUND);
    CHECK(strcmp(reason, "the NVIDIA driver has no device") == 0);
    return 0;
}

static ptm_device *open_one(ptm_context **context)
{
    ptm_device *device = NULL;
    CHECK(ptm_context_create(context, NULL) == PTM_OK);
    CHECK(ptm_device_open(&device, *context, "cuda") == PTM_OK);
    if (!device) exit(100);
    return device;
}

static int test_info(long argument)
{
    ptm_context *context;
    ptm_device *device = open_one(&context);
    ptm_device_info infos[8];
    const ptm_device_info *info = ptm_device_get_info(device);
    (void)argument;
    CHECK(strcmp(info->name, "Fake GPU 0") == 0 && info->gpu && !info->unified && info->memory == (uint64_t)1 << 30);
    CHECK(strcmp(info->driver, "CUDA driver 12.4, compute capability 9.0") == 0);
    CHECK(device->limits.image_2d[2] == 2048 && device->limits.image_2d[0] == 32768 && device->limits.image_3d[2] == 16384);
    CHECK(ptm_devices(context, infos, 8) == 2); /* the other GPU is too old, and there is the host */
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return 0;
}

static int test_images(long argument)
{
    ptm_context *context;
    ptm_device *device = open_one(&context);
    const ptm_kernel *kernel;
    (void)argument;
    CHECK(load_kernels(device, 16, 1000) == PTM_OK);
    ptm_device_close(&device);
    CHECK(ptm_device_open(&device, context, "cuda:0") == PTM_OK);
    fake->refuse = 1;
    CHECK(ptm_kernel_get(&kernel, device, "pack", NULL) == PTM_OK && kernel->lanes_per_item == 4);
    fake->refuse = 100;
    CHECK(ptm_kernel_get(&kernel, device, "unpack", NULL) == PTM_ERROR_DEVICE);
    CHECK(fake->refuse == 97);
    CHECK(strstr(ptm_error_message(), "loading kernel unpack with 1 lanes per item: ptxas fatal   : the fake driver has"));
    fake->refuse = 0;
    CHECK(ptm_kernel_get(&kernel, device, "pack", &(ptm_kernel_form){ .texture = true }) == PTM_ERROR_UNSUPPORTED);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return 0;
}

static int test_groups(long argument)
{
    static const struct {
        int most, group[3];
    } cases[] = { { 1024, { 32, 4, 4 } }, { 511, { 32, 4, 2 } }, { 128, { 32, 2, 2 } }, { 100, { 32, 2, 1 } },
        { 32, { 32, 1, 1 } }, { 20, { 16, 1, 1 } } };
    ptm_context *context;
    ptm_device *device = open_one(&context);
    (void)argument;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const ptm_kernel *kernel;
        fake->max_threads = cases[i].most;
        CHECK(ptm_kernel_get(&kernel, device, "pack", &(ptm_kernel_form){ .lanes_per_item = 8 + (int)i }) == PTM_OK);
        CHECK(kernel && memcmp(kernel->group, cases[i].group, sizeof kernel->group) == 0);
    }
    const ptm_kernel *flat;
    fake->max_threads = 1024;
    CHECK(ptm_kernel_get(&flat, device, "pack", &(ptm_kernel_form){ .group = { 1, 1, 1024 } }) == PTM_OK);
    CHECK(flat && flat->group[2] == 64); /* as many as an axis takes */
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return 0;
}

static int test_grids(long argument)
{
    ptm_context *context;
    ptm_device *device = open_one(&context);
    ptm_buffer *buffer = NULL;
    const ptm_kernel *kernel;
    (void)argument;
    fake->run = NULL;
    CHECK(ptm_buffer_create(&buffer, device, 4) == PTM_OK);
    CHECK(ptm_kernel_get(&kernel, device, "pack", NULL) == PTM_OK);
    struct pack_args args = pack_of(buffer, buffer, 257, 65535 * 4, 1);
    CHECK(ptm_launch_kernel(&device->queue, kernel, &args) == PTM_OK);
    CHECK(fake->grid[0] == 2 && fake->grid[1] == 65535 && fake->grid[2] == 1);
    args.w1++;
    CHECK(ptm_launch_kernel(&device->queue, kernel, &args) == PTM_ERROR_UNSUPPORTED);
    CHECK(strstr(ptm_error_message(), "needs 65536 groups of 4 on axis 1, at most 65535"));
    args.w1 = 1;
    args.w0 = INT32_MAX;
    CHECK(ptm_launch_kernel(&device->queue, kernel, &args) == PTM_ERROR_UNSUPPORTED);
    args.w0 = INT32_MAX / 256 * 256;
    CHECK(ptm_launch_kernel(&device->queue, kernel, &args) == PTM_OK);
    CHECK(ptm_queue_finish(&device->queue) == PTM_OK);
    ptm_buffer_destroy(&buffer);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return 0;
}

static int test_memory(long argument)
{
    ptm_context *context;
    ptm_device *device = open_one(&context);
    ptm_buffer *buffer = NULL;
    float value[4];
    (void)argument;
    CHECK(ptm_buffer_create(&buffer, device, (uint64_t)1 << 40) == PTM_ERROR_MEMORY && !buffer);
    CHECK(strstr(ptm_error_message(), "a buffer of 1099511627776 bytes; the largest has"));
    device->info.max_buffer = 0; /* so that the driver is asked */
    CHECK(ptm_buffer_create(&buffer, device, (uint64_t)1 << 40) == PTM_ERROR_MEMORY && !buffer);
    CHECK(strstr(ptm_error_message(), "1099511627776 bytes: CUDA_ERROR_OUT_OF_MEMORY: out of memory"));
    CHECK(ptm_buffer_import(&buffer, device, value, sizeof value) == PTM_ERROR_UNSUPPORTED);
    CHECK(!device->backend->is_lost(device));
    CHECK(ptm_buffer_create(&buffer, device, 64) == PTM_OK);
    CHECK(device->backend->fill(&device->queue, buffer, 0, 1, 64) == PTM_OK);
    ptm_buffer_destroy(&buffer); /* with work in flight */
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return 0;
}

/* Of { i, 0, i + 0.5, 0 ... }, what stands at 8 goes to 16, and 4 bytes at 20 become ones. */
static bool device_copies(ptm_queue *queue, ptm_buffer *buffer)
{
    const ptm_backend *backend = queue->device->backend;
    float values[8];
    uint32_t ones;
    CHECK(backend->copy(queue, buffer, 16, buffer, 8, 4) == PTM_OK);
    CHECK(backend->fill(queue, buffer, 20, 0xffffffffu, 4) == PTM_OK);
    CHECK(ptm_buffer_read(queue, buffer, 0, values, sizeof values) == PTM_OK);
    memcpy(&ones, &values[5], sizeof ones);
    return values[4] == values[2] && values[2] != values[0] && ones == 0xffffffffu && values[3] == 0 && values[6] == 0;
}

static void *use_own_queue(void *device)
{
    ptm_queue *queue = NULL;
    CHECK(ptm_queue_create(&queue, device) == PTM_OK);
    for (int i = 0; i < 20 && queue; ++i) {
        float values[8] = { (float)i }, back[8] = { 0 };
        ptm_buffer *buffer = NULL;
        CHECK(ptm_buffer_create(&buffer, device, sizeof values) == PTM_OK);
        CHECK(ptm_buffer_write(queue, buffer, 0, values, sizeof values) == PTM_OK);
        CHECK(ptm_buffer_read(queue, buffer, 0, back, sizeof back) == PTM_OK);
        CHECK(memcmp(values, back, sizeof back) == 0);
        const float other = (float)i + 0.5f;
        CHECK(ptm_buffer_write(queue, buffer, 8, &other, 4) == PTM_OK);
        CHECK(ptm_buffer_read(queue, buffer, 8, back, 4) == PTM_OK);
        CHECK(device_copies(queue, buffer) && back[0] == other);
        ptm_buffer_destroy(&buffer);
    }
    ptm_queue_destroy(&queue);
    return NULL;
}

static int test_threads(long argument)
{
    ptm_context *context;
    ptm_device *device = open_one(&context);
    pthread_t threads[4];
    (void)argument;
    fake->failed = true; /* the others' work in flight is no fault of one that frees */
    for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, use_own_queue, device);
    for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return 0;
}

static int test_streaming(long argument)
{
    ptm_context *context;
    setenv("POLYTOME_CPU", "baseline", 1); /* what the fake driver runs */
    ptm_device *device = open_one(&context), *host = NULL;
    static float volume[3][SIDE * SIDE * SIDE], pixels[3][VIEWS * HEIGHT * WIDTH];
    (void)argument;
    CHECK(ptm_device_open(&host, context, "host") == PTM_OK);
    for (int k = 0; k < 3; ++k) {
        for (int i = 0; i < SIDE * SIDE * SIDE; ++i) volume[k][i] = (float)(i * 7 % 101) - 50;
        CHECK(stream_through(k ? device : host, volume[k], pixels[k], k == 2, 8192) == PTM_OK);
        CHECK(memcmp(pixels[k], pixels[0], sizeof pixels[0]) == 0);
        CHECK(memcmp(volume[k], volume[0], sizeof volume[0]) == 0);
    }
    ptm_device_close(&host);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return 0;
}

/* Rows there and back by an operator, and by its adjoint. */
static int transform(
    ptm_device *device, ptm_fft_library library, ptm_fft_kind kind, int n, const float *in, float *out, float *back)
{
    ptm_operator *op;
    int status = ptm_fft_create(&op, device, &(ptm_fft_options){ PTM_SIZED(ptm_fft_options), .kind = kind, .dimensions = 2,
        .shape = { 5, n }, .library = library });
    if (status) return status;
    ptm_array x = { PTM_SIZED(ptm_array), .type = PTM_COMPLEX64, .dimensions = 2, .shape = { 5, n }, .data = (float *)in },
              y = x;
    if (kind == PTM_FFT_REAL) {
        x.type = PTM_FLOAT32;
        y.shape[1] = n / 2 + 1;
    }
    y.data = out;
    status = ptm_apply(op, &y, &x);
    x.data = back;
    if (!status) status = ptm_apply_adjoint(op, &x, &y);
    ptm_operator_destroy(&op);
    return status;
}

/* cuFFT's transforms are those of the library's own kernels; what it refuses is left to them. */
static int test_cufft(long argument)
{
    enum { N = 15, NUMBERS = 2 * 5 * N };
    ptm_context *context;
    ptm_device *device = open_one(&context), *host = NULL;
    float in[NUMBERS], out[2][NUMBERS] = { 0 }, back[2][NUMBERS] = { 0 };
    (void)argument;
    CHECK(ptm_device_open(&host, context, "host") == PTM_OK);
    for (int i = 0; i < NUMBERS; ++i) in[i] = (float)(i * 7 % 11) - 5;
    for (int kind = PTM_FFT_COMPLEX; kind <= PTM_FFT_REAL; ++kind) {
        CHECK(transform(host, PTM_FFT_OWN, (ptm_fft_kind)kind, N, in, out[0], back[0]) == PTM_OK);
        CHECK(transform(device, PTM_FFT_VENDOR, (ptm_fft_kind)kind, N, in, out[1], back[1]) == PTM_OK);
        int differ = 0;
        for (int i = 0; i < NUMBERS; ++i) {
            const float a = out[0][i] - out[1][i], b = back[0][i] - back[1][i];
            differ += !(a < 1e-4f && a > -1e-4f && b < 1e-3f && b > -1e-3f);
        }
        CHECK(differ == 0);
    }
    ptm_vendor_fft fft = { .device = device, .points = 17, .rows = 5 };
    CHECK(device->backend->fft_create(&fft) == PTM_ERROR_UNSUPPORTED);
    ptm_operator *op = NULL;
    ptm_fft_options o = { PTM_SIZED(ptm_fft_options), .dimensions = 1, .shape = { 17 }, .library = PTM_FFT_VENDOR };
    CHECK(ptm_fft_create(&op, device, &o) == PTM_ERROR_UNSUPPORTED);
    CHECK(ptm_fft_create(&op, host, &o) == PTM_ERROR_UNSUPPORTED);
    setenv("POLYTOME_FFT", "vendor", 1);
    o.library = PTM_FFT_AUTO;
    CHECK(ptm_fft_create(&op, device, &o) == PTM_OK);
    ptm_operator_destroy(&op);
    setenv("POLYTOME_FFT", "abacus", 1);
    CHECK(ptm_fft_create(&op, device, &o) == PTM_ERROR_ARGUMENT);
    ptm_device_close(&host);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return 0;
}

/* A stream of the caller's is used and not destroyed; one of another context is refused. */
static int test_import(long argument)
{
    ptm_context *context;
    ptm_device *device = open_one(&context);
    ptm_queue *theirs = NULL, *imported = NULL;
    (void)argument;
    CHECK(ptm_queue_create(&theirs, device) == PTM_OK);
    CHECK(ptm_device_get_native(device) != NULL);
    CHECK(ptm_queue_import(&imported, device, theirs->state) == PTM_OK);
    CHECK(transpose_twice(device, imported) == PTM_OK);
    CHECK(ptm_queue_wait(NULL, imported) == PTM_OK && ptm_queue_wait(imported, theirs) == PTM_OK);
    int live = fake->live;
    ptm_queue_destroy(&imported);
    CHECK(fake->live == live);
    CHECK(transpose_twice(device, theirs) == PTM_OK);
    CHECK(ptm_queue_import(&imported, device, &live) == PTM_ERROR_DEVICE && !imported);
    ptm_queue_destroy(&theirs);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return 0;
}

/* Returns 1 if there were fewer calls than that. */
static int fail_at(long call, int code)
{
    char reason[512];
    fake->fail_at = call;
    fake->fail_code = code;
    int status = use_all(reason, sizeof reason);
    if (!fake->failed) return 1;
    /* Freeing has nobody to tell; the probe gives a reason; all else is an error with a message. */
    CHECK(status <= 0 && (status == PTM_OK || ptm_error_message()[0]));
    if (status == PTM_OK)
        CHECK(!strstr(fake->failed_in, "Create") && !strstr(fake->failed_in, "Async") &&
            !strstr(fake->failed_in, "Alloc") && !strstr(fake->failed_in, "Launch") && !strstr(fake->failed_in, "Retain"));
    if (code == 2) CHECK(status == PTM_OK || status == PTM_ERROR_MEMORY || status == PTM_ERROR_NOT_FOUND);
    return 0;
}

static int fail_with_value(long call)
{
    return fail_at(call, 1);
}

static int fail_with_memory(long call)
{
    return fail_at(call, 2);
}

static int fail_with_address(long call)
{
    return fail_at(call, 700);
}

static int fail_with_nonsense(long call)
{
    return fail_at(call, 12345);
}

static int fail_everywhere(const char *name, int (*test)(long), long step)
{
    int failures = 0, result = 0;
    long call = 1;
    for (; result != 1 && failures < 10; call += step) {
        result = in_child(test, call);
        if (result > 1) {
            fprintf(stderr, "%s: wrong with a fault in call %ld\n", name, call);
            failures++;
        }
    }
    printf("%s: %ld calls\n", name, call - 1);
    return failures;
}

int main(int count, char **arguments)
{
    static int (*const tests[])(long) = { test_plain, test_no_device, test_info, test_images, test_groups, test_grids,
        test_memory, test_threads, test_streaming, test_import, test_cufft };
    static const struct {
        const char *name;
        int (*test)(long);
    } faults[] = { { "invalid value", fail_with_value }, { "out of memory", fail_with_memory },
        { "illegal address", fail_with_address }, { "a code of tomorrow", fail_with_nonsense } };
    long step = count > 1 ? atol(arguments[1]) : 1; /* every which call fails: for slow tools */
    int failures = 0;
    setenv("POLYTOME_BACKENDS", "cuda", 1);
    setenv("POLYTOME_THREADS", "1", 1);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; ++i) {
        int result = in_child(tests[i], 0);
        if (result == 77) return 77;
        if (result) fprintf(stderr, "test %zu failed\n", i);
        failures += result != 0;
    }
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; ++i)
        failures += fail_everywhere(faults[i].name, faults[i].test, step);
    printf("%d failed\n", failures);
    return failures ? 1 : 0;
}
