/* make_files.c - see make_files.h. */
#include "make_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void make_raw(const char *path, const void *data, size_t bytes)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, bytes, file) != bytes || fclose(file)) {
        perror(path);
        exit(1);
    }
}

void make_npy(const char *path, int version, const char *header, const void *data, size_t bytes)
{
    size_t length = strlen(header), prefix = version == 1 ? 10 : 12;
    unsigned char *all = calloc(1, prefix + length + bytes);
    memcpy(all, "\x93NUMPY", 6);
    all[6] = (unsigned char)version;
    for (size_t i = 8; i < prefix; i++) all[i] = (unsigned char)(length >> (8 * (i - 8)) & 255);
    memcpy(all + prefix, header, length);
    memcpy(all + prefix + length, data, bytes);
    make_raw(path, all, prefix + length + bytes);
    free(all);
}

#ifdef PTM_IO_HAVE_TIFF
#include <tiffio.h>

static void set_page(TIFF *tiff, int height, int width, int bits, int samples, int photometric)
{
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometric);
}

static void write_tiles(TIFF *tiff, int page, int height, int width, int tile)
{
    uint16_t *data = calloc((size_t)tile * (size_t)tile, sizeof *data);
    for (int y = 0; y < height; y += tile)
        for (int x = 0; x < width; x += tile) {
            for (int i = 0; i < tile * tile; i++) data[i] = (uint16_t)(page * 1000 + (y + i / tile) * width + x + i % tile);
            TIFFWriteTile(tiff, data, (uint32_t)x, (uint32_t)y, 0, 0);
        }
    free(data);
}

void make_tiff(const char *path, const char *mode, int pages, int height, int width, int compression, int tile)
{
    TIFF *tiff = TIFFOpen(path, mode);
    uint16_t *row = calloc((size_t)width, sizeof *row);
    for (int p = 0; p < pages; p++) {
        set_page(tiff, height, width, 16, 1, PHOTOMETRIC_MINISBLACK);
        TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
        if (tile) {
            TIFFSetField(tiff, TIFFTAG_TILEWIDTH, tile);
            TIFFSetField(tiff, TIFFTAG_TILELENGTH, tile);
            write_tiles(tiff, p, height, width, tile);
        } else {
            TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 3);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) row[x] = (uint16_t)(p * 1000 + y * width + x);
                TIFFWriteScanline(tiff, row, (uint32_t)y, 0);
            }
        }
        TIFFWriteDirectory(tiff);
    }
    free(row);
    TIFFClose(tiff);
}

void make_tiff_kind(const char *path, int photometric, int samples, int bits)
{
    static uint16_t map[256];
    unsigned char row[64] = { 0 };
    TIFF *tiff = TIFFOpen(path, "w");
    set_page(tiff, 4, 4, bits, samples, photometric);
    if (photometric == PHOTOMETRIC_PALETTE) TIFFSetField(tiff, TIFFTAG_COLORMAP, map, map, map);
    for (int y = 0; y < 4; y++) TIFFWriteScanline(tiff, row, (uint32_t)y, 0);
    TIFFClose(tiff);
}

static unsigned char *put_entry(unsigned char *at, int tag, int type, int count, int value)
{
    const int fields[4] = { tag, type, count, type == 3 ? value << 16 : value }, sizes[4] = { 2, 2, 4, 4 };
    for (int f = 0; f < 4; f++)
        for (int i = sizes[f] - 1; i >= 0; i--) *at++ = (unsigned char)((unsigned)fields[f] >> 8 * i & 255);
    return at;
}

void make_imagej(const char *path, int images, int height, int width)
{
    unsigned char *file = calloc(1, 300 + (size_t)(images * height * width) * 2), *at = file + 10;
    memcpy(file, "MM\0*\0\0\0\10\0\11", 10);
    snprintf((char *)file + 200, 100, "ImageJ=1.53\nimages=%d\nslices=%d\n", images, images);
    at = put_entry(at, 256, 3, 1, width);
    at = put_entry(at, 257, 3, 1, height);
    at = put_entry(at, 258, 3, 1, 16);
    at = put_entry(at, 262, 3, 1, 1);
    at = put_entry(at, 270, 2, 99, 200); /* the description */
    at = put_entry(at, 273, 4, 1, 300);  /* the pixels */
    at = put_entry(at, 277, 3, 1, 1);
    at = put_entry(at, 278, 3, 1, height);
    put_entry(at, 279, 4, 1, height * width * 2);
    at = file + 300;
    for (int p = 0; p < images; p++)
        for (int i = 0; i < height * width; i++) {
            *at++ = (unsigned char)((p * 1000 + i) >> 8);
            *at++ = (unsigned char)((p * 1000 + i) & 255);
        }
    make_raw(path, file, (size_t)(at - file));
    free(file);
}
#endif

#ifdef PTM_IO_HAVE_PNG
#include <png.h>

void make_png(const char *path, int bits, int colour, bool interlaced)
{
    FILE *file = fopen(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    static png_color palette[2];
    png_init_io(png, file);
    png_set_IHDR(png, info, 8, 8, bits, colour, interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
    if (colour == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(png, info, palette, 2);
    png_write_info(png, info);
    unsigned char data[8][64];
    png_bytep rows[8];
    for (int y = 0; y < 8; y++) {
        rows[y] = data[y];
        for (int x = 0; x < 64; x++) data[y][x] = (unsigned char)(y * 8 + x);
    }
    if (colour == PNG_COLOR_TYPE_PALETTE) memset(data, 0, sizeof data);
    png_write_image(png, rows);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    fclose(file);
}
#endif

#ifdef PTM_IO_HAVE_HDF5
#define H5_USE_110_API
#include <hdf5.h>

static void put(hid_t at, const char *name, hid_t type, int axes, const hsize_t *shape, const void *data)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE), space = axes ? H5Screate_simple(axes, shape, NULL) : H5Screate(H5S_SCALAR);
    H5Pset_create_intermediate_group(links, 1);
    hid_t id = H5Dcreate2(at, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    H5Dclose(id);
    H5Sclose(space);
    H5Pclose(links);
}

static void put_text(hid_t at, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text));
    put(at, name, type, 0, NULL, text);
    H5Tclose(type);
}

/* With text of variable length, as h5py writes it. */
static void put_note(hid_t at, const char *object, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, H5T_VARIABLE);
    hid_t id = H5Acreate_by_name(at, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(id, type, &text);
    H5Aclose(id);
    H5Sclose(space);
    H5Tclose(type);
}

static void fill(uint16_t *to, int frames)
{
    for (int i = 0; i < frames * 12; i++) to[i] = (uint16_t)(i / 12 * 100 + i / 4 % 3 * 10 + i % 4);
}

void make_exchange(const char *path, bool flat_2d, bool theta, int theta_count)
{
    uint16_t data[5 * 12];
    double angles[16];
    hsize_t shape[3] = { 5, 3, 4 }, flats[3] = { 2, 3, 4 }, count = (hsize_t)theta_count;
    fill(data, 5);
    for (int i = 0; i < 16; i++) angles[i] = 36.0 * i;
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put(file, "exchange/data", H5T_STD_U16BE, 3, shape, data);
    hid_t whole = H5Dopen2(file, "exchange/data", H5P_DEFAULT);
    H5Dwrite(whole, H5T_NATIVE_UINT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    H5Dclose(whole);
    put(file, "exchange/data_white", H5T_NATIVE_UINT16, flat_2d ? 2 : 3, flat_2d ? flats + 1 : flats, data);
    if (theta) put(file, "exchange/theta", H5T_NATIVE_DOUBLE, 1, &count, angles);
    put_text(file, "exchange/title", "a title");
    H5Fclose(file);
}

void put_axes(const char *path, const char *axes)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    put_note(file, "exchange/data", "axes", axes);
    H5Fclose(file);
}

void make_nxtomo(const char *path, const char *entry, bool classes, bool radians, const char *unit)
{
    char name[100];
    uint16_t data[8 * 12];
    int32_t keys[8] = { 2, 1, 0, 0, 1, 0, 3, 0 };
    float angles[8], pixel = 2.5f;
    hsize_t shape[3] = { 8, 3, 4 };
    fill(data, 8);
    for (int i = 0; i < 8; i++) angles[i] = (float)(10.0 * i * (radians ? 3.14159265358979 / 180 : 1));
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const char *group = classes ? "scanner/camera" : "instrument/detector";
#define NAME(...) (snprintf(name, sizeof name, __VA_ARGS__), name)
    put(file, NAME("%s/%s/data", entry, group), H5T_NATIVE_UINT16, 3, shape, data);
    put(file, NAME("%s/%s/image_key", entry, group), H5T_NATIVE_INT32, 1, shape, keys);
    put(file, NAME("%s/%s/x_pixel_size", entry, group), H5T_NATIVE_FLOAT, 0, NULL, &pixel);
    put_note(file, name, "units", unit);
    put(file, NAME("%s/%s/rotation_angle", entry, classes ? "thing" : "sample"), H5T_NATIVE_FLOAT, 1, shape, angles);
    put_note(file, name, "units", radians ? "rad" : "degree");
    put_text(file, NAME("%s/definition", entry), "NXtomo");
    put_text(file, NAME("%s/title", entry), "a tomogram");
    if (classes) {
        put_note(file, NAME("%s/scanner", entry), "NX_class", "NXinstrument");
        put_note(file, NAME("%s/scanner/camera", entry), "NX_class", "NXdetector");
        put_note(file, NAME("%s/thing", entry), "NX_class", "NXsample");
    }
    H5Fclose(file);
}

void make_window(const char *path)
{
    const uint8_t data[4] = { 1, 2, 3, 4 };
    const double window[2] = { 0, 100 };
    const hsize_t shape[2] = { 2, 2 };
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put(file, "data", H5T_NATIVE_UINT8, 2, shape, data);
    hid_t space = H5Screate_simple(1, shape, NULL);
    hid_t id = H5Acreate_by_name(file, "data", "window", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(id, H5T_NATIVE_DOUBLE, window);
    H5Aclose(id);
    H5Sclose(space);
    H5Fclose(file);
}

void make_counts(const char *path, int views, int rows, int columns, const float *counts, const float *flats,
    int flat_count, const float *darks, int dark_count, const double *degrees)
{
    hsize_t shape[3] = { (hsize_t)views, (hsize_t)rows, (hsize_t)columns };
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put(file, "exchange/data", H5T_NATIVE_FLOAT, 3, shape, counts);
    put(file, "exchange/theta", H5T_NATIVE_DOUBLE, 1, shape, degrees);
    shape[0] = (hsize_t)flat_count;
    put(file, "exchange/data_white", H5T_NATIVE_FLOAT, 3, shape, flats);
    shape[0] = (hsize_t)dark_count;
    put(file, "exchange/data_dark", H5T_NATIVE_FLOAT, 3, shape, darks);
    H5Fclose(file);
}

void make_hollow(const char *path, uint64_t claimed, bool store_one)
{
    hsize_t shape[2] = { claimed / 1000, 1000 }, chunk[2] = { 1, 1000 }, start[2] = { 0 }, one[2] = { 1, 1 };
    float value = 1;
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, shape, NULL), layout = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(layout, 2, chunk);
    hid_t data = H5Dcreate2(file, "data", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, layout, H5P_DEFAULT);
    hid_t memory = H5Screate_simple(2, one, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, one, NULL);
    if (store_one) H5Dwrite(data, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, &value);
    H5Sclose(memory);
    H5Dclose(data);
    H5Pclose(layout);
    H5Sclose(space);
    H5Fclose(file);
}
#endif
