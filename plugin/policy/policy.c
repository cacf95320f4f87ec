/* Loading: files in the order of their layers, each run once by Lua, checked by check.c, laid over
 * what stood before.  Nothing is kept of a load that failed.  A policy costs about 30 KiB beside
 * its lists and prefixes; Lua's state (25 KiB and what the function holds) stays only where there
 * is a function. */
#include "policy/policy.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "policy/inside.h"

#define REPORT_CERTAINTY 30.0 /* a detection that is less sure than this is seldom worth a look */

/* A policy is data: what it does while loading is small. */
const struct fm_lua_limits fm_load_limits = {
    .instructions = 200000,
    .grow_bytes = 16 << 20,
    .block_bytes = 256 << 10,
    .churn_bytes = 64 << 20,
};

/* Private (RFC 1918), link-local (RFC 3927, RFC 4291) and unique-local (RFC 4193). */
static const char *const private_networks[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
    "169.254.0.0/16", "fc00::/7", "fe80::/10" };

#define PRIVATE_NETWORKS (sizeof private_networks / sizeof private_networks[0])
#define PREFIX_TEXT 64

/* ---- what is built in ------------------------------------------------------------------------ */

static char *copy_text(struct fm_mem *mem, const char *text, size_t len)
{
    char *copy = fm_alloc(mem, len + 1);
    if (copy)
        memcpy(copy, text, len);
    return copy;
}

static bool build_in(struct fm_whole *whole)
{
    const struct fm_from built_in = { FM_FROM_BUILT_IN, 0 };
    struct fm_policy *pub = &whole->pub;
    bool no_memory;
    pub->hash = fm_hash(0, FM_VERSION, strlen(FM_VERSION));
    pub->preset = FM_PRESET_OFFICE;
    pub->triage.net = &pub->networks;
    pub->report_certainty = REPORT_CERTAINTY;
    pub->detectors = fm_detectors_count < FM_DETECTORS ? fm_detectors_count : FM_DETECTORS;
    for (unsigned d = 0; d < pub->detectors; d++)
        fm_tuning_preset(fm_detectors[d], &pub->tuning[d]);
    return !fm_check_prefixes(whole, 0, private_networks, PRIVATE_NETWORKS, built_in, &no_memory);
}

/* ---- one file -------------------------------------------------------------------------------- */

static const char *file_name(const struct fm_whole *whole, int file)
{
    return file >= 0 && (unsigned)file < whole->files ? whole->file[file] : "policy";
}

static void explain_run(const struct fm_whole *whole, const struct fm_policy_file *source,
        const struct fm_lua_run *run, char *error, size_t cap)
{
    const char *name = file_name(whole, run->chunk >= 0 ? run->chunk : source->file);
    const char *remedy = run->outcome == FM_LUA_LIMIT
                                 ? "; a policy is short tables, long lists are files"
                                 : "";
    if (run->outcome == FM_LUA_SINK && source->tree.trouble == FM_TREE_FULL)
        snprintf(error, cap, "%s: more than %d values, or a table that holds itself", name,
                FM_TREE_VALUES);
    else if (run->outcome == FM_LUA_SINK)
        snprintf(error, cap, "%s: out of memory", name);
    else if (run->line)
        snprintf(error, cap, "%s:%u: %s%s", name, run->line, run->error, remedy);
    else
        snprintf(error, cap, "%s: %s%s", name, run->error, remedy);
}

static bool run_source(struct fm_whole *whole, struct fm_policy_file *source, char *error,
        size_t cap)
{
    const struct fm_value_sink sink = { &source->tree, fm_tree_take };
    struct fm_lua_run run;
    whole->pub.hash = fm_hash(whole->pub.hash, source->bytes, source->len);
    whole->lua.api->load(whole->lua.lua, source->file, source->bytes, source->len, &fm_load_limits,
            &sink, &run);
    if (run.outcome != FM_LUA_OK) {
        explain_run(whole, source, &run, error, cap);
        return false;
    }
    if (!fm_tree_link(&source->tree)) {
        snprintf(error, cap, "%s: out of memory", file_name(whole, source->file));
        return false;
    }
    return true;
}

/* ---- the layers ------------------------------------------------------------------------------ */

/* The preset lies between the shipped layer and the local one, wherever it was chosen. */
static void settle_preset(struct fm_whole *whole, const struct fm_policy_file *sources,
        unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct fm_tree *tree = &sources[i].tree;
        uint32_t at = fm_tree_find(tree, 0, "preset");
        int preset = -1;
        if (at && tree->value[at].type == FM_VALUE_TEXT)
            preset = fm_preset_find(tree->value[at].text);
        if (preset >= 0)
            whole->pub.preset = (enum fm_preset)preset;
    }
}

/* Cuts a text at commas and blanks, in place; the pieces' number. */
static uint32_t cut(char *text, const char **pieces)
{
    uint32_t count = 0;
    char *rest = text, *piece;
    while ((piece = strtok_r(rest, ", \t", &rest)))
        pieces[count++] = piece;
    return count;
}

/* "10.0.0.0/8, fc00::/7" in place of networks.internal. */
static bool put_internal(struct fm_whole *whole, const char *internal, char *error, size_t cap)
{
    const struct fm_from from = { FM_FROM_OVERRIDE, (uint8_t)whole->files };
    size_t len = strlen(internal);
    char *text = copy_text(whole->mem, internal, len);
    const char **pieces = fm_alloc(whole->mem, (len / 2 + 1) * sizeof *pieces);
    char *name = whole->file[whole->files] = copy_text(whole->mem, "given at start", 14);
    const char *wrong = "";
    bool no_memory = !text || !pieces || !name;

    whole->files += name != NULL;
    if (!no_memory) {
        uint32_t count = cut(text, pieces);
        if (count)
            wrong = fm_check_prefixes(whole, 0, pieces, count, from, &no_memory);
    }
    if (no_memory)
        snprintf(error, cap, "internal networks: out of memory");
    else if (wrong)
        snprintf(error, cap, "internal networks: \"%.60s\" is no prefix; write for example "
                "10.0.0.0/8,fc00::/7", wrong);
    fm_free(whole->mem, text);
    fm_free(whole->mem, pieces);
    whole->pub.internal_declared = true;
    whole->pub.hash = fm_hash(whole->pub.hash, internal, len);
    return !wrong;
}

static bool lay_over(struct fm_whole *whole, const struct fm_policy_file *sources, unsigned count,
        const char *internal, char *error, size_t cap)
{
    bool preset_done = false;
    for (unsigned i = 0; i < count; i++) {
        if (sources[i].origin != FM_FROM_SHIPPED && !preset_done) {
            fm_preset_apply(whole);
            preset_done = true;
        }
        if (!fm_check(whole, &sources[i], error, cap))
            return false;
    }
    if (!preset_done)
        fm_preset_apply(whole);
    return !internal || put_internal(whole, internal, error, cap);
}

static bool fill(struct fm_whole *whole, struct fm_policy_file *sources, const char *const *names,
        unsigned count, const char *internal, char *error, size_t cap)
{
    snprintf(error, cap, "policy: out of memory");
    for (unsigned i = 0; i < count; i++) {
        whole->file[i] = copy_text(whole->mem, names[i], strlen(names[i]));
        if (!whole->file[i])
            return false;
        whole->files++;
        sources[i].file = (uint8_t)i;
    }
    if (!build_in(whole))
        return false;
    if (count && !fm_lua_host_open(&whole->lua, whole->mem, NULL, error, cap))
        return false;
    if (count)
        whole->lua.api->version_text(whole->lua.lua, whole->usage.version,
                sizeof whole->usage.version);
    for (unsigned i = 0; i < count; i++) {
        if (!run_source(whole, &sources[i], error, cap))
            return false;
    }
    settle_preset(whole, sources, count);
    if (!lay_over(whole, sources, count, internal, error, cap))
        return false;
    if (!whole->pub.has_on_detection)
        fm_lua_host_close(&whole->lua);
    error[0] = '\0';
    return true;
}

struct fm_policy *fm_policy_make(struct fm_mem *mem, const char *folder,
        struct fm_policy_file *sources, const char *const *names, unsigned count,
        const char *internal, char *error, size_t cap)
{
    struct fm_whole *whole = fm_alloc(mem, sizeof *whole);
    bool fine = whole != NULL;
    for (unsigned i = 0; i < count; i++)
        fm_tree_init(&sources[i].tree, mem);
    if (!fine) {
        snprintf(error, cap, "policy: out of memory");
    } else {
        whole->mem = mem;
        fm_tree_init(&whole->call, mem);
        whole->folder = copy_text(mem, folder, strlen(folder));
        fine = whole->folder && fill(whole, sources, names, count, internal, error, cap);
        if (!whole->folder)
            snprintf(error, cap, "policy: out of memory");
    }
    for (unsigned i = 0; i < count; i++) {
        fm_tree_reset(&sources[i].tree);
        fm_free(mem, sources[i].bytes);
    }
    if (!fine && whole)
        fm_policy_free(&whole->pub);
    return fine ? &whole->pub : NULL;
}

/* ---- the files ------------------------------------------------------------------------------- */

/* What is found on disk before anything is read. */
struct found {
    struct fm_mem *mem;
    char *folder;
    char *name[FM_POLICY_FILES];
    struct fm_policy_file source[FM_POLICY_FILES];
    unsigned count;
    char *error;
    size_t cap;
};

static bool add_file(struct found *found, enum fm_origin origin, const char *sub, const char *name)
{
    size_t len = strlen(found->folder) + strlen(sub) + strlen(name);
    if (found->count == FM_POLICY_FILES) {
        snprintf(found->error, found->cap, "%s%s: more than %d policy files; join some",
                found->folder, sub, FM_POLICY_FILES);
        return false;
    }
    char *path = fm_alloc(found->mem, len + 1);
    if (!path) {
        snprintf(found->error, found->cap, "%s: out of memory", name);
        return false;
    }
    snprintf(path, len + 1, "%s%s%s", found->folder, sub, name);
    found->name[found->count] = path;
    found->source[found->count].origin = origin;
    found->count++;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_lua(const char *name)
{
    size_t len = strlen(name);
    return name[0] != '.' && len > 4 && strcmp(name + len - 4, ".lua") == 0;
}

static bool add_entries(struct found *found, enum fm_origin origin, const char *sub, DIR *dir)
{
    unsigned start = found->count;
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        if (is_lua(entry->d_name) && !add_file(found, origin, sub, entry->d_name))
            return false;
    }
    if (found->count > start)
        qsort(found->name + start, found->count - start, sizeof found->name[0], by_name);
    return true;
}

/* A folder that does not exist holds nothing. */
static bool add_layer(struct found *found, enum fm_origin origin, const char *sub)
{
    char text[128];
    size_t len = strlen(found->folder) + strlen(sub) + 1;
    char *path = fm_alloc(found->mem, len);
    if (!path) {
        snprintf(found->error, found->cap, "%s: out of memory", sub);
        return false;
    }
    snprintf(path, len, "%s%s", found->folder, sub);
    DIR *dir = opendir(path);
    bool fine = dir || errno == ENOENT;
    if (!fine)
        snprintf(found->error, found->cap, "%s: %s", path, strerror_r(errno, text, sizeof text));
    fm_free(found->mem, path);
    if (!dir)
        return fine;
    fine = add_entries(found, origin, sub, dir);
    closedir(dir);
    return fine;
}

/* `path` is the shipped file or the folder it lies in. */
static bool find_files(struct found *found, const char *path)
{
    struct stat st;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t len = (size_t)(name - path);
    bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (folder) {
        len = strlen(path);
        while (len > 1 && path[len - 1] == '/')
            len--;
        name = "policy.lua";
    }
    found->folder = fm_alloc(found->mem, len + 2);
    if (!found->folder) {
        snprintf(found->error, found->cap, "%s: out of memory", path);
        return false;
    }
    memcpy(found->folder, path, len);
    if (folder && path[len - 1] != '/')
        found->folder[len] = '/';
    return add_file(found, FM_FROM_SHIPPED, "", name) &&
           add_layer(found, FM_FROM_LOCAL, "local.d/") &&
           add_layer(found, FM_FROM_OVERRIDE, "override.d/");
}

static bool read_files(struct found *found)
{
    for (unsigned i = 0; i < found->count; i++) {
        struct fm_policy_file *source = &found->source[i];
        source->bytes = fm_file_read(found->mem, found->name[i], FM_POLICY_FILE_BYTES,
                &source->len, found->error, found->cap);
        if (!source->bytes)
            return false;
    }
    return true;
}

struct fm_policy *fm_policy_load(struct fm_mem *mem, const char *path, const char *internal,
        char *error, size_t error_cap)
{
    if (!path)
        return fm_policy_make(mem, "", NULL, NULL, 0, internal, error, error_cap);
    struct found *found = fm_alloc(mem, sizeof *found);
    struct fm_policy *policy = NULL;
    if (!found) {
        snprintf(error, error_cap, "%s: out of memory", path);
        return NULL;
    }
    found->mem = mem;
    found->error = error;
    found->cap = error_cap;
    if (find_files(found, path) && read_files(found)) {
        policy = fm_policy_make(mem, found->folder, found->source,
                (const char *const *)found->name, found->count, internal, error, error_cap);
        for (unsigned i = 0; i < found->count; i++)
            found->source[i].bytes = NULL; /* were taken */
    }
    for (unsigned i = 0; i < found->count; i++) {
        fm_free(mem, found->source[i].bytes);
        fm_free(mem, found->name[i]);
    }
    fm_free(mem, found->folder);
    fm_free(mem, found);
    return policy;
}

/* ---- the rest -------------------------------------------------------------------------------- */

void fm_policy_free(struct fm_policy *policy)
{
    struct fm_whole *whole = (struct fm_whole *)policy;
    if (!whole)
        return;
    fm_lua_host_close(&whole->lua);
    fm_tree_reset(&whole->call);
    for (unsigned set = 0; set < FM_PREFIX_SETS; set++) {
        struct fm_prefixes *prefixes = *fm_prefix_set_slot(&policy->networks, set);
        if (prefixes)
            fm_prefixes_free(prefixes);
        fm_free(whole->mem, whole->prefixes[set].text);
    }
    fm_triage_free(whole);
    fm_declared_free(whole);
    for (unsigned i = 0; i < policy->lists; i++)
        fm_list_free(policy->list[i].list);
    for (unsigned i = 0; i < whole->files; i++)
        fm_free(whole->mem, whole->file[i]);
    fm_free(whole->mem, whole->folder);
    fm_free(whole->mem, whole);
}

const struct fm_list *fm_policy_list(const struct fm_policy *policy, const char *name)
{
    for (unsigned i = 0; i < policy->lists; i++) {
        if (strcmp(policy->list[i].name, name) == 0)
            return policy->list[i].list;
    }
    return NULL;
}

const struct fm_lua_usage *fm_policy_usage(const struct fm_policy *policy)
{
    return &((const struct fm_whole *)policy)->usage;
}
