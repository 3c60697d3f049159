/* nxtomo.c - finding what belongs to an NXtomo entry, whatever its groups are called. */
#include "h5.h"

#include <string.h>

typedef struct search {
    const char *class;
    char *name; /* of the member found */
    size_t size;
    const char *member; /* it must have this member; NULL: any */
} search;

static bool has_member(hid_t at, const char *name, const char *member)
{
    hid_t group = H5Gopen2(at, name, H5P_DEFAULT);
    bool good = group >= 0 && ptm_h5_exists(group, member);
    ptm_h5_close(group);
    return good;
}

static herr_t on_member(hid_t at, const char *name, const H5L_info_t *link, void *user)
{
    (void)link;
    search *s = user;
    char class[64];
    if (strlen(name) >= s->size || !ptm_h5_exists(at, name) || !ptm_h5_text(class, sizeof class, at, name, "NX_class") ||
        strcmp(class, s->class) || (s->member && !has_member(at, name, s->member)))
        return 0;
    strcpy(s->name, name);
    return 1;
}

/* The path of the group's first member of a NeXus class, or "". */
static void find_class(char *path, size_t size, hid_t file, const char *group, const char *class, const char *member)
{
    char name[200] = "";
    search s = { class, name, sizeof name, member };
    hid_t at = *group ? H5Gopen2(file, group, H5P_DEFAULT) : -1;
    bool found = at >= 0 && H5Literate(at, H5_INDEX_NAME, H5_ITER_INC, NULL, on_member, &s) > 0;
    ptm_h5_close(at);
    bool root = !strcmp(group, "/");
    if (!found || snprintf(path, size, "%s/%s", root ? "" : group, name) >= (int)size) *path = 0;
}

/* group/name if it is there, else "". */
static bool find_member(char *path, size_t size, hid_t file, const char *group, const char *name)
{
    if (*group && snprintf(path, size, "%s/%s", group, name) < (int)size && ptm_h5_exists(file, group) &&
        ptm_h5_exists(file, path))
        return true;
    *path = 0;
    return false;
}

static void find_members(h5_nxtomo *out, hid_t file)
{
    char instrument[512], sample[512], data[512];
    find_class(instrument, sizeof instrument, file, out->entry, "NXinstrument", NULL);
    find_class(out->detector, sizeof out->detector, file, instrument, "NXdetector", "image_key");
    if (!*out->detector) find_class(out->detector, sizeof out->detector, file, instrument, "NXdetector", "data");
    if (!*out->detector) find_member(out->detector, sizeof out->detector, file, out->entry, "instrument/detector");
    find_class(sample, sizeof sample, file, out->entry, "NXsample", NULL);
    if (!*sample) find_member(sample, sizeof sample, file, out->entry, "sample");
    find_class(data, sizeof data, file, out->entry, "NXdata", NULL);
    if (!*data) find_member(data, sizeof data, file, out->entry, "data");
    if (!find_member(out->data, sizeof out->data, file, out->detector, "data"))
        find_member(out->data, sizeof out->data, file, data, "data");
    if (!find_member(out->image_key, sizeof out->image_key, file, out->detector, "image_key"))
        find_member(out->image_key, sizeof out->image_key, file, data, "image_key");
    if (!find_member(out->angles, sizeof out->angles, file, sample, "rotation_angle"))
        find_member(out->angles, sizeof out->angles, file, data, "rotation_angle");
}

static bool is_entry(hid_t file, const char *group)
{
    char path[512], definition[64];
    return find_member(path, sizeof path, file, group, "definition") &&
           ptm_h5_text(definition, sizeof definition, file, path, NULL) && !strcmp(definition, "NXtomo");
}

typedef struct entry_search {
    hid_t file;
    const char *parent;
    char *entry;
    size_t size;
    int depth;
} entry_search;

/* Entries are members of the root, or (NXsubentry) of an entry. */
static herr_t on_entry(hid_t at, const char *name, const H5L_info_t *link, void *user)
{
    (void)link;
    entry_search *s = user;
    char path[256];
    H5O_info_t object;
    if (snprintf(path, sizeof path, "%s/%s", s->parent, name) >= (int)sizeof path || !ptm_h5_exists(at, name)) return 0;
    if (H5Oget_info_by_name2(at, name, &object, H5O_INFO_BASIC, H5P_DEFAULT) < 0 || object.type != H5O_TYPE_GROUP) return 0;
    if (is_entry(s->file, path)) {
        snprintf(s->entry, s->size, "%s", path);
        return 1;
    }
    if (s->depth == 0) return 0;
    entry_search deeper = { s->file, path, s->entry, s->size, s->depth - 1 };
    herr_t result = H5Literate_by_name(at, name, H5_INDEX_NAME, H5_ITER_INC, NULL, on_entry, &deeper, H5P_DEFAULT);
    return result > 0;
}

bool ptm_h5_find_nxtomo(h5_nxtomo *out, const h5_file *file, const char *entry)
{
    *out = (h5_nxtomo) { 0 };
    entry_search s = { file->id, "", out->entry, sizeof out->entry, 1 };
    if (entry)
        snprintf(out->entry, sizeof out->entry, "%s%s", *entry == '/' ? "" : "/", entry);
    else if (H5Literate(file->id, H5_INDEX_NAME, H5_ITER_INC, NULL, on_entry, &s) <= 0)
        return false;
    find_members(out, file->id);
    return *out->data;
}
