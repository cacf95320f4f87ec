/* A detection's event.  Where it is too large its peers go first, counted in `facts.peers_dropped`,
 * then evidence, counted in `dropped_rows`. */
#include "engine/event_parts.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct {
    uint32_t bit;
    const char *name;
} changes[] = {
    { FM_CHANGED_SCORE, "score" },
    { FM_CHANGED_QUADRANT, "quadrant" },
    { FM_CHANGED_PEER, "peer" },
    { FM_CHANGED_SUCCESS, "success" },
    { FM_CHANGED_STATUS, "status" },
    { FM_CHANGED_FACTS, "facts" },
};

static const char *const state_name[] = {
    [FM_DET_NEW] = "new",
    [FM_DET_UPDATE] = "update",
    [FM_DET_CLOSED] = "closed",
};

/* What alerts added: `value` of what was missing to 100. */
static void put_support(struct fm_sheet *sheet, json_t *array, const struct fm_detection *d)
{
    json_t *row;

    if (d->found.support <= 0)
        return;
    row = fm_append_object(sheet, array);
    fm_put(sheet, row, "name", json_string("alerts"));
    fm_put(sheet, row, "score", json_string("certainty"));
    fm_put(sheet, row, "value", fm_json_number(d->found.support));
    fm_put(sheet, row, "unit", json_string(fm_unit_name[FM_SHARE]));
    fm_put(sheet, row, "normal", json_null());
    fm_put(sheet, row, "points", fm_json_number(round(d->found.support_points * 10) / 10));
}

static void put_terms(struct fm_sheet *sheet, const struct fm_detection *d)
{
    const struct fm_detector *det = d->finding.det;
    json_t *array = fm_put_array(sheet, sheet->top, "terms");
    unsigned terms = fm_detector_terms(det);

    for (unsigned i = 0; i < terms; i++) {
        const struct fm_term *term = &det->terms[i];
        json_t *row = fm_append_object(sheet, array);
        fm_put(sheet, row, "name", json_string(term->name));
        fm_put(sheet, row, "score",
                json_string(term->score == FM_THREAT ? "threat" : "certainty"));
        fm_put(sheet, row, "value", fm_json_number(d->finding.term[i]));
        fm_put(sheet, row, "unit", json_string(fm_unit_name[term->unit]));
        fm_put(sheet, row, "normal", fm_json_number(d->finding.normal[i]));
        fm_put(sheet, row, "points", fm_json_number(round(d->scores.points[i] * 10) / 10));
    }
    put_support(sheet, array, d);
}

static void put_fact(struct fm_sheet *sheet, json_t *facts, const struct fm_fact *fact)
{
    switch (fact->kind) {
    case FM_FACT_NUMBER:
    case FM_FACT_BYTES:
    case FM_FACT_SPAN:
        fm_put(sheet, facts, fact->name, fm_json_number(fact->number));
        break;
    case FM_FACT_TIME:
        fm_put(sheet, facts, fact->name, fm_json_time(fact->time));
        break;
    case FM_FACT_TEXT:
        if (fact->text[0] != '\0')
            fm_put(sheet, facts, fact->name, fm_json_words(fact->text));
        break;
    case FM_FACT_ADDR:
        fm_put(sheet, facts, fact->name, fm_json_addr(&fact->addr));
        break;
    case FM_FACT_BOOL:
        fm_put(sheet, facts, fact->name, json_boolean(fact->number != 0));
        break;
    }
}

static void put_peer(struct fm_sheet *sheet, json_t *rows, const struct fm_peer *peer)
{
    json_t *row = fm_append_object(sheet, rows);
    char text[4];

    if (!fm_addr_is_none(&peer->addr))
        fm_put(sheet, row, "ip", fm_json_addr(&peer->addr));
    fm_put_count_if(sheet, row, "port", peer->port);
    if (peer->proto != 0)
        fm_put(sheet, row, "proto", json_string(fm_event_proto(peer->proto, text)));
    fm_put_count_if(sheet, row, "tries", peer->tries);
    fm_put_count_if(sheet, row, "failures", peer->fails);
    fm_put_count_if(sheet, row, "successes", peer->successes);
    fm_put_count_if(sheet, row, "items", peer->items);
    fm_put_count_if(sheet, row, "bytes_out", peer->bytes[FM_TO_SERVER]);
    fm_put_count_if(sheet, row, "bytes_in", peer->bytes[FM_TO_CLIENT]);
    if (peer->first != 0)
        fm_put(sheet, row, "first_seen", fm_json_time(peer->first));
    if (peer->last != 0)
        fm_put(sheet, row, "last_seen", fm_json_time(peer->last));
    if (peer->name[0] != '\0')
        fm_put(sheet, row, "name", fm_json_words(peer->name));
}

static void put_facts(struct fm_sheet *sheet, const struct fm_detection *d)
{
    const struct fm_finding *f = &d->finding;
    json_t *facts = fm_put_object(sheet, sheet->top, "facts");

    for (unsigned i = 0; i < f->facts && i < FM_FACTS; i++)
        put_fact(sheet, facts, &f->fact[i]);
    if (f->kind != NULL)
        fm_put(sheet, facts, "kind", fm_json_words(f->kind));
    if (f->success)
        fm_put(sheet, facts, "success", json_true());
    if (f->name[0] != '\0')
        fm_put(sheet, facts, "name", fm_json_words(f->name));
    if (d->note[0] != '\0')
        fm_put(sheet, facts, "note", fm_json_words(d->note));
    if (f->peers > 0) {
        json_t *rows = fm_put_array(sheet, facts, "peers");
        for (unsigned i = 0; i < f->peers && i < FM_PEERS; i++)
            put_peer(sheet, rows, &f->row[i]);
        fm_sheet_may_shorten(sheet, rows, facts, "peers_dropped", f->peers_dropped);
    }
}

static bool has_flow_id(const json_t *array, uint64_t id)
{
    size_t i;
    json_t *one;

    json_array_foreach (array, i, one)
        if (json_integer_value(one) == (json_int_t)id)
            return true;
    return false;
}

/* Each rule once, with its first alert there. */
static void put_alerts(struct fm_sheet *sheet, json_t *object, const struct fm_detection *d)
{
    json_t *array = fm_put_array(sheet, object, "alerts");

    for (unsigned i = 0; i < FM_SUPPORT_RULES && d->support.rule[i].sid != 0; i++) {
        const struct fm_support_rule *rule = &d->support.rule[i];
        json_t *row = fm_append_object(sheet, array);
        fm_put_count(sheet, row, "gid", rule->gid);
        fm_put_count(sheet, row, "signature_id", rule->sid);
        fm_put(sheet, row, "signature", fm_json_words(rule->signature));
        if (rule->flow_id != 0 && rule->flow_id <= INT64_MAX)
            fm_put_count(sheet, row, "flow_id", rule->flow_id);
        fm_put(sheet, row, "time", fm_json_time(rule->time));
        fm_put_count_if(sheet, row, "certainty", rule->claim);
    }
}

/* Flows may have brought several pieces of evidence: each is named once. */
static void put_evidence(struct fm_sheet *sheet, const struct fm_detection *d)
{
    json_t *at = fm_put_object(sheet, sheet->top, "evidence");
    json_t *ids = fm_put_array(sheet, at, "flow_ids");
    uint32_t last = d->evidence > FM_EVIDENCE ? d->evidence - FM_EVIDENCE : 0;
    uint32_t kept = last < FM_EVIDENCE ? last : FM_EVIDENCE;

    for (uint32_t i = 0; i < d->evidence && i < FM_EVIDENCE + kept; i++) {
        uint64_t id = i < FM_EVIDENCE
                              ? d->first_evidence[i].flow_id
                              : d->last_evidence[(last - kept + i - FM_EVIDENCE) % FM_EVIDENCE]
                                        .flow_id;
        if (id != 0 && id <= INT64_MAX && !has_flow_id(ids, id))
            fm_append(sheet, ids, json_integer((json_int_t)id));
    }
    put_alerts(sheet, at, d);
    fm_put_count(sheet, at, "count", d->evidence);
    fm_sheet_may_shorten(sheet, ids, sheet->top, "dropped_rows", 0);
}

static void put_changed(struct fm_sheet *sheet, const struct fm_detection *d)
{
    json_t *array;

    if (d->state == FM_DET_NEW) {
        fm_put(sheet, sheet->top, "changed", json_null());
        return;
    }
    array = fm_put_array(sheet, sheet->top, "changed");
    for (size_t i = 0; i < COUNT(changes); i++)
        if (d->changed & changes[i].bit)
            fm_append(sheet, array, json_string(changes[i].name));
}

static void put_summary(struct fm_sheet *sheet, json_t *object, const struct fm_detection *d)
{
    char bytes[640];
    struct fm_text text;

    fm_text_init(&text, bytes, sizeof(bytes));
    fm_add_subject(&text, &d->entity);
    fm_text_addf(&text, " %s", d->finding.summary);
    fm_put(sheet, object, "summary", fm_json_words(bytes));
}

static void put_head(struct fm_sheet *sheet, const struct fm_detection *d)
{
    const struct fm_detector *det = d->finding.det;
    json_t *top = sheet->top;

    fm_put(sheet, top, "id", fm_json_hex(d->id));
    fm_put_count(sheet, top, "rev", d->rev);
    fm_put(sheet, top, "state", json_string(state_name[d->state]));
    if (d->state == FM_DET_CLOSED)
        fm_put(sheet, top, "reason", fm_json_words(d->reason != NULL ? d->reason : "quiet"));
    put_changed(sheet, d);
    fm_put(sheet, top, "type", json_string(det->name));
    fm_put(sheet, top, "name", json_string(det->title));
    fm_put(sheet, top, "category", json_string(fm_category_name[det->category]));
    fm_put_names(sheet, top, "tactic", det->tactic, COUNT(det->tactic));
    fm_put_names(sheet, top, "technique", det->technique, COUNT(det->technique));
    fm_put(sheet, top, "status", json_string(d->status == FM_LIVE ? "live" : "trial"));
    fm_put(sheet, top, "scored", json_boolean(d->scored && d->status == FM_LIVE));
    fm_put(sheet, top, "threat", fm_json_score(d->scores.threat));
    fm_put(sheet, top, "certainty", fm_json_score(d->scores.certainty));
    fm_put(sheet, top, "first_seen", fm_json_time(d->finding.first));
    fm_put(sheet, top, "last_seen", fm_json_time(d->finding.last));
    put_summary(sheet, top, d);
}

static void put_visibility(struct fm_sheet *sheet, const struct fm_blindness *blind)
{
    json_t *at;

    if (blind == NULL)
        return;
    at = fm_put_object(sheet, sheet->top, "visibility");
    fm_put(sheet, at, "reason", fm_json_words(blind->reason));
    if (blind->remedy != NULL)
        fm_put(sheet, at, "remedy", fm_json_words(blind->remedy));
}

/** Written but not scored: by a rule of the operator's, or because the host's role makes it its
 *  work, which is a rule of our own. */
static void put_triage(struct fm_sheet *sheet, const struct fm_detection *d)
{
    uint32_t excuse = d->entity.roles & d->finding.det->excused;
    enum fm_triage_reason reason = d->triage[0] ? d->triage_reason : FM_OVER_DETECTION;
    char rule[64];
    json_t *at;

    if (d->scored || (!excuse && !d->triage[0]))
        return;
    if (excuse)
        snprintf(rule, sizeof rule, "role %s", fm_role_name[__builtin_ctz(excuse)]);
    at = fm_put_object(sheet, sheet->top, "triage");
    fm_put(sheet, at, "rule", fm_json_words(d->triage[0] ? d->triage : rule));
    fm_put(sheet, at, "reason", json_string(fm_triage_reason_name[reason]));
}

bool fm_event_detection(struct fm_text *out, const struct fm_detection *detection,
        const struct fm_blindness *blind, const struct fm_versions *versions)
{
    const struct fm_detector *det = detection->finding.det;
    struct fm_sheet sheet;

    fm_sheet_begin(&sheet, "detection");
    put_head(&sheet, detection);
    put_terms(&sheet, detection);
    put_facts(&sheet, detection);
    fm_put_entity(&sheet, sheet.top, &detection->entity);
    put_evidence(&sheet, detection);
    fm_put(&sheet, sheet.top, "look_alikes", fm_json_words(det->look_alikes));
    fm_put(&sheet, sheet.top, "next", fm_json_words(det->next));
    put_visibility(&sheet, blind);
    put_triage(&sheet, detection);
    fm_put_versions(&sheet, versions);
    return fm_sheet_finish(&sheet, out);
}

bool fm_event_detection_brief(struct fm_text *out, const struct fm_detection *detection)
{
    struct fm_sheet sheet;

    fm_sheet_begin(&sheet, NULL);
    fm_put(&sheet, sheet.top, "id", fm_json_hex(detection->id));
    fm_put(&sheet, sheet.top, "type", json_string(detection->finding.det->name));
    fm_put(&sheet, sheet.top, "host", fm_json_addr(fm_entity_addr(&detection->entity)));
    fm_put(&sheet, sheet.top, "threat", fm_json_score(detection->scores.threat));
    fm_put(&sheet, sheet.top, "certainty", fm_json_score(detection->scores.certainty));
    fm_put(&sheet, sheet.top, "scored", json_boolean(detection->scored));
    fm_put(&sheet, sheet.top, "last_seen", fm_json_time(detection->finding.last));
    put_summary(&sheet, sheet.top, detection);
    return fm_sheet_finish(&sheet, out);
}
