/* See settings.h for the keys.  Runs once a life, on the main thread. */
#include "suricata/common/adapter.h"

#include <sys/stat.h>

#define MIB (UINT64_C(1) << 20)
#define DEPTH 8 /* of address groups that name address groups */

static const char default_state_dir[] = "/var/lib/suricata/furumai";
static const char private_networks[] = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,"
                                       "fc00::/7,fe80::/10";

/* Sizes: key, where, default, least and most. */
static const struct size_key {
    const char *key;
    size_t at;
    uint64_t live, offline, least, most;
} sizes[] = {
    { "tape-size", offsetof(struct fm_settings, tape_bytes), 256 * MIB, 0, MIB, UINT64_C(1) << 44 },
    { "memcap", offsetof(struct fm_settings, memcap_bytes), 256 * MIB, 256 * MIB, 16 * MIB,
            UINT64_C(1) << 44 },
    { "ring-size", offsetof(struct fm_settings, ring_bytes), 4 * MIB, 4 * MIB, MIB / 16,
            1024 * MIB },
};

static const struct path_key {
    const char *key;
    size_t at;
} paths[] = {
    { "policy", offsetof(struct fm_settings, policy) },
    { "state-dir", offsetof(struct fm_settings, state_dir) },
    { "tape", offsetof(struct fm_settings, tape) },
};

static const char *const known[] = { "enabled", "policy", "state-dir", "tape", "tape-size",
    "memcap", "ring-size", "internal" };

static void complain(const char *key, const char *value, const char *remedy)
{
    char line[512];

    snprintf(line, sizeof(line), "behavior.%s: \"%s\" %s", key, value, remedy);
    fm_say(FM_SAY_WARNING, line);
}

static void read_size(struct fm_settings *settings, const SCConfNode *section,
        const struct size_key *size)
{
    uint64_t *out = (uint64_t *)((char *)settings + size->at);
    const char *text = section ? SCConfNodeLookupChildValue(section, size->key) : NULL;
    char remedy[96];
    uint64_t value;

    *out = settings->offline ? size->offline : size->live;
    if (text == NULL)
        return;
    if (ParseSizeStringU64(text, &value) == 0 && value >= size->least && value <= size->most) {
        *out = value;
        return;
    }
    snprintf(remedy, sizeof(remedy), "is no size of at least %" PRIu64 "kb, such as 256mb; using "
             "the default", size->least / 1024);
    complain(size->key, text, remedy);
}

static void read_path(struct fm_settings *settings, const SCConfNode *section,
        const struct path_key *path)
{
    char *out = (char *)settings + path->at;
    const char *text = section ? SCConfNodeLookupChildValue(section, path->key) : NULL;

    if (text == NULL)
        return;
    if (strlen(text) >= sizeof(settings->policy)) {
        complain(path->key, "...", "is longer than 4095 bytes; leaving it out");
        return;
    }
    snprintf(out, sizeof(settings->policy), "%s", text);
}

/* ---- networks ---- */

static void add_network(struct fm_settings *settings, const char *text, size_t len)
{
    size_t used = strlen(settings->internal);

    if (used + len + 2 > sizeof(settings->internal)) {
        complain("internal", "...", "has more than 16 KiB of networks; the rest is left out");
        return;
    }
    snprintf(settings->internal + used, sizeof(settings->internal) - used, "%s%.*s",
            used > 0 ? "," : "", (int)len, text);
}

/* Suricata's address groups: "[10.0.0.0/8,!10.1.0.0/16,$OTHER]".  Nested brackets and an exception
 * before a bracket say nothing that a list of prefixes can hold beyond their members. */
static void add_group(struct fm_settings *settings, const char *text, int depth)
{
    static const char between[] = "[], \t\"";
    char name[256];

    while (*(text += strspn(text, between)) != '\0') {
        size_t len = strcspn(text, between);
        if (*text == '$' && depth < DEPTH) {
            const char *inner;
            snprintf(name, sizeof(name), "vars.address-groups.%.*s", (int)len - 1, text + 1);
            if (SCConfGet(name, &inner) == 1)
                add_group(settings, inner, depth + 1);
        } else if (*text != '$' && strncmp(text, "any", len) != 0 && strncmp(text, "!any", len) != 0
                   && !(len == 1 && *text == '!') && text[1] != '$') {
            add_network(settings, text, len);
        }
        text += len;
    }
}

static void read_internal(struct fm_settings *settings, const SCConfNode *section)
{
    const SCConfNode *node = section ? SCConfNodeLookupChild(section, "internal") : NULL;
    const char *home;

    if (node != NULL && node->val != NULL) {
        add_group(settings, node->val, 0);
    } else if (node != NULL) {
        const SCConfNode *item;
        TAILQ_FOREACH (item, &node->head, next)
            if (item->val != NULL)
                add_group(settings, item->val, 0);
    }
    if (settings->internal[0] != '\0' || settings->policy[0] != '\0')
        return;
    if (SCConfGet("vars.address-groups.HOME_NET", &home) == 1)
        add_group(settings, home, 0);
    add_network(settings, private_networks, strlen(private_networks));
}

/* ---- the rest ---- */

static void read_enabled(struct fm_settings *settings, const SCConfNode *section)
{
    const char *text = section ? SCConfNodeLookupChildValue(section, "enabled") : NULL;

    settings->enabled = text == NULL || SCConfValIsTrue(text);
    if (text != NULL && !settings->enabled && !SCConfValIsFalse(text)) {
        complain("enabled", text, "is neither yes nor no; taking it as yes");
        settings->enabled = true;
    }
}

static void check_keys(const SCConfNode *section)
{
    const SCConfNode *child;

    TAILQ_FOREACH (child, &section->head, next) {
        bool found = false;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            found = found || strcmp(child->name, known[i]) == 0;
        if (!found)
            complain(child->name, child->val ? child->val : "...",
                    "is not a key of this section (enabled, policy, state-dir, tape, tape-size, "
                    "memcap, ring-size, internal); leaving it out");
    }
}

void fm_settings_read(struct fm_settings *settings, bool offline)
{
    const SCConfNode *section = SCConfGetNode("behavior");

    memset(settings, 0, sizeof(*settings));
    settings->offline = offline;
    read_enabled(settings, section);
    if (section != NULL)
        check_keys(section);
    if (!offline)
        snprintf(settings->state_dir, sizeof(settings->state_dir), "%s", default_state_dir);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        read_path(settings, section, &paths[i]);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        read_size(settings, section, &sizes[i]);
    read_internal(settings, section);
    const char *version = GetProgramVersion();
    snprintf(settings->sensor, sizeof(settings->sensor), "suricata %.*s",
            (int)strcspn(version, " "), version);
}
