/* manual.c - help, the manual page and the completion for bash, all from the tables of commands and options. */
#include "options.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ --help */

/* Whether any option below this heading is one of the command's. */
static bool has_options(const cli_option *heading, const cli_command *command)
{
    for (const cli_option *o = heading + 1; o->name; ++o)
        if (!command || cli_option_is_of(o, command)) return true;
    return false;
}

static void print_options(const cli_command *command)
{
    for (const cli_option *o = cli_options; o->help; ++o) {
        if (!o->name && has_options(o, command)) printf("\n%s\n", o->help);
        if (!o->name || !cli_option_is_of(o, command)) continue;
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        printf("  %-27s %s", left, o->help);
        if (o->choices) printf(": %s", o->choices);
        printf("\n");
    }
}

void cli_print_help(const cli_command *command)
{
    if (command) {
        printf("usage: polytome %s%s%s%s [options]\n\n%s\n", command->name, *command->arguments ? " " : "",
            command->arguments, command->output ? " --output FILE" : "", command->help);
        print_options(command);
        return;
    }
    printf("polytome %s - tomographic reconstruction on any hardware\n\n", ptm_version());
    printf("usage: polytome COMMAND [options], polytome COMMAND --help\n\n");
    for (const cli_command *c = cli_commands; c->name; ++c) printf("  %-12s %s\n", c->name, c->help);
    printf("\n  %-12s %s\n  %-12s %s\n  %-12s %s\n\nExit codes\n", "--version", "its version", "--manual",
        "the manual page, for man -l", "--completion", "what bash completes, for eval");
    for (const cli_exit_code *e = cli_exit_codes; e->help; ++e) printf("  %-12d %s\n", e->code, e->help);
}

/* ------------------------------------------------------------------ the manual page */

/* Text for troff. */
static void print_roff(const char *text)
{
    if (*text == '.' || *text == '\'') printf("\\&");
    for (; *text; ++text) {
        if (*text == '-') printf("\\-");
        else if (*text == '\\') printf("\\e");
        else putchar(*text);
    }
}

/* The names of the commands that take an option, or most of those below a heading. */
static void print_commands(const cli_option *option)
{
    const char *separator = "";
    if (!option->commands) printf("all commands");
    for (const cli_command *c = cli_commands; c->name && option->commands; ++c) {
        if (!cli_option_is_of(option, c)) continue;
        printf("%s%s", separator, c->name);
        separator = ", ";
    }
}

static void print_manual_options(void)
{
    const cli_option *heading = cli_options;
    for (const cli_option *o = cli_options; o->help; ++o) {
        if (!o->name) {
            heading = o;
            printf(".SS %s\nFor ", o->help);
            print_commands(o);
            printf(", where no others are named.\n");
            continue;
        }
        printf(".TP\n\\fB\\-\\-");
        print_roff(o->name);
        printf("\\fR");
        if (o->value) printf(" \\fI%s\\fR", o->value);
        printf("\n");
        print_roff(o->help);
        if (o->choices) printf(": ");
        if (o->choices) print_roff(o->choices);
        if (!o->commands || strcmp(o->commands, heading->commands) != 0) {
            printf(" (");
            print_commands(o);
            printf(")");
        }
        printf("\n");
    }
}

static const char *const variables[][2] = { { "POLYTOME_DEVICE", "the device that auto stands for" },
    { "POLYTOME_THREADS", "threads of the host device" },
    { "POLYTOME_BACKENDS", "those of cuda, vulkan and opencl that may be looked for, separated by commas; empty: none" },
    { "POLYTOME_CACHE", "the folder for programs that OpenCL and Vulkan drivers have built; empty: none" } };

static const char *const examples[][2] = { { "polytome reconstruct scan.h5 --output slice_%04d.tif",
                                               "A parallel-beam scan; the rotation axis is found from the data." },
    { "polytome reconstruct scan.h5 --binning 4 --slice middle --output look.png", "A quick look." },
    { "polytome reconstruct scan.h5 --centre-sweep 1020:1028:0.5 --output axis.png",
        "Slices axis_1020.0.png, axis_1020.5.png, ... and all of them on axis_sheet.png." },
    { "polytome info scan.h5 --cone --sod 100 --sdd 500 --pixel 0.2 --write-geometry scan.json",
        "The geometry as a file, to be edited and given to \\-\\-geometry." },
    { "polytome info --trajectory helix --pitch 20 --turns 3 --cone --sod 200 --sdd 400 --pixel 2 --plot helix.svg",
        "A picture of a scan that has not been made yet." } };

void cli_print_manual(void)
{
    printf(".TH POLYTOME 1 \"\" \"polytome %s\" \"User Commands\"\n", ptm_version());
    printf(".SH NAME\npolytome \\- tomographic reconstruction on any hardware\n.SH SYNOPSIS\n");
    for (const cli_command *c = cli_commands; c->name; ++c) {
        printf(".B polytome %s\n", c->name);
        if (*c->arguments) printf(".I %s\n", c->arguments);
        if (c->output) printf("\\fB\\-\\-output\\fR \\fIFILE\\fR\n");
        printf("[options]\n.br\n");
    }
    printf(".SH DESCRIPTION\nReconstructs images from X-ray CT measurements on the host's cores or on a GPU through CUDA, "
           "Vulkan or OpenCL. Reads and writes HDF5, TIFF, PNG and NumPy files.\n.SH COMMANDS\n");
    for (const cli_command *c = cli_commands; c->name; ++c) {
        printf(".TP\n.B %s\n", c->name);
        print_roff(c->help);
        printf("\n");
    }
    printf(".SH OPTIONS\n");
    print_manual_options();
    printf(".SH EXIT STATUS\n");
    for (const cli_exit_code *e = cli_exit_codes; e->help; ++e) printf(".TP\n.B %d\n%s\n", e->code, e->help);
    printf(".SH ENVIRONMENT\n");
    for (size_t i = 0; i < sizeof variables / sizeof *variables; ++i)
        printf(".TP\n.B %s\n%s\n", variables[i][0], variables[i][1]);
    printf(".SH EXAMPLES\n");
    for (size_t i = 0; i < sizeof examples / sizeof *examples; ++i) {
        printf(".TP\n");
        print_roff(examples[i][0]);
        printf("\n%s\n", examples[i][1]);
    }
}

/* ------------------------------------------------------------------ completion for bash */

/* The branch of a shell's case for all options of a kind. */
static void print_case(cli_kind kind, const char *reply)
{
    const char *separator = "    ";
    for (const cli_option *o = cli_options; o->help; ++o) {
        if (!o->name || o->kind != kind) continue;
        printf("%s--%s", separator, o->name);
        separator = " | ";
    }
    printf(")\n        %s\n        return ;;\n", reply);
}

/* What comes after an option. */
static void print_values(void)
{
    printf("    case $before in\n");
    print_case(CLI_FILE, "_polytome_reply -f");
    printf("    esac\n    case $command$before in\n");
    for (const cli_option *o = cli_options; o->help; ++o)
        for (const cli_command *c = cli_commands; c->name && o->name && o->choices; ++c)
            if (cli_option_is_of(o, c))
                printf("    %s--%s)\n        _polytome_reply -W \"%s\"\n        return ;;\n", c->name, o->name, o->choices);
    printf("    *--device)\n"
           "        _polytome_reply -W \"auto $(polytome devices 2> /dev/null | grep -v ' none: ' | cut -d ' ' -f 1)\"\n"
           "        return ;;\n"
           "    esac\n");
}

/* Which options a command has. */
static void print_option_lists(void)
{
    printf("    case ${COMP_WORDS[1]} in\n");
    for (const cli_command *c = cli_commands; c->name; ++c) {
        printf("    %s) options=\"", c->name);
        const char *separator = "";
        for (const cli_option *o = cli_options; o->help; ++o) {
            if (!o->name || !cli_option_is_of(o, c)) continue;
            printf("%s--%s", separator, o->name);
            separator = " ";
        }
        printf("\" ;;\n");
    }
    printf("    esac\n");
}

void cli_print_completion(void)
{
    printf(
        "# Completion of polytome for bash.\n"
        "_polytome_reply() {\n"
        "    [ \"$1\" != -f ] || compopt -o filenames\n"
        "    mapfile -t COMPREPLY < <(compgen \"$@\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
        "}\n\n"
        "_polytome() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} options\n");
    print_values();
    print_option_lists();
    printf("    if [ \"$COMP_CWORD\" = 1 ]; then\n"
           "        _polytome_reply -W \"");
    for (const cli_command *c = cli_commands; c->name; ++c) printf("%s ", c->name);
    printf("--help --version --manual --completion\"\n"
           "    elif [[ $word == -* ]]; then\n"
           "        _polytome_reply -W \"$options\"\n"
           "    else\n"
           "        _polytome_reply -f\n"
           "    fi\n"
           "}\n"
           "complete -F _polytome polytome\n");
}
