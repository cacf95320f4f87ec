/* From a tree of values to the policy's structs: every key known, every value of the right type and
 * in range, or one line that says file, line, path and remedy.  What a later layer says replaces
 * what an earlier one said, value by value; an array replaces the whole array, but the rows of
 * `threat` and `certainty` are named by their term (a term that is not named keeps what it has),
 * and those of `triage` add up. */
#include <stdio.h>
#include <string.h>

#include "policy/read.h"

#define QUIET_LEAST_S 60.0
#define QUIET_MOST_S (90 * 86400.0)
#define BUDGET_MOST 1e6
#define WEIGHT_MOST 100.0
#define NAMES_MAX (FM_DETECTORS + FM_PARAMS + 8) /* known names at one place */

/* ---- networks -------------------------------------------------------------------------------- */

static const char *const network_keys[] = { "internal", "dynamic", "shared", "protect", "roles" };

static const struct {
    const char *key;
    size_t at;
} plain_sets[] = {
    { "networks.internal", offsetof(struct fm_networks, internal) },
    { "networks.dynamic", offsetof(struct fm_networks, dynamic) },
    { "networks.shared", offsetof(struct fm_networks, shared) },
    { "networks.protect", offsetof(struct fm_networks, protect) },
};

#define PLAIN_SETS (sizeof plain_sets / sizeof plain_sets[0])

#define X(role, name) "networks.roles." name,
static const char *const role_keys[FM_ROLES] = { FM_ROLES_LIST(X) };
#undef X

const char *fm_prefix_set_key(unsigned set)
{
    return set < PLAIN_SETS ? plain_sets[set].key : role_keys[set - PLAIN_SETS];
}

struct fm_prefixes **fm_prefix_set_slot(struct fm_networks *net, unsigned set)
{
    if (set >= PLAIN_SETS)
        return &net->role[set - PLAIN_SETS];
    return (struct fm_prefixes **)((char *)net + plain_sets[set].at);
}

static char *join_texts(struct fm_mem *mem, const char *const *texts, uint32_t count)
{
    size_t bytes = 1;
    for (uint32_t i = 0; i < count; i++)
        bytes += strlen(texts[i]) + 1;
    char *joined = fm_alloc(mem, bytes), *at = joined;
    for (uint32_t i = 0; joined && i < count; i++) {
        size_t len = strlen(texts[i]) + 1;
        memcpy(at, texts[i], len);
        at += len;
    }
    return joined;
}

const char *fm_check_prefixes(struct fm_whole *whole, unsigned set, const char *const *texts,
        uint32_t count, struct fm_from from, bool *no_mem)
{
    struct fm_prefixes **slot = fm_prefix_set_slot(&whole->pub.networks, set);
    struct fm_prefixes *prefixes = fm_prefixes_new(whole->mem);
    char *joined = join_texts(whole->mem, texts, count);
    const char *wrong = prefixes && joined ? NULL : "";
    for (uint32_t i = 0; !wrong && i < count; i++) {
        uint64_t refused = whole->mem->refused;
        if (!fm_prefixes_add(prefixes, texts[i], strlen(texts[i])))
            wrong = whole->mem->refused == refused ? texts[i] : "";
    }
    *no_mem = wrong && !*wrong;
    if (wrong) {
        if (prefixes)
            fm_prefixes_free(prefixes);
        fm_free(whole->mem, joined);
        return wrong;
    }
    if (*slot)
        fm_prefixes_free(*slot);
    fm_free(whole->mem, whole->prefixes[set].text);
    *slot = prefixes;
    whole->prefixes[set] = (struct fm_prefix_texts){ joined, count, from };
    return NULL;
}

static bool read_prefixes(struct fm_reader *c, uint32_t at, unsigned set)
{
    uint32_t count = 0, wrong_at = at;
    bool no_mem = false;
    if (!fm_read_array(c, at, "a list of prefixes"))
        return false;
    count = c->tree->items[at];
    if (set == 0 && count == 0)
        return fm_read_bad(c, at, "is empty; name at least one prefix, or leave the key out");
    const char **texts = fm_alloc(c->whole->mem, (count + 1) * sizeof *texts);
    bool fine = texts != NULL;
    for (uint32_t n = 0; fine && n < count; n++)
        fine = fm_read_text(c, fm_tree_item(c->tree, at, n), "a prefix", &texts[n]);
    if (!texts) {
        fm_read_no_memory(c, at);
    } else if (fine) {
        const char *wrong = fm_check_prefixes(c->whole, set, texts, count, c->from, &no_mem);
        for (uint32_t n = 0; wrong && n < count; n++) {
            if (texts[n] == wrong)
                wrong_at = fm_tree_item(c->tree, at, n);
        }
        if (no_mem)
            fm_read_no_memory(c, at);
        else if (wrong)
            fm_read_bad(c, wrong_at,
                    "\"%.40s\" is no prefix; write 10.0.0.0/8, fc00::/7 or one address, with ! in "
                    "front for an exception",
                    wrong);
        fine = !wrong;
    }
    fm_free(c->whole->mem, texts);
    return fine;
}

static bool read_networks(struct fm_reader *c, uint32_t at)
{
    if (!fm_read_keys(c, at, network_keys, sizeof network_keys / sizeof network_keys[0]))
        return false;
    for (unsigned set = 0; set < PLAIN_SETS; set++) {
        uint32_t item = fm_tree_find(c->tree, at, network_keys[set]);
        if (item && !read_prefixes(c, item, set))
            return false;
        if (item && set == 0)
            c->whole->pub.internal_declared = true;
    }
    uint32_t roles = fm_tree_find(c->tree, at, "roles");
    if (!roles)
        return true;
    if (!fm_read_keys(c, roles, fm_role_name, FM_ROLES))
        return false;
    for (unsigned role = 0; role < FM_ROLES; role++) {
        uint32_t item = fm_tree_find(c->tree, roles, fm_role_name[role]);
        if (item && !read_prefixes(c, item, PLAIN_SETS + role))
            return false;
    }
    return true;
}

/* ---- detectors ------------------------------------------------------------------------------- */

static const char *const detector_keys[] = { "status", "budget", "quiet", "threat", "certainty" };
static const char *const row_keys[] = { "term", "curve", "weight" };
static const char *const score_keys[FM_SCORES] = { "threat", "certainty" };

#define DETECTOR_KEYS (sizeof detector_keys / sizeof detector_keys[0])
#define ROW_KEYS (sizeof row_keys / sizeof row_keys[0])

/* The term of that score that a row names; FM_TERMS when it names none. */
static unsigned read_term(struct fm_reader *c, uint32_t row, unsigned d, enum fm_score score)
{
    const struct fm_detector *det = c->whole->pub.tuning[d].det;
    const char *names[FM_TERMS], *text;
    unsigned number[FM_TERMS];
    size_t count = 0;
    int choice = 0;
    uint32_t at = fm_tree_find(c->tree, row, "term");
    if (!at) {
        fm_read_bad(c, row, "has no term; write { term = \"%s\", ... }",
                fm_detector_terms(det) ? det->terms[0].name : "name");
        return FM_TERMS;
    }
    for (unsigned t = 0; t < fm_detector_terms(det); t++) {
        if (det->terms[t].score == score) {
            number[count] = t;
            names[count++] = det->terms[t].name;
        }
    }
    if (!fm_read_text(c, at, "the name of a term", &text) ||
            !fm_read_choice(c, at, "term of this score", names, count, &choice))
        return FM_TERMS;
    return number[choice];
}

static bool read_row(struct fm_reader *c, uint32_t row, unsigned d, enum fm_score score,
        uint32_t *terms_seen)
{
    struct fm_tuning *tuning = &c->whole->pub.tuning[d];
    const struct fm_range weight = { FM_COUNT, 1e-6, WEIGHT_MOST, false };
    uint32_t item;
    if (!fm_read_keys(c, row, row_keys, ROW_KEYS))
        return false;
    unsigned t = read_term(c, row, d, score);
    if (t == FM_TERMS)
        return false;
    if (*terms_seen & (1u << t))
        return fm_read_bad(c, row, "the term \"%s\" stands here twice",
                c->whole->pub.tuning[d].det->terms[t].name);
    *terms_seen |= 1u << t;
    item = fm_tree_find(c->tree, row, "curve");
    if (item) {
        if (!fm_read_curve(c, item, c->whole->pub.tuning[d].det->terms[t].unit, &tuning->curve[t]))
            return false;
        c->whole->from[d].curve[t] = c->from;
    }
    item = fm_tree_find(c->tree, row, "weight");
    if (item) {
        if (!fm_read_number(c, item, &weight, &tuning->weight[t]))
            return false;
        c->whole->from[d].weight[t] = c->from;
    }
    return true;
}

bool fm_check_scores(struct fm_reader *c, uint32_t at, unsigned d)
{
    uint32_t seen = 0;
    for (int score = 0; score < FM_SCORES; score++) {
        uint32_t list = fm_tree_find(c->tree, at, score_keys[score]);
        if (!list)
            continue;
        if (!fm_read_array(c, list, "a list of { term = ..., curve = ..., weight = ... }"))
            return false;
        for (uint32_t n = 0; n < c->tree->items[list]; n++) {
            if (!read_row(c, fm_tree_item(c->tree, list, n), d, (enum fm_score)score, &seen))
                return false;
        }
    }
    return true;
}

static bool read_params(struct fm_reader *c, uint32_t at, unsigned d)
{
    const struct fm_detector *det = c->whole->pub.tuning[d].det;
    for (unsigned p = 0; p < fm_detector_params(det); p++) {
        const struct fm_param *param = &det->params[p];
        const struct fm_range range = { param->unit, param->least, param->most,
            param->unit == FM_COUNT };
        uint32_t item = fm_tree_find(c->tree, at, param->name);
        if (!item)
            continue;
        if (!fm_read_number(c, item, &range, &c->whole->pub.tuning[d].param[p]))
            return false;
        c->whole->from[d].param[p] = c->from;
    }
    return true;
}

static bool read_standing(struct fm_reader *c, uint32_t at, unsigned d)
{
    struct fm_tuning *tuning = &c->whole->pub.tuning[d];
    struct fm_tuning_from *from = &c->whole->from[d];
    const struct fm_range budget = { FM_COUNT, 0.01, BUDGET_MOST, false };
    const struct fm_range quiet = { FM_SPAN, QUIET_LEAST_S, QUIET_MOST_S, false };
    uint32_t item;
    int status;
    if ((item = fm_tree_find(c->tree, at, "status"))) {
        if (!fm_read_choice(c, item, "status", fm_status_name, FM_STATUSES, &status))
            return false;
        tuning->status = (enum fm_status)status;
        from->status = c->from;
    }
    if ((item = fm_tree_find(c->tree, at, "budget"))) {
        if (!fm_read_number(c, item, &budget, &tuning->budget))
            return false;
        from->budget = c->from;
    }
    if ((item = fm_tree_find(c->tree, at, "quiet"))) {
        if (!fm_read_number(c, item, &quiet, &tuning->quiet_s))
            return false;
        from->quiet = c->from;
    }
    return true;
}

static bool read_detector(struct fm_reader *c, uint32_t at, unsigned d)
{
    const struct fm_detector *det = c->whole->pub.tuning[d].det;
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (unsigned p = 0; p < fm_detector_params(det); p++)
        names[count++] = det->params[p].name;
    for (size_t i = 0; i < DETECTOR_KEYS; i++)
        names[count++] = detector_keys[i];
    return fm_read_keys(c, at, names, count) && read_standing(c, at, d) && read_params(c, at, d) &&
           fm_check_scores(c, at, d);
}

static bool read_detectors(struct fm_reader *c, uint32_t at)
{
    const char *names[FM_DETECTORS] = { NULL };
    unsigned count = c->whole->pub.detectors;
    for (unsigned d = 0; d < count; d++)
        names[d] = c->whole->pub.tuning[d].det->name;
    if (!fm_read_keys(c, at, names, count))
        return false;
    for (unsigned d = 0; d < count; d++) {
        uint32_t item = fm_tree_find(c->tree, at, names[d]);
        if (item && !read_detector(c, item, d))
            return false;
    }
    return true;
}

/* ---- lists and the rest ---------------------------------------------------------------------- */

static char *list_path(struct fm_reader *c, const char *text)
{
    size_t folder = text[0] == '/' ? 0 : strlen(c->whole->folder);
    char *path = fm_alloc(c->whole->mem, folder + strlen(text) + 1);
    if (path) {
        memcpy(path, c->whole->folder, folder);
        memcpy(path + folder, text, strlen(text) + 1);
    }
    return path;
}

/* Lists that a detector asks for; another name would be read by nobody. */
static const char *const list_names[] = { "bait_accounts", "familiar", "mining_pools",
    "names_with_data", "package_sources", "tor_relays" };

#define LIST_NAMES (sizeof list_names / sizeof list_names[0])

static bool add_list_file(struct fm_reader *c, uint32_t at, struct fm_list *list)
{
    char error[FM_ERROR_BYTES];
    const char *text;
    if (!fm_read_text(c, at, "the path of a list file", &text))
        return false;
    char *path = list_path(c, text);
    if (!path)
        return fm_read_no_memory(c, at);
    bool fine = fm_list_add_file(list, path, &c->whole->pub.hash, error, sizeof error);
    fm_free(c->whole->mem, path);
    return fine || fm_read_bad(c, at, "%s", error);
}

/* One path, or several that make one list. */
static bool fill_list(struct fm_reader *c, uint32_t at, struct fm_list *list)
{
    if (c->tree->value[at].type != FM_VALUE_TABLE)
        return add_list_file(c, at, list);
    if (!fm_read_array(c, at, "paths of list files"))
        return false;
    if (c->tree->items[at] > FM_LIST_FILES)
        return fm_read_bad(c, at, "more than %d files; join some", FM_LIST_FILES);
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        if (!add_list_file(c, fm_tree_item(c->tree, at, n), list))
            return false;
    }
    return true;
}

/* Takes the list, in place of one of that name. */
static void put_list(struct fm_reader *c, const char *name, struct fm_list *list)
{
    struct fm_policy *pub = &c->whole->pub;
    unsigned i = 0;
    while (i < pub->lists && strcmp(pub->list[i].name, name) != 0)
        i++;
    if (i == pub->lists)
        pub->lists++;
    else
        fm_list_free(pub->list[i].list);
    snprintf(pub->list[i].name, sizeof pub->list[i].name, "%s", name);
    pub->list[i].list = list;
    c->whole->list_from[i] = c->from;
}

static bool read_lists(struct fm_reader *c, uint32_t at)
{
    if (!fm_read_keys(c, at, list_names, LIST_NAMES))
        return false;
    for (size_t i = 0; i < LIST_NAMES; i++) {
        uint32_t item = fm_tree_find(c->tree, at, list_names[i]);
        if (!item)
            continue;
        struct fm_list *list = fm_list_new(c->whole->mem);
        if (!list)
            return fm_read_no_memory(c, item);
        if (!fill_list(c, item, list)) {
            fm_list_free(list);
            return false;
        }
        put_list(c, list_names[i], list);
    }
    return true;
}

static bool read_preset(struct fm_reader *c, uint32_t at)
{
    int preset;
    if (!fm_read_choice(c, at, "preset", fm_preset_name, FM_PRESETS, &preset))
        return false;
    c->whole->preset_from = c->from; /* which one counts was settled before the layers */
    return true;
}

static bool read_report_certainty(struct fm_reader *c, uint32_t at)
{
    const struct fm_range range = { FM_SCORE_UNIT, 0, 100, false };
    if (!fm_read_number(c, at, &range, &c->whole->pub.report_certainty))
        return false;
    c->whole->report_from = c->from;
    return true;
}

static bool read_on_detection(struct fm_reader *c, uint32_t at)
{
    if (c->tree->value[at].type != FM_VALUE_FUNCTION)
        return fm_read_wrong_type(c, at, "a function");
    c->whole->on_detection = c->tree->value[at].function;
    c->whole->pub.has_on_detection = true;
    c->whole->function_from = c->from;
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool (*read)(struct fm_reader *c, uint32_t at);
} top[] = {
    { "networks", read_networks },
    { "preset", read_preset },
    { "report_certainty", read_report_certainty },
    { "declare", fm_check_declare },
    { "detectors", read_detectors },
    { "lists", read_lists },
    { "triage", fm_check_triage },
    { "on_detection", read_on_detection },
};

#define TOP (sizeof top / sizeof top[0])

bool fm_check(struct fm_whole *whole, const struct fm_policy_file *source, char *error, size_t cap)
{
    struct fm_reader c = { whole, source, &source->tree,
        { (uint8_t)source->origin, source->file }, error, cap };
    const char *names[TOP];
    for (size_t i = 0; i < TOP; i++)
        names[i] = top[i].name;
    if (!fm_read_keys(&c, 0, names, TOP))
        return false;
    for (size_t i = 0; i < TOP; i++) {
        uint32_t at = fm_tree_find(c.tree, 0, top[i].name);
        if (at && !top[i].read(&c, at))
            return false;
    }
    return true;
}
