/* Every value of a policy, one a line, with where it came from: `furumai policy show`.  Values are
 * printed as they would be written in a policy file. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/inside.h"
#include "policy/units.h"

#define LINE_BYTES 1024
#define ORIGIN_COLUMN 64

static const char *const origin_name[FM_ORIGINS] = {
    [FM_FROM_BUILT_IN] = "built-in",
    [FM_FROM_SHIPPED] = "shipped",
    [FM_FROM_PRESET] = "preset",
    [FM_FROM_LOCAL] = "local",
    [FM_FROM_OVERRIDE] = "override",
};

struct show {
    const struct fm_whole *whole;
    void (*line)(void *arg, const char *text);
    void *arg;
    char bytes[LINE_BYTES];
    struct fm_text text;
};

static void start(struct show *show)
{
    fm_text_init(&show->text, show->bytes, sizeof show->bytes);
}

/* The origin in its column, and the line is out. */
static void finish(struct show *show, struct fm_from from, const char *why)
{
    const struct fm_whole *whole = show->whole;
    struct fm_text *text = &show->text;
    do
        fm_text_adds(text, " ");
    while (text->len < ORIGIN_COLUMN);
    fm_text_addf(text, "-- %s", origin_name[from.origin]);
    if (from.origin == FM_FROM_PRESET)
        fm_text_addf(text, " %s: %s", fm_preset_name[whole->pub.preset], why ? why : "");
    else if (from.origin != FM_FROM_BUILT_IN)
        fm_text_addf(text, ": %s", whole->file[from.file]);
    show->line(show->arg, show->bytes);
}

static void show_networks(struct show *show)
{
    for (unsigned set = 0; set < FM_PREFIX_SETS; set++) {
        const struct fm_prefix_texts *have = &show->whole->prefixes[set];
        const char *text = have->text;
        for (uint32_t i = 0; i < have->count; i++, text += strlen(text) + 1) {
            start(show);
            fm_text_addf(&show->text, "%s[%u] = \"%s\"", fm_prefix_set_key(set), i + 1, text);
            finish(show, have->from, NULL);
        }
    }
}

/* `key = value` after what the caller has put in front. */
static void show_value(struct show *show, const char *key, enum fm_unit unit, double value,
        struct fm_from from, const char *why)
{
    char printed[FM_UNIT_TEXT];
    fm_text_addf(&show->text, "%s = %s", key, fm_unit_print(unit, value, printed, sizeof printed));
    finish(show, from, why);
}

static void show_term(struct show *show, unsigned d, unsigned t)
{
    const struct fm_detector *det = show->whole->pub.tuning[d].det;
    const struct fm_term *term = &det->terms[t];
    const struct fm_tuning *tuning = &show->whole->pub.tuning[d];
    const struct fm_tuning_from *from = &show->whole->from[d];
    const char *score = term->score == FM_THREAT ? "threat" : "certainty";
    char printed[FM_UNIT_TEXT];

    start(show);
    fm_text_addf(&show->text, "detectors.%s.%s.%s.curve = { ", det->name, score, term->name);
    for (unsigned i = 0; i < 4; i++)
        fm_text_addf(&show->text, "%s%s", i ? ", " : "",
                fm_unit_print(term->unit, tuning->curve[t].at[i], printed, sizeof printed));
    fm_text_adds(&show->text, " }");
    finish(show, from->curve[t], NULL);

    start(show);
    fm_text_addf(&show->text, "detectors.%s.%s.%s.", det->name, score, term->name);
    show_value(show, "weight", FM_COUNT, tuning->weight[t], from->weight[t], NULL);
}

static void show_detector(struct show *show, unsigned d)
{
    const struct fm_detector *det = show->whole->pub.tuning[d].det;
    const struct fm_tuning *tuning = &show->whole->pub.tuning[d];
    const struct fm_tuning_from *from = &show->whole->from[d];
    const struct {
        const char *key;
        enum fm_unit unit;
        double value;
        struct fm_from from;
        const char *why;
    } standing[] = {
        { "budget", FM_COUNT, tuning->budget, from->budget, from->why[FM_PARAMS] },
        { "quiet", FM_SPAN, tuning->quiet_s, from->quiet, from->why[FM_PARAMS + 1] },
    };

    start(show);
    fm_text_addf(&show->text, "detectors.%s.status = \"%s\"", det->name,
            fm_status_name[tuning->status]);
    finish(show, from->status, NULL);
    for (unsigned i = 0; i < sizeof standing / sizeof standing[0]; i++) {
        start(show);
        fm_text_addf(&show->text, "detectors.%s.", det->name);
        show_value(show, standing[i].key, standing[i].unit, standing[i].value, standing[i].from,
                standing[i].why);
    }
    for (unsigned p = 0; p < fm_detector_params(det); p++) {
        start(show);
        fm_text_addf(&show->text, "detectors.%s.", det->name);
        show_value(show, det->params[p].name, det->params[p].unit, tuning->param[p],
                from->param[p], from->why[p]);
    }
    for (unsigned t = 0; t < fm_detector_terms(det); t++)
        show_term(show, d, t);
}

/* ---- declared detectors: what of them is not tuned in `detectors` ---- */

static void show_declared_word(struct show *show, unsigned n, const char *key, const char *word)
{
    const struct fm_declared *d = show->whole->declared[n];
    start(show);
    fm_text_addf(&show->text, "declare.%s.%s = \"", d->name, key);
    for (; *word; word++)
        fm_text_addf(&show->text, "%s%c", *word == '"' || *word == '\\' ? "\\" : "", *word);
    fm_text_adds(&show->text, "\"");
    finish(show, show->whole->declared_from[n], NULL);
}

static void show_declared_ports(struct show *show, unsigned n)
{
    const struct fm_declared *d = show->whole->declared[n];
    start(show);
    fm_text_addf(&show->text, "declare.%s.ports = { ", d->name);
    for (unsigned i = 0; i < d->ports; i++)
        fm_text_addf(&show->text, d->port[i].first == d->port[i].last ? "%s%u" : "%s\"%u-%u\"",
                i ? ", " : "", d->port[i].first, d->port[i].last);
    fm_text_adds(&show->text, " }");
    finish(show, show->whole->declared_from[n], NULL);
}

static void show_declared_names(struct show *show, unsigned n, const char *key,
        const char *const *names, unsigned count)
{
    start(show);
    fm_text_addf(&show->text, "declare.%s.%s = { ", show->whole->declared[n]->name, key);
    for (unsigned i = 0; i < count; i++)
        fm_text_addf(&show->text, "%s\"%s\"", i ? ", " : "", names[i]);
    fm_text_adds(&show->text, " }");
    finish(show, show->whole->declared_from[n], NULL);
}

static void show_declared_limit(struct show *show, unsigned n, enum fm_unit unit, const char *key,
        double value)
{
    start(show);
    fm_text_addf(&show->text, "declare.%s.", show->whole->declared[n]->name);
    show_value(show, key, unit, value, show->whole->declared_from[n], NULL);
}

static void show_declared(struct show *show, unsigned n)
{
    const struct fm_declared *d = show->whole->declared[n];
    const struct fm_detector *det = &d->det;
    const char *roles[FM_ROLES];
    unsigned excused = 0, tactics = 0, techniques = 0;
    const struct {
        const char *key, *word;
    } rows[] = {
        { "family", det->family->name },
        { "title", d->title },
        { "help", d->help },
        { "category", fm_category_name[det->category] },
        { "look_alikes", d->look_alikes },
        { "next", d->next },
        { "course", fm_way_name[d->way] },
        { "protocol", fm_carrier_name[d->carrier] },
        { "group", fm_thing_name[d->group] },
        { "item", fm_thing_name[d->item] },
        { "counts", fm_counted_name[d->counts] },
    };

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        show_declared_word(show, n, rows[i].key, rows[i].word);
    while (tactics < 3 && det->tactic[tactics])
        tactics++;
    while (techniques < 4 && det->technique[techniques])
        techniques++;
    for (unsigned role = 0; role < FM_ROLES; role++)
        if (det->excused >> role & 1)
            roles[excused++] = fm_role_name[role];
    show_declared_names(show, n, "tactic", det->tactic, tactics);
    show_declared_names(show, n, "technique", det->technique, techniques);
    show_declared_names(show, n, "excused", roles, excused);
    if (d->ports)
        show_declared_ports(show, n);
    show_declared_limit(show, n, FM_COUNT, "least", d->least);
    show_declared_limit(show, n, FM_SPAN, "window", d->window_s);
    show_declared_limit(show, n, FM_SHARE, "share", d->share);
}

static void show_lists(struct show *show)
{
    const struct fm_whole *whole = show->whole;
    for (unsigned i = 0; i < whole->pub.lists; i++) {
        const struct fm_list *list = whole->pub.list[i].list;
        const char *path;
        for (unsigned n = 0; (path = fm_list_file(list, n)); n++) {
            start(show);
            fm_text_addf(&show->text, "lists.%s[%u] = \"%s\"", whole->pub.list[i].name, n + 1,
                    path);
            finish(show, whole->list_from[i], NULL);
        }
    }
}

static void show_triage(struct show *show)
{
    const struct fm_whole *whole = show->whole;
    for (unsigned i = 0; i < whole->pub.triage.rules; i++) {
        start(show);
        fm_text_addf(&show->text, "triage[%u] = { %s }", i + 1, whole->triage[i].row);
        finish(show, whole->triage[i].from, NULL);
    }
}

void fm_policy_show(const struct fm_policy *policy, void (*line)(void *arg, const char *text),
        void *arg)
{
    const struct fm_whole *whole = (const struct fm_whole *)policy;
    struct show show = { .whole = whole, .line = line, .arg = arg };

    start(&show);
    fm_text_addf(&show.text, "preset = \"%s\"", fm_preset_name[policy->preset]);
    finish(&show, whole->preset_from, NULL);
    start(&show);
    show_value(&show, "report_certainty", FM_SCORE_UNIT, policy->report_certainty,
            whole->report_from, NULL);
    show_networks(&show);
    for (unsigned i = 0; i < whole->declared_count; i++)
        show_declared(&show, i);
    for (unsigned d = 0; d < policy->detectors; d++)
        show_detector(&show, d);
    show_lists(&show);
    show_triage(&show);
    if (policy->has_on_detection) {
        start(&show);
        fm_text_adds(&show.text, "on_detection = function");
        finish(&show, whole->function_from, NULL);
    }
}
