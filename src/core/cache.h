/* cache.h - built programs kept on disk.
 *
 * Files live in POLYTOME_CACHE, else XDG_CACHE_HOME/polytome, else HOME/.cache/polytome; POLYTOME_CACHE set to "" turns the
 * cache off. Each is written to a temporary name and renamed, so that readers and writers need no lock; whatever goes
 * wrong, the cache gives or keeps nothing, and no more. Thread safety: any thread. */
#ifndef PTM_CACHE_H
#define PTM_CACHE_H
#include <stddef.h>

/* A key is everything the program depends on: text, options, device, driver version. Parts are added in order. The file
 * holds the whole key, so that two keys of one hash are told apart. */
typedef struct ptm_cache_key {
    char *data;
    size_t size;
    int failed;
} ptm_cache_key;
void ptm_cache_key_add(ptm_cache_key *key, const void *data, size_t size);
void ptm_cache_key_add_text(ptm_cache_key *key, const char *text);
void ptm_cache_key_free(ptm_cache_key *key);

/* What was stored under the key, to be freed, or NULL. */
void *ptm_cache_load(const ptm_cache_key *key, size_t *size);
void ptm_cache_store(const ptm_cache_key *key, const void *data, size_t size);
#endif
