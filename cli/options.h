/* options.h - the table that options are read with, and that help, manual page and completion are made from. */
#ifndef PTM_CLI_OPTIONS_H
#define PTM_CLI_OPTIONS_H
#include "cli.h"

typedef enum cli_kind {
    CLI_FLAG,
    CLI_TEXT,
    CLI_FILE,
    CLI_COUNT,  /* 1 or more */
    CLI_WHOLE,  /* 0 or more */
    CLI_LENGTH, /* of an axis: 1 to PTM_MAX_LENGTH */
    CLI_VIEWS,  /* 1 to PTM_MAX_VIEWS */
    CLI_NUMBER,
    CLI_POSITIVE, /* a number above 0 */
    CLI_RANGE, /* of an axis: A, A:B */
    CLI_STEPS, /* of views: A, A:B, A:B:STEP */
    CLI_CHOICE
} cli_kind;

/* --name VALUE, or a flag where value is NULL. An option of commands that share nothing but its name has several rows. */
typedef struct cli_option {
    const char *name, *value;
    cli_kind kind;
    size_t at;             /* in cli_settings: bool, const char *, int, double, cli_range; int for choices */
    const char *commands;  /* their names; NULL: all */
    const char *help;
    const char *choices;   /* of CLI_CHOICE, separated by blanks; the first is the default */
} cli_option;

/* Options stand under headings, which are rows without a name: help is the heading, commands are those that most options
 * below it are of. Ends with help NULL. */
extern const cli_option cli_options[];

bool cli_option_is_of(const cli_option *option, const cli_command *command);
/* The next option of the command line, from word *i on, which is moved behind it; NULL after the last. *value is NULL for
 * flags. */
const cli_option *cli_option_given(const char **value, const cli_settings *s, int *i);

typedef struct cli_exit_code { int code; const char *help; } cli_exit_code;
extern const cli_exit_code cli_exit_codes[]; /* ends with help NULL */
#endif
