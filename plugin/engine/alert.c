/* An alert of Suricata's as a note about each inside host that took part: who the other side was,
 * and what behaviour its rule names, if any.
 *
 * A rule that names a behaviour that is none is said at its 1st, 10th, 100th, ... alert, with the
 * nearest name; its alerts count as those of any other rule. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"
#include "policy/near.h"

static bool is_category(struct fm_alert_note *note)
{
    const size_t skip = sizeof FM_BEHAVIOR_CATEGORY - 1;

    if (strncmp(note->type, FM_BEHAVIOR_CATEGORY, skip) != 0)
        return false;
    for (int i = 0; i < FM_CATEGORIES; i++)
        if (!strcmp(note->type + skip, fm_category_name[i])) {
            note->category = (int8_t)i;
            return true;
        }
    return false;
}

static bool is_type(const struct fm_engine *engine, const struct fm_alert_note *note)
{
    for (unsigned i = 0; i < engine->policy->detectors; i++)
        if (!strcmp(engine->policy->tuning[i].det->name, note->type))
            return true;
    return false;
}

static bool is_decade(uint64_t n)
{
    while (n >= 10 && n % 10 == 0)
        n /= 10;
    return n == 1;
}

static void say_unknown(struct fm_engine *engine, const struct fm_alert_note *note)
{
    const char *names[FM_DETECTORS];
    char line[256];
    struct fm_text text;

    if (!is_decade(++engine->unknown_behaviors))
        return;
    for (unsigned i = 0; i < engine->policy->detectors; i++)
        names[i] = engine->policy->tuning[i].det->name;
    fm_text_init(&text, line, sizeof line);
    fm_text_addf(&text, "rule %u:%u: its metadata names no behaviour: \"%s\"", note->gid, note->sid,
            note->type);
    fm_near_say(&text, note->type, names, engine->policy->detectors);
    engine->outside.say(engine->outside.arg, FM_SAY_WARNING, line);
}

/** What its rule says that it is. */
static void take_behavior(struct fm_engine *engine, const struct fm_rec *rec,
        struct fm_alert_note *note)
{
    const struct fm_alert *alert = fm_body(rec);
    size_t len;
    const char *behavior = fm_rec_str(rec, alert->behavior, &len);

    note->category = -1;
    if (!len)
        return;
    fm_text_name(note->type, sizeof note->type, behavior, len);
    if (!is_category(note) && !is_type(engine, note))
        say_unknown(engine, note);
    else if (!alert->claim)
        note->claim = FM_CLAIM_PRESET;
    else
        note->claim = alert->claim < FM_CLAIM_MOST ? alert->claim : FM_CLAIM_MOST;
}

/** One that is known: an alert alone makes nobody a host, but its flow may be forgotten already. */
static void tell(struct fm_engine *engine, uint16_t site, const struct fm_addr *addr,
        const struct fm_addr *peer, struct fm_alert_note *note)
{
    const struct fm_entity *entity =
            fm_entity_of_addr(fm_world_entities(engine->world), site, addr);

    if (!entity)
        return;
    note->peer = *peer;
    fm_alerts_add(engine->alerts, entity->id, note);
    if (entity->detections && engine->now) /* before the first record in time only remembered */
        fm_ledger_alert(engine->ledger, entity->id, note, engine->now);
}

void fm_engine_alert(struct fm_engine *engine, const struct fm_obs *obs)
{
    const struct fm_alert *alert = fm_body(obs->rec);
    struct fm_alert_note note = { .time = obs->rec->time,
        .last = obs->rec->time,
        .flow_id = obs->flow_id,
        .sid = alert->sid,
        .gid = alert->gid,
        .port = obs->sport,
        .cport = obs->cport,
        .proto = obs->proto };
    size_t len;
    const char *signature = fm_rec_str(obs->rec, alert->signature, &len);

    if (!alert->sid)
        return;
    len = len < sizeof note.signature ? len : sizeof note.signature - 1;
    memcpy(note.signature, signature, len);
    if (obs->named)
        fm_text_name(note.name, sizeof note.name, obs->name, strlen(obs->name));
    take_behavior(engine, obs->rec, &note);
    tell(engine, obs->site, &obs->client_addr, &obs->server_addr, &note);
    tell(engine, obs->site, &obs->server_addr, &obs->client_addr, &note);
}
