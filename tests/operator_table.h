/* operator_table.h - the table of operators that tests go through: one entry makes an operator known to all of them. */
#ifndef PTM_TEST_OPERATOR_TABLE_H
#define PTM_TEST_OPERATOR_TABLE_H
#include <polytome/polytome.h>

typedef struct test_operator {
    const char *name;
    /* Of a scan, with the kernels and the precision that options ask for. ARGUMENT or
     * UNSUPPORTED on the host: the scan is none for it. */
    int (*create)(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options);
    bool kernels;  /* has some that no entry before it has */
    bool families; /* has kernels in families; else the options leave the family open */
    bool textures; /* samples fields */
    double limit;  /* factor to the limits of a form */
} test_operator;
extern const test_operator test_operators[];
extern const int test_operator_count;

/* Which kernels compute, and in which form. */
typedef struct test_form {
    const char *name;
    ptm_projector_options options;
    int lanes_per_item; /* of the narrow form; 0: the form that the device prefers */
    double limit;       /* largest difference from the host in double, of the largest element */
    double dots;        /* of the dot test */
} test_form;
extern const test_form test_forms[];
extern const int test_form_count;
#endif
