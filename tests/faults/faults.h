/* faults.h - calls that fail when they are told to, and a count of what is not given back. */
#ifndef PTM_TEST_FAULTS_H
#define PTM_TEST_FAULTS_H
#include <stdbool.h>
#include <stddef.h>

typedef enum fault_kind {
    FAULT_NONE,
    FAULT_MEMORY, /* an allocation by the library */
    FAULT_DRIVER, /* a driver's function: out of memory */
    FAULT_LOST    /* a driver's function that uses the device: it is gone, and stays gone */
} fault_kind;

/* Call number `n` of the kind, from 0, fails; `onwards`: those after it too. */
void fault_arm(fault_kind kind, long n, bool onwards);
/* Ends that; true if a call failed. */
bool fault_disarm(void);
/* Is it this call's turn? */
bool fault_now(fault_kind kind);

/* Allocations of the library, and objects of drivers, that are alive. */
long fault_alive(void);
void fault_born(void);
void fault_died(void);

/* Put failing functions in the place of the driver's; for devices opened afterwards. */
void fault_opencl(void);
void fault_vulkan(void);
#endif
