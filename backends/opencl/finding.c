/* finding.c - which platforms and devices there are, and what they say of themselves. */
#include "opencl.h"
#include "core/device.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_PLATFORM (-1001)   /* CL_PLATFORM_NOT_FOUND_KHR: the loader knows no driver */
#define AMD_BOARD_NAME 0x4038 /* CL_DEVICE_BOARD_NAME_AMD: "AMD Radeon ..." where the device's name is "gfx1030" */
#define AMD_VENDOR "Advanced Micro Devices"

/* Drivers pad names with blanks at either end. */
static void trim(char *text)
{
    size_t blanks = strspn(text, " \t\n"), length = strlen(text + blanks);
    memmove(text, text + blanks, length + 1);
    while (length > 0 && strchr(" \t\n", text[length - 1])) text[--length] = '\0';
}

static void cut_to_size(struct opencl_text *to, char *text, size_t size)
{
    text[size] = '\0';
    trim(text);
    snprintf(to->s, sizeof to->s, "%s", text);
}

struct opencl_text ptm_opencl_device_text(const struct opencl_api *cl, cl_device_id id, cl_device_info what)
{
    struct opencl_text out = { "" };
    size_t size = 0;
    if (cl->GetDeviceInfo(id, what, 0, NULL, &size) != CL_SUCCESS) return out;
    char *text = calloc(size + 1, 1);
    if (text && cl->GetDeviceInfo(id, what, size, text, NULL) == CL_SUCCESS) cut_to_size(&out, text, size);
    free(text);
    return out;
}

struct opencl_text ptm_opencl_platform_text(const struct opencl_api *cl, cl_platform_id platform, cl_platform_info what)
{
    struct opencl_text out = { "" };
    size_t size = 0;
    if (cl->GetPlatformInfo(platform, what, 0, NULL, &size) != CL_SUCCESS) return out;
    char *text = calloc(size + 1, 1);
    if (text && cl->GetPlatformInfo(platform, what, size, text, NULL) == CL_SUCCESS) cut_to_size(&out, text, size);
    free(text);
    return out;
}

uint64_t ptm_opencl_device_number(const struct opencl_api *cl, cl_device_id id, cl_device_info what, size_t size)
{
    uint64_t wide = 0;
    uint32_t narrow = 0;
    if (size == sizeof narrow) return cl->GetDeviceInfo(id, what, size, &narrow, NULL) == CL_SUCCESS ? narrow : 0;
    return cl->GetDeviceInfo(id, what, sizeof wide, &wide, NULL) == CL_SUCCESS ? wide : 0;
}

bool ptm_opencl_is_processor(const struct opencl_api *cl, cl_device_id id)
{
    if (ptm_opencl_device_number(cl, id, CL_DEVICE_TYPE, sizeof(cl_device_type)) & CL_DEVICE_TYPE_CPU) return true;
    struct opencl_text name = ptm_opencl_device_text(cl, id, CL_DEVICE_NAME);
    return strstr(name.s, "llvmpipe") || strstr(name.s, "softpipe");
}

/* What keeps a device from use, or NULL. */
static const char *obstacle(const struct opencl_api *cl, cl_device_id id)
{
    int major = 0, minor = 0;
    sscanf(ptm_opencl_device_text(cl, id, CL_DEVICE_VERSION).s, "OpenCL %d.%d", &major, &minor);
    if (major < 1 || (major == 1 && minor < 2)) return "is older than OpenCL 1.2";
    if (!ptm_opencl_device_number(cl, id, CL_DEVICE_AVAILABLE, sizeof(cl_bool))) return "is not available";
    if (!ptm_opencl_device_number(cl, id, CL_DEVICE_COMPILER_AVAILABLE, sizeof(cl_bool))) return "has no compiler";
    return NULL;
}

static void describe(ptm_device_info *info, const struct opencl_api *cl, cl_platform_id platform, cl_device_id id)
{
    struct opencl_text name = ptm_opencl_device_text(cl, id, CL_DEVICE_NAME);
    struct opencl_text vendor = ptm_opencl_device_text(cl, id, CL_DEVICE_VENDOR);
    if (strncmp(vendor.s, AMD_VENDOR, strlen(AMD_VENDOR)) == 0) {
        struct opencl_text board = ptm_opencl_device_text(cl, id, AMD_BOARD_NAME);
        if (board.s[0]) name = board;
    }
    snprintf(info->name, sizeof info->name, "%s", name.s);
    snprintf(info->driver, sizeof info->driver, "%.120s, %.120s",
        ptm_opencl_platform_text(cl, platform, CL_PLATFORM_NAME).s, ptm_opencl_device_text(cl, id, CL_DRIVER_VERSION).s);
    bool processor = ptm_opencl_is_processor(cl, id);
    uint64_t type = ptm_opencl_device_number(cl, id, CL_DEVICE_TYPE, sizeof(cl_device_type));
    info->gpu = (type & CL_DEVICE_TYPE_GPU) && !processor;
    info->unified = processor || ptm_opencl_device_number(cl, id, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof(cl_bool));
    info->memory = ptm_opencl_device_number(cl, id, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof(cl_ulong));
    info->max_buffer = ptm_opencl_device_number(cl, id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof(cl_ulong));
}

struct search {
    const struct opencl_api *cl;
    ptm_context *context;
    ptm_device_entry *entries;
    int count;
    char *reason;
    size_t reason_size;
};

/* Why something was passed over: to the log, and to the reason in case nothing is found. */
static void pass_over(struct search *search, const char *format, ...) PTM_PRINTF(2, 3);
static void pass_over(struct search *search, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    ptm_log(search->context, PTM_LOG_DEBUG, "opencl: %s", text);
    size_t used = strlen(search->reason);
    snprintf(search->reason + used, search->reason_size - used, "%s%s", used ? "; " : "", text);
}

static int add_devices(struct search *search, cl_platform_id platform, const cl_device_id *ids, cl_uint n)
{
    ptm_device_entry *more = realloc(search->entries, ((size_t)search->count + n) * sizeof *more);
    if (!more) return ptm_fail(PTM_ERROR_MEMORY, "no memory on the host for a list of OpenCL devices");
    search->entries = more;
    for (cl_uint i = 0; i < n; ++i) {
        ptm_device_entry *entry = &more[search->count];
        *entry = (ptm_device_entry){ .handle = ids[i] };
        describe(&entry->info, search->cl, platform, ids[i]);
        const char *why = obstacle(search->cl, ids[i]);
        if (why) pass_over(search, "%s %s", entry->info.name, why);
        else search->count++;
    }
    return PTM_OK;
}

/* A platform without devices is usual: Mesa's are there whatever the hardware. */
static int search_platform(struct search *search, cl_platform_id platform)
{
    const struct opencl_api *cl = search->cl;
    struct opencl_text name = ptm_opencl_platform_text(cl, platform, CL_PLATFORM_NAME);
    cl_uint n = 0;
    cl_int code = cl->GetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &n);
    if (code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && n == 0)) {
        pass_over(search, "platform %s has no devices", name.s);
        return PTM_OK;
    }
    if (code != CL_SUCCESS) {
        pass_over(search, "platform %s: %s (%d)", name.s, ptm_opencl_code_name(code), code);
        return PTM_OK;
    }
    cl_device_id *ids = ptm_alloc(n, sizeof(cl_device_id));
    if (!ids) return PTM_ERROR_MEMORY;
    int status = PTM_OK;
    code = cl->GetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, n, ids, NULL);
    if (code != CL_SUCCESS) pass_over(search, "platform %s: %s (%d)", name.s, ptm_opencl_code_name(code), code);
    else status = add_devices(search, platform, ids, n);
    free(ids);
    return status;
}

static int search_platforms(struct search *search)
{
    cl_uint n = 0;
    cl_int code = search->cl->GetPlatformIDs(0, NULL, &n);
    if (code != CL_SUCCESS && code != NO_PLATFORM) {
        pass_over(search, "no OpenCL platform: %s (%d)", ptm_opencl_code_name(code), code);
        return PTM_OK;
    }
    if (code == NO_PLATFORM || n == 0) {
        pass_over(search, "no OpenCL platform");
        return PTM_OK;
    }
    cl_platform_id *platforms = ptm_alloc(n, sizeof(cl_platform_id));
    if (!platforms) return PTM_ERROR_MEMORY;
    int status = PTM_OK;
    code = search->cl->GetPlatformIDs(n, platforms, NULL);
    if (code != CL_SUCCESS) pass_over(search, "no OpenCL platform: %s (%d)", ptm_opencl_code_name(code), code);
    for (cl_uint i = 0; code == CL_SUCCESS && i < n && !status; ++i) status = search_platform(search, platforms[i]);
    free(platforms);
    return status;
}

int ptm_opencl_probe(ptm_context *context, ptm_device_entry **entries, int *count, char *reason, size_t reason_size)
{
    *entries = NULL;
    *count = 0;
    reason[0] = '\0';
    struct search search = { .cl = ptm_opencl_load(reason, reason_size), .context = context, .reason = reason,
        .reason_size = reason_size };
    if (!search.cl) return PTM_OK;
    int status = search_platforms(&search);
    if (status || search.count == 0) {
        free(search.entries);
        return status;
    }
    reason[0] = '\0';
    *entries = search.entries;
    *count = search.count;
    return PTM_OK;
}
