/* make_files.h - files that polytome reads but does not write itself, made with the formats' own libraries. */
#ifndef MAKE_FILES_H
#define MAKE_FILES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A .npy file from its parts: header text as NumPy writes it, and raw bytes. */
void make_npy(const char *path, int version, const char *header, const void *data, size_t bytes);
void make_raw(const char *path, const void *data, size_t bytes);

/* uint16 pages of value page * 1000 + y * width + x. mode: libtiff's, "w", "wb" (big-endian), "w8"; compression: libtiff's
 * number; tile: 0 for strips. */
void make_tiff(const char *path, const char *mode, int pages, int height, int width, int compression, int tile);
void make_tiff_kind(const char *path, int photometric, int samples, int bits); /* 4 x 4, to be refused */
void make_imagej(const char *path, int images, int height, int width);         /* big-endian, one directory */

/* 8 x 8; colour as libpng numbers it. */
void make_png(const char *path, int bits, int colour, bool interlaced);

/* A scan of 5 views, 3 rows, 4 columns of value view * 100 + row * 10 + column. */
void make_exchange(const char *path, bool flat_2d, bool theta, int theta_count);
/* Says in which order the axes of such a scan are. */
void put_axes(const char *path, const char *axes);
/* Keys 2 1 0 0 1 0 3 0: frame f has the value f * 100 + row * 10 + column; angles 10 f degrees, or radians; pixels
 * of 2.5 units. */
void make_nxtomo(const char *path, const char *entry, bool classes, bool radians, const char *unit);
/* 2 x 2 of uint8 with an attribute "window". */
void make_window(const char *path);
/* A Data Exchange scan of these counts. */
void make_counts(const char *path, int views, int rows, int columns, const float *counts, const float *flats,
    int flat_count, const float *darks, int dark_count, const double *degrees);
/* `claimed` elements of float32 in a chunked data set in which almost nothing is stored. */
void make_hollow(const char *path, uint64_t claimed, bool store_one);
#endif
