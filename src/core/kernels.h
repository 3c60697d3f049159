/* kernels.h - the kernels a device has built so far. */
#ifndef PTM_KERNELS_H
#define PTM_KERNELS_H
struct ptm_kernel_cache;
int ptm_kernel_cache_create(struct ptm_kernel_cache **out);
void ptm_kernel_cache_destroy(struct ptm_kernel_cache **cache);
#endif
