/* devices.c - polytome devices. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

static void print_json(
    const cli_settings *s, const ptm_device_info *devices, int count, const ptm_backend_info *backends, int n)
{
    cli_json j = { .to = stdout };
    cli_json_begin(&j, s, NULL, NULL);
    cli_json_open(&j, "devices", '[');
    for (int i = 0; i < count; ++i) {
        char name[64];
        snprintf(name, sizeof name, "%s:%d", devices[i].backend, devices[i].index);
        cli_json_open(&j, NULL, '{');
        cli_json_text(&j, "name", name);
        cli_json_text(&j, "model", devices[i].name);
        cli_json_text(&j, "driver", devices[i].driver);
        cli_json_flag(&j, "gpu", devices[i].gpu);
        cli_json_integer(&j, "memory", (int64_t)devices[i].memory);
        cli_json_close(&j, '}');
    }
    cli_json_close(&j, ']');
    cli_json_open(&j, "missing", '{');
    for (int i = 0; i < n; ++i)
        if (!backends[i].device_count) cli_json_text(&j, backends[i].name, backends[i].reason);
    cli_json_close(&j, '}');
    cli_json_end(&j, NULL);
}

static void print_list(
    const cli_settings *s, const ptm_device_info *devices, int count, const ptm_backend_info *backends, int n)
{
    (void)s;
    for (int i = 0; i < count; ++i) {
        char name[64];
        snprintf(name, sizeof name, "%s:%d", devices[i].backend, devices[i].index);
        printf("%-10s %s (%s)%s\n", name, devices[i].name, devices[i].driver,
            devices[i].gpu || strcmp(devices[i].backend, "host") == 0 ? "" : ", computes on the host's cores");
    }
    for (int i = 0; i < n; ++i)
        if (!backends[i].device_count) printf("%-10s none: %s\n", backends[i].name, backends[i].reason);
}

int cli_devices(const cli_settings *s)
{
    ptm_context *context;
    const int code = cli_context(&context, 0);
    if (code) return code;
    ptm_device_info devices[64];
    ptm_backend_info backends[8];
    int count = ptm_devices(context, devices, 64);
    const int n = ptm_backends(context, backends, 8);
    const int status = count < 0 ? count : n < 0 ? n : PTM_OK;
    if (count > 64) count = 64;
    if (!status) (s->json ? print_json : print_list)(s, devices, count, backends, n > 8 ? 8 : n);
    ptm_context_destroy(&context);
    return status ? cli_library_error(CLI_DEVICE, status) : CLI_OK;
}
