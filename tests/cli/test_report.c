/* test_report.c - polytome reconstruct --report: what the page holds is what was reconstructed, whatever files are
 * called, and it is written by the rules of other files. Usage: test_report POLYTOME */
#define _XOPEN_SOURCE 700
#include "program.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N = 20, NZ = 12, ROWS = 16, COLUMNS = 30, VIEWS = 24 };
static const char cone[] = "--cone --sod 80 --sdd 160 --pixel 2";

static void make_data(void)
{
    run_well("phantom --size %d --slices %d --output %s", N, NZ, in_folder("v.npy"));
    run_well("project %s %s --voxel 1 --views %d --rows %d --columns %d --output %s", in_folder("v.npy"), cone, VIEWS, ROWS,
        COLUMNS, in_folder("p.npy"));
}

/* ------------------------------------------------------------------ refusals */

static void fails(int code, const char *options, const char *word)
{
    const int files = files_in_folder(), got = run("reconstruct %s %s %s", in_folder("p.npy"), cone, options);
    check(got == code && strstr(program_err, word) && files_in_folder() == files, "%s -> %d, expected %d with \"%s\": %s",
        options, got, code, word, program_err);
}

static void test_refusals(void)
{
    static const struct {
        const char *output, *report, *more;
        int code;
        const char *word;
    } cases[] = { { "o.npy", "there.html", "", 4, "exists" }, { "o.npy", "no/r.html", "", 4, "No such file" },
        { "o.npy", "o.npy", "", 2, "--output goes as well" }, { "o_%02d.tif", "o_03.tif", "", 2, "--output goes as well" },
        { "o.npy", "p.npy", "--overwrite", 2, "which is the input as well" },
#ifdef PTM_IO_HAVE_JSON
        { "o.npy", "g.json", "--write-geometry ", 2, "--write-geometry as well" },
#endif
        { "o.npy", "g.npy", "--overwrite --method sirt --initial ", 2, "--initial as well" },
        { "o.npy", "r.html", "--centre-sweep 10:20:1 --slice middle", 2, "several reconstructions" } };
    make_data();
    put_text("there.html", "precious");
    run_well("phantom --size 8 --slices 1 --output %s", in_folder("g.npy"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        if (!ptm_io_format_available(ptm_io_format_by_suffix(cases[i].output))) continue;
        char options[1000];
        const size_t length = strlen(cases[i].more);
        const bool same = length > 0 && cases[i].more[length - 1] == ' '; /* that option's file is the report as well */
        snprintf(options, sizeof options, "--output %s --report %s %s%s", in_folder(cases[i].output),
            in_folder(cases[i].report), cases[i].more, same ? in_folder(cases[i].report) : "");
        fails(cases[i].code, options, cases[i].word);
    }
    check(run("info %s --report %s", in_folder("p.npy"), in_folder("r.html")) == 2, "--report is for reconstruct");
    clear_folder();
}

/* Files may grow so far that the volume has place, but the page has not. */
static void test_full_disk(void)
{
    make_data();
    fflush(stdout);
    const int files = files_in_folder();
    const pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_FSIZE, &(struct rlimit) { 25000, RLIM_INFINITY });
        _exit(run("reconstruct %s %s --size 10 --slices 4 --output %s --report %s", in_folder("p.npy"), cone,
                  in_folder("o.npy"), in_folder("r.html")) == 4 &&
                      strstr(program_err, "cannot be written") && files_in_folder() == files + 1
                  ? 0
                  : 1);
    }
    check(wait_for(child) == 0, "a page that the disk has no place for: an error, and the volume alone is left");
    check(access(in_folder("o.npy"), R_OK) == 0, "it is there");
    clear_folder();
}

#ifdef PTM_IO_HAVE_JSON
#include <jansson.h>

/* ------------------------------------------------------------------ reading a page */

static char *read_page(const char *name, size_t *size)
{
    FILE *file = fopen(in_folder(name), "rb");
    struct stat state;
    if (!file || fstat(fileno(file), &state)) exit(1);
    *size = (size_t)state.st_size;
    char *text = calloc(*size + 1, 1);
    if (fread(text, 1, *size, file) != *size) exit(1);
    fclose(file);
    return text;
}

/* The object in the page, whose parts must be whole. */
static json_t *open_page(const char *name)
{
    static const char mark[] = "<script type=\"application/json\" id=\"json\">";
    size_t size;
    char *text = read_page(name, &size);
    json_error_t error = { .text = "" };
    char *begin = strstr(text, mark), *end = begin ? strstr(begin, "</script>") : NULL;
    check(end && count_of(text, "</script>") == 2 && strstr(text, "</html>"), "%s: it has its parts, and no more scripts",
        name);
    check(!strstr(text, "@GEOMETRY@") && !strstr(text, ".css@") && count_of(text, "<svg") == 2,
        "%s: and a picture of the geometry", name);
    check(!strstr(text, " src=") && !strstr(text, "<link") && !strstr(text, "url(h"), "%s: nothing is read from elsewhere",
        name);
    check(size < 12500000, "%s: %zu bytes", name, size);
    begin += strlen(mark);
    json_t *page = json_loadb(begin, (size_t)(end - begin), JSON_REJECT_DUPLICATES, &error);
    check(page != NULL, "%s: its data are JSON: %s", name, error.text);
    free(text);
    if (!page) exit(1);
    return page;
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

static int64_t integer_at(const json_t *list, size_t i)
{
    return json_integer_value(json_array_get(list, i));
}

static int letter_value(char c)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return (int)(strchr(letters, c) - letters);
}

/* Padding gives up to two bytes of zeros too many. */
static unsigned char *decode(const char *data, size_t *count)
{
    const size_t length = strlen(data);
    unsigned char *bytes = calloc(length / 4 * 3 + 1, 1);
    *count = length / 4 * 3 - (size_t)count_of(data, "=");
    for (size_t i = 0; i + 3 < length; i += 4)
        for (size_t k = 0; k < 3; ++k) {
            const int a = letter_value(data[i + k]), b = data[i + k + 1] == '=' ? 0 : letter_value(data[i + k + 1]);
            bytes[i / 4 * 3 + k] = (unsigned char)(a << (2 * k + 2) | b >> (4 - 2 * k));
        }
    return bytes;
}

/* The mean of the block of elements that begins at (z, y, x). */
static double mean_at(const ptm_array *a, const int64_t at[3], const json_t *block)
{
    double sum = 0, count = 0;
    for (int64_t z = at[0]; z < at[0] + integer_at(block, 0) && z < a->shape[0]; ++z)
        for (int64_t y = at[1]; y < at[1] + integer_at(block, 1) && y < a->shape[1]; ++y)
            for (int64_t x = at[2]; x < at[2] + integer_at(block, 2) && x < a->shape[2]; ++x, ++count)
                sum += (double)((const float *)a->data)[z * a->stride[0] + y * a->stride[1] + x * a->stride[2]];
    return sum / count;
}

/* Every value of a picture against the array that it is of, to half a step, as long as it is not clipped. */
static void check_picture(const json_t *pictures, const char *name, const ptm_array *a, int bits)
{
    const json_t *p = json_object_get(pictures, name), *block = json_object_get(p, "block");
    const double low = number(p, "low"), high = number(p, "high"), step = (high - low) / ((1 << bits) - 1);
    size_t count, wanted = (size_t)bits / 8;
    unsigned char *bytes = decode(text(p, "data"), &count);
    int64_t shape[3];
    double worst = 0;
    for (size_t k = 0; k < 3; ++k) {
        shape[k] = (a->shape[k] + integer_at(block, k) - 1) / integer_at(block, k);
        wanted *= (size_t)shape[k];
    }
    if (!check(count == wanted && number(p, "bits") == bits, "%s: %zu bytes, expected %zu", name, count, wanted)) exit(1);
    for (int64_t i = 0; i < shape[0] * shape[1] * shape[2]; ++i) {
        const int64_t at[3] = { i / shape[2] / shape[1] * integer_at(block, 0),
            i / shape[2] % shape[1] * integer_at(block, 1), i % shape[2] * integer_at(block, 2) };
        const double value = fmin(fmax(mean_at(a, at, block), low), high);
        const int code = bits == 16 ? bytes[2 * i] | bytes[2 * i + 1] << 8 : bytes[i];
        worst = fmax(worst, fabs(low + step * code - value));
    }
    check(worst <= 0.501 * step && step > 0, "%s: off by %g steps of %g", name, worst / step, step);
    free(bytes);
}

/* One slice has lost its first axis. */
static ptm_array array_of(const ptm_io_array *a)
{
    const int64_t *n = a->shape + a->dimensions - 2;
    return (ptm_array) {
        .data = a->data, .shape = { a->dimensions == 3 ? a->shape[0] : 1, n[0], n[1] }, .stride = { n[0] * n[1], n[1], 1 }
    };
}

static ptm_array plane_of(const ptm_array *a, int axis)
{
    ptm_array plane = *a;
    plane.data = (float *)a->data + a->shape[axis] / 2 * a->stride[axis];
    plane.shape[axis] = 1;
    return plane;
}

/* ------------------------------------------------------------------ what it shows */

static void check_values(const json_t *page, const ptm_io_array *v)
{
    const json_t *statistics = json_object_get(page, "statistics"), *histogram = json_object_get(page, "histogram"),
                 *counts = json_object_get(histogram, "counts"), *window = json_object_get(page, "window");
    const int64_t n = ptm_io_array_count(v);
    double sum = 0, least = (double)INFINITY, greatest = -(double)INFINITY;
    int64_t all = (int64_t)(number(histogram, "below") + number(histogram, "above"));
    for (int64_t i = 0; i < n; ++i) {
        const double value = ((const float *)v->data)[i];
        sum += value;
        least = fmin(least, value);
        greatest = fmax(greatest, value);
    }
    for (size_t i = 0; i < json_array_size(counts); ++i) all += integer_at(counts, i);
    check(all == n && json_array_size(counts) == 256, "the histogram counts all values");
    check_most(fabs(number(statistics, "mean") - sum / (double)n), 1e-9 * greatest, "mean");
    check_most(fabs(number(statistics, "least") - least) + fabs(number(statistics, "greatest") - greatest), 1e-8 * greatest,
        "least and greatest");
    check(json_number_value(json_array_get(window, 0)) >= least &&
              json_number_value(json_array_get(window, 1)) <= greatest &&
              json_number_value(json_array_get(window, 0)) < json_number_value(json_array_get(window, 1)),
        "the window is within");
}

static void test_volume(void)
{
    make_data();
    run_well("reconstruct %s %s --output %s --report %s --json", in_folder("p.npy"), cone, in_folder("o.npy"),
        in_folder("r.html"));
    check(strstr(program_out, "r.html\"]") != NULL, "the page is one of the files: %s", program_out);
    json_t *page = open_page("r.html");
    ptm_io_array v = load("o.npy"), p = load("p.npy");
    const ptm_array volume = array_of(&v), projections = array_of(&p), sinogram = plane_of(&projections, 1),
                    view = plane_of(&projections, 0);
    const json_t *pictures = json_object_get(page, "pictures"), *seconds = json_object_get(page, "seconds");
    check_picture(pictures, "volume", &volume, 16);
    check_picture(pictures, "sinogram", &sinogram, 16);
    check_picture(pictures, "projection", &view, 16);
    check(json_object_size(pictures) == 3, "and no planes: the volume is whole");
    check_values(page, &v);
    check(number(seconds, "total") > 0 && number(seconds, "reconstruct") > 0, "times");
    check(strcmp(text(page, "version"), ptm_version()) == 0 && strcmp(text(page, "method"), "fbp") == 0,
        "version and method");
    check(strcmp(text(page, "device"), "host:0") == 0 && json_array_size(json_object_get(page, "sections")) == 6,
        "device and settings");
    check(!json_object_get(page, "residuals"), "FBP has no residuals");
    check(run("reconstruct %s %s --output %s --report %s", in_folder("p.npy"), cone, in_folder("o2.npy"),
              in_folder("r.html")) == 4,
        "it is not replaced without --overwrite");
    json_decref(page);
    ptm_io_array_free(&v);
    ptm_io_array_free(&p);
    clear_folder();
}

/* More voxels than go on a page: means of blocks, and the planes in the middle. Two pixels make a few values that are far
 * from all others. */
static void test_large_volume(void)
{
    static const char *const names[] = { "axial", "coronal", "sagittal" };
    float pixels[2 * 60 * 100];
    for (int i = 0; i < 2 * 60 * 100; ++i) pixels[i] = (float)((i * 37) % 101);
    pixels[20 * 100 + 30] = 1e5f;
    pixels[40 * 100 + 60] = -1e5f;
    save("p.npy", pixels, 3, 2, 60, 100);
    run_well("reconstruct %s --cone --sod 80 --sdd 160 --pixel 0.5 --size 135 --slices 130 --voxel 0.2 --method sirt "
             "--iterations 1 --output %s --report %s",
        in_folder("p.npy"), in_folder("o.npy"), in_folder("r.html"));
    json_t *page = open_page("r.html");
    ptm_io_array v = load("o.npy");
    const ptm_array volume = array_of(&v);
    const json_t *pictures = json_object_get(page, "pictures"), *histogram = json_object_get(page, "histogram");
    const json_t *clipped = json_object_get(json_object_get(pictures, "volume"), "clipped");
    check(number(histogram, "below") > 0 && number(histogram, "above") > 0 && json_is_true(json_array_get(clipped, 0)) &&
            json_is_true(json_array_get(clipped, 1)),
        "what is far away is left out, and the page knows");
    check_picture(pictures, "volume", &volume, 16);
    for (int axis = 0; axis < 3; ++axis) {
        const ptm_array plane = plane_of(&volume, axis);
        check_picture(pictures, names[axis], &plane, 16);
    }
    check_values(page, &v);
    json_decref(page);
    ptm_io_array_free(&v);
    clear_folder();
}

/* One slice, by an iterative method. */
static void test_slice(void)
{
    run_well("phantom --size 32 --slices 1 --output %s", in_folder("v.npy"));
    run_well("project %s --fan --sod 80 --sdd 160 --pixel 2 --voxel 1 --views 30 --columns 40 --output %s",
        in_folder("v.npy"), in_folder("p.npy"));
    run_well("reconstruct %s --fan --sod 80 --sdd 160 --pixel 2 --method sirt --iterations 9 --output %s --report %s",
        in_folder("p.npy"), in_folder("o.npy"), in_folder("r.html"));
    json_t *page = open_page("r.html");
    const json_t *residuals = json_object_get(page, "residuals"), *last = json_array_get(residuals, 8);
    ptm_io_array v = load("o.npy");
    const ptm_array slice = array_of(&v);
    check_picture(json_object_get(page, "pictures"), "axial", &slice, 16);
    check(json_array_size(residuals) == 9 && integer_at(last, 0) == 9 &&
              json_number_value(json_array_get(last, 1)) == number(page, "residual") &&
              number(page, "residual") < json_number_value(json_array_get(json_array_get(residuals, 0), 1)),
        "a residual for each iteration, the last one of the result");
    check(strstr(text(page, "stopped"), "as many"), "why it ended: %s", text(page, "stopped"));
    json_decref(page);
    ptm_io_array_free(&v);
    clear_folder();
}

/* The command of a page gives a shell the words that there were. */
static void check_command(const json_t *page, const char *input)
{
    char line[1100] = "", script[2000];
    snprintf(script, sizeof script, "set -- %s\nprintf '%%s' \"$3\"\n", text(page, "repeat"));
    put_text("words.sh", script);
    snprintf(script, sizeof script, "bash '%s'", in_folder("words.sh"));
    FILE *words = popen(script, "r");
    line[words ? fread(line, 1, sizeof line - 1, words) : 0] = 0;
    if (words) pclose(words);
    check(strcmp(line, input) == 0, "the command can be pasted: %s", text(page, "repeat"));
}

static void test_names(void)
{
    static const char *const names[] = { "</script><script>&amp;'\"\\.npy", "no\xfftext'\\\x01.npy",
        "\xe2\x80\xa8<!--.npy" };
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        if (strchr(names[i], '/')) mkdir(in_folder("<"), 0755); /* a folder's name ends there */
        float pixels[8 * 12];
        for (int k = 0; k < 8 * 12; ++k) pixels[k] = 1;
        save(names[i], pixels, 2, 8, 12, 1);
        run_well("reconstruct %s --parallel --output %s --report %s", in_folder(names[i]), in_folder("o.npy"),
            in_folder("r.html"));
        json_t *page = open_page("r.html");
        check_command(page, in_folder(names[i]));
        json_decref(page);
        unlink(in_folder(names[i]));
        clear_folder();
    }
}
#endif

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: test_report POLYTOME\n"), 2;
    program_begin(argv[1]);
    test_refusals();
    test_full_disk();
#ifdef PTM_IO_HAVE_JSON
    test_volume();
    test_large_volume();
    test_slice();
    test_names();
#else
    printf("skipped: this build has no jansson\n");
    skipped++;
#endif
    program_end();
    return finish();
}
