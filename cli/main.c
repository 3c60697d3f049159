/* main.c - the program polytome: its commands. */
#include "ranks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* Words that need no command; the first rank alone prints. */
static bool tell(const char *word)
{
    const bool first = cli_rank() == 0, help = strcmp(word, "--help") == 0 || strcmp(word, "help") == 0;
    const bool version = strcmp(word, "--version") == 0, manual = strcmp(word, "--manual") == 0;
    const bool completion = strcmp(word, "--completion") == 0;
    if (help && first) cli_print_help(NULL);
    if (version && first) printf("polytome %s\n", ptm_version());
    if (manual && first) cli_print_manual();
    if (completion && first) cli_print_completion();
    return help || version || manual || completion;
}

static int run(int argc, char **argv)
{
    if (argc < 2 && cli_ranks() > 1) return cli_ranks_agree(cli_error(CLI_USAGE, "no command; see polytome --help"));
    if (argc < 2) return cli_print_help(NULL), CLI_USAGE;
    if (tell(argv[1])) return CLI_OK;
    for (const cli_command *c = cli_commands; c->name; ++c) {
        if (strcmp(argv[1], c->name) != 0) continue;
        cli_settings settings;
        int code = cli_parse(&settings, argc - 1, argv + 1, c);
        if (!code && cli_ranks() > 1 && c->run != cli_reconstruct)
            code = cli_error(CLI_USAGE, "%s is for one process, not for %d", c->name, cli_ranks());
        code = cli_ranks_agree(code);
        if (code) return code;
        if (settings.help) return cli_rank() == 0 ? cli_print_help(c), CLI_OK : CLI_OK;
        return c->run(&settings);
    }
    return cli_ranks_agree(cli_error(CLI_USAGE, "no command %s; see polytome --help", argv[1]));
}

int main(int argc, char **argv)
{
    cli_catch_signals();
    int code = cli_ranks_start();
    if (!code) code = run(argc, argv);
    if (fflush(stdout) || ferror(stdout))
        code = cli_error(code ? code : CLI_OUTPUT, "standard output: cannot be written: %s", strerror(errno));
    return cli_ranks_end(code);
}
