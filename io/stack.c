/* stack.c - many picture files as one array: a folder, a number pattern or a wildcard. */
#define _XOPEN_SOURCE 700 /* opendir, stat, realpath */
#define _FILE_OFFSET_BITS 64
#include "internal.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct name_list {
    char **names; /* whole paths */
    int64_t count, room;
} name_list;

/* ------------------------------------------------------------------ names */

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool ptm_io_find_pattern(const char *path, size_t *begin, size_t *end, int *width)
{
    for (const char *at = base_of(path); (at = strchr(at, '%')); at++) {
        const char *p = at + 1;
        *width = 1;
        if (*p == '0' && isdigit((unsigned char)p[1])) *width = *++p - '0', p++;
        if (*p != 'd') continue;
        *begin = (size_t)(at - path);
        *end = (size_t)(p + 1 - path);
        return true;
    }
    return false;
}

int ptm_io_check_pattern(const char *path)
{
    size_t begin, end;
    int width;
    if (!ptm_io_find_pattern(path, &begin, &end, &width) || !ptm_io_find_pattern(path + end, &begin, &end, &width))
        return PTM_OK;
    return ptm_error_set(
        PTM_ERROR_ARGUMENT, "%s: numbers would stand in two places; expected one, as in slice_%%04d.png", path);
}

/* The number where the pattern stands in the name, or -1 if the name is another. */
static long long pattern_number(const char *name, const char *pattern)
{
    size_t begin, end;
    int width;
    if (!ptm_io_find_pattern(pattern, &begin, &end, &width) || strncmp(name, pattern, begin)) return -1;
    const char *at = name + begin;
    size_t digits = strspn(at, "0123456789");
    if (digits < (size_t)width || digits > 18 || strcmp(at + digits, pattern + end)) return -1;
    if (digits > (size_t)width && *at == '0') return -1; /* printf() would not write it */
    return strtoll(at, NULL, 10);
}

/* * and ?; the last star is tried at every place, which is enough. */
static bool matches_wildcard(const char *name, const char *pattern)
{
    const char *star = NULL, *mark = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            mark = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++mark;
        } else {
            return false;
        }
    }
    while (*pattern == '*') pattern++;
    return !*pattern;
}

/* Runs of digits count as numbers: slice_9 comes before slice_10. */
static int compare_natural(const char *a, const char *b)
{
    while (*a && *b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            a += strspn(a, "0");
            b += strspn(b, "0");
            size_t m = strspn(a, "0123456789"), n = strspn(b, "0123456789");
            int order = m != n ? (m < n ? -1 : 1) : strncmp(a, b, m);
            if (order) return order;
            a += m;
            b += n;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (unsigned char)*a - (unsigned char)*b;
}

static int compare_names(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    int order = compare_natural(x, y);
    return order ? order : strcmp(x, y);
}

/* ------------------------------------------------------------------ finding the files */

static bool is_folder(const char *path)
{
    struct stat state;
    return !stat(path, &state) && S_ISDIR(state.st_mode);
}

bool ptm_io_is_stack(const char *path)
{
    struct stat state;
    size_t begin, end;
    int width;
    if (!stat(path, &state)) return S_ISDIR(state.st_mode);
    return strpbrk(base_of(path), "*?") || ptm_io_find_pattern(path, &begin, &end, &width);
}

static int add_name(name_list *list, const char *folder, size_t folder_length, const char *name)
{
    if (list->count == list->room) {
        int64_t room = list->room ? 2 * list->room : 256;
        char **grown = realloc(list->names, (size_t)room * sizeof *grown);
        if (!grown) return ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host for %lld names", (long long)room);
        list->names = grown;
        list->room = room;
    }
    size_t size = folder_length + strlen(name) + 2;
    char *path = ptm_io_alloc(size, 1);
    if (!path) return PTM_ERROR_MEMORY;
    bool slash = folder_length && folder[folder_length - 1] != '/';
    snprintf(path, size, "%.*s%s%s", (int)folder_length, folder, slash ? "/" : "", name);
    list->names[list->count++] = path;
    return PTM_OK;
}

static void free_names(name_list *list)
{
    for (int64_t i = 0; i < list->count; i++) free(list->names[i]);
    free(list->names);
    *list = (name_list) { 0 };
}

static bool wanted(const char *name, const char *base, bool folder)
{
    if (*name == '.') return false; /* hidden, and our own temporaries */
    ptm_io_format format = ptm_io_format_by_suffix(name);
    if (folder) return format == PTM_IO_FORMAT_TIFF || format == PTM_IO_FORMAT_PNG;
    return strpbrk(base, "*?") ? matches_wildcard(name, base) : pattern_number(name, base) >= 0;
}

/* Where the files are; NULL with a message. */
static char *folder_of(const char *path)
{
    size_t length = is_folder(path) ? strlen(path) : (size_t)(base_of(path) - path);
    char *place = ptm_io_alloc(length + 2, 1);
    if (place) memcpy(place, length ? path : ".", length ? length : 1);
    return place;
}

static int list_folder(name_list *list, const char *path)
{
    bool folder = is_folder(path);
    const char *base = base_of(path);
    size_t length = folder ? strlen(path) : (size_t)(base - path);
    char *place = folder_of(path);
    if (!place) return PTM_ERROR_MEMORY;
    DIR *dir = opendir(place);
    int error = errno, status = PTM_OK;
    free(place);
    if (!dir) return ptm_error_set(error == ENOENT ? PTM_ERROR_NOT_FOUND : PTM_ERROR_IO, "%s: %s", path, strerror(error));
    for (struct dirent *entry; !status && (entry = readdir(dir));)
        if (wanted(entry->d_name, base, folder)) status = add_name(list, path, length, entry->d_name);
    closedir(dir);
    return status;
}

/* A folder with TIFF and PNG files is not one stack, and a gap in a number pattern is a missing file. */
static int check_names(const name_list *list, const char *path)
{
    bool folder = is_folder(path), pattern = !folder && !strpbrk(base_of(path), "*?");
    if (!list->count)
        return ptm_error_set(
            PTM_ERROR_NOT_FOUND, "%s: no %s", path, folder ? "TIFF or PNG files in this folder" : "file has such a name");
    for (int64_t i = 1; i < list->count; i++) {
        const char *a = list->names[i - 1], *b = list->names[i];
        if (folder && ptm_io_format_by_suffix(a) != ptm_io_format_by_suffix(b))
            return ptm_error_set(
                PTM_ERROR_ARGUMENT, "%s: TIFF and PNG files in one folder; name those meant: %s/*.tif", path, path);
        if (!pattern) continue;
        long long before = pattern_number(a, path), after = pattern_number(b, path);
        if (after != before + 1)
            return ptm_error_set(
                PTM_ERROR_NOT_FOUND, "%s: number %lld is missing: after %lld comes %lld", path, before + 1, before, after);
    }
    return PTM_OK;
}

static int find_files(name_list *list, const char *path)
{
    *list = (name_list) { 0 };
    int status = is_folder(path) ? PTM_OK : ptm_io_check_pattern(path);
    if (!status) status = list_folder(list, path);
    if (!status && list->count > 1) qsort(list->names, (size_t)list->count, sizeof *list->names, compare_names);
    if (!status) status = check_names(list, path);
    if (status) free_names(list);
    return status;
}

static bool is_one_file(const char *a, const char *b)
{
    struct stat x, y;
    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool ptm_io_reads(const char *path, const char *file)
{
    if (!path || !file) return false;
    if (!ptm_io_is_stack(path)) return is_one_file(path, file);
    char *place = folder_of(path), *folder = place ? realpath(place, NULL) : NULL, *whole = realpath(file, NULL);
    bool reads = false;
    if (folder && whole) {
        const char *base = base_of(whole);
        size_t length = strlen(folder);
        reads = base == whole + length + (length > 1) && !strncmp(whole, folder, length) &&
            wanted(base, base_of(path), is_folder(path));
    }
    free(place);
    free(folder);
    free(whole);
    return reads;
}

/* ------------------------------------------------------------------ reading */

/* The picture the first file holds. */
static int first_picture(ptm_io_info *info, const char *path)
{
    int status = ptm_io_info_file(info, path);
    if (status) return status;
    const ptm_io_entry *entry = info->entries;
    if ((info->format == PTM_IO_FORMAT_TIFF || info->format == PTM_IO_FORMAT_PNG) && info->count == 1 &&
        entry->dimensions == 2)
        return PTM_OK;
    ptm_io_info_free(info);
    return ptm_error_set(
        PTM_ERROR_UNSUPPORTED, "%s: not a single TIFF or PNG picture, as the files of a stack must be", path);
}

static int read_slice(ptm_io_array *stack, int64_t index, const char *path)
{
    uint64_t bytes = ptm_io_array_bytes(stack) / (uint64_t)stack->shape[0];
    ptm_io_request request = { .max_bytes = bytes };
    ptm_io_array slice;
    int status = ptm_io_read_file(&slice, path, &request);
    if (status && status != PTM_ERROR_MEMORY) return status;
    if (status || slice.type != stack->type || slice.dimensions != 2 || slice.shape[0] != stack->shape[1] ||
        slice.shape[1] != stack->shape[2]) {
        if (!status) ptm_io_array_free(&slice);
        return ptm_error_set(PTM_ERROR_IO, "%s: another size or type than the first file's %lld x %lld %s", path,
            (long long)stack->shape[1], (long long)stack->shape[2], ptm_io_type_name(stack->type));
    }
    memcpy((char *)stack->data + (uint64_t)index * bytes, slice.data, (size_t)bytes);
    if (index == 0) memcpy(stack->window, slice.window, sizeof stack->window);
    bool same = !memcmp(stack->window, slice.window, sizeof stack->window);
    ptm_io_array_free(&slice);
    if (same) return PTM_OK;
    return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: its values are scaled to another window than the first file's", path);
}

static int read_slices(ptm_io_array *out, const name_list *list, const char *path, const ptm_io_request *request)
{
    ptm_io_info info;
    int64_t first = request->first, count = request->count;
    int status = ptm_io_clip(&first, &count, list->count, path);
    if (!status) status = first_picture(&info, list->names[0]);
    if (status) return status;
    ptm_io_type type = info.entries->type;
    int64_t shape[3] = { count, info.entries->shape[0], info.entries->shape[1] };
    ptm_io_info_free(&info);
    if (!type) return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: its elements cannot be read", list->names[0]);
    uint64_t bytes;
    ptm_io_array stack;
    if ((status = ptm_io_shape_bytes(&bytes, type, 3, shape, path))) return status;
    if ((status = ptm_io_check_limit(path, bytes, request))) return status;
    if ((status = ptm_io_array_prepare(&stack, type, 3, shape, path))) return status;
    for (int64_t i = 0; !status && i < count; i++) status = read_slice(&stack, i, list->names[first + i]);
    if (status)
        ptm_io_array_free(&stack);
    else
        *out = stack;
    return status;
}

int ptm_io_stack_read(ptm_io_array *out, const char *path, const ptm_io_request *request)
{
    name_list list;
    if (request->dataset)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "dataset is \"%s\", but pictures have none", request->dataset);
    int status = find_files(&list, path);
    if (status) return status;
    status = read_slices(out, &list, path, request);
    free_names(&list);
    return status;
}

int ptm_io_stack_info(ptm_io_info *out, const char *path)
{
    name_list list;
    ptm_io_info info;
    int status = find_files(&list, path);
    if (status) return status;
    status = first_picture(&info, list.names[0]);
    if (!status) {
        ptm_io_entry *entry = info.entries;
        entry->shape[2] = entry->shape[1];
        entry->shape[1] = entry->shape[0];
        entry->shape[0] = info.files = list.count;
        entry->dimensions = 3;
        *out = info;
    }
    free_names(&list);
    return status;
}
