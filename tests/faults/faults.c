/* faults.c - counting calls, and the library's allocations: the linker's --wrap leads them here, and no others. */
#include "faults.h"

#include <stdatomic.h>
#include <stdlib.h>

static atomic_long countdown, alive;
static atomic_int armed, failed;
static bool goes_on;

void fault_arm(fault_kind kind, long n, bool onwards)
{
    goes_on = onwards;
    atomic_store(&countdown, n);
    atomic_store(&failed, 0);
    atomic_store(&armed, (int)kind);
}

bool fault_disarm(void)
{
    atomic_store(&armed, FAULT_NONE);
    return atomic_load(&failed);
}

bool fault_now(fault_kind kind)
{
    if (atomic_load(&armed) != (int)kind) return false;
    const long left = atomic_fetch_sub(&countdown, 1);
    if (left > 0 || (left < 0 && !goes_on)) return false;
    atomic_store(&failed, 1);
    return true;
}

long fault_alive(void)
{
    return atomic_load(&alive);
}
void fault_born(void)
{
    atomic_fetch_add(&alive, 1);
}
void fault_died(void)
{
    atomic_fetch_sub(&alive, 1);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);

static void *counted(void *memory)
{
    if (memory) fault_born();
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return fault_now(FAULT_MEMORY) ? NULL : counted(__real_malloc(size));
}
void *__wrap_calloc(size_t count, size_t size)
{
    return fault_now(FAULT_MEMORY) ? NULL : counted(__real_calloc(count, size));
}
void *__wrap_realloc(void *memory, size_t size)
{
    if (fault_now(FAULT_MEMORY)) return NULL;
    void *more = __real_realloc(memory, size);
    return memory ? more : counted(more);
}
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fault_now(FAULT_MEMORY) ? NULL : counted(__real_aligned_alloc(alignment, size));
}
void __wrap_free(void *memory)
{
    if (memory) fault_died();
    __real_free(memory);
}
