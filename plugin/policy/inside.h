/* What the files of this room share: the policy with everything that callers need not see, the
 * sources it was made of, and where each value came from. */
#ifndef FM_POLICY_INSIDE_H
#define FM_POLICY_INSIDE_H

#include "detect/declared.h"
#include "policy/module.h"
#include "policy/policy.h"
#include "policy/tree.h"

#define FM_POLICY_FILES 64       /* files of all layers, at most */
#define FM_POLICY_LISTS 32       /* as in struct fm_policy */
#define FM_LIST_FILES 16         /* files of one list, at most */
#define FM_POLICY_FILE_BYTES 1048576
#define FM_LIST_FILE_BYTES 16777216
#define FM_PREFIX_SETS (4 + FM_ROLES) /* internal, dynamic, shared, protect, and the roles */
#define FM_ERROR_BYTES 512       /* enough for every line that this room writes */

/** Where a value came from; zeroed: built in. */
struct fm_from {
    uint8_t origin; /* enum fm_origin */
    uint8_t file;   /* of struct fm_whole.file, where the origin is a file */
};

/** The origins of struct fm_tuning, field by field. */
struct fm_tuning_from {
    struct fm_from status, budget, quiet;
    struct fm_from param[FM_PARAMS], curve[FM_TERMS], weight[FM_TERMS];
    const char *why[FM_PARAMS + 2]; /* a preset's reason: parameters, then budget, quiet */
};

struct fm_prefix_texts {
    char *text; /* each ends in NUL; NULL: none */
    uint32_t count;
    struct fm_from from;
};

/** A triage rule as a row of Lua. */
struct fm_triage_text {
    char *row;
    struct fm_from from;
};

struct fm_reader;

struct fm_whole {
    struct fm_policy pub; /* first: a caller holds its address */
    struct fm_mem *mem;
    char *folder; /* of policy.lua, with its slash; list files are named from here */
    char *file[FM_POLICY_FILES + 1];
    unsigned files;
    struct fm_from preset_from, report_from, function_from;
    struct fm_tuning_from from[FM_DETECTORS];
    struct fm_declared *declared[FM_DECLARED]; /* their tuning stands behind the built-in ones' */
    struct fm_from declared_from[FM_DECLARED];
    unsigned declared_count;
    struct fm_from list_from[FM_POLICY_LISTS];
    struct fm_prefix_texts prefixes[FM_PREFIX_SETS];
    struct fm_triage_text *triage; /* as pub.triage.rule */
    unsigned triage_cap;           /* rules there is room for */
    struct fm_lua_host lua;
    int on_detection; /* the function's number; only with pub.has_on_detection */
    struct fm_tree call; /* of one call of it */
    struct fm_lua_usage usage;
};

/** One file of a layer, read. */
struct fm_policy_file {
    enum fm_origin origin;
    uint8_t file;
    char *bytes;
    size_t len;
    struct fm_tree tree;
};

/** The names of the prefix sets as paths ("networks.internal", "networks.roles.scanner"), and where
 *  each stands in struct fm_networks. */
const char *fm_prefix_set_key(unsigned set);
struct fm_prefixes **fm_prefix_set_slot(struct fm_networks *net, unsigned set);

/** Checks the source in full and puts what it says into the policy. */
bool fm_check(struct fm_whole *whole, const struct fm_policy_file *source, char *error, size_t cap);
/** Replaces a set by `count` texts.  NULL, or the text that is no prefix; `no_memory` tells that
 *  memory ran out instead. */
const char *fm_check_prefixes(struct fm_whole *whole, unsigned set, const char *const *texts,
        uint32_t count, struct fm_from from, bool *no_memory);
/** Adds the detectors of `declare = { ... }`. */
bool fm_check_declare(struct fm_reader *c, uint32_t at);
void fm_declared_free(struct fm_whole *whole);
/** The rows of `threat` and `certainty` of a table, for the detector of that index. */
bool fm_check_scores(struct fm_reader *c, uint32_t at, unsigned d);
/** Adds the rules of `triage = { ... }`. */
bool fm_check_triage(struct fm_reader *c, uint32_t at);
void fm_triage_free(struct fm_whole *whole);
/** The preset of that name, or -1. */
int fm_preset_find(const char *name);
void fm_preset_apply(struct fm_whole *whole);

/** A difference of a preset from what the detectors' tables say. */
struct fm_preset_row {
    enum fm_preset preset;
    const char *detector;
    const char *key; /* a parameter, "budget" or "quiet" */
    double value;
    const char *why;
};
extern const struct fm_preset_row fm_preset_rows[];
extern const unsigned fm_preset_rows_count;

/** Makes a policy of files that are in memory (origin, bytes and len are set), in their order: what
 *  fm_policy_load() does once it has read them.  Takes their bytes. */
struct fm_policy *fm_policy_make(struct fm_mem *mem, const char *folder,
        struct fm_policy_file *sources, const char *const *names, unsigned count,
        const char *internal, char *error, size_t cap);

/** Reads a whole regular file, a NUL behind it.  NULL on failure, with one line in `error`. */
char *fm_file_read(struct fm_mem *mem, const char *path, size_t most, size_t *len, char *error,
        size_t cap);
/** An empty list, or NULL. */
struct fm_list *fm_list_new(struct fm_mem *mem);
/** Adds a file's entries to the list and its bytes to `hash`; FM_LIST_FILES times at most.  False
 *  on failure, with one line in `error`; then the list is only good for freeing. */
bool fm_list_add_file(struct fm_list *list, const char *path, uint64_t *hash, char *error,
        size_t cap);
void fm_list_free(struct fm_list *list);
/** The path of the nth file, or NULL. */
const char *fm_list_file(const struct fm_list *list, unsigned n);

/** Limits of loading a file and of one call of on_detection. */
extern const struct fm_lua_limits fm_load_limits, fm_call_limits;

#endif
