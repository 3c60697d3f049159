/* options.c - reading the command line by the table of options. */
#include "options.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(cli_settings, field)
#define SCANS "info reconstruct project phantom"
#define MAKES "info project phantom"
#define DATA "reconstruct"

const cli_option cli_options[] = { { .help = "The scan", .commands = SCANS },
    { "geometry", "FILE", CLI_FILE, AT(geometry), SCANS,
        "of Polytome, ASTRA, RTK, TIGRE, PYRO-NN or a scanner; the options below go before what it says", NULL },
    { "parallel", NULL, CLI_FLAG, AT(parallel), SCANS, "parallel beam", NULL },
    { "fan", NULL, CLI_FLAG, AT(fan), SCANS, "fan beam, every detector row a slice", NULL },
    { "cone", NULL, CLI_FLAG, AT(cone), SCANS, "cone beam", NULL },
    { "sod", "MM", CLI_NUMBER, AT(sod), SCANS, "source to rotation axis", NULL },
    { "sdd", "MM", CLI_NUMBER, AT(sdd), SCANS, "source to detector", NULL },
    { "pixel", "MM", CLI_NUMBER, AT(pixel), SCANS, "width of a detector pixel (what the data say, or 1)", NULL },
    { "pixel-v", "MM", CLI_NUMBER, AT(pixel_v), SCANS, "its height (as its width)", NULL },
    { "offset", "MM", CLI_NUMBER, AT(offset_u), SCANS, "shift of the detector along u", NULL },
    { "offset-v", "MM", CLI_NUMBER, AT(offset_v), SCANS, "shift of the detector along v", NULL },
    { "axis-offset", "MM", CLI_NUMBER, AT(axis_offset), SCANS, "shift of the rotation axis from the central ray, along u",
        NULL },
    { "flip-u", NULL, CLI_FLAG, AT(flip_u), SCANS, "columns count against u", NULL },
    { "flip-v", NULL, CLI_FLAG, AT(flip_v), SCANS, "rows count against v", NULL },
    { "cylindrical", NULL, CLI_FLAG, AT(cylindrical), SCANS,
        "the detector is bent about the source, its columns are equiangular", NULL },
    { "angles", "FILE", CLI_FILE, AT(angles), SCANS, "the views' angles in degrees: a text file, one a line, or .npy",
        NULL },
    { "start-deg", "A", CLI_NUMBER, AT(start), SCANS, "angle of the first view", NULL },
    { "range-deg", "A", CLI_NUMBER, AT(range), SCANS,
        "angle from the first view to behind the last (180; 360 for fan and cone)", NULL },
    { "clockwise", NULL, CLI_FLAG, AT(clockwise), SCANS, "angles grow the other way round, from the first view's on",
        NULL },
    { "views", "N", CLI_VIEWS, AT(views), MAKES, "how many views (180)", NULL },
    { "columns", "N", CLI_LENGTH, AT(columns), MAKES, "of the detector (1.5 times the volume's)", NULL },
    { "rows", "N", CLI_LENGTH, AT(rows), MAKES, "of the detector (the volume's slices)", NULL },
    { "trajectory", "NAME", CLI_CHOICE, AT(trajectory), MAKES, "how source and detector move; see docs/trajectories.md",
        "none circle short-scan half-fan golden-angle circles helix saddle circle-line laminography tomosynthesis "
        "tomosynthesis-line sphere" },
    { "end-point", NULL, CLI_FLAG, AT(end_point), MAKES,
        "the last view of a trajectory is at the end of its range, not a step before", NULL },
    { "pitch", "MM", CLI_NUMBER, AT(pitch), MAKES, "of a helix, along z in a turn", NULL },
    { "turns", "N", CLI_NUMBER, AT(turns), MAKES, "of a helix", NULL },
    { "tilt-deg", "A", CLI_NUMBER, AT(tilt), MAKES, "of circles, and of the rays of laminography", NULL },
    { "orbits", "N", CLI_COUNT, AT(orbits), MAKES, "how many circles (2)", NULL },
    { "height", "MM", CLI_NUMBER, AT(height), MAKES, "of a saddle", NULL },
    { "length", "MM", CLI_NUMBER, AT(length), MAKES, "of the line of circle-line and tomosynthesis-line", NULL },
    { "line-views", "N", CLI_VIEWS, AT(line_views), MAKES, "how many of the views are on the line of circle-line", NULL },
    { "overlap", "MM", CLI_NUMBER, AT(overlap), MAKES,
        "how far the detector of a half fan reaches beyond the central ray (a tenth of its width)", NULL },
    { "spots", "U:V:W,...", CLI_TEXT, AT(spots), MAKES,
        "a flying focal spot: shifts of the source along u, v and towards the detector, one view after the other", NULL },

    { .help = "The data", .commands = DATA },
    { "dataset", "PATH", CLI_TEXT, AT(dataset), "info reconstruct project",
        "the data set of an HDF5 file; projections in it are line integrals", NULL },
    { "flats", "FILE", CLI_FILE, AT(flats), "info reconstruct",
        "flat fields of counts, in any format that is read; arrays without them are taken as line integrals", NULL },
    { "darks", "FILE", CLI_FILE, AT(darks), "info reconstruct", "dark fields, to go with flat fields", NULL },
    { "white", "COUNTS", CLI_NUMBER, AT(white), "info reconstruct",
        "what is counted without an object, in the place of flat fields (what a scanner's file says)", NULL },
    { "transpose", NULL, CLI_FLAG, AT(transpose), "info reconstruct", "a picture is (column, view), not (view, column)",
        NULL },
    { "views", "A:B:STEP", CLI_STEPS, AT(used_views), DATA, "views A to B - 1 only, every STEPth", NULL },
    { "rows", "A:B", CLI_RANGE, AT(used_rows), DATA, "detector rows A to B - 1 only; A: one row", NULL },
    { "columns", "A:B", CLI_RANGE, AT(used_columns), DATA, "detector columns A to B - 1 only", NULL },
    { "binning", "N", CLI_LENGTH, AT(binning), DATA,
        "the mean transmission of N x N pixels (of all rows where they are fewer) in the place of each", NULL },
    { "centre", "C", CLI_TEXT, AT(centre), DATA,
        "column of the file where the rotation axis is, or how to find it: auto (the default for parallel scans with "
        "angles, not with --geometry), sharpness, phase, overlap, vo",
        NULL },
    { "centre-sweep", "FROM:TO:STEP", CLI_TEXT, AT(centre_sweep), DATA,
        "a slice for each of these columns, in files with the column in their names, and all on one sheet", NULL },

    { .help = "Corrections, in the order in which they are made", .commands = DATA },
    { "flats-at", "V1,V2,...", CLI_TEXT, AT(flats_at), DATA,
        "flat fields are so many groups of one size, taken before these views; between them they change linearly", NULL },
    { "bad-pixels", "WHICH", CLI_TEXT, AT(bad_pixels), DATA,
        "replace pixels that a file (row, column) marks by numbers other than 0, or auto: that flats and darks show",
        NULL },
    { "zingers", "T", CLI_NUMBER, AT(zingers), DATA,
        "pixels of a view that are brighter than the median about them by more than this part, 0.2 for example", NULL },
    { "air", "L:R", CLI_TEXT, AT(air), DATA, "so many columns on the left and on the right see nothing but air", NULL },
    { "scatter", "X", CLI_NUMBER, AT(scatter), DATA, "this part of the beam is scatter, the same everywhere", NULL },
    { "rings", "NAME[:X]", CLI_TEXT, AT(rings), DATA,
        "remove stripes of the detector: sorting[:SIZE] and filtering[:SIZE] (a sixtieth of the columns), large[:SNR], "
        "dead[:SNR] and combined[:SNR] (3), wavelet[:SIGMA] (2)",
        NULL },
    { "lean", "A", CLI_TEXT, AT(lean), DATA,
        "the detector leans by so many degrees, columns of the axis growing with the rows; auto: as a parallel scan shows",
        NULL },
    { "shifts", "FILE", CLI_FILE, AT(shifts), DATA,
        "how many columns and rows each view lies beyond its place: text, two numbers a line, or .npy (view, 2)", NULL },
    { "paganin", "E:MM:RATIO", CLI_TEXT, AT(paganin), DATA,
        "phase retrieval: energy in keV, object to detector in mm, delta / beta; or delta distance / mu in mm^2", NULL },
    { "beam-hardening", "A1,A2,...", CLI_TEXT, AT(beam_hardening), DATA, "line integrals p become A1 p + A2 p^2 + ...",
        NULL },
    { "metal", "MU", CLI_NUMBER, AT(metal), DATA,
        "what is above this in a first reconstruction is metal, whose trace in the projections is interpolated", NULL },
    { "hounsfield", "WATER[:AIR]", CLI_TEXT, AT(hounsfield), DATA,
        "Hounsfield units out, by the values of water and air in 1/mm (0)", NULL },

    { .help = "The volume", .commands = DATA },
    { "size", "N", CLI_LENGTH, AT(size), "info reconstruct phantom",
        "voxels along x and y (as detector columns; phantom: 64)", NULL },
    { "slices", "N", CLI_LENGTH, AT(slices), "info reconstruct phantom",
        "voxels along z (as detector rows; phantom: as along x)", NULL },
    { "voxel", "MM", CLI_NUMBER, AT(voxel), SCANS,
        "edge of a voxel (a pixel's at the axis); parallel and fan beams keep a slice for each row unless --slices is "
        "given",
        NULL },
    { "region", "X,Y,Z", CLI_TEXT, AT(region), DATA,
        "a part of the volume: A:B for each, voxels A to B - 1, or nothing for all", NULL },
    { "region-mm", "X,Y,Z", CLI_TEXT, AT(region_mm), DATA, "the same in mm: the voxels whose centres lie between A and B",
        NULL },
    { "slice", "K", CLI_TEXT, AT(slice), DATA, "one slice only: its number, or middle", NULL },

    { .help = "Reconstruction", .commands = DATA },
    { "filter", "NAME", CLI_CHOICE, AT(filter), DATA, "the ramp's window", "ram-lak shepp-logan cosine hamming hann ramp" },
    { "cutoff", "X", CLI_NUMBER, AT(cutoff), DATA, "part of Nyquist's frequency (1)", NULL },
    { "weights", "NAME", CLI_CHOICE, AT(weights), DATA, "of rays measured more than once; the last two are for helices",
        "auto none parker silver riess wang n-pi tam-danielson" },
    { "extrapolate", "NAME", CLI_CHOICE, AT(extrapolation), DATA,
        "how views go on beyond the detector's edges, where the object does", "none cosine cylinder" },
    { "object-radius", "MM", CLI_NUMBER, AT(object_radius), DATA,
        "how far it reaches from the axis, for --extrapolate (half as far again as the detector sees)", NULL },
    { "model", "NAME", CLI_CHOICE, AT(model), "reconstruct project",
        "of the projector: rays by interpolation, or separable footprints of voxels; see docs/projectors.md",
        "joseph footprint" },
    { "ray-step", "X", CLI_NUMBER, AT(ray_step), "reconstruct project",
        "rays by samples, so many of the shortest edge of a voxel apart, in the place of joseph", NULL },
    { "device", "NAMES", CLI_TEXT, AT(device), "reconstruct project",
        "where to compute, as polytome devices names it (auto); several, separated by commas, work at once", NULL },
    { "device-weights", "W1,W2,...", CLI_TEXT, AT(device_weights), "reconstruct project",
        "how much of the work each of several devices does (the same), or a file of polytome bench --save", NULL },
    { "memory", "SIZE", CLI_TEXT, AT(memory), DATA,
        "most memory of the host that the program may have, as 500M or 2G: it works in slabs, and data that are larger go "
        "through a file beside the output",
        NULL },

    { .help = "Iterative reconstruction", .commands = DATA },
    { "method", "NAME", CLI_CHOICE, AT(method), DATA,
        "how to reconstruct; all but fbp iterate, from projections as --model makes them",
        "fbp sirt sart landweber cgls lsqr lsmr mlem fista pdhg asd-pocs" },
    { "iterations", "N", CLI_COUNT, AT(iterations), DATA, "how many (50)", NULL },
    { "subsets", "N", CLI_VIEWS, AT(subsets), DATA, "of the views, for sirt (OS-SIRT), mlem (OSEM) and asd-pocs (1)",
        NULL },
    { "order", "NAME", CLI_CHOICE, AT(order), DATA, "in which subsets are visited",
        "golden sequential bit-reversed random" },
    { "min", "X", CLI_NUMBER, AT(minimum), DATA, "the least value of a voxel, 1/mm; not for cgls, lsqr, lsmr", NULL },
    { "max", "X", CLI_NUMBER, AT(maximum), DATA, "the largest", NULL },
    { "relaxation", "X", CLI_NUMBER, AT(relaxation), DATA,
        "factor to steps, less than 2; of pdhg to the dual ones, more where little of the data is explained (1)", NULL },
    { "damping", "X", CLI_NUMBER, AT(damping), DATA, "weight of the squares of all voxels (0)", NULL },
    { "regularizer", "NAME", CLI_CHOICE, AT(regularizer), DATA, "what is kept small; fista knows the first four",
        "none tv tv-anisotropic wavelet huber tgv" },
    { "strength", "X", CLI_NUMBER, AT(strength), DATA, "its weight", NULL },
    { "huber", "X", CLI_NUMBER, AT(huber), DATA, "length of a gradient, 1/mm per mm, up to which huber takes its square",
        NULL },
    { "wavelet", "NAME", CLI_CHOICE, AT(wavelet), DATA, "for --regularizer wavelet", "haar db2 db3 db4 sym4" },
    { "wavelet-levels", "N", CLI_COUNT, AT(wavelet_levels), DATA,
        "of it, up to 30 (as many as the volume's longest axis has)", NULL },
    { "spin", NULL, CLI_FLAG, AT(spin), DATA,
        "wavelets of fista stand elsewhere in each iteration, so that there are no blocks", NULL },
    { "inner", "N", CLI_COUNT, AT(inner), DATA, "steps for it in an iteration of fista (10) or asd-pocs (20)", NULL },
    { "initial", "FILE", CLI_FILE, AT(initial), DATA, "the volume to begin with", NULL },
    { "mask", "FILE", CLI_FILE, AT(mask), DATA, "a volume of ones, and of zeros where the image is 0", NULL },
    { "noise-weights", "WHICH", CLI_TEXT, AT(noise_weights), DATA,
        "how much pixels count: transmission, as photons' noise has it, or a file (row, column) or (view, row, column), 0 "
        "leaves out",
        NULL },
    { "truth", "FILE", CLI_FILE, AT(truth), DATA, "a volume that iterations are compared with", NULL },
    { "keep", "NAME", CLI_CHOICE, AT(keep), DATA, "which iteration is the result", "last least-residual least-error" },
    { "tolerance", "X", CLI_NUMBER, AT(tolerance), DATA, "end when the residual is this part of the data", NULL },
    { "max-seconds", "S", CLI_NUMBER, AT(max_seconds), DATA, "end after so long", NULL },
    { "checkpoint", "FILE", CLI_FILE, AT(checkpoint), DATA,
        "an HDF5 file of the state, from which the same command goes on after it was stopped", NULL },
    { "checkpoint-seconds", "S", CLI_NUMBER, AT(checkpoint_seconds), DATA, "how often it is written (60)", NULL },

    { .help = "Timing", .commands = "bench" },
    { "work", "NAMES", CLI_TEXT, AT(work), "bench", "which, separated by commas, or all (W1,W2,W3,W4,W5,W7)", NULL },
    { "list", NULL, CLI_FLAG, AT(list), "bench", "show what there is and time nothing", NULL },
    { "size", "NAME", CLI_CHOICE, AT(bench_size), "bench", "how large", "full small" },
    { "operation", "NAMES", CLI_TEXT, AT(operation), "bench", "some of forward,adjoint,backproject,fbp (all)", NULL },
    { "device", "NAMES", CLI_TEXT, AT(device), "bench", "where, separated by commas, as polytome devices names them (auto)",
        NULL },
    { "repeat", "N", CLI_COUNT, AT(repeat), "bench", "most calls timed, up to 1000, after one that is not (9)", NULL },
    { "seconds", "S", CLI_NUMBER, AT(seconds), "bench", "no further call after so long (5)", NULL },
    { "threads", "N", CLI_COUNT, AT(threads), "bench", "of the host device (one for each core)", NULL },
    { "sampling", "NAME", CLI_CHOICE, AT(sampling), "bench", "how devices interpolate", "auto software texture" },
    { "model", "NAME", CLI_CHOICE, AT(model), "bench", "of the projector and its adjoint", "joseph footprint" },
    { "general", NULL, CLI_FLAG, AT(general), "bench", "the kernels for any views, also where others would do", NULL },
    { "save", "FILE", CLI_FILE, AT(save), "bench",
        "how fast the devices are, as JSON, for --device-weights; what is timed is then W4 unless --work is given", NULL },
    { "resident", NULL, CLI_FLAG, AT(resident), "bench", "arrays lie on the device, not in the host's memory", NULL },

    { .help = "The phantom", .commands = "phantom" },
    { "phantom", "NAME", CLI_CHOICE, AT(phantom), "phantom", "which",
        "shepp-logan shepp-logan-original shepp-logan-2d shepp-logan-2d-original forbild-head forbild-head-2d "
        "forbild-thorax "
        "defrise hollow-box cylinder gaussians random foam" },
    { "radius", "MM", CLI_NUMBER, AT(radius), "phantom", "half the edge of the cube it is defined in (that of the slices)",
        NULL },
    { "attenuation", "X", CLI_NUMBER, AT(attenuation), "phantom", "what a value of 1 stands for, in 1/mm (1)", NULL },
    { "shapes", "N", CLI_COUNT, AT(shapes), "phantom", "of random, foam, gaussians and defrise, 10000 at most", NULL },
    { "seed", "N", CLI_COUNT, AT(seed), MAKES, "of random phantoms and noise, which it repeats (0)", NULL },
    { "projections", NULL, CLI_FLAG, AT(projections), "phantom", "its exact projections, not its volume", NULL },
    { "ray-samples", "N", CLI_COUNT, AT(ray_samples), "reconstruct project phantom",
        "a pixel is the mean of N x N rays, up to 16", NULL },
    { "jitter", "MM", CLI_NUMBER, AT(jitter), "phantom", "it moves from view to view, standard deviation", NULL },

    { .help = "Noise", .commands = MAKES },
    { "photons", "N", CLI_NUMBER, AT(photons), MAKES, "that a pixel of the open beam counts (Poisson)", NULL },
    { "electronic", "N", CLI_NUMBER, AT(electronic), MAKES, "standard deviation of the electronics' noise, counts", NULL },
    { "dark", "N", CLI_NUMBER, AT(dark), MAKES, "counts without a beam", NULL },
    { "scatter", "X", CLI_NUMBER, AT(scatter), MAKES, "added to each pixel, part of the view's mean", NULL },
    { "blur", "N", CLI_NUMBER, AT(blur), MAKES, "of the detector, standard deviation in pixels", NULL },
    { "gain-spread", "X", CLI_NUMBER, AT(gain_spread), MAKES, "pixels' gains differ, in flat fields too", NULL },
    { "ring-spread", "X", CLI_NUMBER, AT(ring_spread), MAKES, "and since flat fields were taken, which makes rings", NULL },
    { "dead-pixels", "X", CLI_NUMBER, AT(dead_pixels), MAKES, "part of the pixels that count nothing", NULL },
    { "spectrum", "W:A,...", CLI_TEXT, AT(spectrum), MAKES,
        "energies by their weight and the attenuation over the stated one: beam hardening", NULL },
    { "counts", NULL, CLI_FLAG, AT(counts), MAKES, "counts with flat and dark fields, as HDF5, not line integrals", NULL },

    { .help = "Output", .commands = "reconstruct project phantom" },
    { "output", "FILE", CLI_FILE, AT(output), "reconstruct project phantom",
        ".tif, .h5, .npy, .png, .mha, .mhd, .nrrd, .nhdr, .raw, or a pattern as slice_%04d.png", NULL },
    { "bits", "N", CLI_CHOICE, AT(bits), "reconstruct project phantom", "8 and 16: values scaled to integers",
        "auto 8 16 32" },
    { "window", "LOW:HIGH", CLI_TEXT, AT(window), "reconstruct project phantom",
        "values that become the least and the greatest integer (0.1 and 99.9 percent)", NULL },
    { "compress", NULL, CLI_FLAG, AT(compress), "reconstruct project phantom",
        "TIFF, HDF5, MetaImage and NRRD, without loss (PNG always is)", NULL },
    { "plot", "FILE", CLI_FILE, AT(plot), "info", "a picture of the geometry, SVG", NULL },
    { "report", "FILE", CLI_FILE, AT(report), DATA,
        "a page of HTML that needs nothing else: slices, histogram, geometry, settings, times; see docs/report.md", NULL },
    { "write-geometry", "FILE", CLI_FILE, AT(write_geometry), SCANS, "the scan as a geometry file; .xml: RTK's", NULL },
    { "overwrite", NULL, CLI_FLAG, AT(overwrite), SCANS " bench", "replace files that exist", NULL },
    { "json", NULL, CLI_FLAG, AT(json), NULL, "the result as a line of JSON", NULL },
    { "quiet", NULL, CLI_FLAG, AT(quiet), NULL, "no messages but errors, no progress", NULL },
    { "help", NULL, CLI_FLAG, AT(help), NULL, "this list", NULL }, { .help = NULL } };

const cli_exit_code cli_exit_codes[] = { { CLI_OK, "all is well" },
    { CLI_FAILED, "something else failed" },
    { CLI_USAGE, "the command line or the geometry is wrong" },
    { CLI_INPUT, "a file cannot be read, or does not hold what is expected" },
    { CLI_OUTPUT, "a file cannot be written, or exists already" },
    { CLI_DEVICE, "there is no such device, or it failed" },
    { CLI_MEMORY, "there is not enough memory" },
    { CLI_STOPPED, "stopped by a signal" },
    { 0, NULL } };

bool cli_option_is_of(const cli_option *option, const cli_command *command)
{
    if (!option->commands) return true;
    const size_t length = strlen(command->name);
    for (const char *at = option->commands; (at = strstr(at, command->name)); at += length)
        if ((at == option->commands || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
    return false;
}

static bool is_name(const char *name, const char *given, size_t length)
{
    const bool center = strncmp(name, "centre", 6) == 0 && length >= 6 && strncmp(given, "center", 6) == 0;
    const size_t skip = center ? 6 : 0;
    return strlen(name) == length && strncmp(name + skip, given + skip, length - skip) == 0;
}

static const cli_option *find(const cli_command *command, const char *given, size_t length)
{
    for (const cli_option *o = cli_options; o->help; ++o)
        if (o->name && cli_option_is_of(o, command) && is_name(o->name, given, length)) return o;
    return NULL;
}

int cli_numbers(double *numbers, int capacity, const char *text, char separator)
{
    for (int count = 0; count < capacity;) {
        char *end;
        numbers[count] = strtod(text, &end);
        if (end == text || !isfinite(numbers[count])) return -1;
        count++;
        if (!*end) return count;
        if (*end != separator) return -1;
        text = end + 1;
    }
    return -1;
}

/* The largest number that an option of this kind may have. */
static int64_t most_of(cli_kind kind)
{
    if (kind == CLI_LENGTH || kind == CLI_RANGE) return PTM_MAX_LENGTH;
    return kind == CLI_VIEWS || kind == CLI_STEPS ? PTM_MAX_VIEWS : INT_MAX;
}

/* A whole number that is not negative; false where there is none or it is more than `most`. */
static bool parse_whole(int64_t *value, const char **text, int64_t most)
{
    char *end;
    errno = 0;
    const long long number = strtoll(*text, &end, 10);
    if (end == *text || errno || number < 0 || number > most) return false;
    *value = number;
    *text = end;
    return true;
}

/* "A", "A:B", of views "A:B:STEP"; each but the first may be missing, and that too before a colon. */
static bool parse_range(cli_range *r, const char *text, cli_kind kind)
{
    const int64_t most = most_of(kind);
    *r = (cli_range){ true, 0, -1, 1 };
    const bool first = parse_whole(&r->first, &text, most);
    if (!*text) {
        r->end = r->first + 1;
        return first;
    }
    if (*text++ != ':') return false;
    if (*text && *text != ':' && !parse_whole(&r->end, &text, most)) return false;
    if (kind == CLI_STEPS && *text == ':' && (text++, !parse_whole(&r->step, &text, most))) return false;
    return !*text && r->step >= 1 && (r->end < 0 || r->end > r->first);
}

static bool parse_choice(int *index, const char *choices, const char *text)
{
    const size_t length = strlen(text);
    *index = 0;
    for (const char *at = choices; at; *index += 1) {
        const char *end = strchr(at, ' ');
        if (length > 0 && (end ? (size_t)(end - at) : strlen(at)) == length && strncmp(at, text, length) == 0) return true;
        at = end ? end + 1 : NULL;
    }
    return false;
}

static bool store(cli_settings *s, const cli_option *option, const char *text)
{
    void *into = (char *)s + option->at;
    int64_t whole;
    switch (option->kind) {
    case CLI_FLAG: *(bool *)into = true; return true;
    case CLI_TEXT: case CLI_FILE: *(const char **)into = text; return *text != 0;
    case CLI_NUMBER: return cli_numbers(into, 1, text, ':') == 1;
    case CLI_RANGE: case CLI_STEPS: return parse_range(into, text, option->kind);
    case CLI_CHOICE: return parse_choice(into, option->choices, text);
    case CLI_COUNT: case CLI_LENGTH: case CLI_VIEWS:
        if (!parse_whole(&whole, &text, most_of(option->kind)) || *text || whole < 1) return false;
        *(int *)into = (int)whole;
        return true;
    }
    return false;
}

/* What a value of the option must be. */
static void describe_value(char *to, size_t size, const cli_option *option)
{
    const long long most = (long long)most_of(option->kind);
    switch (option->kind) {
    case CLI_FLAG: case CLI_TEXT: snprintf(to, size, "something"); break;
    case CLI_FILE: snprintf(to, size, "a file's name"); break;
    case CLI_NUMBER: snprintf(to, size, "a number"); break;
    case CLI_CHOICE: snprintf(to, size, "one of: %s", option->choices); break;
    case CLI_RANGE: case CLI_STEPS: snprintf(to, size, "%s, whole numbers up to %lld", option->value, most); break;
    case CLI_COUNT: case CLI_LENGTH: case CLI_VIEWS: snprintf(to, size, "a whole number from 1 to %lld", most); break;
    }
}

static int wrong_value(const cli_option *option, const char *text)
{
    char expected[200];
    describe_value(expected, sizeof expected, option);
    return cli_error(CLI_USAGE, "--%s is \"%s\", expected %s", option->name, text, expected);
}

/* The option that word *i names, and its value or NULL; *i is moved on where that is the next word. */
static const cli_option *split_option(const char **value, int argc, char **argv, int *i, const cli_command *command)
{
    const char *given = argv[*i] + 2, *equals = strchr(given, '=');
    const cli_option *option = find(command, given, equals ? (size_t)(equals - given) : strlen(given));
    *value = equals ? equals + 1 : option && option->value && *i + 1 < argc ? argv[++*i] : NULL;
    return option;
}

const cli_option *cli_option_given(const char **value, const cli_settings *s, int *i)
{
    const cli_command *command = cli_commands;
    while (strcmp(command->name, s->command) != 0) command++;
    for (; *i < s->word_count && strcmp(s->words[*i], "--") != 0; ++*i) {
        if (strncmp(s->words[*i], "--", 2) != 0) continue;
        const cli_option *option = split_option(value, s->word_count, s->words, i, command);
        ++*i;
        return option;
    }
    return NULL;
}

static int parse_option(cli_settings *s, int argc, char **argv, int *i, const cli_command *command)
{
    const char *value, *given = argv[*i];
    const cli_option *option = split_option(&value, argc, argv, i, command);
    if (!option) return cli_error(CLI_USAGE, "no option %s; see polytome %s --help", given, command->name);
    if (!option->value != !value)
        return cli_error(CLI_USAGE, "--%s %s", option->name, option->value ? "needs a value" : "takes no value");
    return store(s, option, value) ? CLI_OK : wrong_value(option, value);
}

int cli_parse(cli_settings *s, int argc, char **argv, const cli_command *command)
{
    *s = (cli_settings){ .command = command->name, .word_count = argc, .words = argv };
    for (const cli_option *o = cli_options; o->help; ++o)
        if (o->kind == CLI_NUMBER) *(double *)((char *)s + o->at) = (double)NAN;
    bool only_arguments = false;
    for (int i = 1; i < argc; ++i) {
        if (!only_arguments && strcmp(argv[i], "--") == 0) {
            only_arguments = true;
        } else if (!only_arguments && strncmp(argv[i], "--", 2) == 0) {
            const int code = parse_option(s, argc, argv, &i, command);
            if (code) return code;
            if (s->help) return CLI_OK;
        } else if (!command->input || s->input) {
            return cli_error(CLI_USAGE, "\"%s\" is one argument too many; see polytome %s --help", argv[i], command->name);
        } else {
            s->input = argv[i];
        }
    }
    if (command->input == CLI_NEEDS_INPUT && !s->input)
        return cli_error(CLI_USAGE, "%s needs a file; see polytome %s --help", command->name, command->name);
    if (command->output && !s->output)
        return cli_error(CLI_USAGE, "%s needs --output; see polytome %s --help", command->name, command->name);
    return CLI_OK;
}
