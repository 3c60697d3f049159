/* polytome/io.h - files: arrays, pictures, CT scans and their geometry, read and written. The library is libpolytome-io.
 *
 * Formats: NumPy .npy, TIFF (stacks, BigTIFF, tiles, compressed), PNG (8 and 16 bit grey), HDF5, MetaImage, NRRD, raw
 * numbers with JSON beside them (docs/files.md); for geometry JSON, and what other packages and scanners write. One that a
 * build has not got is refused with PTM_ERROR_UNSUPPORTED. Files are recognised by their first bytes, not by their names,
 * but for NAME.raw.
 *
 * Values are given as they are in the file. Not-a-number and infinities are the caller's affair. Shapes are in array order,
 * slowest axis first; spacings are x, y, z in mm. Functions return 0 or PTM_ERROR_*, and ptm_error_message() names the file
 * and what is wrong with it; on an error the out-parameter is untouched. Nothing is printed.
 *
 * Thread safety: every function may be called from any thread; what they are given may be used by one thread at a time.
 * HDF5 files are read and written by one thread at a time, the others wait.
 *
 * Damaged files give an error. libhdf5 itself may still crash on a few; read HDF5 files that strangers made in a process
 * that may end. */
#ifndef POLYTOME_IO_H
#define POLYTOME_IO_H

#include <polytome/scan.h>
#include <polytome/solve.h>

PTM_BEGIN_DECLS

#define PTM_IO_MAX_DIMENSIONS 4

typedef enum ptm_io_type {
    PTM_IO_UNKNOWN = 0, /* in ptm_io_entry: not numbers, or numbers that cannot be read */
    PTM_IO_UINT8,
    PTM_IO_INT8,
    PTM_IO_UINT16,
    PTM_IO_INT16,
    PTM_IO_UINT32,
    PTM_IO_INT32,
    PTM_IO_UINT64,
    PTM_IO_INT64,
    PTM_IO_FLOAT32, /* 16-bit floats in files are read as float32 */
    PTM_IO_FLOAT64,
    PTM_IO_COMPLEX64, /* pairs of float32: real, imaginary */
    PTM_IO_COMPLEX128
} ptm_io_type;

typedef enum ptm_io_format {
    PTM_IO_FORMAT_AUTO = 0,
    PTM_IO_FORMAT_NPY,
    PTM_IO_FORMAT_TIFF,
    PTM_IO_FORMAT_PNG,
    PTM_IO_FORMAT_HDF5,
    PTM_IO_FORMAT_METAIMAGE,
    PTM_IO_FORMAT_NRRD,
    PTM_IO_FORMAT_RAW
} ptm_io_format;

/* "float32"; "unknown" for what is not a type. Since 0.1. */
PTM_API const char *ptm_io_type_name(ptm_io_type type);
/* Bytes of one element; 0 for what is not a type. Since 0.1. */
PTM_API size_t ptm_io_type_size(ptm_io_type type);
/* "TIFF"; "unknown" for what is not a format. Since 0.1. */
PTM_API const char *ptm_io_format_name(ptm_io_format format);
/* Whether this build reads and writes the format. Since 0.1. */
PTM_API bool ptm_io_format_available(ptm_io_format format);
/* The format that a file of this name is written in, upper case or lower; AUTO where the suffix says none. Since 0.1. */
PTM_API ptm_io_format ptm_io_format_by_suffix(const char *path);

/* An array in the host's memory: dense, C order, the host's byte order. */
typedef struct ptm_io_array {
    ptm_io_type type;
    int dimensions;                       /* 1 ... PTM_IO_MAX_DIMENSIONS */
    int64_t shape[PTM_IO_MAX_DIMENSIONS]; /* array order; each at least 1 */
    void *data;                           /* from malloc() where this library made it */
    double spacing[3]; /* x, y, z (the last axis first), mm; 0: not known. TIFF is written x, y; .npy, PNG: no place */
    double window[2];  /* what the integers 0 and the largest stand for, if polytome scaled them; else both 0 */
} ptm_io_array;

/* Make an array of zeros. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_io_array_create(ptm_io_array *out, ptm_io_type type, int dimensions, const int64_t *shape);
/* Free the data and clear the array. NULL and a cleared array are allowed. Since 0.1. */
PTM_API void ptm_io_array_free(ptm_io_array *array);
/* Elements and bytes of an array. Since 0.1. */
PTM_API int64_t ptm_io_array_count(const ptm_io_array *array);
PTM_API uint64_t ptm_io_array_bytes(const ptm_io_array *array);

/* Make the array float32, in place (the data moves). Integers above 2^24 are rounded. Errors: ARGUMENT where the array is
 * complex or a finite float64 exceeds float32's range (the message says which element); MEMORY. Since 0.1. */
PTM_API int ptm_io_array_to_float32(ptm_io_array *array);

typedef struct ptm_io_read_options {
    size_t struct_size;
    /* HDF5: the data set to read, "/exchange/data". NULL: the one that holds Data Exchange's or NXtomo's frames, else the
     * only one of numbers with two or more axes. */
    const char *dataset;
    int64_t first;      /* along the first axis: skip so many */
    int64_t count;      /* and read so many; 0: all that follow. The first axis stays, also with a count of 1 */
    uint64_t max_bytes; /* refuse arrays larger than this in memory; 0: what memory allows */
} ptm_io_read_options;

/* Read an array. path is one of
 *   - a file. TIFF: (y, x), or (page, y, x) where it has several pages; ImageJ's stacks of one page too. PNG: (y, x);
 *   - a folder that holds TIFF or PNG files, a printf pattern ("slice_%04d.tif", with all numbers from first to last) or
 *     a wildcard ("slice_*.tif") in its last part: pictures of one size and type as (file, y, x), sorted by the numbers in
 *     their names. Only the files that first and count ask for are opened, and the first one.
 * options may be NULL. A grey picture only: colour, palettes and alpha are refused. TIFF and PNG values are not inverted
 * nor gamma-corrected. Errors: NOT_FOUND, IO (damaged or cut short), UNSUPPORTED, ARGUMENT (a range outside the array),
 * MEMORY. Since 0.1. */
PTM_API int ptm_io_read(ptm_io_array *out, const char *path, const ptm_io_read_options *options);
/* Whether a file is one of those that ptm_io_read() would read at a path, links followed: so that nobody writes over his
 * input. false where there is no such file. Since 0.1. */
PTM_API bool ptm_io_reads(const char *path, const char *file);

#define PTM_IO_MAX_ENTRY_DIMENSIONS 8
/* One array in a file. */
typedef struct ptm_io_entry {
    char *name;                                 /* HDF5: the path of the data set; else "" */
    ptm_io_type type;                           /* PTM_IO_UNKNOWN: ptm_io_read() cannot read it */
    int dimensions;                             /* 0: one value */
    int64_t shape[PTM_IO_MAX_ENTRY_DIMENSIONS]; /* further axes are left out */
} ptm_io_entry;

typedef struct ptm_io_info {
    ptm_io_format format;
    int64_t files; /* more than 1 for a stack of pictures */
    int64_t count; /* of entries */
    ptm_io_entry *entries;
} ptm_io_info;

/* What a file, a folder or a pattern (as in ptm_io_read()) holds, without reading the data. HDF5: data sets in the file
 * itself, not behind external links, 10000 at most. Errors: NOT_FOUND, IO, UNSUPPORTED, MEMORY. Since 0.1. */
PTM_API int ptm_io_info_read(ptm_io_info *out, const char *path);
/* Free what ptm_io_info_read() made and clear it. NULL is allowed. Since 0.1. */
PTM_API void ptm_io_info_free(ptm_io_info *info);

/* ------------------------------------------------------------------ CT scans in HDF5 files, read piece by piece */

/* An open scan: projections, flat and dark fields, angles, from a Data Exchange or an NXtomo file. */
typedef struct ptm_io_scan ptm_io_scan;

typedef struct ptm_io_scan_options {
    size_t struct_size;
    const char *group;  /* Data Exchange's "/exchange", or NXtomo's entry; NULL: the first one found */
    bool ignore_angles; /* the caller knows better; for files whose angles are damaged */
} ptm_io_scan_options;

typedef enum ptm_io_part { PTM_IO_PROJECTIONS = 0, PTM_IO_FLATS, PTM_IO_DARKS } ptm_io_part;

typedef struct ptm_io_scan_info {
    const char *layout; /* "Data Exchange" or "NXtomo" */
    const char *name;   /* title or sample, for people; "" */
    ptm_io_type type;   /* of the projections in the file */
    int64_t views, rows, columns;
    int64_t flats, darks; /* frames; 0: none */
    const double *angles; /* radians, one for each view; NULL: the file has none */
    double pixel_size[2]; /* u, v, mm; 0: not known */
    double window[2];     /* of the projections, as in ptm_io_array */
} ptm_io_scan_info;

/* A range of a part. NULL stands for everything. */
typedef struct ptm_io_range {
    int64_t first_view, views; /* frames, counted in the part; views 0: all that follow */
    int64_t first_row, rows;   /* rows 0: all that follow */
} ptm_io_range;

/* Open a scan; the file stays open. Angles in degrees, the default of both layouts, become radians; a `units` attribute is
 * heeded. A flat or dark field of two axes is one frame. NXtomo: image_key 0 is a projection, 1 a flat, 2 a dark, others
 * are left out. options may be NULL. Errors: NOT_FOUND, IO (also frames in another order than view, row, column),
 * UNSUPPORTED (no such layout in the file), MEMORY. Since 0.1. */
PTM_API int ptm_io_scan_open(ptm_io_scan **out, const char *path, const ptm_io_scan_options *options);
/* Close a scan. NULL is allowed; sets *scan to NULL. Since 0.1. */
PTM_API void ptm_io_scan_close(ptm_io_scan **scan);
/* What the scan holds; valid while it is open. Since 0.1. */
PTM_API const ptm_io_scan_info *ptm_io_scan_get_info(const ptm_io_scan *scan);
/* Read a part (frame, row, column) as `type`: PTM_IO_UNKNOWN for the file's own, or PTM_IO_FLOAT32. range may be NULL.
 * Errors: ARGUMENT, NOT_FOUND (the scan has no such part), IO, UNSUPPORTED, MEMORY. Since 0.1. */
PTM_API int ptm_io_scan_read(
    ptm_io_array *out, ptm_io_scan *scan, ptm_io_part part, const ptm_io_range *range, ptm_io_type type);
/* The same into the caller's memory of `bytes` bytes, at least what the range needs. After an error it may be partly
 * written. Since 0.1. */
PTM_API int ptm_io_scan_read_into(
    void *data, uint64_t bytes, ptm_io_scan *scan, ptm_io_part part, const ptm_io_range *range, ptm_io_type type);

/* ------------------------------------------------------------------ geometry files */

typedef enum ptm_io_beam {
    PTM_IO_BEAM_UNKNOWN = 0,
    PTM_IO_PARALLEL,
    PTM_IO_FAN, /* every detector row a slice of its own */
    PTM_IO_CONE
} ptm_io_beam;

/* How the views are described. */
typedef enum ptm_io_views { PTM_IO_CIRCULAR = 0, PTM_IO_VECTORS, PTM_IO_MATRICES } ptm_io_views;

/* A scan as a geometry file has it (docs/geometry-file.md): lengths in mm, angles in degrees. What is 0 or NULL is not
 * stated. */
typedef struct ptm_io_geometry {
    ptm_volume volume;
    ptm_detector detector; /* vectors: shape and surface only, but see directions; matrices: shape only */
    ptm_io_views kind;
    ptm_io_beam beam;      /* vectors: PTM_IO_PARALLEL or PTM_IO_CONE; matrices tell it themselves */
    int views;             /* in all three kinds */
    double *angles;        /* circular: one for each view, from malloc(); NULL: start + k range / views */
    double start, range;   /* range 0: 180 for parallel beams, 360 for others */
    double sod, axis_offset;
    double sdd;            /* circular; matrices of divergent beams: it, or pitch */
    double pitch;
    ptm_view *vectors;     /* from malloc() */
    ptm_matrix *matrices;  /* from malloc() */
    /* vectors: u and v are of length 1, for the file (RTK's) does not know how large pixels are. With detector.spacing and
     * detector.offset, which are the caller's to state, ptm_io_geometry_set_steps() makes steps of them. */
    bool directions;
    /* Scanners' files: where the projections lie, a pattern for ptm_io_read(), from malloc(); NULL: not stated. And
     * what they count where nothing is in the beam; 0: not stated. */
    char *projections;
    double white;
} ptm_io_geometry;

/* Read a geometry file: Polytome's JSON, or one of ASTRA, RTK, TIGRE, PYRO-NN, Nikon's or SkyScan's scanners, or a list of
 * matrices, told by what is in it (docs/geometry-file.md). Free it with ptm_io_geometry_free(). Errors: NOT_FOUND, IO
 * (damaged, or no such file as described), UNSUPPORTED (a later version, a scan of another kind, or this build has no
 * JSON or no XML), MEMORY. Since 0.1. */
PTM_API int ptm_io_geometry_read(ptm_io_geometry *out, const char *path);
/* Where vectors are directions: makes steps of u and v, detector.spacing of them each, and moves the detector by
 * detector.offset along them. Others stay as they are. Errors: ARGUMENT (no spacing). Since 0.1. */
PTM_API int ptm_io_geometry_set_steps(ptm_io_geometry *geometry);
/* Write a geometry file: RTK's where the name ends with .xml, else Polytome's JSON. Reading it gives the same numbers,
 * bit by bit; from RTK's, which has other numbers, the same places of source and detector to rounding, but no volume
 * and no pixels. A file that exists is replaced only if asked; there is the whole file or none, as with ptm_io_write().
 * Errors: ARGUMENT (what ptm_io_geometry_read() would refuse, and what RTK's files have no place for), IO, UNSUPPORTED,
 * MEMORY. Since 0.1. */
PTM_API int ptm_io_geometry_write(const char *path, const ptm_io_geometry *geometry, bool overwrite);
/* What ptm_io_geometry_write() would refuse, for asking before hours of work. geometry may be NULL where it is not known
 * yet. Errors: as ptm_io_geometry_write(). Since 0.1. */
PTM_API int ptm_io_geometry_write_check(const char *path, const ptm_io_geometry *geometry, bool overwrite);
/* Make the scan; *out is NULL after an error. Errors: ARGUMENT (also for what is missing), MEMORY. Since 0.1. */
PTM_API int ptm_io_geometry_scan(ptm_scan **out, ptm_context *context, const ptm_io_geometry *geometry);
/* Free what the geometry points to and clear it. NULL is allowed. Since 0.1. */
PTM_API void ptm_io_geometry_free(ptm_io_geometry *geometry);
/* Whether the path is a regular file that begins as a geometry file does, of any kind that is read. Since 0.1. */
PTM_API bool ptm_io_is_geometry(const char *path);

/* ------------------------------------------------------------------ writing */

typedef enum ptm_io_window {
    PTM_IO_WINDOW_AUTO = 0,   /* the least and the greatest finite value */
    PTM_IO_WINDOW_PERCENTILE, /* values that `percentile` percent of the elements are below, and above */
    PTM_IO_WINDOW_GIVEN       /* `low` and `high` */
} ptm_io_window;

typedef struct ptm_io_write_options {
    size_t struct_size;
    ptm_io_format format; /* AUTO: by the suffix, .npy, .tif, .tiff, .png, .h5, .hdf5, .hdf, .nxs, .mha, .mhd, .nrrd, .nhdr
                             or .raw */
    bool overwrite;       /* replace a file that exists; else it is refused */
    /* 0: the array's own type (PNG: 16 unless the array is uint8). 8, 16: unsigned integers. 32: float32. Where values
     * change to fit 8 or 16 bits, `window` says how, and the file records it (docs/files.md). */
    int bits;
    ptm_io_window window;
    double low, high;
    double percentile;       /* 0: 0.1; below 50 */
    bool compress;           /* TIFF, HDF5, MetaImage, NRRD: deflate, lossless. PNG always is; .npy and .raw never */
    const char *dataset;     /* HDF5: NULL: "exchange/data", where projections are */
    const char *description; /* free text kept in the file, but not in .npy; NULL: none */
} ptm_io_write_options;

/* Write an array. TIFF takes 2 axes, or 3 as a stack of pages; PNG 2; others any. NAME.mhd and NAME.nhdr have their values
 * in a file beside them, and NAME.raw has NAME.json, which appears and is replaced with it. A pattern ("slice_%04d.png"),
 * for TIFF and PNG only, takes 3 and makes one file of each (y, x), numbered from 0, all with one window. Windowed values
 * are rounded to nearest; outside the window they are clipped; not-a-number becomes 0. options may be NULL.
 * Files are written under a temporary name in the same folder and then renamed: there is the whole file or none, and a file
 * that exists is replaced only if asked, also where several programs write at once. Errors: ARGUMENT, IO (it exists, no
 * permission, disk full), UNSUPPORTED, MEMORY. Since 0.1. */
PTM_API int ptm_io_write(const char *path, const ptm_io_array *array, const ptm_io_write_options *options);

/* A file, or a pattern of files, whose values come slab by slab along the first axis. One thread at a time. */
typedef struct ptm_io_writer ptm_io_writer;
/* Begin to write an array; its data are not looked at. What ptm_io_write() writes, but a window must be given where 8 or 16
 * bits need one. The path and the texts need not stay. Where values change, memory for some MiB of them is kept, or for one
 * place along the first axis where that is more. Errors: as ptm_io_write(). Since 0.1. */
PTM_API int ptm_io_writer_open(
    ptm_io_writer **out, const char *path, const ptm_io_array *array, const ptm_io_write_options *options);
/* Write the next `count` places along the first axis, dense, of the array's type. Errors: ARGUMENT where that is more than
 * are missing, and nothing is written; as ptm_io_write(), and the file is lost: only cancelling is left. Since 0.1. */
PTM_API int ptm_io_writer_write(ptm_io_writer *writer, const void *data, int64_t count);
/* End, after the last place: the file appears, whole, as with ptm_io_write(). After an error there is none. Frees the
 * writer in either case and sets *writer to NULL. Errors: ARGUMENT (places are missing), IO, MEMORY. Since 0.1. */
PTM_API int ptm_io_writer_commit(ptm_io_writer **writer);
/* Give up: nothing is left of the file. NULL is allowed; sets *writer to NULL. Since 0.1. */
PTM_API void ptm_io_writer_cancel(ptm_io_writer **writer);

/* What a detector gives of a scan: (frame, row, column), of one size. */
typedef struct ptm_io_frames {
    const ptm_io_array *projections;
    const ptm_io_array *flats, *darks; /* NULL: none */
    const double *angles;              /* radians, one for each projection; NULL: none */
} ptm_io_frames;

/* Write a scan as an HDF5 file that ptm_io_scan_open() reads, Data Exchange: exchange/data, data_white, data_dark, and
 * theta in degrees. Of the options only overwrite, compress and description count, and the others are 0; they may be
 * NULL. There is the whole file or none. Errors: ARGUMENT, IO, UNSUPPORTED (the file is to be of another format), MEMORY.
 * Since 0.1. */
PTM_API int ptm_io_scan_write(const char *path, const ptm_io_frames *frames, const ptm_io_write_options *options);

/* What ptm_io_write() would refuse, as far as it can be told before there are values: for asking before hours of work.
 * array->data is not looked at. array may be NULL for a file of another kind: then only whether it may be made is checked.
 * Errors: as ptm_io_write(). Since 0.1. */
PTM_API int ptm_io_write_check(const char *path, const ptm_io_array *array, const ptm_io_write_options *options);
/* The name of the file that a pattern stands for, slice `index`; the path itself where it is no pattern. Errors: ARGUMENT
 * (it does not fit), MEMORY. Since 0.1. */
PTM_API int ptm_io_slice_path(char *text, size_t size, const char *path, int64_t index);
/* The name of the file that is written beside the one of this path; "" where there is none. Errors: as above. Since 0.1. */
PTM_API int ptm_io_beside_path(char *text, size_t size, const char *path, const ptm_io_write_options *options);
/* Write a text, as it is, under the same rules. Errors: ARGUMENT, IO, MEMORY. Since 0.1. */
PTM_API int ptm_io_text_write(const char *path, const char *text, bool overwrite);

/* How fast a device is, in 10^9 voxels times views in a second; 0: not known. */
typedef struct ptm_io_rate {
    char device[64], model[256]; /* "opencl:0", and as ptm_device_info.name */
    double forward, adjoint, fbp;
} ptm_io_rate;
#define PTM_IO_MAX_RATES 64
/* Rates that were measured, as a JSON file for ptm_split_create()'s weights; it appears whole or not at all. Errors:
 * ARGUMENT, UNSUPPORTED (a build without jansson), IO, MEMORY. Since 0.1. */
PTM_API int ptm_io_rates_write(const char *path, const ptm_io_rate *rates, int count, bool overwrite);
/* What was written; free() the rates. Errors: as above; after one nothing is set. Since 0.1. */
PTM_API int ptm_io_rates_read(ptm_io_rate **rates, int *count, const char *path);

/* States of solvers: HDF5 files with a checksum for every chunk of numbers. A file appears whole or not at all, in the
 * place of one that is there. Vectors may be on the host, on a device or behind functions, and go through a piece at a
 * time. Errors: ARGUMENT, UNSUPPORTED (a build without HDF5), MEMORY, IO, DEVICE, those of functions. Since 0.1. */
PTM_API int ptm_io_state_write(const char *path, const ptm_solver_state *state);
/* What was written, its vectors on the host; ptm_io_state_free() frees them. Damaged files are an error. Errors: as above.
 * Since 0.1. */
PTM_API int ptm_io_state_read(ptm_solver_state *out, const char *path);
/* The same, but vectors stay in the file, behind functions that read them, until ptm_io_state_free(); what is damaged of
 * their values is an error of these. Since 0.1. */
PTM_API int ptm_io_state_open(ptm_solver_state *out, const char *path);
/* NULL is allowed. Since 0.1. */
PTM_API void ptm_io_state_free(ptm_solver_state *state);

PTM_END_DECLS
#endif
