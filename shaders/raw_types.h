/* raw_types.h - what RAW can read: reals, and whole numbers of 8, 16 and 32 bits. */
#define RAW_REALS 0
#define RAW_UINT8 1
#define RAW_UINT16 2
#define RAW_INT16 3
#define RAW_INT32 4
