/* test_flat.c - MetaImage, NRRD and raw numbers as others write them, in parts, and damaged.
 * Usage: test_flat FOLDER_WITH_PICTURES (what ITK 5.4 wrote by SimpleITK 2.5) */
#define _XOPEN_SOURCE 700
#include "../check.h"
#include "arrays.h"
#include "files.h"

#include <polytome/io.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ ITK's */

/* (2, 3, 4) values of -5000 + 1000 i. */
static void itk_case(const char *pictures, const char *name, ptm_io_type type)
{
    ptm_io_array a = { 0 }, part = { 0 };
    const ptm_io_read_options second = { PTM_SIZED(ptm_io_read_options), .first = 1, .count = 1 };
    bool good = !ptm_io_read(&a, path_of(pictures, name), NULL) && a.type == type && a.dimensions == 3 && a.shape[0] == 2 &&
                a.shape[1] == 3 && a.shape[2] == 4 && !ptm_io_read(&part, path_of(pictures, name), &second);
    const size_t half = 12 * ptm_io_type_size(type);
    good = good && part.shape[0] == 1 && !memcmp(part.data, (char *)a.data + half, half);
    for (int i = 0; good && i < 3; i++) good = fabs(a.spacing[i] - 0.1 * (i + 1)) < 1e-9;
    good = good && !ptm_io_array_to_float32(&a);
    for (int i = 0; good && i < 24; i++) good = ((float *)a.data)[i] == (float)(1000 * i - 5000);
    check(good, "%s: %s", name, good ? "values, spacing, the second slice" : ptm_error_message());
    ptm_io_array_free(&a);
    ptm_io_array_free(&part);
}

/* ------------------------------------------------------------------ heads by hand */

/* Six uint16 values (3, 2): 1 ... 6 in big-endian order. */
static const char values[] = "\0\1\0\2\0\3\0\4\0\5\0\6";

static void write_head(const char *name, const char *head, bool with_values)
{
    char text[2000];
    size_t length = (size_t)snprintf(text, sizeof text, "%s", head);
    if (with_values) memcpy(text + length, values, 12);
    put(in_folder(name), text, length + (with_values ? 12 : 0));
}

static void good_head(const char *name, const char *head, bool with_values, const char *what)
{
    ptm_io_array a = { 0 };
    ptm_io_info info = { 0 };
    write_head(name, head, with_values);
    bool good = !ptm_io_read(&a, in_folder(name), NULL) && a.type == PTM_IO_UINT16 && a.dimensions == 2 && a.shape[0] == 3 &&
                a.shape[1] == 2;
    for (int i = 0; good && i < 6; i++) good = ((uint16_t *)a.data)[i] == i + 1;
    good = good && a.spacing[0] == 0.5 && a.spacing[1] == 2 && !ptm_io_info_read(&info, in_folder(name)) && info.count == 1 &&
           info.entries[0].type == PTM_IO_UINT16 && info.entries[0].shape[0] == 3;
    check(good, "%s, %s: %s", name, what, good ? "read" : ptm_error_message());
    for (int64_t first = 0; good && first < 3; first++) {
        const ptm_io_read_options o = { PTM_SIZED(ptm_io_read_options), .first = first, .count = 1 };
        ptm_io_array part = { 0 };
        check(!ptm_io_read(&part, in_folder(name), &o) && part.shape[0] == 1 && ((uint16_t *)part.data)[1] == 2 * first + 2,
            "%s, %s: row %d alone", name, what, (int)first);
        ptm_io_array_free(&part);
    }
    ptm_io_info_free(&info);
    ptm_io_array_free(&a);
}

#define META "ObjectType = Image\nNDims = 2\nDimSize = 2 3\nElementSpacing = 0.5 2\nElementType = MET_USHORT\n" \
             "BinaryDataByteOrderMSB = True\n"
#define NRRD "NRRD0004\n# words\ntype: ushort\ndimension: 2\nsizes: 2 3\nendian: big\nencoding: raw\n"

static void test_heads(void)
{
    put(in_folder("r_1.raw"), values, 4);
    put(in_folder("r_3.raw"), values + 4, 4);
    put(in_folder("r_5.raw"), values + 8, 4);
    put(in_folder("all.bin"), "xx\0\1\0\2\0\3\0\4\0\5\0\6", 14);
    good_head("a.mha", META "ElementDataFile = LOCAL\n", true, "LOCAL");
    good_head("a.mha", "ObjectType=Image\r\nndims=2\r\ndimsize=2 3\r\nElementSpacing= 0.5 2\r\nElementType=met_ushort\r\n"
                       "ElementByteOrderMSB=T\r\nElementDataFile=local\r\n", true, "other ends of lines, other case");
    good_head("a.mhd", META "HeaderSize = 2\nElementDataFile = all.bin\n", false, "a head in the other file");
    good_head("a.mhd", META "HeaderSize = -1\nElementDataFile = all.bin\n", false, "the last bytes");
    good_head("a.mhd", META "ElementDataFile = LIST\nr_1.raw\nr_3.raw\nr_5.raw\n", false, "LIST");
    good_head("a.mhd", META "ElementDataFile = LIST 1D\nr_1.raw\nr_3.raw\nr_5.raw", false, "LIST with its axes");
    good_head("a.mhd", META "ElementDataFile = r_%d.raw 1 5 2\n", false, "a pattern");
    good_head("a.nrrd", NRRD "spacings: 0.5 2\n\n", true, "spacings");
    good_head("a.nrrd", NRRD "space directions: (0,0.5,0) (0,0,-2)\nspace units: \"mm\" \"mm\" \"mm\"\nkey:=value\n\n", true,
        "directions");
    good_head("a.nhdr", NRRD "spacings: 0.5 2\nbyte skip: 2\ndata file: all.bin\n\n", false, "bytes before");
    good_head("a.nhdr", NRRD "spacings: 0.5 2\nbyte skip: -1\ndatafile: all.bin", false, "the last bytes");
    good_head("a.nhdr", NRRD "spacings: 0.5 2\ndata file: LIST\nr_1.raw\nr_3.raw\nr_5.raw\n", false, "LIST");
    good_head("a.nhdr", NRRD "spacings: 0.5 2\ndata file: r_%d.raw 1 5 2\n", false, "a pattern");
    if (!have(PTM_IO_FORMAT_RAW)) return;
    put(in_folder("a.raw"), "xx\0\1\0\2\0\3\0\4\0\5\0\6", 14);
    static const char json[] = "{ \"format\": \"polytome array\", \"version\": 1, \"type\": \"uint16\", \"byte_order\": \"big\", "
                               "\"shape\": [3, 2], \"spacing_mm\": [0.5, 2, 1], \"offset\": 2 }";
    put(in_folder("a.json"), json, sizeof json - 1);
    ptm_io_array a = { 0 };
    bool good = !ptm_io_read(&a, in_folder("a.raw"), NULL) && a.shape[0] == 3 && a.shape[1] == 2 && a.spacing[1] == 2;
    for (int i = 0; good && i < 6; i++) good = ((uint16_t *)a.data)[i] == i + 1;
    check(good, "a.raw with an offset: %s", good ? "read" : ptm_error_message());
    ptm_io_array_free(&a);
    put(in_folder("a.raw"), "{\0\1\0\2\0\3\0\4\0\5\0\6", 13);
    check(!ptm_io_is_geometry(in_folder("a.raw")), "numbers are no geometry, whatever they begin with");
}

static void bad_head(const char *name, const char *head, int expected, const char *text)
{
    ptm_io_array a = { 0 };
    write_head(name, head, true);
    const int status = ptm_io_read(&a, in_folder(name), NULL);
    check(status == expected && message_has(text) && !a.data, "refused (%d): %s", status, ptm_error_message());
    ptm_io_array_free(&a);
}

static void test_bad_heads(void)
{
    const int io = PTM_ERROR_IO, no = PTM_ERROR_UNSUPPORTED;
    bad_head("b.mha", "NDims = 2\nDimSize = 2 3\nElementType = MET_USHORT\n", io, "no end");
    bad_head("b.mha", "NDims = 2\nDimSize = 2\nElementType = MET_USHORT\nElementDataFile = LOCAL\n", io, "2 finite numbers");
    bad_head("b.mha", "NDims = 2\nDimSize = 2 0\nElementType = MET_USHORT\nElementDataFile = LOCAL\n", io, "above 0");
    bad_head("b.mha", "NDims = 2\nDimSize = 2 1.5\nElementType = MET_USHORT\nElementDataFile = LOCAL\n", io, "whole numbers");
    bad_head("b.mha", "NDims = 9\nDimSize = 2 3\nElementType = MET_USHORT\nElementDataFile = LOCAL\n", io, "1 to 8");
    bad_head("b.mha", "NDims = 5\nDimSize = 2 3 1 1 1\nElementType = MET_USHORT\nElementDataFile = LOCAL\n", no, "5 axes");
    bad_head("b.mha", "NDims = 2\nDimSize = 2 3\nElementType = MET_OTHER\nElementDataFile = LOCAL\n", no, "MET_OTHER");
    bad_head("b.mha", "NDims = 2\nDimSize = 2 3\nElementDataFile = LOCAL\n", io, "no \"ElementType\"");
    bad_head("b.mha", META "ElementNumberOfChannels = 3\nElementDataFile = LOCAL\n", no, "3 channels");
    bad_head("b.mha", META "BinaryData = False\nElementDataFile = LOCAL\n", no, "text");
    bad_head("b.mha", META "HeaderSize = -5\nElementDataFile = LOCAL\n", io, "HeaderSize");
    bad_head("b.mha", META "HeaderSize = 1e300\nElementDataFile = LOCAL\n", io, "HeaderSize");
    bad_head("b.mha", META "HeaderSize = 1000000\nElementDataFile = LOCAL\n", io, "claims");
    bad_head("b.mha", "NDims = 2\nDimSize = 200000 300000\nElementType = MET_USHORT\nElementDataFile = LOCAL\n", io, "claims");
    bad_head("b.mha", "NDims = 3\nDimSize = 9e15 9e15 9e15\nElementType = MET_USHORT\nElementDataFile = LOCAL\n",
        PTM_ERROR_MEMORY, "too large");
    bad_head("b.mhd", META "ElementDataFile = absent.raw\n", PTM_ERROR_NOT_FOUND, "absent.raw");
    bad_head("b.mhd", META "ElementDataFile = /dev/zero\n", io, "not a regular file");
    bad_head("b.mhd", META "ElementDataFile = r_%d.raw 1 2000000000 1\n", io, "a pattern such as");
    bad_head("b.mhd", META "ElementDataFile = r_%s.raw 1 5 2\n", PTM_ERROR_NOT_FOUND, "No such file");
    bad_head("b.mhd", META "ElementDataFile = LIST\nr_1.raw\nr_3.raw\n", io, "files for 3 places");
#ifdef PTM_IO_HAVE_ZLIB
    bad_head("b.mha", META "CompressedData = True\nElementDataFile = LOCAL\n", io, "damaged");
    bad_head("b.nrrd", "NRRD0004\ntype: uint8\ndimension: 1\nsizes: 12\nencoding: gzip\n\n", io, "damaged");
#endif
    bad_head("b.nrrd", "NRRD0004\ndimension: 2\nsizes: 2 3\nencoding: raw\n\n", io, "no \"type\"");
    bad_head("b.nrrd", "NRRD0004\ntype: block\ndimension: 2\nsizes: 2 3\nencoding: raw\n\n", no, "block");
    bad_head("b.nrrd", "NRRD0004\ntype: short\ndimension: 2\nsizes: 2 3\nencoding: raw\n\n", io, "little or big");
    bad_head("b.nrrd", "NRRD0004\ntype: uchar\ndimension: 2\nsizes: 2 3\nencoding: bzip2\n\n", no, "raw or gzip");
    bad_head("b.nrrd", NRRD "line skip: 1\n\n", no, "skips lines");
    bad_head("b.nrrd", NRRD "byte skip: 1\n\n", io, "claims");
    bad_head("b.nrrd", NRRD "polytome window:=a\n\n", io, "two numbers");
    if (!have(PTM_IO_FORMAT_RAW)) return;
#define RAW(more) "{ \"format\": \"polytome array\", \"version\": 1, " more " }"
    static const struct { const char *json; int status; const char *text; } bad[] = {
        { "{", PTM_ERROR_IO, "line 1" }, { "[]", PTM_ERROR_IO, "expected an object" }, { "{}", PTM_ERROR_IO, "polytome array" },
        { "{ \"format\": \"polytome array\", \"version\": 2 }", PTM_ERROR_UNSUPPORTED, "version" },
        { RAW("\"colour\": 1"), PTM_ERROR_IO, "colour" }, { RAW("\"shape\": [3, 0]"), PTM_ERROR_IO, "shape" },
        { RAW("\"shape\": [3, 2], \"type\": \"uint17\""), PTM_ERROR_IO, "uint17" },
        { RAW("\"shape\": [3, 2], \"type\": \"uint16\""), PTM_ERROR_IO, "byte_order" },
        { RAW("\"shape\": [3, 2], \"type\": \"uint16\", \"byte_order\": \"big\", \"offset\": -1"), PTM_ERROR_IO, "offset" },
        { RAW("\"shape\": [3, 2], \"type\": \"uint16\", \"byte_order\": \"big\", \"offset\": 3"), PTM_ERROR_IO, "claims" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(in_folder("b.json"), bad[i].json, strlen(bad[i].json));
        bad_head("b.raw", "", bad[i].status, bad[i].text);
    }
    unlink(in_folder("b.json"));
    bad_head("b.raw", "", PTM_ERROR_NOT_FOUND, "b.json beside them");
}

/* ------------------------------------------------------------------ two files */

static void pair_case(const char *name, const char *other, bool compress)
{
    const int64_t shape[2] = { 3, 4 };
    ptm_io_array a = make_array(PTM_IO_UINT16, 2, shape);
    ptm_io_write_options o = { PTM_SIZED(ptm_io_write_options), .compress = compress };
    char beside[300];
    size_t length;
    clear_folder();
    check(!ptm_io_beside_path(beside, sizeof beside, in_folder(name), &o) && !strcmp(beside, in_folder(other)),
        "beside %s is %s", name, other);
    put(in_folder(other), "precious", 8);
    check(ptm_io_write_check(in_folder(name), &a, &o) == PTM_ERROR_IO && ptm_io_write(in_folder(name), &a, &o) == PTM_ERROR_IO &&
              message_has("exists") && files_in_folder() == 1,
        "%s: %s", name, ptm_error_message());
    ptm_io_writer *w = NULL;
    unlink(in_folder(other));
    must(ptm_io_writer_open(&w, in_folder(name), &a, &o));
    must(ptm_io_writer_write(w, a.data, 3));
    put(in_folder(other), "precious", 8); /* appears meanwhile */
    const int status = ptm_io_writer_commit(&w);
    char *text = get(in_folder(other), &length);
    check(status == PTM_ERROR_IO && message_has("exists") && length == 8 && files_in_folder() == 1, "both of %s or none", name);
    free(text);
    o.overwrite = true;
    check(!ptm_io_write(in_folder(name), &a, &o) && files_in_folder() == 2, "both of %s are replaced if asked", name);
    ptm_io_array_free(&a);
    clear_folder();
}

static void test_pairs(void)
{
    pair_case("p.mhd", "p.raw", false);
    pair_case("p.nhdr", "p.raw", false);
#ifdef PTM_IO_HAVE_ZLIB
    pair_case("p.mhd", "p.zraw", true);
    pair_case("p.nhdr", "p.raw.gz", true);
#endif
    if (have(PTM_IO_FORMAT_RAW)) pair_case("p.raw", "p.json", false);
    char text[10] = "x";
    check(!ptm_io_beside_path(text, sizeof text, "a.mha", NULL) && !*text, "nothing is beside a.mha");
    const int64_t shape[2] = { 3, 4 };
    ptm_io_array a = make_array(PTM_IO_UINT16, 2, shape);
    check(ptm_io_write(in_folder("p%x.mhd"), &a, NULL) == PTM_ERROR_ARGUMENT && message_has("its head names") &&
              !files_in_folder(),
        "a name that a head cannot have: %s", ptm_error_message());
    ptm_io_array_free(&a);
    clear_folder();
}

int main(int count, char **arguments)
{
    make_folder("flat");
    for (int i = 0; count > 1 && i < 2; i++) {
        itk_case(arguments[1], i ? "itk_plain.nrrd" : "itk_plain.mha", PTM_IO_INT16);
#ifdef PTM_IO_HAVE_ZLIB
        itk_case(arguments[1], i ? "itk_packed.nrrd" : "itk_packed.mha", PTM_IO_FLOAT32);
#endif
    }
    test_heads();
    test_bad_heads();
    clear_folder();
    test_pairs();
    clear_folder();
    rmdir(folder);
    return finish();
}
