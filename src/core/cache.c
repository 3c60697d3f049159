/* cache.c - built programs kept on disk.
 *
 * A file is a header, the key, the data. The checksum is against truncation and rot, not against malice. */
#define _POSIX_C_SOURCE 200809L
#include "core/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4096
#define MAGIC 0x31636d7470000001u /* and the version of this format */
#define LARGEST ((uint64_t)1 << 30)

struct header {
    uint64_t magic, key_size, data_size, checksum;
};

void ptm_cache_key_add(ptm_cache_key *key, const void *data, size_t size)
{
    uint64_t length = size; /* before each part, so that "ab" "c" is not "a" "bc" */
    char *more = key->failed ? NULL : realloc(key->data, key->size + sizeof length + size);
    if (!more) {
        key->failed = 1;
        return;
    }
    memcpy(more + key->size, &length, sizeof length);
    if (size) memcpy(more + key->size + sizeof length, data, size);
    key->data = more;
    key->size += sizeof length + size;
}

void ptm_cache_key_add_text(ptm_cache_key *key, const char *text)
{
    ptm_cache_key_add(key, text, text ? strlen(text) : 0);
}

void ptm_cache_key_free(ptm_cache_key *key)
{
    free(key->data);
    *key = (ptm_cache_key){ 0 };
}

/* FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo). */
#define HASH_START 0xcbf29ce484222325u
static uint64_t hash(uint64_t h, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; ++i) h = (h ^ bytes[i]) * 0x100000001b3u;
    return h;
}

static uint64_t checksum(const ptm_cache_key *key, const void *data, size_t size)
{
    return hash(hash(HASH_START, key->data, key->size), data, size);
}

static bool find_directory(char path[PATH_SIZE])
{
    const char *ours = getenv("POLYTOME_CACHE"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = 0;
    if (ours) length = snprintf(path, PATH_SIZE, "%s", ours);
    else if (cache && cache[0] == '/') length = snprintf(path, PATH_SIZE, "%s/polytome", cache);
    else if (home && home[0]) length = snprintf(path, PATH_SIZE, "%s/.cache/polytome", home);
    return length > 0 && length < PATH_SIZE - 64; /* room for the file's name */
}

static void make_directories(char path[PATH_SIZE])
{
    for (char *at = path + 1; (at = strchr(at, '/')); ++at) {
        *at = '\0';
        mkdir(path, 0700);
        *at = '/';
    }
    mkdir(path, 0700);
}

static bool find_file(char path[PATH_SIZE], const ptm_cache_key *key)
{
    if (key->failed || !find_directory(path)) return false;
    size_t length = strlen(path);
    snprintf(path + length, PATH_SIZE - length, "/%016llx.bin", (unsigned long long)hash(HASH_START, key->data, key->size));
    return true;
}

static bool read_all(int file, void *to, size_t size)
{
    for (char *at = to; size > 0;) {
        ssize_t n = read(file, at, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool write_all(int file, const void *from, size_t size)
{
    for (const char *at = from; size > 0;) {
        ssize_t n = write(file, at, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

/* The header fits the key and the file. */
static bool read_header(int file, const ptm_cache_key *key, struct header *header)
{
    struct stat about;
    return fstat(file, &about) == 0 && S_ISREG(about.st_mode) && read_all(file, header, sizeof *header) &&
        header->magic == MAGIC && header->key_size == key->size && header->data_size > 0 && header->data_size < LARGEST &&
        (uint64_t)about.st_size == sizeof *header + header->key_size + header->data_size;
}

static void *load(int file, const ptm_cache_key *key, size_t *size)
{
    struct header header;
    if (!read_header(file, key, &header)) return NULL;
    size_t n = (size_t)(header.key_size + header.data_size);
    char *content = malloc(n);
    if (content && read_all(file, content, n) && memcmp(content, key->data, key->size) == 0 &&
        hash(HASH_START, content, n) == header.checksum) {
        *size = (size_t)header.data_size;
        memmove(content, content + key->size, *size);
        return content;
    }
    free(content);
    return NULL;
}

void *ptm_cache_load(const ptm_cache_key *key, size_t *size)
{
    char path[PATH_SIZE];
    *size = 0;
    if (!find_file(path, key)) return NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* whatever stands there, do not wait for it */
    if (file < 0) return NULL;
    void *data = load(file, key, size);
    close(file);
    return data;
}

void ptm_cache_store(const ptm_cache_key *key, const void *data, size_t size)
{
    char path[PATH_SIZE], temporary[PATH_SIZE];
    if (size == 0 || size >= LARGEST || !find_directory(path)) return;
    make_directories(path);
    snprintf(temporary, sizeof temporary, "%.*s/XXXXXX", PATH_SIZE - 64, path);
    if (!find_file(path, key)) return;
    int file = mkstemp(temporary);
    if (file < 0) return;
    struct header header = { MAGIC, key->size, size, checksum(key, data, size) };
    bool good = write_all(file, &header, sizeof header) && write_all(file, key->data, key->size) &&
        write_all(file, data, size);
    if (close(file) != 0) good = false;
    if (!good || rename(temporary, path) != 0) unlink(temporary);
}
