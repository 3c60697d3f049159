/* checkpoint.h - an iterative reconstruction in a file, from which a later one goes on. All ranks call these. */
#ifndef PTM_CLI_CHECKPOINT_H
#define PTM_CLI_CHECKPOINT_H
#include "reconstruct.h"

/* Puts the solver into the file that the settings name, in place of what was there; a status of the library's. */
int cli_checkpoint_save(const cli_reconstruction *r, ptm_solver *solver, const cli_bound *bound);
/* The bound of an earlier run, if there is a file of it; else zeros. */
int cli_checkpoint_bound(cli_bound *bound, const cli_settings *s);
/* Brings a solver that has been started to where an earlier run was stopped, if there is a file of it: after `already`
 * iterations. */
int cli_checkpoint_resume(int *already, const cli_reconstruction *r, ptm_solver *solver);
#endif
