/* test_arrays.c - arrays in chunks, behind callbacks and of whole numbers, on the host and on devices, give the bits that
 * plain ones give; the budget holds; queues wait for each other.
 *
 * usage: test_arrays [DEVICE...] */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include "ct/projector.h"

#include <time.h>

static ptm_context *context;

enum { GUARD = 64, CHUNKS = 64, PATTERN = 0x5A };

/* How an array is laid out. */
typedef enum layout {
    PLAIN,    /* one block of the host's, not aligned as devices like it, with strides that leave gaps */
    ON_DEVICE,
    EQUAL,    /* chunks of the host's, */
    UNEQUAL,  /* not aligned either, */
    DEVICES,  /* of the device's, */
    MIXED,    /* of both in turn */
    CALLED,   /* functions */
    LAYOUTS
} layout;
static const char *const layout_names[LAYOUTS] = { "strides", "a device's memory", "equal chunks", "unequal chunks",
    "chunks on a device", "chunks on both", "callbacks" };

/* An array with all that belongs to it. */
typedef struct holder {
    ptm_array a;
    layout layout;
    ptm_chunk chunks[CHUNKS];
    char *blocks[CHUNKS]; /* as the host holds or moves them, guards and all */
    size_t bytes[CHUNKS];
    int count;
    int64_t elements;
    /* Of functions: the values, and how often each was read and written. */
    char *values;
    int *reads, *writes;
    int calls, fail_at, fail_with;
    bool slow, wrong_box;
    uint64_t largest_box;
} holder;

static void pause_at_times(holder *h)
{
    if (h->slow && h->calls % 3 == 1) nanosleep(&(struct timespec){ 0, 300000 }, NULL);
}

/* Where element i of a dense box stands in the dense array. */
static int64_t place_in_array(const ptm_array *a, const int64_t *first, const int64_t *count, int64_t i)
{
    int64_t place = 0, step = 1;
    for (int d = a->dimensions - 1; d >= 0; --d) {
        place += (first[d] + i % count[d]) * step;
        i /= count[d];
        step *= a->shape[d];
    }
    return place;
}

static int64_t enter_box(holder *h, const int64_t *first, const int64_t *count)
{
    int64_t n = 1;
    for (int d = 0; d < h->a.dimensions; ++d) {
        h->wrong_box = h->wrong_box || first[d] < 0 || count[d] < 1 || first[d] + count[d] > h->a.shape[d];
        n *= count[d];
    }
    const uint64_t bytes = (uint64_t)n * ptm_type_size(h->a.type);
    if (bytes > h->largest_box) h->largest_box = bytes;
    pause_at_times(h);
    return h->wrong_box ? 0 : n;
}

static int read_box(void *user, const int64_t *first, const int64_t *count, void *data)
{
    holder *h = user;
    const size_t size = ptm_type_size(h->a.type);
    const int64_t n = enter_box(h, first, count);
    if (++h->calls == h->fail_at) return ptm_error_set(h->fail_with, "the tape broke at box %d", h->calls);
    for (int64_t i = 0; i < n; ++i) {
        const int64_t place = place_in_array(&h->a, first, count, i);
        memcpy((char *)data + (size_t)i * size, h->values + (size_t)place * size, size);
        h->reads[place]++;
    }
    return PTM_OK;
}

static int write_box(void *user, const int64_t *first, const int64_t *count, const void *data)
{
    holder *h = user;
    const size_t size = ptm_type_size(h->a.type);
    const int64_t n = enter_box(h, first, count);
    if (++h->calls == h->fail_at) return ptm_error_set(h->fail_with, "the disk is full at box %d", h->calls);
    for (int64_t i = 0; i < n; ++i) {
        const int64_t place = place_in_array(&h->a, first, count, i);
        memcpy(h->values + (size_t)place * size, (const char *)data + (size_t)i * size, size);
        h->writes[place]++;
    }
    return PTM_OK;
}

/* Length of the chunk that begins at `place`. */
static int64_t chunk_length(layout l, int64_t all, int64_t place, int i)
{
    const int64_t wanted = l == PLAIN || l == ON_DEVICE ? all : l == EQUAL ? (all + 2) / 3 : 1 + (i * 2) % 5;
    return wanted < all - place ? wanted : all - place;
}

/* Where an element stands: in which block, and how many bytes from its beginning. */
static size_t find(const holder *h, int64_t element, int *block)
{
    int64_t index[PTM_MAX_DIMENSIONS] = { 0 }, offset = 0;
    for (int d = h->a.dimensions - 1; d >= 0; --d) {
        index[d] = element % h->a.shape[d];
        element /= h->a.shape[d];
    }
    for (*block = 0; index[0] >= h->chunks[*block].length; ++*block) index[0] -= h->chunks[*block].length;
    for (int d = 0; d < h->a.dimensions; ++d) offset += index[d] * h->a.stride[d];
    return GUARD + (size_t)offset * ptm_type_size(h->a.type);
}

static bool is_on_device(layout l, int i)
{
    return l == ON_DEVICE || l == DEVICES || (l == MIXED && i % 2 == 0);
}

/* Lays out n numbers of the type; blocks of the host's begin an element behind where malloc gives them. */
static void lay_out(holder *h, ptm_device *device, layout l, const ptm_space *space, const void *values)
{
    const size_t size = ptm_type_size(space->type);
    *h = (holder) {
        .layout = l, .a = { PTM_SIZED(ptm_array), .type = space->type, .dimensions = space->dimensions }, .elements = 1
    };
    for (int d = space->dimensions - 1; d >= 0; --d) {
        h->a.shape[d] = space->shape[d];
        h->a.stride[d] = d == space->dimensions - 1
                             ? 1
                             : h->a.stride[d + 1] * h->a.shape[d + 1] + (d == space->dimensions - 2 ? 3 : 0);
        h->elements *= space->shape[d];
    }
    if (l == CALLED) {
        memset(h->a.stride, 0, sizeof h->a.stride);
        h->values = malloc((size_t)h->elements * size);
        h->reads = calloc((size_t)h->elements, sizeof *h->reads);
        h->writes = calloc((size_t)h->elements, sizeof *h->writes);
        memcpy(h->values, values, (size_t)h->elements * size);
        h->a.read = read_box;
        h->a.write = write_box;
        h->a.user = h;
        return;
    }
    for (int64_t place = 0; place < h->a.shape[0]; place += h->chunks[h->count++].length) {
        ptm_chunk *c = &h->chunks[h->count];
        c->length = chunk_length(l, h->a.shape[0], place, h->count);
        h->bytes[h->count] = (size_t)ptm_chunk_extent(&h->a, c) * size + 2 * GUARD;
        h->blocks[h->count] = malloc(h->bytes[h->count]);
        memset(h->blocks[h->count], PATTERN, h->bytes[h->count]);
    }
    for (int64_t i = 0; i < h->elements; ++i) {
        int block;
        const size_t at = find(h, i, &block);
        memcpy(h->blocks[block] + at, (const char *)values + (size_t)i * size, size);
    }
    for (int i = 0; i < h->count; ++i) {
        ptm_chunk *c = &h->chunks[i];
        if (is_on_device(l, i)) {
            must(ptm_memory_create(&c->memory, device, h->bytes[i]));
            must(ptm_memory_write(c->memory, 0, h->blocks[i], h->bytes[i]));
            c->offset = (int64_t)(GUARD / size);
        } else {
            /* Not where a page or a cache line begins. */
            char *moved = malloc(h->bytes[i] + size);
            memcpy(moved + size, h->blocks[i], h->bytes[i]);
            free(h->blocks[i]);
            h->blocks[i] = moved;
            c->data = moved + size + GUARD;
        }
    }
    if (l == PLAIN || l == ON_DEVICE) {
        h->a.data = h->chunks[0].data;
        h->a.memory = h->chunks[0].memory;
        h->a.offset = h->chunks[0].offset;
    } else {
        h->a.chunks = h->chunks;
        h->a.chunk_count = h->count;
    }
}

/* A block as it is now, in the host's memory. */
static char *block_now(holder *h, int i)
{
    if (!h->chunks[i].memory) return h->blocks[i] + ptm_type_size(h->a.type);
    must(ptm_memory_read(h->chunks[i].memory, 0, h->blocks[i], h->bytes[i]));
    return h->blocks[i];
}

/* The values as they are now, dense; and whether all that is not an element still has the pattern. */
static bool collect(holder *h, void *values)
{
    const size_t size = ptm_type_size(h->a.type);
    if (h->layout == CALLED) {
        memcpy(values, h->values, (size_t)h->elements * size);
        return true;
    }
    char *now[CHUNKS];
    for (int i = 0; i < h->count; ++i) now[i] = block_now(h, i);
    for (int64_t i = 0; i < h->elements; ++i) {
        int block;
        const size_t at = find(h, i, &block);
        memcpy((char *)values + (size_t)i * size, now[block] + at, size);
        memset(now[block] + at, PATTERN, size);
    }
    bool intact = true;
    for (int i = 0; i < h->count; ++i)
        for (size_t k = 0; k < h->bytes[i]; ++k) intact = intact && now[i][k] == PATTERN;
    return intact;
}

static void drop(holder *h)
{
    for (int i = 0; i < h->count; ++i) {
        ptm_memory_destroy(&h->chunks[i].memory);
        free(h->blocks[i]);
    }
    free(h->values);
    free(h->reads);
    free(h->writes);
}

static int64_t elements_of(const ptm_space *space)
{
    int64_t n = 1;
    for (int d = 0; d < space->dimensions; ++d) n *= space->shape[d];
    return n;
}

static void fill(void *values, int64_t n, ptm_type type, uint64_t seed)
{
    for (int64_t i = 0; i < n; ++i) {
        const double x = random_number(&seed);
        if (type == PTM_FLOAT64) ((double *)values)[i] = x;
        else ((float *)values)[i] = (float)x;
    }
}

/* How often a call reads each element of its input. */
static int planned_reads(const ptm_operator *op, bool adjoint)
{
    if (strcmp(op->class->name, "projector") != 0) return 1;
    const ptm_projector *p = (const ptm_projector *)op;
    if (p->geometry.weighted != adjoint) return (p->geometry.ny + p->stored_rows - 1) / p->stored_rows;
    return p->loaded_rows < p->geometry.ny ? (p->geometry.count + p->stored_views - 1) / p->stored_views : 1;
}

/* The largest box that a call may ask for: a slot, or one place along an axis of a part. */
static uint64_t planned_box(const ptm_operator *op, bool pixels)
{
    if (strcmp(op->class->name, "projector") != 0) return (uint64_t)32 << 20;
    const ptm_projector *p = (const ptm_projector *)op;
    const ptm_geometry *g = &p->geometry;
    const int64_t rows = p->loaded_rows > p->stored_rows ? p->loaded_rows : p->stored_rows;
    const int64_t views = p->loaded_views > p->stored_views ? p->loaded_views : p->stored_views;
    const uint64_t size = ptm_type_size(g->type);
    const uint64_t unit = (uint64_t)(pixels ? (int64_t)(p->stacked ? views : g->nv) * g->nu
        : g->nz > 1 ? rows * g->nx : (int64_t)g->nx) * size;
    return unit > p->staging ? unit : p->staging;
}

static bool is_all(const int *counts, int64_t n, int wanted)
{
    bool all = true;
    for (int64_t i = 0; i < n; ++i) all = all && counts[i] == wanted;
    return all;
}

/* A call with these layouts against the reference. */
static void compare(ptm_operator *op, const char *name, bool adjoint, layout in, layout out, bool added, const void *x,
    const void *y, const void *expected, bool slow)
{
    const ptm_space *from = adjoint ? &op->range : &op->domain, *to = adjoint ? &op->domain : &op->range;
    const size_t bytes = (size_t)elements_of(to) * ptm_type_size(to->type);
    holder hx, hy;
    lay_out(&hx, op->device, in, from, x);
    lay_out(&hy, op->device, out, to, y);
    hx.slow = hy.slow = slow;
    void *result = malloc(bytes);
    const char *way = adjoint ? "adjoint" : "forward";
    int status = ptm_apply_scaled(op, adjoint, 1.5, &hx.a, added ? 0.25 : 0, &hy.a, NULL);
    check(status == PTM_OK, "%s, %s, %s to %s: %s", name, way, layout_names[in], layout_names[out],
        status ? ptm_error_message() : "");
    const bool intact = collect(&hy, result);
    check(memcmp(result, expected, bytes) == 0, "%s, %s, %s to %s%s: the same bits", name, way, layout_names[in],
        layout_names[out], added ? ", added" : "");
    check(intact, "%s, %s, %s to %s: nothing beside the array is written", name, way, layout_names[in], layout_names[out]);
    const bool pixels_in = strcmp(op->class->name, "projector") == 0 &&
                           ((const ptm_projector *)op)->geometry.weighted != adjoint;
    if (in == CALLED) {
        const int reads = planned_reads(op, adjoint);
        check(!hx.wrong_box && is_all(hx.reads, hx.elements, reads) && is_all(hx.writes, hx.elements, 0),
            "%s, %s: each element is read %d times, in %d boxes", name, way, reads, hx.calls);
        check(hx.largest_box <= planned_box(op, pixels_in), "%s, %s: boxes of at most %llu bytes", name, way,
            (unsigned long long)hx.largest_box);
    }
    if (out == CALLED) {
        check(!hy.wrong_box && is_all(hy.writes, hy.elements, 1) && is_all(hy.reads, hy.elements, added),
            "%s, %s: each element is written once, in %d boxes", name, way, hy.calls);
        check(hy.largest_box <= planned_box(op, !pixels_in), "%s, %s: boxes of at most %llu bytes are written", name, way,
            (unsigned long long)hy.largest_box);
    }
    drop(&hx);
    drop(&hy);
    free(result);
}

/* The host goes through all of them, a device through every thirty-seventh in turn. */
static bool is_chosen(const ptm_device *device)
{
    static int turn;
    return takes_all(device) || turn++ % 37 == 0;
}

/* One direction of an operator, through all layouts. */
static void test_layouts(ptm_operator *op, const char *name, bool adjoint)
{
    const ptm_space *from = adjoint ? &op->range : &op->domain, *to = adjoint ? &op->domain : &op->range;
    const int64_t n = elements_of(from), m = elements_of(to);
    const size_t size = ptm_type_size(from->type);
    void *x = malloc((size_t)n * size), *y = malloc((size_t)m * size);
    fill(x, n, from->type, 1);
    fill(y, m, to->type, 2);
    for (int added = 0; added < 2; ++added) {
        ptm_array in = { PTM_SIZED(ptm_array), .type = from->type, .dimensions = from->dimensions, .data = x }, out = in;
        void *expected = malloc((size_t)m * size);
        memcpy(expected, y, (size_t)m * size);
        memcpy(in.shape, from->shape, sizeof in.shape);
        memcpy(out.shape, to->shape, sizeof out.shape);
        out.dimensions = to->dimensions;
        out.data = expected;
        must(ptm_apply_scaled(op, adjoint, 1.5, &in, added ? 0.25 : 0, &out, NULL));
        for (int l = 0; l < LAYOUTS; ++l) {
            if (is_chosen(op->device))
                compare(op, name, adjoint, (layout)l, l % 2 ? PLAIN : ON_DEVICE, added, x, y, expected, false);
            if (is_chosen(op->device))
                compare(op, name, adjoint, l % 2 ? PLAIN : ON_DEVICE, (layout)l, added, x, y, expected, false);
        }
        if (is_chosen(op->device)) compare(op, name, adjoint, MIXED, UNEQUAL, added, x, y, expected, false);
        compare(op, name, adjoint, CALLED, CALLED, added, x, y, expected, true);
        free(expected);
    }
    free(x);
    free(y);
}

/* Subjects: operators of every family, with parts and pieces in numbers. */
enum { N = 13, NZ = 6, NU = 17, NV = 7, VIEWS = 9, BATCH = 3 };

static ptm_scan *make_shifted_scan(bool flat, double sod, double offset)
{
    static const double angles[VIEWS] = { 0, 0.7, 1.4, 2.1, 2.8, 3.5, 4.2, 4.9, 5.6 };
    const ptm_circular_options o = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { flat ? 1 : NZ, N, N - 2 } },
        .detector = { .shape = { flat ? 1 : NV, NU }, .spacing = { 1.9, 1.7 }, .offset = { offset, 0 } }, .views = VIEWS,
        .angles = angles, .sod = sod, .sdd = 2 * sod };
    ptm_scan *scan;
    must(sod > 0 ? ptm_scan_cone(&scan, context, &o) : ptm_scan_parallel(&scan, context, &o));
    return scan;
}

static ptm_scan *make_scan(bool flat, double sod)
{
    return make_shifted_scan(flat, sod, 0);
}

static void test_both_ways(ptm_operator *op, const char *name)
{
    for (int adjoint = 0; adjoint < 2; ++adjoint) test_layouts(op, name, adjoint);
    ptm_operator_destroy(&op);
}

static void test_operators(ptm_device *device, uint64_t workspace)
{
    ptm_scan *cone = make_scan(false, 40), *fan = make_scan(true, 40), *parallel = make_scan(true, 0);
    ptm_scan *half = make_shifted_scan(true, 0, 10);
    const ptm_projector_options plain = { PTM_SIZED(ptm_projector_options), .workspace = workspace };
    ptm_projector_options o = plain;
    ptm_operator *op;
    must(ptm_projector_create(&op, device, cone, &o));
    test_both_ways(op, "upright");
    must(ptm_backprojector_create(&op, device, cone, &o));
    test_both_ways(op, "weighted");
    must(ptm_projector_create(&op, device, parallel, &o));
    test_both_ways(op, "flat");
    o.family = PTM_FAMILY_GENERAL;
    must(ptm_projector_create(&op, device, cone, &o));
    test_both_ways(op, "general");
    o = plain;
    o.batch = BATCH;
    must(ptm_projector_create(&op, device, cone, &o));
    test_both_ways(op, "a batch");
    must(ptm_projector_create(&op, device, fan, &o));
    check(((ptm_projector *)op)->stacked, "a batch of slices is a stack");
    test_both_ways(op, "a stack");
    must(ptm_fbp_create(&op, device, cone, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .projector = &plain }));
    test_both_ways(op, "FDK");
    must(ptm_fbp_create(&op, device, half, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .projector = &plain }));
    check(((ptm_projector *)op)->beside.before + ((ptm_projector *)op)->beside.after > 0, "half a detector is completed");
    test_both_ways(op, "FBP of half a detector");
    o = plain;
    o.step = 0.5;
    must(ptm_projector_create(&op, device, cone, &o));
    test_both_ways(op, "samples along rays");
    must(ptm_filter_create(&op, device, cone, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .projector = &plain }));
    test_both_ways(op, "filter");
    o = plain;
    o.voxel_samples = 2;
    must(ptm_backprojector_create(&op, device, cone, &o));
    test_both_ways(op, "voxels of 8 samples");
    if (device->limits.textures) {
        o = plain;
        o.sampling = PTM_SAMPLING_TEXTURE;
        must(ptm_projector_create(&op, device, cone, &o));
        test_both_ways(op, "texture");
    }
    if (device->limits.doubles) {
        o = plain;
        o.precision = PTM_FLOAT64;
        must(ptm_projector_create(&op, device, cone, &o));
        test_both_ways(op, "float64");
    }
    ptm_scan_destroy(&cone);
    ptm_scan_destroy(&fan);
    ptm_scan_destroy(&parallel);
    ptm_scan_destroy(&half);
}

/* Counts against the same numbers as floats, bit for bit. */
static void test_counts_of(ptm_operator *op, const char *name, bool adjoint, ptm_type type)
{
    ptm_space from = adjoint ? op->range : op->domain;
    const ptm_space *to = adjoint ? &op->domain : &op->range;
    const int64_t n = elements_of(&from), m = elements_of(to);
    const size_t size = ptm_type_size(type), real = ptm_type_size(from.type), bytes = (size_t)m * real;
    void *counts = malloc((size_t)n * size), *numbers = malloc((size_t)n * real), *expected = calloc(1, bytes),
         *result = malloc(bytes);
    uint64_t seed = 3;
    for (int64_t i = 0; i < n; ++i) {
        const int32_t r = (int32_t)(random_number(&seed) * 2147483647.0);
        const uint8_t u8 = (uint8_t)r;
        const uint16_t u16 = (uint16_t)r;
        const int16_t s16 = (int16_t)(r >> 16);
        const double value = type == PTM_UINT8 ? u8 : type == PTM_UINT16 ? u16 : type == PTM_INT16 ? s16 : r;
        memcpy((char *)counts + (size_t)i * size,
            type == PTM_UINT8    ? (const void *)&u8
            : type == PTM_UINT16 ? (const void *)&u16
            : type == PTM_INT16  ? (const void *)&s16
                                 : (const void *)&r,
            size);
        if (from.type == PTM_FLOAT64) ((double *)numbers)[i] = value;
        else ((float *)numbers)[i] = (float)value;
    }
    holder hx, hy;
    lay_out(&hx, op->device, PLAIN, &from, numbers);
    lay_out(&hy, op->device, PLAIN, to, expected);
    must(ptm_apply_scaled(op, adjoint, 1, &hx.a, 0, &hy.a, NULL));
    collect(&hy, expected);
    drop(&hx);
    drop(&hy);
    from.type = type;
    for (int l = 0; l < LAYOUTS; ++l) {
        if (!is_chosen(op->device)) continue;
        lay_out(&hx, op->device, (layout)l, &from, counts);
        lay_out(&hy, op->device, PLAIN, to, expected);
        int status = ptm_apply_scaled(op, adjoint, 1, &hx.a, 0, &hy.a, NULL);
        collect(&hy, result);
        check(status == PTM_OK && memcmp(result, expected, bytes) == 0, "%s: %s in %s are the same as floats: %s", name,
            ptm_type_name(type), layout_names[l], status ? ptm_error_message() : "");
        drop(&hx);
        drop(&hy);
    }
    free(counts);
    free(numbers);
    free(expected);
    free(result);
}

static void test_counts(ptm_device *device)
{
    static const ptm_type types[] = { PTM_UINT8, PTM_UINT16, PTM_INT16, PTM_INT32 };
    ptm_scan *cone = make_scan(false, 40), *fan = make_scan(true, 40);
    const ptm_projector_options o = { PTM_SIZED(ptm_projector_options), .workspace = 8192 };
    ptm_operator *ops[4];
    must(ptm_fbp_create(&ops[0], device, cone, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .projector = &o }));
    must(ptm_projector_create(&ops[1], device, cone, &o));
    must(ptm_backprojector_create(&ops[2], device, cone,
        &(ptm_projector_options){ PTM_SIZED(ptm_projector_options), .voxel_samples = 2 }));
    must(ptm_projector_create(&ops[3], device, fan,
        &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .batch = BATCH,
            .precision = device->limits.doubles ? PTM_FLOAT64 : PTM_FLOAT32 }));
    for (int i = 0; i < 4; ++i) {
        for (int k = 0; k < 4; ++k) test_counts_of(ops[i], "counts", i == 1, types[k]);
        ptm_operator_destroy(&ops[i]);
    }
    ptm_scan_destroy(&cone);
    ptm_scan_destroy(&fan);
}

static void refused(int status, int expected, const char *word, const char *what)
{
    check(status == expected && strstr(ptm_error_message(), word), "%s: status %d, \"%s\"", what, status,
        ptm_error_message());
}

static void test_bad_arrays(ptm_device *device)
{
    ptm_scan *cone = make_scan(false, 40);
    ptm_operator *op;
    must(ptm_projector_create(&op, device, cone, NULL));
    const int64_t n = elements_of(&op->domain), m = elements_of(&op->range);
    float *x = calloc((size_t)n, sizeof *x), *y = calloc((size_t)m, sizeof *y);
    const ptm_array in = PTM_ARRAY_3D(x, NZ, N, N - 2), out = PTM_ARRAY_3D(y, VIEWS, NV, NU);
    const int64_t slice = N * (N - 2), view = NV * NU;
    ptm_array bad = out;
    bad.type = PTM_UINT16;
    refused(ptm_apply(op, &bad, &in), PTM_ERROR_ARGUMENT, "out is of uint16", "counts as output");
    bad = in;
    bad.type = (ptm_type)7;
    refused(ptm_apply(op, &out, &bad), PTM_ERROR_ARGUMENT, "in.type is 7", "a type that is none");
    ptm_chunk chunks[3] = { { 2, x, NULL, 0 }, { 3, x + 2 * slice, NULL, 0 }, { 1, x + 5 * slice, NULL, 0 } };
    bad = in;
    bad.chunks = chunks;
    bad.chunk_count = 3;
    refused(ptm_apply(op, &out, &bad), PTM_ERROR_ARGUMENT, "beside data", "chunks and data");
    bad.data = NULL;
    must(ptm_apply(op, &out, &bad));
    chunks[1].length = 2;
    refused(ptm_apply(op, &out, &bad), PTM_ERROR_ARGUMENT, "5 places together, expected 6", "chunks that are too short");
    chunks[1].length = 5;
    refused(ptm_apply(op, &out, &bad), PTM_ERROR_ARGUMENT, "in.chunks[1].length is 5", "chunks that are too long");
    chunks[1].length = 0;
    refused(ptm_apply(op, &out, &bad), PTM_ERROR_ARGUMENT, "in.chunks[1].length is 0", "an empty chunk");
    chunks[1].length = 3;
    chunks[2].data = NULL;
    refused(ptm_apply(op, &out, &bad), PTM_ERROR_ARGUMENT, "in.chunks[2] has neither", "a chunk without memory");
    bad.chunk_count = 0;
    refused(ptm_apply(op, &out, &bad), PTM_ERROR_ARGUMENT, "in has 0 chunks", "no chunks");
    ptm_chunk views[2] = { { 4, y, NULL, 0 }, { VIEWS - 4, y + 3 * view, NULL, 0 } };
    bad = out;
    bad.data = NULL;
    bad.chunks = views;
    bad.chunk_count = 2;
    refused(ptm_apply(op, &bad, &in), PTM_ERROR_ARGUMENT, "out.chunks[0] and out.chunks[1] share",
        "chunks of an output that overlap");
    views[1].data = y + 4 * view;
    must(ptm_apply(op, &bad, &in));
    views[1].data = x;
    refused(ptm_apply(op, &bad, &in), PTM_ERROR_ARGUMENT, "in and out share", "a chunk that overlaps the input");
    ptm_memory *memory;
    must(ptm_memory_create(&memory, device, (uint64_t)(4 * view) * sizeof *y));
    views[1] = (ptm_chunk){ VIEWS - 4, NULL, memory, 0 };
    refused(ptm_apply(op, &bad, &in), PTM_ERROR_ARGUMENT, "out.chunks[1] reaches beyond", "a chunk beyond its memory");
    ptm_memory_destroy(&memory);
    bad = in;
    bad.data = NULL;
    bad.write = write_box;
    refused(ptm_apply(op, &out, &bad), PTM_ERROR_ARGUMENT, "in.read is NULL", "an input that cannot be read");
    bad = out;
    bad.data = NULL;
    bad.write = write_box;
    refused(ptm_apply_scaled(op, false, 1, &in, 1, &bad, NULL), PTM_ERROR_ARGUMENT, "adds to it",
        "an output that cannot be read");
    bad.stride[0] = view;
    bad.stride[1] = NU;
    bad.stride[2] = 1;
    refused(ptm_apply(op, &bad, &in), PTM_ERROR_ARGUMENT, "out.stride[0]", "strides of what has none");
    bad = in;
    bad.read = read_box;
    refused(ptm_apply(op, &out, &bad), PTM_ERROR_ARGUMENT, "beside data", "a function and data");
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&cone);
    free(x);
    free(y);
}

/* Whatever box fails, the call ends with the function's own status and message, and the next call is right. */
static void test_failing(ptm_device *device)
{
    ptm_scan *cone = make_scan(false, 40);
    ptm_operator *op;
    must(ptm_projector_create(
        &op, device, cone, &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .workspace = 8192 }));
    const int64_t n = elements_of(&op->domain), m = elements_of(&op->range);
    float *x = calloc((size_t)n, sizeof *x), *y = calloc((size_t)m, sizeof *y), *expected = calloc((size_t)m, sizeof *y);
    const ptm_array in = PTM_ARRAY_3D(x, NZ, N, N - 2), out = PTM_ARRAY_3D(expected, VIEWS, NV, NU);
    fill(x, n, PTM_FLOAT32, 1);
    must(ptm_apply(op, &out, &in));
    int reads = 1 << 20, writes = reads, right = 0, tries = 0;
    for (int k = 1; k <= reads || k <= writes; ++k)
        for (int written = 0; written < 2; ++written) {
            holder hx, hy;
            if (k > (written ? writes : reads)) continue;
            lay_out(&hx, device, CALLED, &op->domain, x);
            lay_out(&hy, device, CALLED, &op->range, y);
            (written ? &hy : &hx)->fail_at = k;
            (written ? &hy : &hx)->fail_with = k % 2 ? PTM_ERROR_IO : PTM_ERROR_CANCELLED;
            const int status = ptm_apply(op, &hy.a, &hx.a);
            char message[64];
            snprintf(message, sizeof message, written ? "the disk is full at box %d" : "the tape broke at box %d", k);
            if (status == PTM_OK) {
                *(written ? &writes : &reads) = k - 1;
                right += memcmp(hy.values, expected, (size_t)m * sizeof *y) == 0;
            } else {
                right += status == (k % 2 ? PTM_ERROR_IO : PTM_ERROR_CANCELLED) &&
                         strcmp(ptm_error_message(), message) == 0;
            }
            tries++;
            drop(&hx);
            drop(&hy);
        }
    check(right == tries && reads > 3 && writes > 3,
        "%d of %d calls end as their functions say; %d boxes are read, %d written", right, tries, reads, writes);
    holder hx;
    lay_out(&hx, device, CALLED, &op->domain, x);
    hx.fail_at = 1;
    hx.fail_with = 3;
    refused(ptm_apply(op, &out, &hx.a), PTM_ERROR_ARGUMENT, "read returned 3", "a status that is none");
    drop(&hx);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&cone);
    free(x);
    free(y);
    free(expected);
}

/* Progress grows to 1; a call that is stopped leaves the operator usable. */
typedef struct watch { double last, stop_at; int calls; bool falls; } watch;
static bool see(void *user, double done)
{
    watch *w = user;
    w->falls = w->falls || done <= w->last || done > 1;
    w->last = done;
    w->calls++;
    return done < w->stop_at;
}

static void test_progress(ptm_device *device)
{
    ptm_scan *cone = make_scan(false, 40);
    ptm_operator *op;
    must(ptm_projector_create(
        &op, device, cone, &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .workspace = 8192 }));
    const int64_t n = elements_of(&op->domain), m = elements_of(&op->range);
    float *x = calloc((size_t)n, sizeof *x), *y = calloc((size_t)m, sizeof *y), *expected = calloc((size_t)m, sizeof *y);
    const ptm_array in = PTM_ARRAY_3D(x, NZ, N, N - 2), out = PTM_ARRAY_3D(expected, VIEWS, NV, NU);
    fill(x, n, PTM_FLOAT32, 1);
    must(ptm_apply(op, &out, &in));
    for (int called = 0; called < 2; ++called) {
        holder hx, hy;
        watch w = { 0, 0.5, 0, false };
        const ptm_run_options run = { PTM_SIZED(ptm_run_options), .progress = see, .progress_user = &w };
        lay_out(&hx, device, called ? CALLED : ON_DEVICE, &op->domain, x);
        lay_out(&hy, device, called ? CALLED : ON_DEVICE, &op->range, y);
        refused(ptm_apply_scaled(op, false, 1, &hx.a, 0, &hy.a, &run), PTM_ERROR_CANCELLED, "progress",
            "a call that is stopped");
        check(!w.falls && w.last >= 0.5 && w.last < 1, "stopped at %g after %d parts", w.last, w.calls);
        w = (watch){ 0, 2, 0, false };
        must(ptm_apply_scaled(op, false, 1, &hx.a, 0, &hy.a, &run));
        check(!w.falls && w.last == 1 && w.calls > 3, "progress to %g in %d parts", w.last, w.calls);
        collect(&hy, y);
        check(memcmp(y, expected, (size_t)m * sizeof *y) == 0, "the same bits with progress");
        drop(&hx);
        drop(&hy);
    }
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&cone);
    free(x);
    free(y);
    free(expected);
}

/* An array behind functions goes through the filter and comes back to its place, in boxes that the workspace allows. */
static void test_filter_in_place(ptm_device *device)
{
    const ptm_projector_options small = { PTM_SIZED(ptm_projector_options), .workspace = 8192 };
    const ptm_fbp_options o = { PTM_SIZED(ptm_fbp_options), .projector = &small };
    ptm_scan *cone = make_scan(false, 40);
    ptm_operator *op, *large;
    must(ptm_filter_create(&op, device, cone, &o));
    must(ptm_filter_create(&large, device, cone, NULL));
    const int64_t n = elements_of(&op->domain);
    float *x = calloc((size_t)n, sizeof *x), *expected = calloc((size_t)n, sizeof *expected);
    const ptm_array in = PTM_ARRAY_3D(x, VIEWS, NV, NU), out = PTM_ARRAY_3D(expected, VIEWS, NV, NU);
    holder h;
    fill(x, n, PTM_FLOAT32, 1);
    must(ptm_apply(op, &out, &in));
    lay_out(&h, device, CALLED, &op->domain, x);
    h.slow = true;
    must(ptm_apply(op, &h.a, &h.a));
    check(h.calls > 6 && h.largest_box <= 8192 / 8, "boxes of %llu bytes, %d calls", (unsigned long long)h.largest_box,
        h.calls);
    collect(&h, x);
    check(memcmp(x, expected, (size_t)n * sizeof *x) == 0, "filtered in place");
    check(ptm_operator_memory(op) < ptm_operator_memory(large), "a filter with a workspace is smaller");
    drop(&h);
    ptm_operator_destroy(&op);
    ptm_operator_destroy(&large);
    ptm_scan_destroy(&cone);
    free(x);
    free(expected);
}

/* What a projector and its calls hold on the device stays within the workspace, beside its tables. */
static void test_budget(ptm_device *device, const ptm_scan *scan, ptm_sampling sampling, uint64_t budget)
{
    const ptm_device_limits limits = device->limits;
    ptm_operator *op;
    for (int weighted = 0; weighted < 2; ++weighted)
        for (int direct = sampling == PTM_SAMPLING_TEXTURE && limits.direct_staging; direct <= limits.direct_staging;
             ++direct) {
            if (limits.direct_staging && !takes_all(device) && direct != weighted) continue; /* many launches, and long */
            device->limits.alignment = 0; /* arrays are staged */
            device->limits.direct_staging = direct != 0;
            const uint64_t before = device->held;
            device->most_held = before;
            const ptm_projector_options options = { PTM_SIZED(ptm_projector_options), .workspace = budget,
                .sampling = sampling };
            must((weighted ? ptm_backprojector_create : ptm_projector_create)(&op, device, scan, &options));
            const ptm_projector *p = (const ptm_projector *)op;
            const int64_t n = elements_of(&op->domain), m = elements_of(&op->range);
            float *x = calloc((size_t)n, sizeof *x), *y = calloc((size_t)m, sizeof *y);
            fill(x, n, PTM_FLOAT32, 1);
            ptm_array in = { PTM_SIZED(ptm_array), .dimensions = 3, .data = x }, out = in;
            memcpy(in.shape, op->domain.shape, sizeof in.shape);
            memcpy(out.shape, op->range.shape, sizeof out.shape);
            out.data = y;
            must(ptm_apply(op, &out, &in));
            must(ptm_apply_scaled(op, true, 1, &out, 1, &in, NULL));
            uint64_t tables = 0;
            const ptm_buffer *buffers[] = { p->geometry.view_table, p->geometry.ray_table, p->geometry.strip_table };
            for (int i = 0; i < 3; ++i) tables += buffers[i] ? buffers[i]->size : 0;
            const uint64_t most = device->most_held - before;
            check(most <= budget + tables && (uint64_t)(n + m) * sizeof(float) > 2 * budget,
                "%llu bytes for arrays of %llu: %llu of tables, and at most %llu", (unsigned long long)most,
                (unsigned long long)(n + m) * sizeof(float), (unsigned long long)tables, (unsigned long long)budget);
            check(ptm_operator_memory(op) == most, "the operator says that it keeps %llu bytes",
                (unsigned long long)ptm_operator_memory(op));
            ptm_operator_destroy(&op);
            check(device->held == before, "all of it is given back");
            free(x);
            free(y);
        }
    device->limits = limits;
}

/* In a cone, sampled both ways, and in one slice, whose image is kept twice, and which takes so many launches. */
static void test_budgets(ptm_device *device)
{
    enum { SIDE = 48, COUNT = 30, WIDTH = 256 };
    const ptm_circular_options cone = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { SIDE, SIDE, SIDE } },
        .detector = { .shape = { SIDE, SIDE + 16 }, .spacing = { 2, 2 } }, .views = COUNT, .sod = 150, .sdd = 300 };
    const ptm_circular_options slice = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { 1, WIDTH, WIDTH } },
        .detector = { .shape = { 1, WIDTH } }, .views = 24 };
    ptm_scan *scan;
    must(ptm_scan_cone(&scan, context, &cone));
    test_budget(device, scan, PTM_SAMPLING_SOFTWARE, 256 << 10);
    if (device->limits.textures) test_budget(device, scan, PTM_SAMPLING_TEXTURE, 384 << 10);
    ptm_scan_destroy(&scan);
    if (!takes_all(device)) return;
    must(ptm_scan_parallel(&scan, context, &slice));
    test_budget(device, scan, PTM_SAMPLING_SOFTWARE, 128 << 10);
    ptm_scan_destroy(&scan);
}

/* A chain over two queues and the device's own, again and again, without a wait of the host's in between. */
static void test_queues(ptm_device *device)
{
    enum { ROUNDS = 10 };
    ptm_scan *cone = make_scan(false, 40);
    ptm_operator *forward, *back;
    ptm_queue *one, *two;
    ptm_memory *x, *y, *z[ROUNDS];
    must(ptm_projector_create(
        &forward, device, cone, &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .workspace = 8192 }));
    must(ptm_projector_create(&back, device, cone, NULL));
    must(ptm_queue_create(&one, device));
    must(ptm_queue_create(&two, device));
    const int64_t n = elements_of(&forward->domain), m = elements_of(&forward->range);
    const size_t bytes = (size_t)n * sizeof(float);
    float *values = malloc(bytes), *expected = malloc(bytes), *result = malloc(bytes);
    must(ptm_memory_create(&x, device, bytes));
    must(ptm_memory_create(&y, device, (uint64_t)m * sizeof(float)));
    ptm_array ax = PTM_ARRAY_3D(NULL, NZ, N, N - 2), ay = PTM_ARRAY_3D(NULL, VIEWS, NV, NU), az = ax;
    ax.memory = x;
    ay.memory = y;
    bool same = true;
    for (int queued = 0; queued < 2; ++queued)
        for (int i = 0; i < ROUNDS; ++i) {
            const ptm_run_options first = { PTM_SIZED(ptm_run_options), .queue = queued ? one : NULL };
            const ptm_run_options second = { PTM_SIZED(ptm_run_options), .queue = queued ? two : NULL };
            must(ptm_memory_create(&z[i], device, bytes));
            az.memory = z[i];
            fill(values, n, PTM_FLOAT32, (uint64_t)i + 1);
            if (queued) must(ptm_queue_wait(NULL, one)); /* x is free */
            must(ptm_memory_write(x, 0, values, bytes));
            if (queued) must(ptm_queue_wait(one, NULL));
            if (queued) must(ptm_queue_wait(one, two)); /* y is free */
            must(ptm_apply_scaled(forward, false, 1, &ax, 0, &ay, &first));
            if (queued) must(ptm_queue_wait(two, one));
            must(ptm_apply_scaled(back, true, 1, &ay, 0, &az, &second));
            if (!queued && i == ROUNDS - 1) must(ptm_memory_read(z[i], 0, expected, bytes));
            if (!queued) ptm_memory_destroy(&z[i]);
        }
    must(ptm_queue_wait(NULL, two));
    must(ptm_memory_read(z[ROUNDS - 1], 0, result, bytes));
    same = memcmp(result, expected, bytes) == 0;
    check(same, "two queues that wait for each other get the same bits");
    refused(ptm_queue_wait(NULL, NULL), PTM_ERROR_ARGUMENT, "both NULL", "no queue");
    must(ptm_queue_finish(one));
    for (int i = 0; i < ROUNDS; ++i) ptm_memory_destroy(&z[i]);
    ptm_memory_destroy(&x);
    ptm_memory_destroy(&y);
    ptm_queue_destroy(&one);
    ptm_queue_destroy(&two);
    ptm_queue_destroy(&two);
    ptm_operator_destroy(&forward);
    ptm_operator_destroy(&back);
    ptm_scan_destroy(&cone);
    free(values);
    free(expected);
    free(result);
}

/* Memory of the host's that the device uses in place is as the device left it when its queue has been waited for, also if
 * nothing was enqueued since the last flush. */
static void test_finish(ptm_device *device)
{
    enum { BYTES = 64 << 20, LAST = BYTES / 4 - 1 };
    uint32_t *values = aligned_alloc(4096, BYTES);
    ptm_buffer *buffer;
    if (device->limits.alignment == 0 || ptm_buffer_import(&buffer, device, values, BYTES)) {
        free(values);
        return;
    }
    for (uint32_t round = 1; round <= 3; ++round) {
        must(device->backend->fill(&device->queue, buffer, 0, round, BYTES));
        must(ptm_queue_flush(&device->queue));
        must(device->backend->finish(&device->queue));
        check(values[0] == round && values[LAST] == round, "a queue is waited for after a flush: %u and %u, expected %u",
            values[0], values[LAST], round);
    }
    ptm_buffer_destroy(&buffer);
    free(values);
}

#ifdef PTM_HAVE_OPENCL
#include "backends/opencl/opencl.h"

/* Work on a queue of the caller's is in order with his own commands. */
static void test_import(ptm_device *device)
{
    const struct opencl_device *state = device->state;
    const struct opencl_api *cl = state->cl;
    cl_context native = ptm_device_get_native(device), other;
    cl_command_queue theirs, elsewhere;
    cl_int code;
    ptm_queue *queue = NULL;
    ptm_scan *cone = make_scan(false, 40);
    ptm_operator *op;
    cl_device_id id = state->id;
    theirs = cl->CreateCommandQueue(native, id, 0, &code);
    check(theirs != NULL && code == CL_SUCCESS, "a queue in the device's context");
    must(ptm_queue_import(&queue, device, theirs));
    must(ptm_projector_create(&op, device, cone, NULL));
    const int64_t n = elements_of(&op->domain), m = elements_of(&op->range);
    float *x = malloc((size_t)n * sizeof *x), *y = malloc((size_t)m * sizeof *y), *expected = malloc((size_t)m * sizeof *y);
    fill(x, n, PTM_FLOAT32, 1);
    holder hx, hy;
    lay_out(&hx, device, ON_DEVICE, &op->domain, x);
    lay_out(&hy, device, ON_DEVICE, &op->range, y);
    must(ptm_apply(op, &hy.a, &hx.a));
    collect(&hy, expected);
    const ptm_run_options run = { PTM_SIZED(ptm_run_options), .queue = queue };
    must(ptm_apply_scaled(op, false, 1, &hx.a, 0, &hy.a, &run));
    check(cl->Finish(theirs) == CL_SUCCESS, "the caller waits for his queue");
    collect(&hy, y);
    check(memcmp(y, expected, (size_t)m * sizeof *y) == 0, "the caller's queue gives the same bits");
    ptm_queue_destroy(&queue);
    check(cl->Finish(theirs) == CL_SUCCESS, "the queue is still the caller's");
    refused(ptm_queue_import(&queue, device, NULL), PTM_ERROR_ARGUMENT, "native is NULL", "no queue");
    cl_command_queue disordered = cl->CreateCommandQueue(native, id, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
    if (disordered) {
        refused(ptm_queue_import(&queue, device, disordered), PTM_ERROR_ARGUMENT, "out of order", "a queue without order");
        cl->ReleaseCommandQueue(disordered);
    }
    other = cl->CreateContext(NULL, 1, &id, NULL, NULL, &code);
    elsewhere = other ? cl->CreateCommandQueue(other, id, 0, &code) : NULL;
    if (check(elsewhere != NULL, "another context"))
        refused(ptm_queue_import(&queue, device, elsewhere), PTM_ERROR_ARGUMENT, "another context",
            "a queue of another context");
    if (elsewhere) cl->ReleaseCommandQueue(elsewhere);
    if (other) cl->ReleaseContext(other);
    cl->ReleaseCommandQueue(theirs);
    drop(&hx);
    drop(&hy);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&cone);
    free(x);
    free(y);
    free(expected);
}
#endif

static void test_native(ptm_device *device)
{
#ifdef PTM_HAVE_OPENCL
    if (strcmp(device->info.backend, "opencl") == 0) {
        test_import(device);
        return;
    }
#endif
    if (strcmp(device->info.backend, "cuda") == 0) return; /* tests/fake_cuda */
    ptm_queue *queue;
    check(ptm_device_get_native(device) == NULL, "%s has no context of a driver's", device->info.backend);
    refused(
        ptm_queue_import(&queue, device, &queue), PTM_ERROR_UNSUPPORTED, "cannot use a queue", "a queue that cannot be");
    check(queue == NULL, "nothing is made");
}

static void test_device(ptm_device *device, const char *name)
{
    (void)name;
    context = device->context;
    const ptm_device_limits limits = device->limits;
    test_bad_arrays(device);
    test_native(device);
    /* As the device likes it; all staged; all staged and copied. */
    for (int how = 0; how < 3; ++how) {
        if (how == 2 && !limits.direct_staging) continue;
        if (how > 0) device->limits.alignment = 0;
        if (how > 1) device->limits.direct_staging = false;
        test_operators(device, how == 0 ? 0 : 8192);
        test_counts(device);
        test_failing(device);
        test_progress(device);
        test_filter_in_place(device);
    }
    device->limits = limits;
    test_queues(device);
    test_finish(device);
    test_budgets(device);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
