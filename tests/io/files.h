/* files.h - a temporary folder and files in it, for tests that include it after check.h. */
#ifndef PTM_TEST_FILES_H
#define PTM_TEST_FILES_H
#include <dirent.h>
#include <unistd.h>

static char folder[200];

static void make_folder(const char *test)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/polytome-%s-XXXXXX", base && strlen(base) < 100 ? base : "/tmp", test);
    if (mkdtemp(folder)) return;
    perror(folder);
    exit(1);
}

/* A few paths may be in use at once. */
static const char *path_of(const char *in, const char *name)
{
    static char paths[8][500];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof *paths, "%s/%s", in, name);
    return path;
}

static const char *in_folder(const char *name)
{
    return path_of(folder, name);
}

__attribute__((unused)) static const char *put(const char *path, const char *text, size_t length)
{
    unlink(path); /* some file systems wait for the disk where a file is cut short and written anew */
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(text, 1, length, file) != length || fclose(file)) exit(1);
    return path;
}

/* The first MiB, with a 0 behind it. */
__attribute__((unused)) static char *get(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1 << 20, 1);
    *length = file ? fread(text, 1, (1 << 20) - 1, file) : 0;
    if (file) fclose(file);
    return text;
}

/* Temporaries too. */
__attribute__((unused)) static int files_in_folder(void)
{
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));) count += entry->d_name[0] != '.' || strstr(entry->d_name, ".tmp");
    closedir(dir);
    return count;
}

__attribute__((unused)) static void clear_folder(void)
{
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) unlink(in_folder(entry->d_name));
    closedir(dir);
}

static bool message_has(const char *text)
{
    return strstr(ptm_error_message(), text) != NULL;
}
#endif
