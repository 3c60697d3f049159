/* main.c - the program polytome: its commands. */
#define _POSIX_C_SOURCE 200809L /* open */
#include "ranks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const cli_command cli_commands[] = { { "devices", "", CLI_NO_INPUT, false, cli_devices,
                                         "what this machine can compute on, and why not on the rest" },
    { "info", "[FILE]", CLI_MAY_INPUT, false, cli_info,
        "what a file holds: arrays, a scan, a geometry; or a geometry that options say" },
    { "reconstruct", "FILE", CLI_NEEDS_INPUT, true, cli_reconstruct,
        "a scan's slices, by filtered back-projection or iterations" },
    { "project", "VOLUME", CLI_NEEDS_INPUT, true, cli_project, "projections of a volume" },
    { "phantom", "", CLI_NO_INPUT, true, cli_phantom, "a phantom's volume, or its exact projections" },
    { "bench", "", CLI_NO_INPUT, false, cli_bench, "how fast projectors and FBP are on this machine's devices" },
    { NULL, NULL, CLI_NO_INPUT, false, NULL, NULL } };

static const cli_command *find_command(const char *name)
{
    const cli_command *c = cli_commands;
    while (c->name && strcmp(name, c->name) != 0) c++;
    return c->name ? c : NULL;
}

/* Words that need no command; the first rank alone prints. `next` is what comes behind it, or NULL. */
static bool tell(const char *word, const char *next)
{
    const bool first = cli_rank() == 0, help = strcmp(word, "--help") == 0 || strcmp(word, "help") == 0;
    const bool version = strcmp(word, "--version") == 0, manual = strcmp(word, "--manual") == 0;
    const bool completion = strcmp(word, "--completion") == 0;
    if (help && first) cli_print_help(next ? find_command(next) : NULL);
    if (version && first) printf("polytome %s\n", ptm_version());
    if (manual && first) cli_print_manual();
    if (completion && first) cli_print_completion();
    return help || version || manual || completion;
}

static int run(int argc, char **argv)
{
    if (argc < 2 && cli_ranks() > 1) return cli_ranks_agree(cli_error(CLI_USAGE, "no command; see polytome --help"));
    if (argc < 2) return cli_print_help(NULL), CLI_USAGE;
    if (tell(argv[1], argv[2])) return CLI_OK;
    const cli_command *c = find_command(argv[1]);
    if (!c) return cli_ranks_agree(cli_error(CLI_USAGE, "no command %s; see polytome --help", argv[1]));
    cli_settings settings;
    cli_words_begin(c);
    int code = cli_parse(&settings, argc - 1, argv + 1, c);
    if (!code && cli_ranks() > 1 && c->run != cli_reconstruct)
        code = cli_error(CLI_USAGE, "%s is for one process, not for %d", c->name, cli_ranks());
    code = cli_ranks_agree(code);
    if (code) return code;
    if (settings.help) return cli_rank() == 0 ? cli_print_help(c), CLI_OK : CLI_OK;
    return c->run(&settings);
}

/* Standard streams that whoever started the program has closed: no file that is opened later may take their place, but
 * writing to them still fails. */
static void hold_streams(void)
{
    int file;
    while ((file = open("/dev/null", O_RDONLY)) >= 0 && file <= STDERR_FILENO) {
    }
    if (file > STDERR_FILENO) close(file);
}

int main(int argc, char **argv)
{
    hold_streams();
    cli_catch_signals();
    int code = cli_ranks_start();
    if (!code) code = run(argc, argv);
    if (fflush(stdout) || ferror(stdout))
        code = cli_error(code ? code : CLI_OUTPUT, "standard output: cannot be written: %s", strerror(errno));
    return cli_ranks_end(code);
}
