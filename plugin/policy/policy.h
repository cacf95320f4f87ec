/* Lua in, plain structs out.  A policy is read from three layers (shipped `policy.lua`, then
 * `local.d/` and `override.d/` beside it, each folder's *.lua by name), checked in full, and
 * compiled into the struct below.  With no function in it no Lua runs afterwards.  A bad file gives
 * one line (file, path of the key, value, remedy with the nearest known name) and no policy: the
 * caller keeps the one it has.
 *
 * Lua itself lives in the module furumai-lua.so, opened with dlopen(RTLD_NOW | RTLD_LOCAL |
 * RTLD_DEEPBIND) because the host program holds another Lua under the same names.  No memory
 * changes owner across that border. */
#ifndef FM_POLICY_POLICY_H
#define FM_POLICY_POLICY_H

#include "base/mem.h"
#include "detect/detector.h"
#include "judge/triage.h"
#include "world/networks.h"

enum fm_preset { FM_PRESET_SMALL, FM_PRESET_OFFICE, FM_PRESET_DATACENTRE, FM_PRESET_PLANT,
    FM_PRESETS };
extern const char *const fm_preset_name[FM_PRESETS];

/** Where a value came from, for `furumai policy show`. */
enum fm_origin { FM_FROM_BUILT_IN, FM_FROM_SHIPPED, FM_FROM_PRESET, FM_FROM_LOCAL,
    FM_FROM_OVERRIDE, FM_ORIGINS };

/** A list file: one entry a line, '#' comments.  Names match themselves and their subdomains;
 *  prefixes match addresses; `name:port` and `address:port` match both. */
struct fm_list;

struct fm_policy {
    uint64_t hash; /* of everything that was read: `versions.policy` of events */
    enum fm_preset preset;
    double report_certainty; /* 0 to 100; below it a detection is not written */
    struct fm_networks networks;
    bool internal_declared; /* networks.internal stands in a file or was given by the caller */
    unsigned detectors; /* built in and declared */
    struct fm_tuning tuning[FM_DETECTORS];
    unsigned lists;
    struct {
        char name[FM_NAME];
        struct fm_list *list;
    } list[32];
    struct fm_triage triage; /* its rules count their hits */
    bool has_on_detection;
};

/** Loads and checks.  `path` is policy.lua or its folder; NULL: what is built in alone.
 *  `internal` ("10.0.0.0/8,fc00::/7") overrides networks.internal; NULL: the policy's own.
 *  NULL on any error; then `error` holds one line without a newline. */
struct fm_policy *fm_policy_load(struct fm_mem *mem, const char *path, const char *internal,
        char *error, size_t error_cap);
void fm_policy_free(struct fm_policy *policy);
/** A number that changes when policy.lua, a file of a layer or a list is replaced; 0: no such
 *  path. */
uint64_t fm_policy_stamp(const char *path);

/** The list of that name, or NULL. */
const struct fm_list *fm_policy_list(const struct fm_policy *policy, const char *name);
bool fm_list_has_name(const struct fm_list *list, const char *name, size_t len, uint16_t port);
bool fm_list_has_addr(const struct fm_list *list, const struct fm_addr *addr, uint16_t port);
unsigned fm_list_count(const struct fm_list *list);

/** Prints every value with its origin through `line`. */
void fm_policy_show(const struct fm_policy *policy, void (*line)(void *arg, const char *text),
        void *arg);

/** What a call of the policy's function may use up, and what it did. */
struct fm_lua_usage {
    uint64_t calls, errors, limit_hits;     /* errors: limit hits included */
    uint64_t instructions_most, bytes_most; /* high-water marks of one call */
    char version[16];                       /* _VERSION as seen from inside */
    char last_error[256];                   /* one line; "" while there was none */
};

/** What on_detection(d) decided: it may lower, raise or hide by returning a table
 *  { threat = N, certainty = N, status = "trial", note = "..." } or nil. */
struct fm_verdict {
    double threat, certainty; /* FM_UNKNOWN: unchanged */
    int status;               /* enum fm_status, or -1: unchanged */
    char note[160];
};

/** Runs on_detection with `json`, the event's behavior object, decoded into a table.  Limited in
 *  instructions and bytes; on error or limit the detection stays as it was (counted).  False when
 *  there is no function. */
bool fm_policy_on_detection(struct fm_policy *policy, const char *json, size_t len,
        struct fm_verdict *out);
const struct fm_lua_usage *fm_policy_usage(const struct fm_policy *policy);

#endif
