#include "vec/job.h"

#include <inttypes.h>

int ptm_job_start(
    ptm_job *j, ptm_vectors *v, ptm_queue *queue, const ptm_array *array, const char *name, bool read, bool written)
{
    if (!v) return ptm_fail(PTM_ERROR_ARGUMENT, "vectors is NULL");
    if (v->device->dry)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s was opened by ptm_device_open_dry, where nothing is computed",
            v->device->info.name);
    if (queue && queue->device != v->device) return ptm_fail(PTM_ERROR_ARGUMENT, "queue is of another device than vectors");
    *j = (ptm_job){ .v = v, .queue = queue ? queue : &v->device->queue };
    int status = ptm_space_for(&j->space, v->device, array, name);
    j->walk.count = 1;
    j->walk.read = read;
    j->walk.written = written;
    return status ? status : ptm_array_check(&j->walk.arrays[0], array, name, &j->space, v->device, read, written);
}

static bool is_same(const ptm_array *a, const ptm_array *b)
{
    bool same = a->type == b->type && a->data == b->data && a->memory == b->memory && a->offset == b->offset &&
        a->chunks == b->chunks && a->read == b->read && a->write == b->write && a->user == b->user;
    for (int i = 0; i < a->dimensions; ++i) same = same && (a->shape[i] == 1 || a->stride[i] == b->stride[i]);
    return same;
}

int ptm_job_add(ptm_job *j, const ptm_array *array, const char *name, bool may_be_written, int *operand)
{
    ptm_walk *walk = &j->walk;
    ptm_array *a = &walk->arrays[walk->count];
    int status = ptm_array_check(a, array, name, &j->space, j->v->device, true, false);
    for (int i = 0; i < walk->count && !status; ++i) {
        const bool written = walk->written && i == 0;
        if (is_same(a, &walk->arrays[i]) && (may_be_written || !written)) {
            walk->read = walk->read || written;
            *operand = i;
            return PTM_OK;
        }
        if (written && ptm_arrays_overlap(a, &walk->arrays[i]))
            status = ptm_fail(PTM_ERROR_ARGUMENT, "%s shares memory with the array that is written", name);
    }
    *operand = walk->count++;
    return status;
}

int ptm_job_element(ptm_ref *at, const ptm_job *j, const ptm_array *element, const char *name)
{
    ptm_space one;
    ptm_array a;
    int status = ptm_space_from(&one, element, name);
    if (status) return status;
    for (int i = 0; i < one.dimensions; ++i)
        if (one.shape[i] != 1)
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s.shape[%d] is %" PRId64 ", expected one element", name, i, one.shape[i]);
    one.type = j->space.type;
    status = ptm_array_check(&a, element, name, &one, j->v->device, true, true);
    if (status) return status;
    if (!a.memory) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is in the host's memory, expected the device's", name);
    for (int i = 0; i < j->walk.count; ++i)
        if (ptm_arrays_overlap(&a, &j->walk.arrays[i]))
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s shares memory with a vector", name);
    *at = (ptm_ref){ a.memory->buffer, (uint64_t)a.offset * ptm_type_size(a.type) };
    return PTM_OK;
}
