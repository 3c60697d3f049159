/* backends.c - the backends this library was built with. */
#include "backend.h"

extern const ptm_backend ptm_backend_host;
#ifdef PTM_HAVE_CUDA
extern const ptm_backend ptm_backend_cuda;
#endif
#ifdef PTM_HAVE_VULKAN
extern const ptm_backend ptm_backend_vulkan;
#endif
#ifdef PTM_HAVE_OPENCL
extern const ptm_backend ptm_backend_opencl;
#endif

const ptm_backend *const ptm_all_backends[] = {
#ifdef PTM_HAVE_CUDA
    &ptm_backend_cuda,
#endif
#ifdef PTM_HAVE_VULKAN
    &ptm_backend_vulkan,
#endif
#ifdef PTM_HAVE_OPENCL
    &ptm_backend_opencl,
#endif
    &ptm_backend_host,
    NULL };
