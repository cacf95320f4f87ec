/* The text of events.  A tree is built and then written; what is too large loses rows from the end
 * of its last list: peers first, counted in `facts.peers_dropped`, then evidence and the rest,
 * counted in `dropped_rows`.  The limit leaves ENVELOPE bytes of FM_EVENT_MAX to the keys that
 * whoever writes the line puts around it (time, five-tuple, sensor name).
 *
 * Whatever came from the wire is made valid UTF-8 first: a byte that is none becomes '?'.  Numbers
 * have five significant digits, whole ones all of theirs.  Equal input, equal bytes.
 *
 * Some 60 us and 20 KiB of passing memory an event; without memory: false.
 */
#include "engine/event.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define ENVELOPE 512
#define LISTS 4 /* that may be shortened */
#define DUMP (JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6))

static const struct {
    uint8_t number;
    const char *name;
} protos[] = {
    { 1, "ICMP" },
    { 6, "TCP" },
    { 17, "UDP" },
    { 58, "IPv6-ICMP" },
    { 132, "SCTP" },
};

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

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* ---- values ---- */

/* Length of the UTF-8 character at `at`, 0 when there is none (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF). */
static size_t utf8_len(const unsigned char *at)
{
    unsigned char least = 0x80, most = 0xbf;
    size_t len;

    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    len = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (at[0] == 0xe0)
        least = 0xa0;
    else if (at[0] == 0xed)
        most = 0x9f;
    else if (at[0] == 0xf0)
        least = 0x90;
    else if (at[0] == 0xf4)
        most = 0x8f;
    for (size_t i = 1; i < len; i++, least = 0x80, most = 0xbf)
        if (at[i] < least || at[i] > most)
            return 0;
    return len;
}

static json_t *words(const char *string)
{
    char clean[1024];
    size_t used = 0;

    for (const unsigned char *at = (const unsigned char *)string; *at != '\0';) {
        size_t len = utf8_len(at);
        if (used + 4 >= sizeof(clean))
            break;
        memcpy(clean + used, len ? (const char *)at : "?", len ? len : 1);
        used += len ? len : 1;
        at += len ? len : 1;
    }
    return json_stringn(clean, used);
}

static json_t *number(double value)
{
    if (!fm_known(value))
        return json_null();
    value = fmax(-9e15, fmin(9e15, value));
    if (value == round(value) || fabs(value) >= 1e5)
        return json_integer((json_int_t)llround(value));
    double scale = pow(10, 4 - floor(log10(fabs(value))));
    double tidy = round(value * scale) / scale;
    return tidy == round(tidy) ? json_integer((json_int_t)tidy) : json_real(tidy);
}

/* A score as it is told: whole, 0 to 100. */
static double whole(double score)
{
    return fm_known(score) ? round(fmax(0, fmin(100, score))) : 0;
}

static json_t *moment(fm_time at)
{
    char text[40];

    return json_string(fm_text_time(text, sizeof(text), at));
}

static json_t *address(const struct fm_addr *addr)
{
    char text[FM_ADDR_TEXT];

    return json_string(fm_addr_print(addr, text));
}

static json_t *hex(uint64_t number64)
{
    char text[20];

    snprintf(text, sizeof(text), "%016" PRIx64, number64);
    return json_string(text);
}

const char *fm_event_proto(uint8_t proto, char *text)
{
    for (size_t i = 0; i < COUNT(protos); i++)
        if (protos[i].number == proto)
            return protos[i].name;
    snprintf(text, 4, "%03u", proto);
    return text;
}

/* ---- the tree ---- */

struct sheet {
    json_t *top;
    bool failed; /* memory was out somewhere */
    unsigned lists;
    struct {
        json_t *array, *owner; /* borrowed */
        const char *counter;   /* key of the owner that counts what was left out */
        json_int_t dropped;
    } list[LISTS];
};

static void put(struct sheet *sheet, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        sheet->failed = true;
}

static void append(struct sheet *sheet, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        sheet->failed = true;
}

/* The two below put an empty one and return it, borrowed. */
static json_t *put_object(struct sheet *sheet, json_t *object, const char *key)
{
    json_t *made = json_object();

    put(sheet, object, key, made);
    return made;
}

static json_t *put_array(struct sheet *sheet, json_t *object, const char *key)
{
    json_t *made = json_array();

    put(sheet, object, key, made);
    return made;
}

static json_t *append_object(struct sheet *sheet, json_t *array)
{
    json_t *made = json_object();

    append(sheet, array, made);
    return made;
}

static void put_count(struct sheet *sheet, json_t *object, const char *key, uint64_t value)
{
    put(sheet, object, key, json_integer((json_int_t)value));
}

static void put_count_if(struct sheet *sheet, json_t *object, const char *key, uint64_t value)
{
    if (value != 0)
        put_count(sheet, object, key, value);
}

static void put_names(struct sheet *sheet, json_t *object, const char *key,
        const char *const *names, size_t most)
{
    json_t *array = put_array(sheet, object, key);

    for (size_t i = 0; i < most && names[i] != NULL; i++)
        append(sheet, array, words(names[i]));
}

static void begin(struct sheet *sheet, const char *record)
{
    *sheet = (struct sheet){ .top = json_object() };
    if (record != NULL)
        put(sheet, sheet->top, "record", json_string(record));
}

/* A list may lose its last rows when there is no room; lists lose theirs in the order given. */
static void may_shorten(struct sheet *sheet, json_t *array, json_t *owner, const char *counter,
        uint64_t dropped)
{
    if (sheet->lists == LISTS)
        return;
    sheet->list[sheet->lists].array = array;
    sheet->list[sheet->lists].owner = owner;
    sheet->list[sheet->lists].counter = counter;
    sheet->list[sheet->lists].dropped = (json_int_t)dropped;
    sheet->lists++;
    put_count_if(sheet, owner, counter, dropped);
}

/* Takes rows worth `over` bytes from the first list that has any; false: none has. */
static bool shorten(struct sheet *sheet, size_t over)
{
    size_t gone = 0;

    for (unsigned i = 0; i < sheet->lists; i++) {
        json_t *array = sheet->list[i].array;
        json_t *told = json_object_get(sheet->list[i].owner, sheet->list[i].counter);
        size_t rows = json_array_size(array);
        if (rows == 0)
            continue;
        json_int_t dropped = json_is_integer(told) ? json_integer_value(told) : 0;
        for (; rows > 0 && gone < over; rows--, dropped++) {
            const json_t *row = json_array_get(array, rows - 1);
            gone += json_dumpb(row, NULL, 0, DUMP | JSON_ENCODE_ANY) + 1;
            json_array_remove(array, rows - 1);
        }
        put(sheet, sheet->list[i].owner, sheet->list[i].counter, json_integer(dropped));
        return true;
    }
    return false;
}

static bool finish(struct sheet *sheet, struct fm_text *out)
{
    size_t room = out->cap - out->len - 1, size = 0;

    if (room > FM_EVENT_MAX - ENVELOPE)
        room = FM_EVENT_MAX - ENVELOPE;
    while (!sheet->failed && (size = json_dumpb(sheet->top, NULL, 0, DUMP)) > room)
        if (!shorten(sheet, size - room))
            break;
    bool fits = !sheet->failed && size > 0 && size <= room;
    if (fits) {
        out->len += json_dumpb(sheet->top, out->at + out->len, size, DUMP);
        out->at[out->len] = '\0';
    } else {
        out->cut = true;
    }
    json_decref(sheet->top);
    return fits;
}

/* ---- parts ---- */

static const struct fm_addr *entity_addr(const struct fm_entity *entity)
{
    return &entity->addr[0];
}

/* "pc9 (10.77.2.9)", or the address alone. */
static void subject(struct fm_text *out, const struct fm_entity *entity)
{
    char text[FM_ADDR_TEXT];

    fm_addr_print(entity_addr(entity), text);
    if (entity->name[0] != '\0')
        fm_text_addf(out, "%s (%s)", entity->name, text);
    else
        fm_text_adds(out, text);
}

static void put_entity(struct sheet *sheet, json_t *object, const struct fm_entity *entity)
{
    static const struct fm_mac no_mac;
    json_t *at = put_object(sheet, object, "entity"), *addresses, *users;
    char mac[FM_MAC_TEXT];

    put_count(sheet, at, "id", entity->id);
    put(sheet, at, "ip", address(entity_addr(entity)));
    addresses = put_array(sheet, at, "addresses");
    for (unsigned i = 0; i == 0 || (i < entity->addresses && i < FM_ENTITY_ADDRESSES); i++)
        append(sheet, addresses, address(&entity->addr[i]));
    if (memcmp(&entity->mac, &no_mac, sizeof(no_mac)) != 0)
        put(sheet, at, "mac", json_string(fm_mac_print(&entity->mac, mac)));
    if (entity->name[0] != '\0') {
        put(sheet, at, "name", words(entity->name));
        if (entity->name_source != FM_NAMED_BY_NOBODY)
            put(sheet, at, "name_source", json_string(fm_name_source_name[entity->name_source]));
    }
    for (unsigned role = 0; role < FM_ROLES; role++) {
        if (entity->roles & (1u << role)) {
            put(sheet, at, "role", json_string(fm_role_name[role]));
            break;
        }
    }
    put_count(sheet, at, "site", entity->site);
    put(sheet, at, "since", moment(entity->since));
    users = put_array(sheet, at, "users");
    for (unsigned i = 0; i < FM_ENTITY_USERS && entity->user[i][0] != '\0'; i++)
        append(sheet, users, words(entity->user[i]));
}

static void put_versions(struct sheet *sheet, const struct fm_versions *versions)
{
    json_t *at = put_object(sheet, sheet->top, "versions");

    put(sheet, at, "policy", hex(versions->policy));
    put(sheet, at, "model", versions->model != NULL ? words(versions->model) : json_null());
}

/* What alerts added: `value` of what was missing to 100. */
static void put_support(struct sheet *sheet, json_t *array, const struct fm_detection *d)
{
    json_t *row;

    if (d->found.support <= 0)
        return;
    row = append_object(sheet, array);
    put(sheet, row, "name", json_string("alerts"));
    put(sheet, row, "score", json_string("certainty"));
    put(sheet, row, "value", number(d->found.support));
    put(sheet, row, "unit", json_string(fm_unit_name[FM_SHARE]));
    put(sheet, row, "normal", json_null());
    put(sheet, row, "points", number(round(d->found.support_points * 10) / 10));
}

static void put_terms(struct sheet *sheet, const struct fm_detection *d)
{
    const struct fm_detector *det = d->finding.det;
    json_t *array = put_array(sheet, sheet->top, "terms");
    unsigned terms = fm_detector_terms(det);

    for (unsigned i = 0; i < terms; i++) {
        const struct fm_term *term = &det->terms[i];
        json_t *row = append_object(sheet, array);
        put(sheet, row, "name", json_string(term->name));
        put(sheet, row, "score",
                json_string(term->score == FM_THREAT ? "threat" : "certainty"));
        put(sheet, row, "value", number(d->finding.term[i]));
        put(sheet, row, "unit", json_string(fm_unit_name[term->unit]));
        put(sheet, row, "normal", number(d->finding.normal[i]));
        put(sheet, row, "points", number(round(d->scores.points[i] * 10) / 10));
    }
    put_support(sheet, array, d);
}

static void put_fact(struct sheet *sheet, json_t *facts, const struct fm_fact *fact)
{
    switch (fact->kind) {
    case FM_FACT_NUMBER:
    case FM_FACT_BYTES:
    case FM_FACT_SPAN:
        put(sheet, facts, fact->name, number(fact->number));
        break;
    case FM_FACT_TIME:
        put(sheet, facts, fact->name, moment(fact->time));
        break;
    case FM_FACT_TEXT:
        if (fact->text[0] != '\0')
            put(sheet, facts, fact->name, words(fact->text));
        break;
    case FM_FACT_ADDR:
        put(sheet, facts, fact->name, address(&fact->addr));
        break;
    case FM_FACT_BOOL:
        put(sheet, facts, fact->name, json_boolean(fact->number != 0));
        break;
    }
}

static void put_peer(struct sheet *sheet, json_t *rows, const struct fm_peer *peer)
{
    json_t *row = append_object(sheet, rows);
    char text[4];

    if (!fm_addr_is_none(&peer->addr))
        put(sheet, row, "ip", address(&peer->addr));
    put_count_if(sheet, row, "port", peer->port);
    if (peer->proto != 0)
        put(sheet, row, "proto", json_string(fm_event_proto(peer->proto, text)));
    put_count_if(sheet, row, "tries", peer->tries);
    put_count_if(sheet, row, "failures", peer->fails);
    put_count_if(sheet, row, "successes", peer->successes);
    put_count_if(sheet, row, "items", peer->items);
    put_count_if(sheet, row, "bytes_out", peer->bytes[FM_TO_SERVER]);
    put_count_if(sheet, row, "bytes_in", peer->bytes[FM_TO_CLIENT]);
    if (peer->first != 0)
        put(sheet, row, "first_seen", moment(peer->first));
    if (peer->last != 0)
        put(sheet, row, "last_seen", moment(peer->last));
    if (peer->name[0] != '\0')
        put(sheet, row, "name", words(peer->name));
}

static void put_facts(struct sheet *sheet, const struct fm_detection *d)
{
    const struct fm_finding *f = &d->finding;
    json_t *facts = put_object(sheet, sheet->top, "facts");

    for (unsigned i = 0; i < f->facts && i < FM_FACTS; i++)
        put_fact(sheet, facts, &f->fact[i]);
    if (f->kind != NULL)
        put(sheet, facts, "kind", words(f->kind));
    if (f->success)
        put(sheet, facts, "success", json_true());
    if (f->name[0] != '\0')
        put(sheet, facts, "name", words(f->name));
    if (d->note[0] != '\0')
        put(sheet, facts, "note", words(d->note));
    if (f->peers > 0) {
        json_t *rows = put_array(sheet, facts, "peers");
        for (unsigned i = 0; i < f->peers && i < FM_PEERS; i++)
            put_peer(sheet, rows, &f->row[i]);
        may_shorten(sheet, rows, facts, "peers_dropped", f->peers_dropped);
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
static void put_alerts(struct sheet *sheet, json_t *object, const struct fm_detection *d)
{
    json_t *array = put_array(sheet, object, "alerts");

    for (unsigned i = 0; i < FM_SUPPORT_RULES && d->support.rule[i].sid != 0; i++) {
        const struct fm_support_rule *rule = &d->support.rule[i];
        json_t *row = append_object(sheet, array);
        put_count(sheet, row, "gid", rule->gid);
        put_count(sheet, row, "signature_id", rule->sid);
        put(sheet, row, "signature", words(rule->signature));
        if (rule->flow_id != 0 && rule->flow_id <= INT64_MAX)
            put_count(sheet, row, "flow_id", rule->flow_id);
        put(sheet, row, "time", moment(rule->time));
        put_count_if(sheet, row, "certainty", rule->claim);
    }
}

/* Flows may have brought several pieces of evidence: each is named once. */
static void put_evidence(struct sheet *sheet, const struct fm_detection *d)
{
    json_t *at = put_object(sheet, sheet->top, "evidence");
    json_t *ids = put_array(sheet, at, "flow_ids");
    uint32_t last = d->evidence > FM_EVIDENCE ? d->evidence - FM_EVIDENCE : 0;
    uint32_t kept = last < FM_EVIDENCE ? last : FM_EVIDENCE;

    for (uint32_t i = 0; i < d->evidence && i < FM_EVIDENCE + kept; i++) {
        uint64_t id = i < FM_EVIDENCE
                              ? d->first_evidence[i].flow_id
                              : d->last_evidence[(last - kept + i - FM_EVIDENCE) % FM_EVIDENCE]
                                        .flow_id;
        if (id != 0 && id <= INT64_MAX && !has_flow_id(ids, id))
            append(sheet, ids, json_integer((json_int_t)id));
    }
    put_alerts(sheet, at, d);
    put_count(sheet, at, "count", d->evidence);
    may_shorten(sheet, ids, sheet->top, "dropped_rows", 0);
}

static void put_changed(struct sheet *sheet, const struct fm_detection *d)
{
    json_t *array;

    if (d->state == FM_DET_NEW) {
        put(sheet, sheet->top, "changed", json_null());
        return;
    }
    array = put_array(sheet, sheet->top, "changed");
    for (size_t i = 0; i < COUNT(changes); i++)
        if (d->changed & changes[i].bit)
            append(sheet, array, json_string(changes[i].name));
}

static void put_summary(struct sheet *sheet, json_t *object, const struct fm_detection *d)
{
    char bytes[640];
    struct fm_text text;

    fm_text_init(&text, bytes, sizeof(bytes));
    subject(&text, &d->entity);
    fm_text_addf(&text, " %s", d->finding.summary);
    put(sheet, object, "summary", words(bytes));
}

/* ---- detection ---- */

static void put_head(struct sheet *sheet, const struct fm_detection *d)
{
    const struct fm_detector *det = d->finding.det;
    json_t *top = sheet->top;

    put(sheet, top, "id", hex(d->id));
    put_count(sheet, top, "rev", d->rev);
    put(sheet, top, "state", json_string(state_name[d->state]));
    if (d->state == FM_DET_CLOSED)
        put(sheet, top, "reason", words(d->reason != NULL ? d->reason : "quiet"));
    put_changed(sheet, d);
    put(sheet, top, "type", json_string(det->name));
    put(sheet, top, "name", json_string(det->title));
    put(sheet, top, "category", json_string(fm_category_name[det->category]));
    put_names(sheet, top, "tactic", det->tactic, COUNT(det->tactic));
    put_names(sheet, top, "technique", det->technique, COUNT(det->technique));
    put(sheet, top, "status", json_string(d->status == FM_LIVE ? "live" : "trial"));
    put(sheet, top, "scored", json_boolean(d->scored && d->status == FM_LIVE));
    put(sheet, top, "threat", number(whole(d->scores.threat)));
    put(sheet, top, "certainty", number(whole(d->scores.certainty)));
    put(sheet, top, "first_seen", moment(d->finding.first));
    put(sheet, top, "last_seen", moment(d->finding.last));
    put_summary(sheet, top, d);
}

static void put_visibility(struct sheet *sheet, const struct fm_blindness *blind)
{
    json_t *at;

    if (blind == NULL)
        return;
    at = put_object(sheet, sheet->top, "visibility");
    put(sheet, at, "reason", words(blind->reason));
    if (blind->remedy != NULL)
        put(sheet, at, "remedy", words(blind->remedy));
}

/** Written but not scored: by a rule of the operator's, or because the host's role makes it its
 *  work, which is a rule of our own. */
static void put_triage(struct sheet *sheet, const struct fm_detection *d)
{
    uint32_t excuse = d->entity.roles & d->finding.det->excused;
    enum fm_triage_reason reason = d->triage[0] ? d->triage_reason : FM_OVER_DETECTION;
    char rule[64];
    json_t *at;

    if (d->scored || (!excuse && !d->triage[0]))
        return;
    if (excuse)
        snprintf(rule, sizeof rule, "role %s", fm_role_name[__builtin_ctz(excuse)]);
    at = put_object(sheet, sheet->top, "triage");
    put(sheet, at, "rule", words(d->triage[0] ? d->triage : rule));
    put(sheet, at, "reason", json_string(fm_triage_reason_name[reason]));
}

bool fm_event_detection(struct fm_text *out, const struct fm_detection *detection,
        const struct fm_blindness *blind, const struct fm_versions *versions)
{
    const struct fm_detector *det = detection->finding.det;
    struct sheet sheet;

    begin(&sheet, "detection");
    put_head(&sheet, detection);
    put_terms(&sheet, detection);
    put_facts(&sheet, detection);
    put_entity(&sheet, sheet.top, &detection->entity);
    put_evidence(&sheet, detection);
    put(&sheet, sheet.top, "look_alikes", words(det->look_alikes));
    put(&sheet, sheet.top, "next", words(det->next));
    put_visibility(&sheet, blind);
    put_triage(&sheet, detection);
    put_versions(&sheet, versions);
    return finish(&sheet, out);
}

bool fm_event_detection_brief(struct fm_text *out, const struct fm_detection *detection)
{
    struct sheet sheet;

    begin(&sheet, NULL);
    put(&sheet, sheet.top, "id", hex(detection->id));
    put(&sheet, sheet.top, "type", json_string(detection->finding.det->name));
    put(&sheet, sheet.top, "host", address(entity_addr(&detection->entity)));
    put(&sheet, sheet.top, "threat", number(whole(detection->scores.threat)));
    put(&sheet, sheet.top, "certainty", number(whole(detection->scores.certainty)));
    put(&sheet, sheet.top, "scored", json_boolean(detection->scored));
    put(&sheet, sheet.top, "last_seen", moment(detection->finding.last));
    put_summary(&sheet, sheet.top, detection);
    return finish(&sheet, out);
}

/* ---- host ---- */

static void put_scores(struct sheet *sheet, json_t *object, double threat, double certainty)
{
    put(sheet, object, "threat", number(whole(threat)));
    put(sheet, object, "certainty", number(whole(certainty)));
    put(sheet, object, "quadrant",
            json_string(fm_quadrant_name[fm_quadrant_of(whole(threat), whole(certainty))]));
}

static bool is_lower(const struct fm_host *host)
{
    double threat = whole(host->threat) - whole(host->was_threat);

    return host->has_was &&
           (threat < 0 || (threat == 0 && whole(host->certainty) < whole(host->was_certainty)));
}

static void put_stages(struct sheet *sheet, const struct fm_host *host)
{
    json_t *array = put_array(sheet, sheet->top, "stages");

    for (unsigned i = 0; i < FM_CATEGORIES; i++) {
        const struct fm_stage *stage = &host->stage[i];
        if (stage->first == 0)
            continue;
        json_t *row = append_object(sheet, array);
        put(sheet, row, "category", json_string(fm_category_name[i]));
        put(sheet, row, "first_seen", moment(stage->first));
        put(sheet, row, "last_seen", moment(stage->last));
    }
}

static void put_contributions(struct sheet *sheet, const struct fm_host *host)
{
    json_t *array = put_array(sheet, sheet->top, "contributions");

    for (unsigned i = 0; i < host->contributions && i < FM_CONTRIBUTIONS; i++) {
        const struct fm_contribution *from = &host->contribution[i];
        json_t *row = append_object(sheet, array);
        put(sheet, row, "id", hex(from->id));
        put(sheet, row, "type", json_string(from->det->name));
        put(sheet, row, "threat", number(whole(from->threat)));
        put(sheet, row, "certainty", number(whole(from->certainty)));
        put(sheet, row, "part", json_string(from->support ? "support" : "full"));
    }
    may_shorten(sheet, array, sheet->top, "dropped_rows", host->contributions_dropped);
}

static bool is_named(const struct fm_host *host, unsigned before)
{
    for (unsigned i = 0; i < before; i++)
        if (host->contribution[i].det == host->contribution[before].det)
            return true;
    return false;
}

/* Each type of detection is named once. */
static void put_reasons(struct sheet *sheet, const struct fm_host *host)
{
    char bytes[640];
    struct fm_text text;
    bool named = false;

    fm_text_init(&text, bytes, sizeof(bytes));
    subject(&text, &host->entity);
    fm_text_adds(&text, host->contributions > 0 ? " shows " : " shows nothing any more");
    for (unsigned i = 0; i < host->contributions && i < FM_CONTRIBUTIONS; i++) {
        if (is_named(host, i))
            continue;
        fm_text_addf(&text, "%s%s", named ? ", " : "", host->contribution[i].det->title);
        named = true;
    }
    put(sheet, sheet->top, "summary", words(bytes));
}

bool fm_event_host(struct fm_text *out, const struct fm_host *host,
        const struct fm_versions *versions)
{
    struct sheet sheet;

    (void)versions; /* a host's scores come from detections, which name theirs */
    begin(&sheet, "host");
    put_entity(&sheet, sheet.top, &host->entity);
    put_scores(&sheet, sheet.top, host->threat, host->certainty);
    if (host->has_was)
        put_scores(&sheet, put_object(&sheet, sheet.top, "was"), host->was_threat,
                host->was_certainty);
    else
        put(&sheet, sheet.top, "was", json_null());
    put(&sheet, sheet.top, "score_decreases", json_boolean(is_lower(host)));
    put_stages(&sheet, host);
    put(&sheet, sheet.top, "profile",
            host->profile != NULL ? json_string(host->profile) : json_null());
    put_contributions(&sheet, host);
    put_reasons(&sheet, host);
    return finish(&sheet, out);
}

bool fm_event_host_brief(struct fm_text *out, const struct fm_host *host)
{
    struct sheet sheet;

    begin(&sheet, NULL);
    put_count(&sheet, sheet.top, "id", host->entity.id);
    put(&sheet, sheet.top, "host", address(entity_addr(&host->entity)));
    if (host->entity.name[0] != '\0')
        put(&sheet, sheet.top, "name", words(host->entity.name));
    put_scores(&sheet, sheet.top, host->threat, host->certainty);
    put_reasons(&sheet, host);
    return finish(&sheet, out);
}

/* ---- health ---- */

static void put_kinds(struct sheet *sheet, const char *key, const uint64_t count[FM_KINDS])
{
    json_t *at = put_object(sheet, sheet->top, key);

    for (unsigned kind = 0; kind < FM_KINDS; kind++)
        put_count_if(sheet, at, fm_kind_name[kind], count[kind]);
}

static void append_blind(struct sheet *sheet, json_t *array, const char *name,
        const struct fm_blindness *why)
{
    json_t *row = append_object(sheet, array);

    put(sheet, row, "detector", json_string(name));
    put(sheet, row, "reason", words(why->reason));
    put(sheet, row, "remedy", words(why->remedy != NULL ? why->remedy : "none"));
}

static void append_fuse(struct sheet *sheet, json_t *array, const char *name,
        const struct fm_fuse *fuse, const char *proposal)
{
    json_t *row = append_object(sheet, array);

    put(sheet, row, "detector", json_string(name));
    put(sheet, row, "since", moment(fuse->at));
    put(sheet, row, "count", number(fuse->count));
    put(sheet, row, "limit", number(fuse->limit));
    put(sheet, row, "reason",
            words("more scored detections within a week than ten times its budget: it is on "
                  "trial"));
    put(sheet, row, "remedy",
            words(proposal != NULL && proposal[0] != '\0'
                            ? "if this is known here, write the row of `triage`; taking over a "
                              "policy puts a new fuse in"
                            : "tune the detector or raise its budget; taking over a policy puts a "
                              "new fuse in"));
    if (proposal != NULL && proposal[0] != '\0')
        put(sheet, row, "triage", words(proposal));
}

static void put_detectors(struct sheet *sheet, const struct fm_health *health)
{
    json_t *blind = put_array(sheet, sheet->top, "blind");
    json_t *learning = put_array(sheet, sheet->top, "learning");
    json_t *fuses = put_array(sheet, sheet->top, "fuses");

    for (unsigned i = 0; i < FM_DETECTORS && health->detector[i].det != NULL; i++) {
        const char *name = health->detector[i].det->name;
        if (health->detector[i].blind != NULL)
            append_blind(sheet, blind, name, health->detector[i].blind);
        if (health->detector[i].status == FM_LEARNING) {
            json_t *row = append_object(sheet, learning);
            put(sheet, row, "detector", json_string(name));
            put(sheet, row, "until", moment(health->detector[i].until));
        }
        if (health->detector[i].fuse != NULL)
            append_fuse(sheet, fuses, name, health->detector[i].fuse,
                    health->detector[i].proposal);
    }
    may_shorten(sheet, blind, sheet->top, "dropped_rows", 0);
}

/* Rules that have kept something out of the scores. */
static void put_hits(struct sheet *sheet, const struct fm_triage *triage)
{
    json_t *array = put_array(sheet, sheet->top, "triage");

    for (unsigned i = 0; triage != NULL && i < triage->rules; i++) {
        const struct fm_triage_rule *rule = &triage->rule[i];
        if (rule->hits == 0)
            continue;
        json_t *row = append_object(sheet, array);
        put(sheet, row, "rule", words(rule->name));
        put(sheet, row, "reason", json_string(fm_triage_reason_name[rule->reason]));
        put_count(sheet, row, "hits", rule->hits);
        put(sheet, row, "last", moment(rule->last_hit));
    }
    may_shorten(sheet, array, sheet->top, "dropped_rows", 0);
}

static void put_tables(struct sheet *sheet, const struct fm_health *health)
{
    json_t *array = put_array(sheet, sheet->top, "tables");

    for (unsigned i = 0; i < COUNT(health->table) && health->table[i].name != NULL; i++) {
        json_t *row = append_object(sheet, array);
        put(sheet, row, "name", words(health->table[i].name));
        put_count(sheet, row, "used", health->table[i].rows);
        put_count(sheet, row, "cap", health->table[i].cap);
        put_count(sheet, row, "evicted", health->table[i].evicted);
        put_count(sheet, row, "row_bytes", health->table[i].row_bytes);
    }
    may_shorten(sheet, array, sheet->top, "dropped_rows", 0);
}

static void put_flow_of_records(struct sheet *sheet, const struct fm_health *health)
{
    json_t *top = sheet->top, *order;

    put_kinds(sheet, "records", health->records);
    put_kinds(sheet, "drops", health->lost);
    order = put_object(sheet, top, "order");
    put_count(sheet, order, "late", health->late);
    put_count(sheet, order, "early", health->early);
    put_count(sheet, order, "invalid", health->invalid);
    put_count(sheet, order, "doubles", health->doubles);
    put(sheet, top, "lag_s", number(health->lag_s));
    put_count(sheet, top, "events", health->events);
    put_count(sheet, top, "coalesced", health->coalesced);
}

bool fm_event_health(struct fm_text *out, const struct fm_health *health,
        const struct fm_versions *versions)
{
    struct sheet sheet;

    begin(&sheet, "health");
    put(&sheet, sheet.top, "when", words(health->when));
    put(&sheet, sheet.top, "at", moment(health->at));
    put(&sheet, sheet.top, "sensor", words(health->sensor != NULL ? health->sensor : ""));
    put_flow_of_records(&sheet, health);
    put_tables(&sheet, health); /* the first to be shortened */
    put_detectors(&sheet, health);
    put_hits(&sheet, health->triage);
    put_count(&sheet, sheet.top, "hours_watched", health->hours_watched);
    put(&sheet, sheet.top, "active_hosts", number(health->active_hosts));
    put(&sheet, sheet.top, "two_way_share", number(health->two_way_share));
    put(&sheet, sheet.top, "midstream_share", number(health->midstream_share));
    put_count(&sheet, sheet.top, "memory_bytes", health->memory_bytes);
    put_count(&sheet, sheet.top, "memory_peak_bytes", health->memory_peak_bytes);
    put_count(&sheet, sheet.top, "memcap_bytes", health->memcap_bytes);
    put(&sheet, sheet.top, "lua", health->lua != NULL ? words(health->lua) : json_null());
    put(&sheet, sheet.top, "policy_version", words(health->policy_version));
    put_versions(&sheet, versions);
    return finish(&sheet, out);
}

/* ---- introduction ---- */

static unsigned put_blind(struct sheet *sheet, const struct fm_introduction *intro)
{
    json_t *array = put_array(sheet, sheet->top, "blind");
    unsigned blind = 0;

    for (unsigned i = 0; i < intro->detectors; i++) {
        if (intro->blind[i] == NULL)
            continue;
        append_blind(sheet, array, intro->tuning[i].det->name, intro->blind[i]);
        blind++;
    }
    may_shorten(sheet, array, sheet->top, "dropped_rows", 0);
    return blind;
}

static void put_roles(struct sheet *sheet, const struct fm_introduction *intro)
{
    json_t *array = put_array(sheet, sheet->top, "roles");

    for (unsigned i = 0; i < intro->roles; i++) {
        json_t *row = append_object(sheet, array);
        put(sheet, row, "role", json_string(fm_role_name[intro->role[i].role]));
        put_entity(sheet, row, &intro->role[i].entity);
        put(sheet, row, "reason", words(intro->role[i].reason));
    }
    may_shorten(sheet, array, sheet->top, "dropped_rows", intro->roles_dropped);
}

static void put_proposals(struct sheet *sheet, const struct fm_introduction *intro)
{
    json_t *array = put_array(sheet, sheet->top, "triage");

    for (unsigned i = 0; i < intro->proposals; i++) {
        json_t *row = append_object(sheet, array);
        put(sheet, row, "rule", words(intro->proposal[i].rule));
        put(sheet, row, "reason", words(intro->proposal[i].reason));
    }
    may_shorten(sheet, array, sheet->top, "dropped_rows", intro->proposals_dropped);
}

bool fm_event_introduction(struct fm_text *out, const struct fm_introduction *intro)
{
    char summary[200];
    struct sheet sheet;

    begin(&sheet, "introduction");
    put_roles(&sheet, intro);
    put_proposals(&sheet, intro);
    unsigned blind = put_blind(&sheet, intro);
    snprintf(summary, sizeof summary,
            "%u hours watched, %.0f hosts: %u with work of their own, %u proposal%s for triage, %u "
            "of %u detectors blind",
            intro->hours, intro->hosts, intro->roles + intro->roles_dropped,
            intro->proposals + intro->proposals_dropped,
            intro->proposals + intro->proposals_dropped == 1 ? "" : "s", blind,
            intro->detectors);
    put(&sheet, sheet.top, "summary", words(summary));
    return finish(&sheet, out);
}
