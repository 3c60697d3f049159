/* program.c - see program.h. */
#define _XOPEN_SOURCE 700
#include "program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

char program_out[1 << 16], program_err[1 << 16];
static const char *executable;
static char folder[200], messages[220];

void program_use(const char *path)
{
    static char whole[4096]; /* tests may work in another folder */
    executable = realpath(path, whole) ? whole : path;
}

const char *program_path(void)
{
    return executable;
}

void program_begin(const char *path)
{
    const char *base = getenv("TMPDIR");
    program_use(path);
    snprintf(folder, sizeof folder, "%s/polytome-cli-XXXXXX", base && strlen(base) < 100 ? base : "/tmp");
    if (!mkdtemp(folder)) exit(1);
    snprintf(messages, sizeof messages, "%s.txt", folder);
    setenv("POLYTOME_DEVICE", "host", 1);
    setenv("POLYTOME_BACKENDS", "", 1);
}

const char *in_folder(const char *name)
{
    static char paths[8][500];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof *paths, "%s/%s", folder, name);
    return path;
}

static int each_file(bool remove_it)
{
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        count++;
        if (remove_it && unlink(in_folder(entry->d_name))) rmdir(in_folder(entry->d_name));
    }
    closedir(dir);
    return count;
}

int files_in_folder(void)
{
    return each_file(false);
}

void clear_folder(void)
{
    each_file(true);
}

void program_end(void)
{
    clear_folder();
    unlink(messages);
    check(rmdir(folder) == 0, "the folder is empty at the end: %s", strerror(errno));
}

static void read_text(char *text, size_t size, const char *path)
{
    FILE *file = fopen(path, "rb");
    const size_t length = file ? fread(text, 1, size - 1, file) : 0;
    text[length] = 0;
    if (file) fclose(file);
}

static pid_t launch(const char *out, const char *err, const char *format, va_list list)
{
    char line[8192], *arguments[100] = { (char *)(uintptr_t)executable };
    int count = 1;
    vsnprintf(line, sizeof line, format, list);
    for (char *word = strtok(line, " "); word && count < 99; word = strtok(NULL, " ")) arguments[count++] = word;
    fflush(stdout);
    const pid_t child = fork();
    if (child != 0) return child;
    signal(SIGINT, SIG_DFL); /* shells have it ignored by what runs in the background */
    const int to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), errors = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(to, 1);
    dup2(errors, 2);
    execv(executable, arguments);
    _exit(127);
}

int wait_for(pid_t child)
{
    int state = -1;
    waitpid(child, &state, 0);
    return WIFSIGNALED(state) ? 1000 + WTERMSIG(state) : WEXITSTATUS(state);
}

pid_t start(const char *out, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const pid_t child = launch(out, "/dev/null", format, list);
    va_end(list);
    return child;
}

pid_t start_with(const char *out, const char *err, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const pid_t child = launch(out, err, format, list);
    va_end(list);
    return child;
}

static int run_list(const char *format, va_list list)
{
    char out[240];
    snprintf(out, sizeof out, "%s.out", folder);
    const int code = wait_for(launch(out, messages, format, list));
    read_text(program_out, sizeof program_out, out);
    read_text(program_err, sizeof program_err, messages);
    unlink(out);
    unlink(messages);
    return code;
}

int run(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int code = run_list(format, list);
    va_end(list);
    return code;
}

void run_well(const char *format, ...)
{
    va_list list;
    char line[8192];
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    const int code = run("%s --quiet --overwrite", line);
    if (code == 0 && !*program_err) return;
    printf("  FAILED unexpectedly: polytome %s: %d %s\n", line, code, program_err);
    exit(1);
}

bool has(int needs, const char *test)
{
    static const struct { ptm_io_format format; int need; const char *library; } formats[] = { { PTM_IO_FORMAT_HDF5, HDF5,
        "libhdf5" }, { PTM_IO_FORMAT_TIFF, TIFF, "libtiff" }, { PTM_IO_FORMAT_PNG, PNG, "libpng" } };
    const char *missing = NULL;
#ifndef PTM_IO_HAVE_JSON
    if (needs & JSON) missing = "jansson";
#endif
    for (int i = 0; i < 3; ++i)
        if (needs & formats[i].need && !ptm_io_format_available(formats[i].format)) missing = formats[i].library;
    if (!missing) return true;
    printf("skipped %s: this build has no %s\n", test, missing);
    skipped++;
    return false;
}

void save(const char *name, const float *values, int dimensions, int64_t n0, int64_t n1, int64_t n2)
{
    const ptm_io_array a = { .type = PTM_IO_FLOAT32, .dimensions = dimensions, .shape = { n0, n1, n2 },
        .data = (float *)(uintptr_t)values };
    must(ptm_io_write(in_folder(name), &a, &(ptm_io_write_options){ PTM_SIZED(ptm_io_write_options), .overwrite = true }));
}

ptm_io_array load(const char *name)
{
    ptm_io_array a;
    must(ptm_io_read(&a, in_folder(name), NULL));
    if (a.type != PTM_IO_UINT8 && a.type != PTM_IO_UINT16) must(ptm_io_array_to_float32(&a));
    return a;
}

double difference(const ptm_io_array *a, const ptm_io_array *b)
{
    const int64_t n = ptm_io_array_count(a);
    double worst = 0, top = 0;
    if (n != ptm_io_array_count(b) || a->shape[a->dimensions - 1] != b->shape[b->dimensions - 1] || a->type != b->type)
        return (double)INFINITY;
    for (int64_t i = 0; i < n; ++i) {
        const double x = ((const float *)a->data)[i], y = ((const float *)b->data)[i];
        if (!isfinite(x) || !isfinite(y)) return (double)INFINITY;
        worst = fmax(worst, fabs(x - y));
        top = fmax(top, fabs(y));
    }
    return worst == 0 ? 0 : worst / top;
}

double file_difference(const char *first, const char *second)
{
    ptm_io_array a = load(first), b = load(second);
    const double worst = difference(&a, &b);
    ptm_io_array_free(&a);
    ptm_io_array_free(&b);
    return worst;
}

double bytes_in(const char *message)
{
    double value = 0;
    char unit[8] = "";
    const char *at = strstr(message, "it needs ");
    check(at && sscanf(at, "it needs %lf %7s", &value, unit) == 2, "it says how much it needs: %s", message);
    return value * (strcmp(unit, "GiB") == 0 ? 1024 : 1) * MEBIBYTE;
}

void put_text(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "wb");
    if (!file || fwrite(text, 1, strlen(text), file) != strlen(text) || fclose(file)) exit(1);
}

bool one_line(const char *word)
{
    const char *end = strchr(program_err, '\n');
    return strncmp(program_err, "polytome: ", 10) == 0 && end && !end[1] && strstr(program_err, word) != NULL;
}

int count_of(const char *text, const char *word)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word)) count++;
    return count;
}

int iterations_in(const char *name)
{
    ptm_solver_state state;
    if (access(in_folder(name), F_OK)) return -1;
    must(ptm_io_state_open(&state, in_folder(name)));
    const int iterations = state.iterations;
    ptm_io_state_free(&state);
    return iterations;
}

void wait_for_iterations(const char *name)
{
    const struct timespec moment = { 0, 10000000 };
    for (int i = 0; i < 3000 && iterations_in(name) < 1; ++i) nanosleep(&moment, NULL);
}
