/* guards.h - bytes behind every buffer of a device, which kernels must leave alone.
 *
 * What an operator writes beyond a buffer of its own is not seen behind the caller's arrays, and allocators round sizes
 * up. */
#ifndef PTM_GUARDS_H
#define PTM_GUARDS_H
#include "core/device.h"

/* For one device at a time: the buffers made from here on have guards, which are looked at when a buffer is destroyed. */
void guards_begin(ptm_device *device);

/* Ends that; whether there were guards, and all were intact. */
bool guards_end(ptm_device *device);

#endif
