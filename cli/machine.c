/* machine.c - the devices of a command, how work is split over them, and operators there. */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cli_device_names(const char *names[CLI_MAX_DEVICES], char **list, const char *text)
{
    int count = 0;
    *list = malloc(strlen(text) + 1);
    if (!*list) return cli_error(CLI_MEMORY, "no memory for the names of devices"), 0;
    strcpy(*list, text);
    for (char *at = *list; at;) {
        char *comma = strchr(at, ',');
        if (comma) *comma = 0;
        if (!*at) return cli_error(CLI_USAGE, "--device is \"%s\", expected names", text), 0;
        if (count == CLI_MAX_DEVICES)
            return cli_error(CLI_USAGE, "--device names more than %d devices", CLI_MAX_DEVICES), 0;
        names[count++] = at;
        at = comma ? comma + 1 : NULL;
    }
    return count;
}

/* ------------------------------------------------------------------ weights */

static void full_name(char name[64], const ptm_device *device)
{
    const ptm_device_info *info = ptm_device_get_info(device);
    snprintf(name, 64, "%s:%d", info->backend, info->index);
}

/* How fast the command is by a device's rates; 0: not known. Iterations are as many projections as adjoints. */
static double rate_for(const ptm_io_rate *r, const cli_settings *s)
{
    if (strcmp(s->command, "project") == 0) return r->forward;
    if (!s->method) return r->fbp;
    return r->forward > 0 && r->adjoint > 0 ? 2 / (1 / r->forward + 1 / r->adjoint) : 0;
}

static int weight_from(double *weight, const ptm_device *device, const ptm_io_rate *rates, int count, const cli_settings *s)
{
    const char *path = s->device_weights, *model = ptm_device_get_info(device)->name;
    const char *what = strcmp(s->command, "project") == 0 ? "forward" : s->method ? "forward and adjoint" : "fbp";
    char name[64];
    full_name(name, device);
    for (int i = 0; i < count; ++i) {
        if (strcmp(rates[i].device, name) != 0) continue;
        if (strcmp(rates[i].model, model) != 0)
            return cli_error(CLI_INPUT, "%s: %s was \"%s\" then and is \"%s\" now", path, name, rates[i].model, model);
        *weight = rate_for(&rates[i], s);
        return *weight > 0 ? CLI_OK : cli_error(CLI_INPUT, "%s: has no rate of %s for %s", path, what, name);
    }
    return cli_error(CLI_INPUT, "%s: has no rates of %s; polytome bench --save measures them", path, name);
}

static int weights_from_file(cli_machine *m, const cli_settings *s)
{
    ptm_io_rate *rates = NULL;
    int count = 0, code = CLI_OK;
    const int status = ptm_io_rates_read(&rates, &count, s->device_weights);
    if (status) return cli_library_error(CLI_INPUT, status);
    for (int i = 0; i < m->count && !code; ++i) code = weight_from(&m->weights[i], m->devices[i], rates, count, s);
    free(rates);
    return code;
}

/* Numbers, or the name of a file. */
static int find_weights(cli_machine *m, const cli_settings *s)
{
    const char *text = s->device_weights;
    double numbers[CLI_MAX_DEVICES];
    for (int i = 0; i < m->count; ++i) m->weights[i] = 1;
    if (!text) return CLI_OK;
    if (m->count == 1) return cli_error(CLI_USAGE, "--device-weights is for several devices, which --device names");
    const int count = cli_numbers(numbers, CLI_MAX_DEVICES, text, ',');
    if (count < 0) return weights_from_file(m, s);
    if (count != m->count)
        return cli_error(CLI_USAGE, "--device-weights has %d numbers, but there are %d devices", count, m->count);
    for (int i = 0; i < count; ++i) {
        if (!(numbers[i] > 0)) return cli_error(CLI_USAGE, "--device-weights has %g, expected more than 0", numbers[i]);
        m->weights[i] = numbers[i];
    }
    return CLI_OK;
}

/* ------------------------------------------------------------------ devices */

int cli_context(ptm_context **out, int threads)
{
    const ptm_context_options o = { PTM_SIZED(ptm_context_options), .threads = threads };
    const int status = ptm_context_create(out, &o);
    return status ? cli_library_error(CLI_USAGE, status) : CLI_OK;
}

static void add_name(cli_machine *m, const ptm_device *device)
{
    const size_t used = strlen(m->name);
    snprintf(m->name + used, sizeof m->name - used, "%s%s", used ? " and " : "", ptm_device_get_info(device)->name);
}

static int open_devices(cli_machine *m, const char *const *names, int count)
{
    const int code = cli_context(&m->context, 0);
    int status = PTM_OK;
    if (code) return code;
    for (int i = 0; i < count && !status; ++i) {
        status = ptm_device_open(&m->devices[i], m->context, names[i]);
        if (status) break;
        add_name(m, m->devices[i]);
        m->count++;
    }
    m->device = m->devices[0];
    if (!status && count > 1) status = ptm_device_open(&m->home, m->context, "host");
    return status ? cli_library_error(CLI_DEVICE, status) : CLI_OK;
}

int cli_machine_open(cli_machine *m, const cli_settings *s)
{
    const char *names[CLI_MAX_DEVICES] = { NULL };
    char *list = NULL;
    *m = (cli_machine){ .context = NULL };
    const int count = s->device ? cli_device_names(names, &list, s->device) : 1;
    int code = count ? CLI_OK : list ? CLI_USAGE : CLI_MEMORY;
    if (!code) code = open_devices(m, names, count);
    if (!code) code = find_weights(m, s);
    free(list);
    if (code) cli_machine_close(m);
    return code;
}

void cli_machine_close(cli_machine *m)
{
    ptm_device_close(&m->home);
    for (int i = 0; i < m->count; ++i) ptm_device_close(&m->devices[i]);
    ptm_context_destroy(&m->context);
}

void cli_json_machine(cli_json *j, const cli_machine *m)
{
    char name[64];
    full_name(name, m->device);
    cli_json_text(j, "device", name);
    cli_json_text(j, "model", ptm_device_get_info(m->device)->name);
    if (m->count == 1) return;
    cli_json_open(j, "split", '[');
    for (int i = 0; i < m->count; ++i) {
        full_name(name, m->devices[i]);
        cli_json_open(j, NULL, '{');
        cli_json_text(j, "device", name);
        cli_json_text(j, "model", ptm_device_get_info(m->devices[i])->name);
        cli_json_number(j, "weight", m->weights[i]);
        cli_json_close(j, '}');
    }
    cli_json_close(j, ']');
}

/* ------------------------------------------------------------------ operators */

/* What makes an operator on one device. */
typedef struct recipe {
    const ptm_scan *scan;
    int subsets;
    const ptm_projector_options *projector;
    const ptm_fbp_options *fbp; /* NULL: a projector */
    cli_fbp_part part;
} recipe;

static int make_on(ptm_operator **op, ptm_device *device, const recipe *r)
{
    if (!r->fbp) return ptm_subsets_create(op, device, r->scan, r->subsets, r->projector);
    if (r->part == CLI_FBP_FILTER) return ptm_filter_create(op, device, r->scan, r->fbp);
    if (r->part == CLI_FBP_BACKPROJECTION) return ptm_backprojector_create(op, device, r->scan, r->fbp->projector);
    return ptm_fbp_create(op, device, r->scan, r->fbp);
}

static int make(ptm_operator **op, const cli_machine *m, const recipe *r)
{
    ptm_operator *parts[CLI_MAX_DEVICES] = { NULL };
    int status = PTM_OK;
    *op = NULL;
    if (m->count == 1 || (r->fbp && r->part == CLI_FBP_FILTER)) return make_on(op, m->device, r);
    for (int i = 0; i < m->count && !status; ++i) status = make_on(&parts[i], m->devices[i], r);
    if (!status) status = ptm_split_create(op, m->home, parts, m->weights, m->count);
    for (int i = 0; i < m->count; ++i) ptm_operator_destroy(&parts[i]);
    return status;
}

int cli_make_projector(ptm_operator **op, const cli_machine *m, const ptm_scan *scan, int subsets,
    const ptm_projector_options *options)
{
    return make(op, m, &(recipe){ .scan = scan, .subsets = subsets, .projector = options });
}

int cli_make_fbp(ptm_operator **op, const cli_machine *m, const ptm_scan *scan, const ptm_fbp_options *options,
    cli_fbp_part part)
{
    return make(op, m, &(recipe){ .scan = scan, .fbp = options, .part = part });
}
