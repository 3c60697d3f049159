/* sheet.c - many pictures on one, with a line of text above each. */
#include "reconstruct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST 384 /* pixels along a picture's edge on the sheet */
#define GAP 6
#define SCALE 2     /* of the letters, which are 5 x 7 */
#define TEXT (7 * SCALE + 4)

/* Rows of five pixels, from the top. */
static const struct { char letter; unsigned char rows[7]; } font[] = {
    { '0', { 0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e } }, { '1', { 0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e } },
    { '2', { 0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f } }, { '3', { 0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e } },
    { '4', { 0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02 } }, { '5', { 0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e } },
    { '6', { 0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e } }, { '7', { 0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08 } },
    { '8', { 0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e } }, { '9', { 0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c } },
    { '.', { 0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c } }, { '-', { 0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00 } } };

/* Infinities are clipped to white by the window that the sheet is written with. */
static void draw_text(float *to, int width, const char *text)
{
    for (int column = 0; *text; ++text, column += 6 * SCALE)
        for (size_t f = 0; f < sizeof font / sizeof *font; ++f)
            for (int i = 0; font[f].letter == *text && i < 35 * SCALE * SCALE; ++i) {
                const int x = i % (5 * SCALE), y = i / (5 * SCALE);
                if (font[f].rows[y / SCALE] >> (4 - x / SCALE) & 1) to[y * width + column + x] = INFINITY;
            }
}

/* The mean of every `by` x `by` values. */
static void draw_picture(float *to, int stride, const float *from, int height, int width, int by)
{
    for (int y = 0; y < height / by; ++y)
        for (int x = 0; x < width / by; ++x) {
            double sum = 0;
            for (int i = 0; i < by * by; ++i)
                sum += (double)from[(size_t)(y * by + i / by) * (size_t)width + (size_t)(x * by + i % by)];
            to[y * stride + x] = (float)(sum / (by * by));
        }
}

int cli_write_sheet(const char *path, const float *pictures, int count, int height, int width, char (*texts)[24],
    const ptm_io_write_options *o)
{
    const int longer = height > width ? height : width, by = (longer + LARGEST - 1) / LARGEST;
    const int h = height / by, text = (int)strlen(texts[0]) * 6 * SCALE, w = width / by > text ? width / by : text;
    const int across = (int)ceil(sqrt(count)), down = (count + across - 1) / across;
    ptm_io_array sheet;
    const int status = ptm_io_array_create(&sheet, PTM_IO_FLOAT32, 2, (int64_t[]){ down * (h + TEXT + GAP) + GAP,
        across * (w + GAP) + GAP });
    if (status) return cli_library_error(CLI_MEMORY, status);
    const int stride = (int)sheet.shape[1];
    float *data = sheet.data;
    for (int64_t i = 0; i < ptm_io_array_count(&sheet); ++i) data[i] = -INFINITY;
    for (int i = 0; i < count; ++i) {
        float *tile = data + (size_t)(GAP + i / across * (h + TEXT + GAP)) * (size_t)stride + GAP + i % across * (w + GAP);
        draw_text(tile, stride, texts[i]);
        draw_picture(
            tile + TEXT * stride, stride, pictures + (size_t)i * (size_t)height * (size_t)width, height, width, by);
    }
    ptm_io_write_options options = *o;
    options.format = PTM_IO_FORMAT_PNG;
    options.bits = 8;
    options.compress = false;
    const int code = cli_write(path, &sheet, &options);
    ptm_io_array_free(&sheet);
    return code;
}
