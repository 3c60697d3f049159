/* polytome/common.h - what every header needs: export, errors, sized structs. */
#ifndef POLYTOME_COMMON_H
#define POLYTOME_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define PTM_BEGIN_DECLS extern "C" {
#define PTM_END_DECLS }
#else
#define PTM_BEGIN_DECLS
#define PTM_END_DECLS
#endif

#if defined _WIN32 && defined PTM_BUILD
#define PTM_API __declspec(dllexport)
#elif defined _WIN32
#define PTM_API __declspec(dllimport)
#elif defined __GNUC__
#define PTM_API __attribute__((visibility("default")))
#else
#define PTM_API
#endif

#ifdef __GNUC__
#define PTM_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define PTM_PRINTF(text, first)
#endif

PTM_BEGIN_DECLS

#define PTM_VERSION_MAJOR 0
#define PTM_VERSION_MINOR 1
#define PTM_VERSION_PATCH 0

/* Every function that can fail returns 0 or one of these; ptm_error_message() says more. */
typedef enum ptm_status {
    PTM_OK = 0,
    PTM_ERROR_ARGUMENT = -1,    /* an argument is wrong: the message names it, its value and what was expected */
    PTM_ERROR_MEMORY = -2,      /* the host or a device has not enough memory */
    PTM_ERROR_DEVICE = -3,      /* a driver refused or failed */
    PTM_ERROR_DEVICE_LOST = -4, /* the device is gone; objects on it can only be destroyed */
    PTM_ERROR_NOT_FOUND = -5,   /* no such device, kernel or file */
    PTM_ERROR_UNSUPPORTED = -6, /* right, but this build or device cannot do it */
    PTM_ERROR_CANCELLED = -7,   /* a callback asked to stop */
    PTM_ERROR_IO = -8,          /* a file could not be read or written */
    PTM_ERROR_INTERNAL = -9     /* a fault of the library */
} ptm_status;

/* The message of the last error on this thread, "" if there was none; valid until the next call on this thread.
 * Thread safety: any thread. Since 0.1. */
PTM_API const char *ptm_error_message(void);

/* Set this thread's message, printf style (1023 bytes at most), and return `status`. For libraries beside libpolytome, such
 * as libpolytome-io, so that callers look in one place. Thread safety: any thread. Since 0.1. */
PTM_API int ptm_error_set(int status, const char *format, ...) PTM_PRINTF(2, 3);

/* The library's version, "0.1.0". Thread safety: any thread. Since 0.1. */
PTM_API const char *ptm_version(void);

/* Option structs begin with their size, so that later versions can add fields; zero in a field means its default.
 *     ptm_context_options o = { PTM_SIZED(ptm_context_options), .threads = 4 }; */
#define PTM_SIZED(type) .struct_size = sizeof(type)

PTM_END_DECLS
#endif
