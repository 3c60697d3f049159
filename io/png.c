/* png.c - grey PNG pictures of 8 and 16 bits.
 *
 * libpng leaves its functions by longjmp(). Each function here that calls setjmp() keeps what it changes afterwards in
 * png_job, so that no local variable is lost, and its callers free what was allocated. */
#include "internal.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define DEFLATE_RATIO 1100 /* deflate gains 1032 times at most */

typedef struct png_job {
    png_structp png;
    png_infop info;
    FILE *file;
    const char *path;
    uint64_t file_bytes;
    int error; /* errno of a failed write */
    char message[160];
    const ptm_io_plan *plan; /* of what is written */
    /* the picture */
    ptm_io_type type;
    int64_t shape[2];
    double window[2];
    bool interlaced;
} png_job;

static void on_error(png_structp png, png_const_charp text)
{
    png_job *job = png_get_error_ptr(png);
    snprintf(job->message, sizeof job->message, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

/* ------------------------------------------------------------------ reading */

static void read_bytes(png_structp png, png_bytep to, size_t size)
{
    png_job *job = png_get_io_ptr(png);
    if (fread(to, 1, size, job->file) != size) png_error(png, "the file is cut short");
}

static int bad_picture(const png_job *job)
{
    return ptm_error_set(PTM_ERROR_IO, "%s: damaged or cut short: %s", job->path, job->message);
}

static int open_read(png_job *job, const char *path)
{
    *job = (png_job) { .path = path };
    if (!(job->file = ptm_io_open(path, &job->file_bytes))) return PTM_ERROR_IO;
    job->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, job, on_error, on_warning);
    if (job->png) job->info = png_create_info_struct(job->png);
    if (!job->info) return ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host for libpng");
    return PTM_OK;
}

static void close_read(png_job *job)
{
    if (job->png) png_destroy_read_struct(&job->png, &job->info, NULL);
    if (job->file) fclose(job->file);
}

static void find_window(png_job *job)
{
    png_textp texts;
    int count = png_get_text(job->png, job->info, &texts, NULL);
    for (int i = 0; i < count; i++)
        if (!strcmp(texts[i].key, "Window") && texts[i].text &&
            !ptm_io_parse_numbers(texts[i].text, PTM_IO_WINDOW_KEY, job->window, 2))
            job->window[0] = job->window[1] = 0;
}

static int check_kind(const png_job *job, int bits, int colour)
{
    if (colour != PNG_COLOR_TYPE_GRAY)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: %s; only grey pictures can be read", job->path,
            colour == PNG_COLOR_TYPE_GRAY_ALPHA ? "it has an alpha channel" : "it is in colour");
    if (bits != 8 && bits != 16)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: %d bits; 8 or 16 can be read", job->path, bits);
    return PTM_OK;
}

/* Everything before the pixels. */
static int read_head(png_job *job)
{
    if (setjmp(png_jmpbuf(job->png))) return bad_picture(job);
    png_set_read_fn(job->png, job, read_bytes);
    png_set_crc_action(job->png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
    png_set_user_limits(job->png, 0x7fffffff, 0x7fffffff);
    png_read_info(job->png, job->info);
    int bits = png_get_bit_depth(job->png, job->info), colour = png_get_color_type(job->png, job->info);
    job->type = colour != PNG_COLOR_TYPE_GRAY ? PTM_IO_UNKNOWN
                : bits == 8                   ? PTM_IO_UINT8
                : bits == 16                  ? PTM_IO_UINT16
                                              : PTM_IO_UNKNOWN;
    job->shape[0] = png_get_image_height(job->png, job->info);
    job->shape[1] = png_get_image_width(job->png, job->info);
    job->interlaced = png_get_interlace_type(job->png, job->info) != PNG_INTERLACE_NONE;
    find_window(job);
    uint64_t bytes = (uint64_t)job->shape[0] * (uint64_t)job->shape[1] / 8 * (uint64_t)bits;
    return ptm_io_check_claim(job->path, bytes, job->file_bytes, DEFLATE_RATIO);
}

/* Rows first ... first + array->shape[0] - 1. Those after them are read too where the end of the file is to be checked. */
static int read_rows(png_job *job, ptm_io_array *array, int64_t first, png_bytep *rows, png_bytep spare)
{
    if (setjmp(png_jmpbuf(job->png))) return bad_picture(job);
    if (job->type == PTM_IO_UINT16 && ptm_io_host_is_little()) png_set_swap(job->png);
    int passes = png_set_interlace_handling(job->png);
    png_read_update_info(job->png, job->info);
    size_t size = (size_t)job->shape[1] * ptm_io_type_size(job->type);
    for (int64_t y = 0; y < job->shape[0]; y++) {
        bool kept = y >= first && y < first + array->shape[0];
        rows[y] = kept ? (png_bytep)array->data + (size_t)(y - first) * size : spare;
    }
    for (int pass = 0; pass < passes; pass++) png_read_rows(job->png, rows, NULL, (png_uint_32)job->shape[0]);
    png_read_end(job->png, NULL);
    return PTM_OK;
}

static int read_pixels(png_job *job, ptm_io_array *out, const ptm_io_request *request)
{
    int64_t first = request->first, shape[2] = { request->count, job->shape[1] };
    uint64_t bytes;
    int status = ptm_io_clip(&first, &shape[0], job->shape[0], job->path);
    if (!status) status = ptm_io_shape_bytes(&bytes, job->type, 2, shape, job->path);
    if (!status) status = ptm_io_check_limit(job->path, bytes, request);
    if (!status) status = ptm_io_array_prepare(out, job->type, 2, shape, job->path);
    if (status) return status;
    png_bytep *rows = ptm_io_alloc((uint64_t)job->shape[0], sizeof *rows);
    png_bytep spare = ptm_io_alloc((uint64_t)job->shape[1], ptm_io_type_size(job->type));
    memset(out->data, 0, (size_t)bytes); /* interlaced rows are combined with what is there */
    status = rows && spare ? read_rows(job, out, first, rows, spare) : PTM_ERROR_MEMORY;
    free(rows);
    free(spare);
    memcpy(out->window, job->window, sizeof job->window);
    if (status) ptm_io_array_free(out);
    return status;
}

static int read_png(ptm_io_array *out, const char *path, const ptm_io_request *request)
{
    png_job job;
    int status = open_read(&job, path);
    if (!status) status = read_head(&job);
    if (!status) status = check_kind(&job, png_get_bit_depth(job.png, job.info), png_get_color_type(job.png, job.info));
    if (!status) status = read_pixels(&job, out, request);
    close_read(&job);
    return status;
}

static int info_png(ptm_io_info *out, const char *path)
{
    png_job job;
    int status = open_read(&job, path);
    if (!status) status = read_head(&job);
    if (!status) status = ptm_io_info_add(out, "", job.type, 2, job.shape);
    close_read(&job);
    return status;
}

/* ------------------------------------------------------------------ writing */

static void write_bytes(png_structp png, png_bytep from, size_t size)
{
    png_job *job = png_get_io_ptr(png);
    if (fwrite(from, 1, size, job->file) == size) return;
    job->error = errno;
    png_error(png, "write error");
}

static void flush_bytes(png_structp png)
{
    (void)png;
}

static void set_texts(png_job *job)
{
    const ptm_io_plan *plan = job->plan;
    char window[128];
    double values[2] = { plan->low, plan->high };
    png_text texts[2] = { { .compression = PNG_TEXT_COMPRESSION_NONE, .key = "Window", .text = window },
        { .compression = PNG_TEXT_COMPRESSION_NONE, .key = "Description", .text = (char *)plan->description } };
    ptm_io_print_numbers(window, sizeof window, PTM_IO_WINDOW_KEY, values, 2);
    if (plan->windowed) png_set_text(job->png, job->info, &texts[0], 1);
    if (plan->description) png_set_text(job->png, job->info, &texts[1], 1);
}

static int bad_write(const png_job *job)
{
    return job->error ? ptm_io_write_failed(job->path, job->error)
                      : ptm_error_set(PTM_ERROR_IO, "%s: cannot be written: %s", job->path, job->message);
}

static int write_head(png_job *job)
{
    if (setjmp(png_jmpbuf(job->png))) return bad_write(job);
    const ptm_io_plan *plan = job->plan;
    int bits = plan->type == PTM_IO_UINT8 ? 8 : 16;
    png_set_write_fn(job->png, job, write_bytes, flush_bytes);
    png_set_user_limits(job->png, 0x7fffffff, 0x7fffffff);
    png_set_IHDR(job->png, job->info, (uint32_t)plan->array.shape[1], (uint32_t)plan->array.shape[0], bits,
        PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    set_texts(job);
    png_write_info(job->png, job->info);
    if (bits == 16 && ptm_io_host_is_little()) png_set_swap(job->png);
    return PTM_OK;
}

static int begin_png(void **state, const ptm_io_plan *plan)
{
    if (plan->array.shape[0] > 0x7fffffff || plan->array.shape[1] > 0x7fffffff)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: a PNG file has at most 2147483647 rows and columns", plan->path);
    png_job *job = *state = ptm_io_alloc(1, sizeof *job);
    if (!job) return PTM_ERROR_MEMORY;
    job->path = plan->path;
    job->plan = plan;
    job->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, job, on_error, on_warning);
    if (job->png) job->info = png_create_info_struct(job->png);
    if (!job->info) return ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host for libpng");
    if (!(job->file = fopen(plan->temporary, "wb"))) return ptm_io_write_failed(plan->path, errno);
    return write_head(job);
}

static int write_rows(void *state, const void *data, int64_t count)
{
    png_job *job = state;
    if (setjmp(png_jmpbuf(job->png))) return bad_write(job);
    size_t size = (size_t)job->plan->array.shape[1] * ptm_io_type_size(job->plan->type);
    for (int64_t y = 0; y < count; y++) png_write_row(job->png, (png_const_bytep)data + (size_t)y * size);
    return PTM_OK;
}

static int write_end(png_job *job)
{
    if (setjmp(png_jmpbuf(job->png))) return bad_write(job);
    png_write_end(job->png, job->info);
    return PTM_OK;
}

static int finish_png(void *state)
{
    png_job *job = state;
    int status = write_end(job);
    if (status) return status;
    FILE *file = job->file;
    job->file = NULL;
    return fclose(file) ? ptm_io_write_failed(job->path, errno) : PTM_OK;
}

static void release_png(void *state)
{
    png_job *job = state;
    if (job->file) fclose(job->file);
    if (job->png) png_destroy_write_struct(&job->png, &job->info);
    free(job);
}

const ptm_io_codec ptm_io_png = { .read = read_png, .info = info_png, .begin = begin_png, .slab = write_rows,
    .finish = finish_png, .release = release_png };
