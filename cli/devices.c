/* devices.c - polytome devices, polytome info. */
#include "cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_text(const char *text)
{
    putchar('"');
    for (; *text; ++text) {
        if (*text == '"' || *text == '\\') putchar('\\');
        if ((unsigned char)*text >= 0x20) putchar(*text);
    }
    putchar('"');
}

static void print_json(const ptm_device_info *devices, int count, const ptm_backend_info *backends, int n)
{
    printf("{\"devices\": [");
    for (int i = 0; i < count; ++i) {
        printf("%s{\"name\": \"%s:%d\", \"model\": ", i ? ", " : "", devices[i].backend, devices[i].index);
        print_text(devices[i].name);
        printf(", \"driver\": ");
        print_text(devices[i].driver);
        printf(", \"gpu\": %s, \"memory\": %" PRIu64 "}", devices[i].gpu ? "true" : "false", devices[i].memory);
    }
    printf("], \"missing\": {");
    for (int i = 0, written = 0; i < n; ++i) {
        if (backends[i].device_count) continue;
        printf("%s\"%s\": ", written++ ? ", " : "", backends[i].name);
        print_text(backends[i].reason);
    }
    printf("}}\n");
}

int cli_devices(int argc, char **argv)
{
    bool json = false;
    const cli_option options[] = { { "json", NULL, CLI_FLAG, &json, "for machines" }, { NULL, NULL, CLI_FLAG, NULL, NULL } };
    const int given = cli_parse(argc, argv, "devices [--json]", options, NULL, 0);
    if (given < 0) return given == -2 ? CLI_OK : CLI_USAGE;
    ptm_context *context;
    if (cli_open(&context, NULL, NULL)) return CLI_FAILED;
    ptm_device_info devices[64];
    ptm_backend_info backends[8];
    int count = ptm_devices(context, devices, 64);
    const int n = ptm_backends(context, backends, 8);
    if (count < 0) return cli_library_error();
    if (count > 64) count = 64;
    if (json) {
        print_json(devices, count, backends, n);
    } else {
        for (int i = 0; i < count; ++i) {
            char name[32];
            snprintf(name, sizeof name, "%s:%d", devices[i].backend, devices[i].index);
            printf("%-10s %s (%s)%s\n", name, devices[i].name, devices[i].driver,
                devices[i].gpu || strcmp(devices[i].backend, "host") == 0 ? "" : ", computes on the host's cores");
        }
        for (int i = 0; i < n; ++i)
            if (!backends[i].device_count) printf("%-10s none: %s\n", backends[i].name, backends[i].reason);
    }
    ptm_context_destroy(&context);
    return CLI_OK;
}

static void print_entry(const ptm_io_entry *entry)
{
    printf("  %-32s %-10s (", entry->name, ptm_io_type_name(entry->type));
    for (int k = 0; k < entry->dimensions; ++k) printf("%s%" PRId64, k ? ", " : "", entry->shape[k]);
    printf(")\n");
}

int cli_info(int argc, char **argv)
{
    const char *path = NULL;
    const cli_option none = { NULL, NULL, CLI_FLAG, NULL, NULL };
    const int given = cli_parse(argc, argv, "info FILE", &none, &path, 1);
    if (given == -2) return CLI_OK;
    if (given != 1) return given < 0 ? CLI_USAGE : cli_usage("info needs a file");
    ptm_io_info info;
    if (ptm_io_info_read(&info, path)) return cli_library_error();
    printf("%s: %s\n", path, ptm_io_format_name(info.format));
    for (int64_t i = 0; i < info.count; ++i) print_entry(&info.entries[i]);
    ptm_io_info_free(&info);
    ptm_io_scan *scan;
    if (ptm_io_scan_open(&scan, path, NULL) == PTM_OK) {
        const ptm_io_scan_info *s = ptm_io_scan_get_info(scan);
        printf("scan: %s, %" PRId64 " views of %" PRId64 " rows and %" PRId64 " columns, %" PRId64 " flats, %" PRId64 " darks%s\n", s->layout, s->views,
            s->rows, s->columns, s->flats, s->darks, s->angles ? "" : ", no angles");
        ptm_io_scan_close(&scan);
    }
    return CLI_OK;
}
