/* vulkan.c - devices through Vulkan 1.2, its driver opened at run time.
 *
 * Kernels are SPIR-V and see memory by address (buffer device addresses), so that no descriptor limits a buffer's size;
 * their arguments are push constants. A texture is the one descriptor, pushed with the launch. state.h tells how queues,
 * the lock and waiting belong together. */
#include "state.h"

const ptm_backend ptm_backend_vulkan = {
    .name = "vulkan",
    .probe = ptm_vulkan_probe,
    .open = ptm_vulkan_open,
    .close = ptm_vulkan_close,
    .queue_create = ptm_vulkan_queue_create,
    .queue_destroy = ptm_vulkan_queue_destroy,
    .flush = ptm_vulkan_flush,
    .finish = ptm_vulkan_finish,
    .event_create = ptm_vulkan_event_create,
    .event_destroy = ptm_vulkan_event_destroy,
    .event_record = ptm_vulkan_event_record,
    .event_wait = ptm_vulkan_event_wait,
    .queue_wait = ptm_vulkan_queue_wait,
    .buffer_create = ptm_vulkan_buffer_create,
    .buffer_import = ptm_vulkan_buffer_import,
    .staging_create = ptm_vulkan_staging_create,
    .buffer_destroy = ptm_vulkan_buffer_destroy,
    .write = ptm_vulkan_write,
    .read = ptm_vulkan_read,
    .copy = ptm_vulkan_copy,
    .fill = ptm_vulkan_fill,
    .texture_create = ptm_vulkan_texture_create,
    .texture_destroy = ptm_vulkan_texture_destroy,
    .texture_upload = ptm_vulkan_texture_upload,
    .kernel_create = ptm_vulkan_kernel_create,
    .kernel_destroy = ptm_vulkan_kernel_destroy,
    .launch = ptm_vulkan_launch,
    .is_lost = ptm_vulkan_is_lost,
};
