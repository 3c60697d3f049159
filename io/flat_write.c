/* flat_write.c - files of elements one after the other: writing them. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "flat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_DIGITS 20 /* kept free for the number of compressed bytes */

typedef struct flat_writer {
    const ptm_io_plan *plan;
    FILE *head, *file; /* the same, where there is no file beside the one that is named */
    ptm_io_deflater *deflater;
    long size_at;
} flat_writer;

static int put(const flat_writer *w, FILE *file, const void *data, size_t size, uint64_t count)
{
    return fwrite(data, size, (size_t)count, file) == count ? PTM_OK : ptm_io_write_failed(w->plan->path, errno);
}

static int open_files(flat_writer *w, bool head_beside)
{
    const ptm_io_plan *plan = w->plan;
    w->head = fopen(head_beside ? plan->beside_temporary : plan->temporary, "wb");
    if (w->head) w->file = !plan->beside ? w->head : fopen(head_beside ? plan->temporary : plan->beside_temporary, "wb");
    return w->file ? PTM_OK : ptm_io_write_failed(plan->path, errno);
}

static int begin(void **state, const ptm_io_plan *plan, const void *head, size_t size, bool head_beside)
{
    flat_writer *w = *state = ptm_io_alloc(1, sizeof *w);
    if (!w) return PTM_ERROR_MEMORY;
    w->plan = plan;
    const int status = open_files(w, head_beside);
    return status ? status : put(w, w->head, head, 1, size);
}

int ptm_io_flat_begin(void **state, const ptm_io_plan *plan, const void *head, size_t size)
{
    return begin(state, plan, head, size, false);
}

int ptm_io_flat_slab(void *state, const void *data, int64_t count)
{
    flat_writer *w = state;
    const size_t size = ptm_io_type_size(w->plan->type);
    const uint64_t elements = (uint64_t)count * ptm_io_plan_step(w->plan);
    return w->deflater ? ptm_io_deflate(w->deflater, data, elements * size) : put(w, w->file, data, size, elements);
}

static int put_size(flat_writer *w, uint64_t size)
{
    char text[SIZE_DIGITS + 1];
    snprintf(text, sizeof text, "%*llu", SIZE_DIGITS, (unsigned long long)size);
    if (fseek(w->head, w->size_at, SEEK_SET)) return ptm_io_write_failed(w->plan->path, errno);
    return put(w, w->head, text, 1, SIZE_DIGITS);
}

static int close_files(flat_writer *w)
{
    const bool two = w->head != w->file;
    int bad = 0;
    if (w->file && fclose(w->file)) bad = errno ? errno : EIO;
    if (two && w->head && fclose(w->head)) bad = errno ? errno : EIO;
    w->head = w->file = NULL;
    return bad;
}

int ptm_io_flat_finish(void *state)
{
    flat_writer *w = state;
    uint64_t size = 0;
    int status = w->deflater ? ptm_io_deflate_finish(w->deflater, &size) : PTM_OK;
    if (!status && w->size_at) status = put_size(w, size);
    const int bad = close_files(w);
    return status || !bad ? status : ptm_io_write_failed(w->plan->path, bad);
}

void ptm_io_flat_release(void *state)
{
    flat_writer *w = state;
    ptm_io_deflate_free(w->deflater);
    close_files(w);
    free(w);
}

/* ------------------------------------------------------------------ heads of text */

typedef struct text_job {
    ptm_io_flat_text text;
    const ptm_io_flat_form *form;
} text_job;

static int no_memory(void)
{
    return ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host for a file's head");
}

static int write_head_now(void *user)
{
    text_job *job = user;
    return job->form->write_head(&job->text);
}

int ptm_io_flat_begin_form(void **state, const ptm_io_plan *plan, const ptm_io_flat_form *form)
{
    char *text = NULL;
    size_t size = 0;
    text_job job = { { open_memstream(&text, &size), plan, 0 }, form };
    if (!job.text.file) return no_memory();
    int status = ptm_io_in_plain_locale(write_head_now, &job);
    if (fclose(job.text.file) && !status) status = no_memory();
    if (!status) status = begin(state, plan, text, size, form->head_beside);
    free(text);
    if (status) return status;
    flat_writer *w = *state;
    w->size_at = job.text.size_at;
    if (!form->packing) return PTM_OK;
    return ptm_io_deflate_begin(&w->deflater, w->file, form->packing == PTM_IO_FLAT_GZIP, plan->path);
}

void ptm_io_flat_print(ptm_io_flat_text *text, const char *key, const double *values, int count)
{
    fputs(key, text->file);
    for (int i = 0; i < count; i++) fprintf(text->file, " %.*g", ptm_io_digits(values[i]), values[i]);
    fputc('\n', text->file);
}

void ptm_io_flat_print_shape(ptm_io_flat_text *text, const char *key)
{
    const ptm_io_array *a = &text->plan->array;
    fputs(key, text->file);
    for (int i = a->dimensions - 1; i >= 0; i--) fprintf(text->file, " %lld", (long long)a->shape[i]);
    fputc('\n', text->file);
}

void ptm_io_flat_print_spacing(ptm_io_flat_text *text, const char *key)
{
    double spacing[PTM_IO_MAX_DIMENSIONS] = { 1, 1, 1, 1 }; /* a fourth axis has none */
    const int axes = text->plan->array.dimensions;
    for (int i = 0; i < 3 && i < axes; i++) spacing[i] = text->plan->array.spacing[i];
    for (int i = 0; i < axes; i++)
        if (!(spacing[i] > 0)) return;
    ptm_io_flat_print(text, key, spacing, axes);
}

void ptm_io_flat_print_window(ptm_io_flat_text *text, const char *key)
{
    const double window[2] = { text->plan->low, text->plan->high };
    if (text->plan->windowed) ptm_io_flat_print(text, key, window, 2);
}

void ptm_io_flat_print_line(ptm_io_flat_text *text, const char *key, const char *line)
{
    fprintf(text->file, "%s ", key);
    for (; *line; line++) fputc((unsigned char)*line < ' ' ? ' ' : *line, text->file);
    fputc('\n', text->file);
}

const char *ptm_io_flat_beside(const ptm_io_plan *plan)
{
    const char *slash = strrchr(plan->beside, '/');
    return slash ? slash + 1 : plan->beside;
}

int ptm_io_flat_check(const ptm_io_plan *plan)
{
    if (plan->compress && !ptm_io_have_zlib())
        return ptm_error_set(
            PTM_ERROR_UNSUPPORTED, "%s: this build of polytome cannot compress it: it was made without zlib", plan->path);
    if (!plan->beside) return PTM_OK;
    const char *name = ptm_io_flat_beside(plan);
    const size_t length = strlen(name);
    bool good = *name != ' ' && !strchr(name, '%');
    for (size_t i = 0; i < length; i++) good = good && (unsigned char)name[i] >= ' ';
    if (good) return PTM_OK;
    return ptm_error_set(PTM_ERROR_ARGUMENT,
        "%s: its head names %s, which may have no %%, no control characters and no blank at its beginning", plan->path,
        name);
}
