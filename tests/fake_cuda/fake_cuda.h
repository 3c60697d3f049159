/* fake_cuda.h - how a test steers the fake driver: with dlsym(dlopen("libcuda.so.1"), "fake_cuda_control"). */
#ifndef FAKE_CUDA_H
#define FAKE_CUDA_H
#include <stdbool.h>
#include <stddef.h>

struct fake_cuda {
    /* Set by the test. */
    int devices;     /* the second one is too old; at first FAKE_CUDA_DEVICES, else 2 */
    long fail_at;    /* which call fails, counted from 1, and how; at first FAKE_CUDA_FAIL="CALL:CODE", else none */
    int fail_code;
    int refuse;      /* so many images are refused */
    int max_threads; /* per group, whatever the kernel */
    void (*run)(const char *kernel, const void *block, size_t size); /* what a launched kernel does */
    /* Read by the test. */
    long calls;
    bool failed;         /* the fault came */
    char failed_in[64];  /* in which function */
    int violations;      /* wrong use, told on stderr */
    int live;            /* objects and retained contexts */
    int depth;           /* current contexts pushed by all threads */
    int grid[3], group[3]; /* of the last launch */
};
struct fake_cuda *fake_cuda_control(void);

/* What is in the array of a texture object, and its sizes; NULL if it is none. */
const float *fake_cuda_texels(unsigned long long object, int n[3], bool *layered);

/* For libraries on the driver: calls function(user) when the stream gets there; false if it or the device's memory is not
 * alive. */
struct CUstream_st;
bool fake_cuda_enqueue(struct CUstream_st *stream, void (*function)(void *user), void *user, void *memory, size_t size);
#endif
