/* memory.h - what the process has of the host's memory, and how much it may have. */
#ifndef PTM_CLI_MEMORY_H
#define PTM_CLI_MEMORY_H
#include "cli.h"

/* "64M": bytes, or with K, M, G or T behind it 1024 of them, and so on. */
int cli_memory_parse(uint64_t *bytes, const char *text);
/* As "1.5 GiB", rounded up: what is said to suffice does. */
const char *cli_memory_text(char text[32], uint64_t bytes);
/* What is freed goes back to the system at once, from now on. */
void cli_memory_settle(void);
/* Bytes that the process has in memory, and had at most; 0 where the system does not say. Files in the system's cache are
 * not among them. */
uint64_t cli_memory_now(void);
uint64_t cli_memory_peak(void);
#endif
