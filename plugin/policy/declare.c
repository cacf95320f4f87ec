/* Detectors that a policy declares: each value checked, then a plain struct that detect/declared.c
 * walks.  A declaration of a later file replaces an earlier one of that name as a whole.  Once
 * declared, a detector is tuned like any other, in `detectors`. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/near.h"
#include "policy/read.h"

static const char *const keys[] = { "family", "title", "help", "category", "tactic", "technique",
    "look_alikes", "next", "course", "protocol", "ports", "group", "item", "counts", "window",
    "least", "share", "excused", "threat", "certainty" };

#define KEYS (sizeof keys / sizeof keys[0])

static const char *const families[] = { "tally" };

/* ---- words ----------------------------------------------------------------------------------- */

static bool read_words(struct fm_reader *c, uint32_t table, const char *key, const char *otherwise,
        char *out, size_t cap)
{
    uint32_t at = fm_tree_find(c->tree, table, key);
    const char *text = otherwise;
    if (!at && !otherwise)
        return fm_read_bad(c, table, "has no %s", key);
    if (at && !fm_read_text(c, at, "a text", &text))
        return false;
    if (strlen(text) >= cap)
        return fm_read_bad(c, at, "has more than %zu bytes", cap - 1);
    snprintf(out, cap, "%s", text);
    return true;
}

/* One of `names`; `otherwise` where the key is not there, -1: it must be. */
static bool read_kind(struct fm_reader *c, uint32_t table, const char *key,
        const char *const *names, size_t count, int otherwise, int *out)
{
    uint32_t at = fm_tree_find(c->tree, table, key);
    *out = otherwise;
    if (at)
        return fm_read_choice(c, at, key, names, count, out);
    return otherwise >= 0 ||
           fm_read_bad(c, table, "has no %s; write %s = \"%s\"", key, key, names[0]);
}

/* ATT&CK numbers: a letter or two, four digits, perhaps a point and three. */
static bool is_attack(const char *text, const char *start)
{
    size_t len = strlen(start), digits = strspn(text + len, "0123456789");
    if (strncmp(text, start, len) != 0 || digits != 4)
        return false;
    text += len + digits;
    return !*text || (*text == '.' && strspn(text + 1, "0123456789") == 3 && !text[4]);
}

static bool read_attack(struct fm_reader *c, uint32_t table, const char *key, const char *start,
        char (*out)[12], unsigned most)
{
    uint32_t at = fm_tree_find(c->tree, table, key);
    const char *text;
    if (!at)
        return true;
    if (!fm_read_array(c, at, "a list of ATT&CK numbers"))
        return false;
    if (c->tree->items[at] > most)
        return fm_read_bad(c, at, "more than %u", most);
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        uint32_t item = fm_tree_item(c->tree, at, n);
        if (!fm_read_text(c, item, "an ATT&CK number", &text))
            return false;
        if (!is_attack(text, start))
            return fm_read_bad(c, item, "\"%.40s\" is no ATT&CK %s; write \"%s0007\"", text, key,
                    start);
        snprintf(out[n], sizeof out[n], "%s", text);
    }
    return true;
}

static bool read_excused(struct fm_reader *c, uint32_t table, uint32_t *out)
{
    uint32_t at = fm_tree_find(c->tree, table, "excused");
    int role;
    if (!at)
        return true;
    if (!fm_read_array(c, at, "a list of roles"))
        return false;
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        if (!fm_read_choice(c, fm_tree_item(c->tree, at, n), "role", fm_role_name, FM_ROLES, &role))
            return false;
        *out |= 1u << role;
    }
    return true;
}

/* ---- what it counts -------------------------------------------------------------------------- */

/* 22, or "5900-5910". */
static bool read_ports(struct fm_reader *c, uint32_t item, uint16_t *first, uint16_t *last)
{
    const struct fm_range range = { FM_COUNT, 0, 65535, true };
    const struct fm_value *value = &c->tree->value[item];
    unsigned low, high;
    char rest;
    double number;
    if (value->type == FM_VALUE_TEXT && isdigit((unsigned char)value->text[0]) &&
            sscanf(value->text, "%5u-%5u%c", &low, &high, &rest) == 2) {
        if (low > high || high > 65535)
            return fm_read_bad(c, item, "%u-%u is no range of ports", low, high);
        *first = (uint16_t)low;
        *last = (uint16_t)high;
        return true;
    }
    if (!fm_read_number(c, item, &range, &number))
        return false;
    *first = *last = (uint16_t)number;
    return true;
}

static bool read_port_list(struct fm_reader *c, uint32_t table, struct fm_declared *d)
{
    uint32_t at = fm_tree_find(c->tree, table, "ports");
    if (!at)
        return true;
    if (!fm_read_array(c, at, "a list of ports"))
        return false;
    if (c->tree->items[at] == 0 || c->tree->items[at] > FM_DECLARED_PORTS)
        return fm_read_bad(c, at, "names %u ports or ranges; wants 1 to %d", c->tree->items[at],
                FM_DECLARED_PORTS);
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        if (!read_ports(c, fm_tree_item(c->tree, at, n), &d->port[n].first, &d->port[n].last))
            return false;
    }
    d->ports = c->tree->items[at];
    return true;
}

static bool read_limit(struct fm_reader *c, uint32_t table, const char *key, enum fm_unit unit,
        double least, double most, double otherwise, double *out)
{
    const struct fm_range range = { unit, least, most, unit == FM_COUNT };
    uint32_t at = fm_tree_find(c->tree, table, key);
    *out = otherwise;
    if (!at)
        return fm_known(otherwise) || fm_read_bad(c, table, "has no %s", key);
    return fm_read_number(c, at, &range, out);
}

/* Items that a group can have many of. */
static bool is_sensible(enum fm_thing group, enum fm_thing item)
{
    static const unsigned many[FM_THINGS] = {
        [FM_THING_ALL] = 1u << FM_THING_SERVER | 1u << FM_THING_PORT | 1u << FM_THING_SERVICE |
                         1u << FM_THING_NETWORK,
        [FM_THING_SERVER] = 1u << FM_THING_PORT,
        [FM_THING_PORT] = 1u << FM_THING_SERVER | 1u << FM_THING_NETWORK,
        [FM_THING_NETWORK] = 1u << FM_THING_SERVER | 1u << FM_THING_PORT | 1u << FM_THING_SERVICE,
    };
    return many[group] >> item & 1;
}

static bool read_counting(struct fm_reader *c, uint32_t table, struct fm_declared *d)
{
    int group, item, counts, way, carrier;
    if (!read_kind(c, table, "group", fm_thing_name, FM_THINGS, FM_THING_ALL, &group) ||
            !read_kind(c, table, "item", fm_thing_name + 1, FM_THINGS - 1, -1, &item) ||
            !read_kind(c, table, "counts", fm_counted_name, FM_COUNTED, -1, &counts) ||
            !read_kind(c, table, "course", fm_way_name, FM_WAYS, FM_WAY_INSIDE, &way) ||
            !read_kind(c, table, "protocol", fm_carrier_name, FM_CARRIERS, 0, &carrier))
        return false;
    d->group = (enum fm_thing)group;
    d->item = (enum fm_thing)(item + 1);
    d->counts = (enum fm_counted)counts;
    d->way = (enum fm_way)way;
    d->carrier = (enum fm_carrier)carrier;
    if (!is_sensible(d->group, d->item))
        return fm_read_bad(c, table, "a group \"%s\" has no many of the item \"%s\"",
                fm_thing_name[d->group], fm_thing_name[d->item]);
    return read_port_list(c, table, d) &&
           read_limit(c, table, "least", FM_COUNT, 2, 65535, FM_UNKNOWN, &d->least) &&
           read_limit(c, table, "window", FM_SPAN, 60, 7 * 86400, FM_UNKNOWN, &d->window_s) &&
           read_limit(c, table, "share", FM_SHARE, 0, 1,
                   d->counts == FM_COUNT_ALL ? 0 : 0.5, &d->share);
}

/* ---- a declaration --------------------------------------------------------------------------- */

static bool read_declared(struct fm_reader *c, uint32_t at, struct fm_declared *d)
{
    int family, category;
    if (!fm_read_keys(c, at, keys, KEYS) ||
            !read_kind(c, at, "family", families, 1, -1, &family) ||
            !read_words(c, at, "title", NULL, d->title, sizeof d->title) ||
            !read_words(c, at, "help", NULL, d->help, sizeof d->help) ||
            !read_kind(c, at, "category", fm_category_name, FM_CATEGORIES, -1, &category) ||
            !read_words(c, at, "look_alikes", "whoever does this for a living", d->look_alikes,
                    sizeof d->look_alikes) ||
            !read_words(c, at, "next", "see what the host did before, and with what was answered",
                    d->next, sizeof d->next) ||
            !read_attack(c, at, "tactic", "TA", d->tactic, 3) ||
            !read_attack(c, at, "technique", "T", d->technique, 4) ||
            !read_excused(c, at, &d->det.excused) || !read_counting(c, at, d))
        return false;
    d->det.category = (enum fm_category)category;
    return true;
}

static bool is_word(const char *name)
{
    return name[0] >= 'a' && name[0] <= 'z' && strlen(name) < FM_NAME / 2 &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* The place of that name among the declared ones, or the next free one. */
static unsigned place_of(const struct fm_whole *whole, const char *name)
{
    unsigned i = 0;
    while (i < whole->declared_count && strcmp(whole->declared[i]->name, name) != 0)
        i++;
    return i;
}

static void came_from(struct fm_tuning_from *out, struct fm_from from)
{
    memset(out, 0, sizeof *out);
    out->status = out->budget = out->quiet = from;
    for (unsigned i = 0; i < FM_PARAMS; i++)
        out->param[i] = from;
    for (unsigned i = 0; i < FM_TERMS; i++)
        out->curve[i] = out->weight[i] = from;
}

static void put(struct fm_reader *c, unsigned place, struct fm_declared *d)
{
    struct fm_whole *whole = c->whole;
    unsigned at = fm_detectors_count + place;
    if (place == whole->declared_count)
        whole->declared_count++;
    else
        fm_free(whole->mem, whole->declared[place]);
    whole->declared[place] = d;
    whole->declared_from[place] = c->from;
    fm_tuning_preset(&d->det, &whole->pub.tuning[at]);
    came_from(&whole->from[at], c->from);
    if (at >= whole->pub.detectors)
        whole->pub.detectors = at + 1;
}

static bool add(struct fm_reader *c, uint32_t at)
{
    const char *name = c->tree->value[at].key;
    unsigned place = name ? place_of(c->whole, name) : 0;
    if (!name || !is_word(name))
        return fm_read_bad(c, at, "a detector's name is small letters, digits and _, at most %d",
                FM_NAME / 2 - 1);
    if (fm_detector_find(name))
        return fm_read_bad(c, at, "is built in; tune it in detectors.%s", name);
    if (place == FM_DECLARED || fm_detectors_count + place == FM_DETECTORS)
        return fm_read_bad(c, at, "more than %u detectors declared", place);
    struct fm_declared *d = fm_alloc(c->whole->mem, sizeof *d);
    if (!d)
        return fm_read_no_memory(c, at);
    snprintf(d->name, sizeof d->name, "%s", name);
    if (!read_declared(c, at, d)) {
        fm_free(c->whole->mem, d);
        return false;
    }
    fm_declared_make(d);
    put(c, place, d);
    return fm_check_scores(c, at, fm_detectors_count + place);
}

bool fm_check_declare(struct fm_reader *c, uint32_t at)
{
    if (c->tree->value[at].type != FM_VALUE_TABLE)
        return fm_read_wrong_type(c, at, "a table");
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        if (!add(c, fm_tree_item(c->tree, at, n)))
            return false;
    }
    return true;
}

void fm_declared_free(struct fm_whole *whole)
{
    for (unsigned i = 0; i < whole->declared_count; i++)
        fm_free(whole->mem, whole->declared[i]);
}
