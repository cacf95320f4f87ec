/* From a tree of values to the policy's structs: every key known, every value of the right type and
 * in range, or one line that says file, line, path and remedy.  What a later layer says replaces
 * what an earlier one said, value by value; an array replaces the whole array, but the rows of
 * `threat` and `certainty` are named by their term: a term that is not named keeps what it has. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/inside.h"
#include "policy/locate.h"
#include "policy/near.h"
#include "policy/units.h"

#define QUIET_LEAST_S 60.0
#define QUIET_MOST_S (90 * 86400.0)
#define BUDGET_MOST 1e6
#define WEIGHT_MOST 100.0
#define NAMES_MAX (FM_DETECTORS + FM_PARAMS + 8) /* known names at one place */
#define SHOWN_TEXT 40

/* A source that is being read, with the place for its one error. */
struct check {
    struct fm_whole *whole;
    const struct fm_policy_file *source;
    const struct fm_tree *tree;
    struct fm_from from;
    char *error;
    size_t cap;
};

struct range {
    enum fm_unit unit;
    double least, most;
    bool whole; /* no fractions */
};

/* ---- errors ---------------------------------------------------------------------------------- */

static void start_line(struct check *c, uint32_t at, struct fm_text *text)
{
    char path[FM_TREE_PATH];
    unsigned line = fm_locate(c->source->bytes, c->source->len, c->tree, at);
    fm_text_init(text, c->error, c->cap);
    fm_text_adds(text, c->whole->file[c->source->file]);
    if (line)
        fm_text_addf(text, ":%u", line);
    fm_tree_path(c->tree, at, path, sizeof path);
    fm_text_addf(text, ": %s%s", path, path[0] ? ": " : "");
}

/* A text of the policy may hold anything: one line, printable, short. */
static void add_shown(struct fm_text *text, const struct fm_value *value)
{
    char shown[SHOWN_TEXT + 1];
    size_t n = value->text_len < SHOWN_TEXT ? value->text_len : SHOWN_TEXT;
    for (size_t i = 0; i < n; i++)
        shown[i] = value->text[i] >= ' ' && value->text[i] < 0x7f ? value->text[i] : '?';
    shown[n] = '\0';
    fm_text_addf(text, "\"%s%s\"", shown, n < value->text_len ? "..." : "");
}

__attribute__((format(printf, 3, 4))) static bool bad(struct check *c, uint32_t at,
        const char *format, ...)
{
    char message[FM_ERROR_BYTES];
    struct fm_text text;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    start_line(c, at, &text);
    fm_text_adds(&text, message);
    return false;
}

static bool wrong_type(struct check *c, uint32_t at, const char *wanted)
{
    const struct fm_value *value = &c->tree->value[at];
    struct fm_text text;
    start_line(c, at, &text);
    fm_text_addf(&text, "wants %s, got ", wanted);
    switch (value->type) {
    case FM_VALUE_BOOL:
        fm_text_adds(&text, value->truth ? "true" : "false");
        break;
    case FM_VALUE_NUMBER:
        fm_text_addf(&text, "the number %.15g", value->number);
        break;
    case FM_VALUE_TEXT:
        fm_text_adds(&text, "the text ");
        add_shown(&text, value);
        break;
    case FM_VALUE_TABLE:
        fm_text_adds(&text, "a table");
        break;
    case FM_VALUE_FUNCTION:
        fm_text_adds(&text, "a function");
        break;
    case FM_VALUE_OTHER:
        fm_text_adds(&text, "what no policy may hold");
    }
    return false;
}

static bool unknown(struct check *c, uint32_t at, const char *what, const char *word,
        const char *const *names, size_t count)
{
    struct fm_text text;
    start_line(c, at, &text);
    fm_text_adds(&text, what);
    fm_near_say(&text, word, names, count);
    return false;
}

static bool no_memory(struct check *c, uint32_t at)
{
    return bad(c, at, "out of memory");
}

/* ---- values ---------------------------------------------------------------------------------- */

/* A table whose keys are all among `names`. */
static bool read_keys(struct check *c, uint32_t at, const char *const *names, size_t count)
{
    if (c->tree->value[at].type != FM_VALUE_TABLE)
        return wrong_type(c, at, "a table");
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        uint32_t item = fm_tree_item(c->tree, at, n);
        const char *key = c->tree->value[item].key;
        if (!key)
            return bad(c, item, "an item without a name; write name = value");
        size_t i = 0;
        while (i < count && strcmp(names[i], key) != 0)
            i++;
        if (i == count)
            return unknown(c, item, "unknown key", key, names, count);
    }
    return true;
}

/* An array: items 1, 2, 3, ... and nothing else. */
static bool read_array(struct check *c, uint32_t at, const char *wanted)
{
    if (c->tree->value[at].type != FM_VALUE_TABLE)
        return wrong_type(c, at, wanted);
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        uint32_t item = fm_tree_item(c->tree, at, n);
        if (c->tree->value[item].key)
            return bad(c, item, "a name where %s is wanted", wanted);
        if (c->tree->value[item].index != n + 1)
            return bad(c, at, "item %u is missing", n + 1);
    }
    return true;
}

static bool read_text(struct check *c, uint32_t at, const char *wanted, const char **out)
{
    const struct fm_value *value = &c->tree->value[at];
    if (value->type != FM_VALUE_TEXT)
        return wrong_type(c, at, wanted);
    for (size_t i = 0; i < value->text_len; i++) {
        if ((unsigned char)value->text[i] < ' ' || value->text[i] == 0x7f)
            return bad(c, at, "holds a control character");
    }
    if (value->text_len == 0)
        return bad(c, at, "is empty; wants %s", wanted);
    *out = value->text;
    return true;
}

/* One of `names`, as its number. */
static bool read_choice(struct check *c, uint32_t at, const char *what, const char *const *names,
        size_t count, int *out)
{
    const char *text;
    if (!read_text(c, at, what, &text))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = (int)i;
            return true;
        }
    }
    char message[96];
    snprintf(message, sizeof message, "\"%.40s\" is no %s", text, what);
    return unknown(c, at, message, text, names, count);
}

static bool read_number(struct check *c, uint32_t at, const struct range *range, double *out)
{
    const struct fm_value *value = &c->tree->value[at];
    char least[FM_UNIT_TEXT], most[FM_UNIT_TEXT];
    double number = value->number;
    if (value->type == FM_VALUE_TEXT) {
        if (!fm_unit_read(range->unit, value->text, value->text_len, &number))
            return wrong_type(c, at, fm_unit_hint(range->unit));
    } else if (value->type != FM_VALUE_NUMBER) {
        return wrong_type(c, at, fm_unit_hint(range->unit));
    }
    if (!isfinite(number))
        return bad(c, at, "is no finite number");
    if (number < range->least || number > range->most)
        return bad(c, at, "%.15g is out of range: %s to %s (%s)", number,
                fm_unit_print(range->unit, range->least, least, sizeof least),
                fm_unit_print(range->unit, range->most, most, sizeof most),
                fm_unit_name[range->unit]);
    if (range->whole && number != floor(number))
        return bad(c, at, "%.15g is no whole number", number);
    *out = number;
    return true;
}

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

static bool read_prefixes(struct check *c, uint32_t at, unsigned set)
{
    uint32_t count = 0, wrong_at = at;
    bool no_mem = false;
    if (!read_array(c, at, "a list of prefixes"))
        return false;
    count = c->tree->items[at];
    if (set == 0 && count == 0)
        return bad(c, at, "is empty; name at least one prefix, or leave the key out");
    const char **texts = fm_alloc(c->whole->mem, (count + 1) * sizeof *texts);
    bool fine = texts != NULL;
    for (uint32_t n = 0; fine && n < count; n++)
        fine = read_text(c, fm_tree_item(c->tree, at, n), "a prefix", &texts[n]);
    if (!texts) {
        no_memory(c, at);
    } else if (fine) {
        const char *wrong = fm_check_prefixes(c->whole, set, texts, count, c->from, &no_mem);
        for (uint32_t n = 0; wrong && n < count; n++) {
            if (texts[n] == wrong)
                wrong_at = fm_tree_item(c->tree, at, n);
        }
        if (no_mem)
            no_memory(c, at);
        else if (wrong)
            bad(c, wrong_at,
                    "\"%.40s\" is no prefix; write 10.0.0.0/8, fc00::/7 or one address, with ! in "
                    "front for an exception",
                    wrong);
        fine = !wrong;
    }
    fm_free(c->whole->mem, texts);
    return fine;
}

static bool read_networks(struct check *c, uint32_t at)
{
    if (!read_keys(c, at, network_keys, sizeof network_keys / sizeof network_keys[0]))
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
    if (!read_keys(c, roles, fm_role_name, FM_ROLES))
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

static bool read_curve(struct check *c, uint32_t at, const struct fm_term *term,
        struct fm_curve *out)
{
    /* an anchor below what can be measured lifts the worth of what is */
    const double most = term->unit == FM_SHARE ? 1 : term->unit == FM_SCORE_UNIT ? 100 : 1e18;
    const struct range range = { term->unit, -most, most, false };
    struct fm_curve curve;
    if (!read_array(c, at, "four anchors (base, low, medium, high)"))
        return false;
    if (c->tree->items[at] != 4)
        return bad(c, at, "wants four anchors (base, low, medium, high), got %u",
                c->tree->items[at]);
    for (uint32_t n = 0; n < 4; n++) {
        if (!read_number(c, fm_tree_item(c->tree, at, n), &range, &curve.at[n]))
            return false;
    }
    double way = curve.at[3] - curve.at[0];
    if (way == 0)
        return bad(c, at, "the first anchor and the last are equal; a curve rises or falls");
    for (uint32_t n = 1; n < 4; n++) {
        if ((curve.at[n] - curve.at[n - 1]) * way < 0)
            return bad(c, fm_tree_item(c->tree, at, n), "a curve that %s may not turn",
                    way > 0 ? "rises" : "falls");
    }
    *out = curve;
    return true;
}

/* The term of that score that a row names; FM_TERMS when it names none. */
static unsigned read_term(struct check *c, uint32_t row, unsigned d, enum fm_score score)
{
    const struct fm_detector *det = fm_detectors[d];
    const char *names[FM_TERMS], *text;
    unsigned number[FM_TERMS];
    size_t count = 0;
    int choice = 0;
    uint32_t at = fm_tree_find(c->tree, row, "term");
    if (!at) {
        bad(c, row, "has no term; write { term = \"%s\", ... }",
                fm_detector_terms(det) ? det->terms[0].name : "name");
        return FM_TERMS;
    }
    for (unsigned t = 0; t < fm_detector_terms(det); t++) {
        if (det->terms[t].score == score) {
            number[count] = t;
            names[count++] = det->terms[t].name;
        }
    }
    if (!read_text(c, at, "the name of a term", &text) ||
            !read_choice(c, at, "term of this score", names, count, &choice))
        return FM_TERMS;
    return number[choice];
}

static bool read_row(struct check *c, uint32_t row, unsigned d, enum fm_score score,
        uint32_t *terms_seen)
{
    struct fm_tuning *tuning = &c->whole->pub.tuning[d];
    const struct range weight = { FM_COUNT, 1e-6, WEIGHT_MOST, false };
    uint32_t item;
    if (!read_keys(c, row, row_keys, ROW_KEYS))
        return false;
    unsigned t = read_term(c, row, d, score);
    if (t == FM_TERMS)
        return false;
    if (*terms_seen & (1u << t))
        return bad(c, row, "the term \"%s\" stands here twice", fm_detectors[d]->terms[t].name);
    *terms_seen |= 1u << t;
    item = fm_tree_find(c->tree, row, "curve");
    if (item) {
        if (!read_curve(c, item, &fm_detectors[d]->terms[t], &tuning->curve[t]))
            return false;
        c->whole->from[d].curve[t] = c->from;
    }
    item = fm_tree_find(c->tree, row, "weight");
    if (item) {
        if (!read_number(c, item, &weight, &tuning->weight[t]))
            return false;
        c->whole->from[d].weight[t] = c->from;
    }
    return true;
}

static bool read_scores(struct check *c, uint32_t at, unsigned d)
{
    uint32_t seen = 0;
    for (int score = 0; score < FM_SCORES; score++) {
        uint32_t list = fm_tree_find(c->tree, at, score_keys[score]);
        if (!list)
            continue;
        if (!read_array(c, list, "a list of { term = ..., curve = ..., weight = ... }"))
            return false;
        for (uint32_t n = 0; n < c->tree->items[list]; n++) {
            if (!read_row(c, fm_tree_item(c->tree, list, n), d, (enum fm_score)score, &seen))
                return false;
        }
    }
    return true;
}

static bool read_params(struct check *c, uint32_t at, unsigned d)
{
    const struct fm_detector *det = fm_detectors[d];
    for (unsigned p = 0; p < fm_detector_params(det); p++) {
        const struct fm_param *param = &det->params[p];
        const struct range range = { param->unit, param->least, param->most,
            param->unit == FM_COUNT };
        uint32_t item = fm_tree_find(c->tree, at, param->name);
        if (!item)
            continue;
        if (!read_number(c, item, &range, &c->whole->pub.tuning[d].param[p]))
            return false;
        c->whole->from[d].param[p] = c->from;
    }
    return true;
}

static bool read_standing(struct check *c, uint32_t at, unsigned d)
{
    struct fm_tuning *tuning = &c->whole->pub.tuning[d];
    struct fm_tuning_from *from = &c->whole->from[d];
    const struct range budget = { FM_COUNT, 0.01, BUDGET_MOST, false };
    const struct range quiet = { FM_SPAN, QUIET_LEAST_S, QUIET_MOST_S, false };
    uint32_t item;
    int status;
    if ((item = fm_tree_find(c->tree, at, "status"))) {
        if (!read_choice(c, item, "status", fm_status_name, FM_STATUSES, &status))
            return false;
        tuning->status = (enum fm_status)status;
        from->status = c->from;
    }
    if ((item = fm_tree_find(c->tree, at, "budget"))) {
        if (!read_number(c, item, &budget, &tuning->budget))
            return false;
        from->budget = c->from;
    }
    if ((item = fm_tree_find(c->tree, at, "quiet"))) {
        if (!read_number(c, item, &quiet, &tuning->quiet_s))
            return false;
        from->quiet = c->from;
    }
    return true;
}

static bool read_detector(struct check *c, uint32_t at, unsigned d)
{
    const struct fm_detector *det = fm_detectors[d];
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (unsigned p = 0; p < fm_detector_params(det); p++)
        names[count++] = det->params[p].name;
    for (size_t i = 0; i < DETECTOR_KEYS; i++)
        names[count++] = detector_keys[i];
    return read_keys(c, at, names, count) && read_standing(c, at, d) && read_params(c, at, d) &&
           read_scores(c, at, d);
}

static bool read_detectors(struct check *c, uint32_t at)
{
    const char *names[FM_DETECTORS] = { NULL };
    unsigned count = c->whole->pub.detectors;
    for (unsigned d = 0; d < count; d++)
        names[d] = fm_detectors[d]->name;
    if (!read_keys(c, at, names, count))
        return false;
    for (unsigned d = 0; d < count; d++) {
        uint32_t item = fm_tree_find(c->tree, at, names[d]);
        if (item && !read_detector(c, item, d))
            return false;
    }
    return true;
}

/* ---- lists and the rest ---------------------------------------------------------------------- */

static char *list_path(struct check *c, const char *text)
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
    "names_with_data", "tor_relays" };

#define LIST_NAMES (sizeof list_names / sizeof list_names[0])

static bool add_list_file(struct check *c, uint32_t at, struct fm_list *list)
{
    char error[FM_ERROR_BYTES];
    const char *text;
    if (!read_text(c, at, "the path of a list file", &text))
        return false;
    char *path = list_path(c, text);
    if (!path)
        return no_memory(c, at);
    bool fine = fm_list_add_file(list, path, &c->whole->pub.hash, error, sizeof error);
    fm_free(c->whole->mem, path);
    return fine || bad(c, at, "%s", error);
}

/* One path, or several that make one list. */
static bool fill_list(struct check *c, uint32_t at, struct fm_list *list)
{
    if (c->tree->value[at].type != FM_VALUE_TABLE)
        return add_list_file(c, at, list);
    if (!read_array(c, at, "paths of list files"))
        return false;
    if (c->tree->items[at] > FM_LIST_FILES)
        return bad(c, at, "more than %d files; join some", FM_LIST_FILES);
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        if (!add_list_file(c, fm_tree_item(c->tree, at, n), list))
            return false;
    }
    return true;
}

/* Takes the list, in place of one of that name. */
static void put_list(struct check *c, const char *name, struct fm_list *list)
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

static bool read_lists(struct check *c, uint32_t at)
{
    if (!read_keys(c, at, list_names, LIST_NAMES))
        return false;
    for (size_t i = 0; i < LIST_NAMES; i++) {
        uint32_t item = fm_tree_find(c->tree, at, list_names[i]);
        if (!item)
            continue;
        struct fm_list *list = fm_list_new(c->whole->mem);
        if (!list)
            return no_memory(c, item);
        if (!fill_list(c, item, list)) {
            fm_list_free(list);
            return false;
        }
        put_list(c, list_names[i], list);
    }
    return true;
}

static bool read_preset(struct check *c, uint32_t at)
{
    int preset;
    if (!read_choice(c, at, "preset", fm_preset_name, FM_PRESETS, &preset))
        return false;
    c->whole->preset_from = c->from; /* which one counts was settled before the layers */
    return true;
}

static bool read_report_certainty(struct check *c, uint32_t at)
{
    const struct range range = { FM_SCORE_UNIT, 0, 100, false };
    if (!read_number(c, at, &range, &c->whole->pub.report_certainty))
        return false;
    c->whole->report_from = c->from;
    return true;
}

static bool read_on_detection(struct check *c, uint32_t at)
{
    if (c->tree->value[at].type != FM_VALUE_FUNCTION)
        return wrong_type(c, at, "a function");
    c->whole->on_detection = c->tree->value[at].function;
    c->whole->pub.has_on_detection = true;
    c->whole->function_from = c->from;
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool (*read)(struct check *c, uint32_t at);
} top[] = {
    { "networks", read_networks },
    { "preset", read_preset },
    { "report_certainty", read_report_certainty },
    { "detectors", read_detectors },
    { "lists", read_lists },
    { "on_detection", read_on_detection },
};

#define TOP (sizeof top / sizeof top[0])

bool fm_check(struct fm_whole *whole, const struct fm_policy_file *source, char *error, size_t cap)
{
    struct check c = { whole, source, &source->tree,
        { (uint8_t)source->origin, source->file }, error, cap };
    const char *names[TOP];
    for (size_t i = 0; i < TOP; i++)
        names[i] = top[i].name;
    if (!read_keys(&c, 0, names, TOP))
        return false;
    for (size_t i = 0; i < TOP; i++) {
        uint32_t at = fm_tree_find(c.tree, 0, top[i].name);
        if (at && !top[i].read(&c, at))
            return false;
    }
    return true;
}
