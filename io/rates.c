/* rates.c - how fast devices are, measured once and kept: a JSON file, docs/several-devices.md. */
#include "internal.h"

#include "geometry/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "polytome rates"

/* Members of a device with its rates, and where they stand. */
static const struct {
    const char *key;
    size_t at;
} members[] = { { "forward", offsetof(ptm_io_rate, forward) }, { "adjoint", offsetof(ptm_io_rate, adjoint) },
    { "fbp", offsetof(ptm_io_rate, fbp) } };
enum { MEMBERS = sizeof members / sizeof *members };

static double rate_at(const ptm_io_rate *rate, int i)
{
    return *(const double *)((const char *)rate + members[i].at);
}

/* ------------------------------------------------------------------ reading */

static int read_text(char *to, size_t size, const ptm_json_part *p, const char *key)
{
    const json_t *value = json_object_get(p->object, key);
    const char *text = json_string_value(value);
    if (!text || !*text || strlen(text) >= size) return ptm_json_expected(p, key, value, "a name");
    strcpy(to, text);
    return PTM_OK;
}

static int read_rate(ptm_io_rate *to, const ptm_json_part *p)
{
    int status = ptm_json_check_keys(p, "device model forward adjoint fbp");
    if (!status) status = read_text(to->device, sizeof to->device, p, "device");
    if (!status) status = read_text(to->model, sizeof to->model, p, "model");
    for (int i = 0; i < MEMBERS && !status; ++i) {
        double *rate = (double *)((char *)to + members[i].at);
        status = ptm_json_number(rate, p, members[i].key);
        const json_t *value = json_object_get(p->object, members[i].key);
        if (!status && value && !(*rate > 0)) status = ptm_json_expected(p, members[i].key, value, "more than 0");
    }
    return status;
}

static int read_rates(ptm_io_rate **out, int *count, const ptm_json_part *file)
{
    const char *format = json_string_value(json_object_get(file->object, "format"));
    if (!format || strcmp(format, FORMAT) != 0)
        return ptm_error_set(PTM_ERROR_IO, "%s: expected an object with \"format\": \"" FORMAT "\"", file->path);
    if (json_integer_value(json_object_get(file->object, "version")) != 1)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: its version is not 1, the one that is known", file->path);
    int status = ptm_json_check_keys(file, "format version unit devices");
    const json_t *list = json_object_get(file->object, "devices");
    const size_t n = json_array_size(list);
    if (!status && (n < 1 || n > PTM_IO_MAX_RATES))
        status = ptm_json_expected(file, "devices", list, "an array of 1 to " PTM_TEXT(PTM_IO_MAX_RATES) " devices");
    ptm_io_rate *rates = status ? NULL : ptm_io_alloc(n, sizeof *rates);
    if (!status && !rates) status = PTM_ERROR_MEMORY;
    for (size_t i = 0; i < n && !status; ++i) {
        char name[32];
        snprintf(name, sizeof name, "devices[%zu]", i);
        const ptm_json_part p = { file->path, name, json_array_get(list, i) };
        status = json_is_object(p.object) ? read_rate(&rates[i], &p) : ptm_json_expected(file, name, p.object, "an object");
    }
    if (status) {
        free(rates);
        return status;
    }
    *out = rates;
    *count = (int)n;
    return PTM_OK;
}

int ptm_io_rates_read(ptm_io_rate **rates, int *count, const char *path)
{
    uint64_t bytes;
    json_error_t error;
    if (!rates || !count || !path)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", !rates ? "rates" : !count ? "count" : "path");
    FILE *file = ptm_io_open(path, &bytes);
    if (!file) return PTM_ERROR_IO;
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    if (!root) return ptm_error_set(PTM_ERROR_IO, "%s: line %d: %s", path, error.line, error.text);
    const int status = read_rates(rates, count, &(ptm_json_part){ path, "", root });
    json_decref(root);
    return status;
}

/* ------------------------------------------------------------------ writing */

static bool add(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static bool add_rate(json_t *list, const ptm_io_rate *rate)
{
    json_t *object = json_object();
    bool good = json_array_append_new(list, object) == 0 && add(object, "device", json_string(rate->device)) &&
                add(object, "model", json_string(rate->model));
    for (int i = 0; i < MEMBERS && good; ++i)
        if (rate_at(rate, i) > 0) good = add(object, members[i].key, json_real(rate_at(rate, i)));
    return good;
}

/* NULL where memory is short, or a name is no text. */
static char *print(const ptm_io_rate *rates, int count)
{
    json_t *root = json_object(), *list = json_array();
    bool good = root && add(root, "format", json_string(FORMAT)) && add(root, "version", json_integer(1)) &&
                add(root, "unit", json_string("10^9 voxels times views in a second"));
    good = add(root, "devices", list) && good;
    for (int i = 0; i < count && good; ++i) good = add_rate(list, &rates[i]);
    char *text = good ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(root);
    return text;
}

static int check(const ptm_io_rate *rates, int count)
{
    if (!rates || count < 1 || count > PTM_IO_MAX_RATES)
        return ptm_error_set(
            PTM_ERROR_ARGUMENT, "count is %d, expected 1 to %d rates", rates ? count : 0, PTM_IO_MAX_RATES);
    for (int i = 0; i < count; ++i)
        for (int k = 0; k < MEMBERS; ++k)
            if (!(rate_at(&rates[i], k) >= 0 && isfinite(rate_at(&rates[i], k))))
                return ptm_error_set(PTM_ERROR_ARGUMENT, "rates[%d].%s is %g, expected 0 or more", i, members[k].key,
                    rate_at(&rates[i], k));
    return PTM_OK;
}

int ptm_io_rates_write(const char *path, const ptm_io_rate *rates, int count, bool overwrite)
{
    if (!path) return ptm_error_set(PTM_ERROR_ARGUMENT, "path is NULL");
    int status = check(rates, count);
    if (status) return status;
    char *text = print(rates, count);
    if (!text) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: a device's name is not UTF-8, or there is no memory", path);
    status = ptm_io_text_write(path, text, overwrite);
    free(text);
    return status;
}
