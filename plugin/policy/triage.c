/* Triage rules of a policy: rows of host, type, peer, reason and note, each checked in full.  Rules
 * of all files stand together, in the files' order: unlike other arrays, one file's do not replace
 * another's, so that a file of rules can be kept by a program beside those of a person. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "policy/read.h"

#define ROW_BYTES 512
#define NOTE_MOST 100
#define HOSTS_MOST 256
#define CATEGORY_WORD "category:"

static const char *const keys[] = { "host", "type", "peer", "reason", "note" };

#define KEYS (sizeof keys / sizeof keys[0])

/* A rule on its way: in words for events, and as a row of Lua for `policy show`. */
struct draft {
    struct fm_triage_rule rule;
    char hosts[96], about[64], peer[FM_NAME], note[NOTE_MOST + 1];
    char row[ROW_BYTES];
    struct fm_text shown;
};

static void begin_value(struct draft *draft, const char *key)
{
    fm_text_addf(&draft->shown, "%s%s = ", draft->shown.len ? ", " : "", key);
}

static void show_text(struct draft *draft, const char *text)
{
    fm_text_adds(&draft->shown, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fm_text_adds(&draft->shown, "\\");
        fm_text_add(&draft->shown, text, 1);
    }
    fm_text_adds(&draft->shown, "\"");
}

/* ---- host ------------------------------------------------------------------------------------ */

static bool add_host(struct fm_reader *c, uint32_t at, struct draft *draft, struct fm_text *words)
{
    uint64_t refused = c->whole->mem->refused;
    const char *text;
    if (!fm_read_text(c, at, "an address or a prefix", &text))
        return false;
    if (!fm_prefixes_add(draft->rule.host, text, strlen(text)))
        return c->whole->mem->refused != refused
                       ? fm_read_no_memory(c, at)
                       : fm_read_bad(c, at, "\"%.40s\" is no prefix; write 10.0.0.5 or 10.0.5.0/28",
                                 text);
    fm_text_addf(words, "%s%s", words->len ? ", " : "", text);
    draft->rule.id = fm_hash(draft->rule.id, text, strlen(text) + 1);
    show_text(draft, text);
    return true;
}

static bool read_hosts(struct fm_reader *c, uint32_t at, struct draft *draft)
{
    struct fm_text words;
    fm_text_init(&words, draft->hosts, sizeof draft->hosts);
    draft->rule.host = fm_prefixes_new(c->whole->mem);
    if (!draft->rule.host)
        return fm_read_no_memory(c, at);
    begin_value(draft, "host");
    if (c->tree->value[at].type != FM_VALUE_TABLE)
        return add_host(c, at, draft, &words);
    if (!fm_read_array(c, at, "an address, a prefix, or a list of them"))
        return false;
    if (c->tree->items[at] == 0 || c->tree->items[at] > HOSTS_MOST)
        return fm_read_bad(c, at, "names %u hosts; wants 1 to %d", c->tree->items[at], HOSTS_MOST);
    fm_text_adds(&draft->shown, "{ ");
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        fm_text_adds(&draft->shown, n ? ", " : "");
        if (!add_host(c, fm_tree_item(c->tree, at, n), draft, &words))
            return false;
    }
    fm_text_adds(&draft->shown, " }");
    return true;
}

/* ---- type and peer --------------------------------------------------------------------------- */

static bool read_type(struct fm_reader *c, uint32_t at, struct draft *draft)
{
    char categories[FM_CATEGORIES][48];
    const char *names[FM_DETECTORS + FM_CATEGORIES];
    unsigned count = 0, detectors = c->whole->pub.detectors;
    int choice = 0;
    for (unsigned d = 0; d < detectors; d++)
        names[count++] = c->whole->pub.tuning[d].det->name;
    for (unsigned i = 0; i < FM_CATEGORIES; i++) {
        snprintf(categories[i], sizeof categories[i], CATEGORY_WORD "%s", fm_category_name[i]);
        names[count++] = categories[i];
    }
    if (!fm_read_choice(c, at, "type of detection", names, count, &choice))
        return false;
    if ((unsigned)choice < detectors)
        snprintf(draft->rule.type, sizeof draft->rule.type, "%s", names[choice]);
    else
        draft->rule.category = choice - (int)detectors;
    snprintf(draft->about, sizeof draft->about, "%s", names[choice]);
    draft->rule.id = fm_hash(draft->rule.id, names[choice], strlen(names[choice]) + 1);
    begin_value(draft, "type");
    show_text(draft, names[choice]);
    return true;
}

/* Something with a letter, of the letters that names have. */
static bool is_name(const char *text)
{
    bool letter = false;
    for (; *text; text++) {
        if (!isalnum((unsigned char)*text) && !strchr("-_.", *text))
            return false;
        letter |= isalpha((unsigned char)*text) != 0;
    }
    return letter;
}

static bool read_peer(struct fm_reader *c, uint32_t at, struct draft *draft)
{
    uint64_t refused = c->whole->mem->refused;
    struct fm_triage_rule *rule = &draft->rule;
    const char *text;
    if (!fm_read_text(c, at, "a name, an address or a prefix", &text))
        return false;
    rule->peer = text[0] == '!' ? NULL : fm_prefixes_new(c->whole->mem);
    if (rule->peer && !fm_prefixes_add(rule->peer, text, strlen(text))) {
        fm_prefixes_free(rule->peer);
        rule->peer = NULL;
    }
    if (c->whole->mem->refused != refused)
        return fm_read_no_memory(c, at);
    if (!rule->peer && (!is_name(text) || strlen(text) >= FM_NAME))
        return fm_read_bad(c, at, "\"%.40s\" is neither a name nor a prefix; write "
                "updates.example.com or 203.0.113.0/24", text);
    if (!rule->peer)
        fm_text_name(rule->peer_name, sizeof rule->peer_name, text, strlen(text));
    snprintf(draft->peer, sizeof draft->peer, "%s", text);
    rule->id = fm_hash(rule->id + 1, text, strlen(text) + 1);
    begin_value(draft, "peer");
    show_text(draft, text);
    return true;
}

/* ---- reason and note ------------------------------------------------------------------------- */

static bool read_reason(struct fm_reader *c, uint32_t row, struct draft *draft)
{
    uint32_t at = fm_tree_find(c->tree, row, "reason");
    int choice = 0;
    if (!at)
        return fm_read_bad(c, row, "has no reason; write reason = \"misdetection\" (it is not what "
                "it was taken for), \"over_detection\" (it is this host's work) or \"noise\"");
    if (!fm_read_choice(c, at, "reason", fm_triage_reason_name, FM_TRIAGE_REASONS, &choice))
        return false;
    draft->rule.reason = (enum fm_triage_reason)choice;
    draft->rule.id = fm_hash(draft->rule.id, &choice, sizeof choice);
    begin_value(draft, "reason");
    show_text(draft, fm_triage_reason_name[choice]);
    return true;
}

static bool read_note(struct fm_reader *c, uint32_t at, struct draft *draft)
{
    const char *text;
    if (!fm_read_text(c, at, "a text", &text))
        return false;
    if (strlen(text) > NOTE_MOST)
        return fm_read_bad(c, at, "has more than %d bytes", NOTE_MOST);
    snprintf(draft->note, sizeof draft->note, "%s", text);
    begin_value(draft, "note");
    show_text(draft, text);
    return true;
}

/* ---- a rule ---------------------------------------------------------------------------------- */

static bool read_rule(struct fm_reader *c, uint32_t at, struct draft *draft)
{
    uint32_t host = fm_tree_find(c->tree, at, "host"), type = fm_tree_find(c->tree, at, "type");
    uint32_t peer = fm_tree_find(c->tree, at, "peer"), note = fm_tree_find(c->tree, at, "note");
    if (!host && !type && !peer)
        return fm_read_bad(c, at, "names neither host, type nor peer: it would put aside all there "
                "is");
    return (!host || read_hosts(c, host, draft)) && (!type || read_type(c, type, draft)) &&
           (!peer || read_peer(c, peer, draft)) && read_reason(c, at, draft) &&
           (!note || read_note(c, note, draft));
}

/* "port_scan of 10.0.3.7 to 10.0.0.0/8: the inventory" */
static void name_rule(struct draft *draft)
{
    struct fm_text name;
    fm_text_init(&name, draft->rule.name, sizeof draft->rule.name);
    fm_text_addf(&name, "%s of %s", draft->about[0] ? draft->about : "all",
            draft->hosts[0] ? draft->hosts : "any host");
    if (draft->peer[0])
        fm_text_addf(&name, " to %s", draft->peer);
    if (draft->note[0])
        fm_text_addf(&name, ": %s", draft->note);
}

static bool grow(struct fm_whole *whole)
{
    struct fm_triage *triage = &whole->pub.triage;
    unsigned cap = triage->rules ? 2 * triage->rules : 8;
    if (triage->rules < whole->triage_cap)
        return true;
    struct fm_triage_rule *rule = fm_alloc(whole->mem, cap * sizeof *rule);
    struct fm_triage_text *text = fm_alloc(whole->mem, cap * sizeof *text);
    if (!rule || !text) {
        fm_free(whole->mem, rule);
        fm_free(whole->mem, text);
        return false;
    }
    if (triage->rules) {
        memcpy(rule, triage->rule, triage->rules * sizeof *rule);
        memcpy(text, whole->triage, triage->rules * sizeof *text);
    }
    fm_free(whole->mem, triage->rule);
    fm_free(whole->mem, whole->triage);
    triage->rule = rule;
    whole->triage = text;
    whole->triage_cap = cap;
    return true;
}

static void drop(struct draft *draft)
{
    if (draft->rule.host)
        fm_prefixes_free(draft->rule.host);
    if (draft->rule.peer)
        fm_prefixes_free(draft->rule.peer);
}

static bool put(struct fm_reader *c, uint32_t at, struct draft *draft)
{
    struct fm_triage *triage = &c->whole->pub.triage;
    if (triage->rules == FM_TRIAGE_RULES)
        return fm_read_bad(c, at, "more than %d rules; name prefixes, or a role in networks.roles",
                FM_TRIAGE_RULES);
    char *row = fm_alloc(c->whole->mem, draft->shown.len + 1);
    if (!row || !grow(c->whole)) {
        fm_free(c->whole->mem, row);
        return fm_read_no_memory(c, at);
    }
    memcpy(row, draft->row, draft->shown.len + 1);
    name_rule(draft);
    c->whole->triage[triage->rules] = (struct fm_triage_text){ row, c->from };
    triage->rule[triage->rules++] = draft->rule;
    return true;
}

bool fm_check_triage(struct fm_reader *c, uint32_t at)
{
    if (!fm_read_array(c, at, "a list of { host = ..., type = ..., peer = ..., reason = ... }"))
        return false;
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        uint32_t item = fm_tree_item(c->tree, at, n);
        struct draft draft = { .rule.category = -1 };
        fm_text_init(&draft.shown, draft.row, sizeof draft.row);
        if (!fm_read_keys(c, item, keys, KEYS) || !read_rule(c, item, &draft) ||
                !put(c, item, &draft)) {
            drop(&draft);
            return false;
        }
    }
    return true;
}

void fm_triage_free(struct fm_whole *whole)
{
    struct fm_triage *triage = &whole->pub.triage;
    for (unsigned i = 0; i < triage->rules; i++) {
        if (triage->rule[i].host)
            fm_prefixes_free(triage->rule[i].host);
        if (triage->rule[i].peer)
            fm_prefixes_free(triage->rule[i].peer);
        fm_free(whole->mem, whole->triage[i].row);
    }
    fm_free(whole->mem, triage->rule);
    fm_free(whole->mem, whole->triage);
}
