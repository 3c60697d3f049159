/* api.c - opening the CUDA driver. */
#include "api.h"
#include "core/device.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* Written once, by load(). */
static struct {
    pthread_once_t once;
    bool loaded;
    struct cuda_api api;
    char reason[400];
} driver = { .once = PTHREAD_ONCE_INIT };

static const ptm_symbol symbols[] = {
#define PTM_CUDA_SYMBOL(name, version, parameters) { "cu" #name #version, offsetof(struct cuda_api, name) },
    PTM_CUDA_FUNCTIONS(PTM_CUDA_SYMBOL)
#undef PTM_CUDA_SYMBOL
};

static void load(void)
{
    /* Not libcuda.so, which may be the SDK's stub. */
    static const char *const names[] = { "libcuda.so.1", NULL };
    char why[300];
    void *library = ptm_library_open(names, why, sizeof why);
    if (!library) {
        const char *colon = strstr(why, ": ");
        snprintf(driver.reason, sizeof driver.reason, "no NVIDIA driver: %s", colon ? colon + 2 : why);
        return;
    }
    const char *missing = ptm_library_symbols(library, &driver.api, symbols, sizeof symbols / sizeof symbols[0]);
    if (missing) {
        snprintf(driver.reason, sizeof driver.reason, "the NVIDIA driver is too old: libcuda.so.1 has no %s", missing);
        return;
    }
    CUresult code = driver.api.Init(0);
    if (code == CUDA_ERROR_NO_DEVICE)
        snprintf(driver.reason, sizeof driver.reason, "the NVIDIA driver has no device");
    else if (code)
        snprintf(driver.reason, sizeof driver.reason, "the NVIDIA driver does not start: %s",
            ptm_cuda_describe(&driver.api, code, why, sizeof why));
    driver.loaded = code == CUDA_SUCCESS;
}

const struct cuda_api *ptm_cuda_load(char *reason, size_t reason_size)
{
    pthread_once(&driver.once, load);
    if (driver.loaded) return &driver.api;
    snprintf(reason, reason_size, "%s", driver.reason);
    return NULL;
}

char *ptm_cuda_describe(const struct cuda_api *cuda, CUresult code, char *text, size_t size)
{
    const char *name = NULL, *meaning = NULL;
    if (cuda->GetErrorName(code, &name) || !name) {
        snprintf(text, size, "CUDA error %d", (int)code);
        return text;
    }
    if (cuda->GetErrorString(code, &meaning)) meaning = NULL;
    snprintf(text, size, "%s%s%s", name, meaning ? ": " : "", meaning ? meaning : "");
    return text;
}
