/* page_picture.c - arrays as text, small enough for a page. */
#include "page.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define BINS 256

/* ------------------------------------------------------------------ base64 (RFC 4648) */

static char *base64(const unsigned char *bytes, size_t count)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc((count + 2) / 3 * 4 + 1), *to = text;
    for (size_t i = 0; i < count && text; i += 3) {
        const size_t left = count - i;
        const uint32_t three =
            (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
        *to++ = letters[three >> 18];
        *to++ = letters[three >> 12 & 63];
        *to++ = left > 1 ? letters[three >> 6 & 63] : '=';
        *to++ = left > 2 ? letters[three & 63] : '=';
    }
    if (text) *to = 0;
    return text;
}

/* ------------------------------------------------------------------ pictures */

typedef struct coder {
    const ptm_array *array;
    int64_t block[3], shape[3]; /* of a block, in elements, and of the array, in blocks */
    int bits;
    double low, high; /* what codes of 0 and the largest stand for */
} coder;

/* Blocks grow along the axis that is longest, in blocks, until they are few enough. */
static void choose_blocks(coder *c, int64_t most)
{
    for (int k = 0; k < 3; ++k) {
        c->block[k] = 1;
        c->shape[k] = c->array->shape[k];
    }
    while (c->shape[0] * c->shape[1] * c->shape[2] > most) {
        int longest = 0;
        for (int k = 1; k < 3; ++k)
            if (c->shape[k] > c->shape[longest]) longest = k;
        c->block[longest]++;
        c->shape[longest] = (c->array->shape[longest] + c->block[longest] - 1) / c->block[longest];
    }
}

/* Of those of its elements that are in the array. */
static double mean_of_block(const coder *c, const int64_t block[3])
{
    const ptm_array *a = c->array;
    int64_t first[3], end[3];
    double sum = 0, count = 1;
    for (int k = 0; k < 3; ++k) {
        first[k] = block[k] * c->block[k];
        end[k] = first[k] + c->block[k] < a->shape[k] ? first[k] + c->block[k] : a->shape[k];
        count *= (double)(end[k] - first[k]);
    }
    for (int64_t z = first[0]; z < end[0]; ++z)
        for (int64_t y = first[1]; y < end[1]; ++y) {
            const float *line = (const float *)a->data + z * a->stride[0] + y * a->stride[1];
            for (int64_t x = first[2]; x < end[2]; ++x) sum += (double)line[x * a->stride[2]];
        }
    return sum / count;
}

/* Rounded to nearest; what is no number becomes 0. */
static unsigned code_of(const coder *c, double value)
{
    const double most = (double)((1 << c->bits) - 1), code = (value - c->low) / (c->high - c->low) * most;
    return code >= 0 ? (unsigned)(fmin(code, most) + 0.5) : 0;
}

static unsigned char *make_codes(const coder *c, size_t count)
{
    unsigned char *codes = malloc(count * (size_t)(c->bits / 8)), *to = codes;
    for (size_t i = 0; i < count && codes; ++i) {
        const int64_t at = (int64_t)i, plane = c->shape[1] * c->shape[2];
        const int64_t block[3] = { at / plane, at % plane / c->shape[2], at % c->shape[2] };
        const unsigned code = code_of(c, mean_of_block(c, block));
        *to++ = (unsigned char)(code & 255);
        if (c->bits == 16) *to++ = (unsigned char)(code >> 8);
    }
    return codes;
}

void page_print_window(cli_json *j, const cli_measured *m)
{
    double low, high;
    cli_stretch(&low, &high, m, 0);
    page_print_numbers(j, "window", (const double[]){ low, high }, 2);
}

static void print_coder(cli_json *j, const coder *c, const cli_measured *m)
{
    cli_json_shape(j, "whole", c->array->shape, 3);
    cli_json_shape(j, "block", c->block, 3);
    cli_json_integer(j, "bits", c->bits);
    cli_json_number(j, "low", c->low);
    cli_json_number(j, "high", c->high);
    cli_json_open(j, "clipped", '[');
    cli_json_flag(j, NULL, m->least < c->low);
    cli_json_flag(j, NULL, m->greatest > c->high);
    cli_json_close(j, ']');
    page_print_window(j, m);
}

int page_print_picture(cli_json *j, const char *key, const ptm_array *a, const cli_measured *m, int64_t most, int bits)
{
    coder c = { .array = a, .bits = bits };
    cli_stretch(&c.low, &c.high, m, bits == 16 ? 4 : 0.25); /* a few values far away leave steps enough for the others */
    choose_blocks(&c, most);
    const size_t count = (size_t)(c.shape[0] * c.shape[1] * c.shape[2]);
    unsigned char *codes = make_codes(&c, count);
    char *text = codes ? base64(codes, count * (size_t)(bits / 8)) : NULL;
    if (text) {
        cli_json_open(j, key, '{');
        print_coder(j, &c, m);
        cli_json_text(j, "data", text);
        cli_json_close(j, '}');
    }
    free(codes);
    free(text);
    return text ? CLI_OK : cli_error(CLI_MEMORY, "no memory for a picture of %zu values", count);
}

/* ------------------------------------------------------------------ the histogram */

void page_print_histogram(cli_json *j, const ptm_array *a, const cli_measured *m)
{
    double low, high;
    int64_t counts[BINS] = { 0 }, below = 0, above = 0;
    cli_stretch(&low, &high, m, 0.5);
    const double scale = BINS / (high - low);
    for (int64_t i = 0; i < cli_count(a); ++i) {
        const double value = ((const float *)a->data)[i], bin = (value - low) * scale;
        if (!isfinite(value)) continue;
        if (value < low) below++;
        else if (value > high) above++;
        else counts[bin < BINS ? (int)bin : BINS - 1]++;
    }
    cli_json_open(j, "histogram", '{');
    cli_json_number(j, "from", low);
    cli_json_number(j, "to", high);
    cli_json_integer(j, "below", below);
    cli_json_integer(j, "above", above);
    cli_json_shape(j, "counts", counts, BINS);
    cli_json_close(j, '}');
}
