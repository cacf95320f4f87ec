/* Health: what came and what was lost, what is blind and why, how full it is; as an event, and as
 * an answer to whoever asks. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"

static void add_table(struct fm_health *h, unsigned *at, const char *name, uint64_t rows,
        uint64_t cap, uint64_t evicted, size_t row_bytes)
{
    h->table[*at].name = name;
    h->table[*at].rows = rows;
    h->table[*at].cap = cap;
    h->table[*at].evicted = evicted;
    h->table[*at].row_bytes = row_bytes;
    ++*at;
}

static void add_room(struct fm_health *h, unsigned *at, const char *name, struct fm_room room)
{
    add_table(h, at, name, room.rows, room.cap, room.evicted, room.row_bytes);
}

static void add_tables(const struct fm_engine *engine, struct fm_health *h)
{
    struct fm_entities *entities = fm_world_entities(engine->world);
    unsigned at = 0;

    add_table(h, &at, "entities", fm_entities_count(entities), fm_entities_cap(entities),
            fm_entities_evicted(entities), fm_entity_cost_bytes());
    add_table(h, &at, "flows", fm_world_flows(engine->world), fm_world_flows_cap(engine->world),
            fm_world_flows_evicted(engine->world), fm_world_flow_cost_bytes());
    add_table(h, &at, "detections", fm_ledger_count(engine->ledger),
            fm_ledger_cap(engine->ledger), fm_ledger_evicted(engine->ledger),
            fm_table_cost_bytes(sizeof(struct fm_detection)));
    add_room(h, &at, "alerts", fm_alerts_room(engine->alerts));
    add_room(h, &at, "names", fm_names_room(fm_world_names(engine->world)));
    add_room(h, &at, "audiences", fm_learn_room(engine->learn, "audience"));
    add_room(h, &at, "baselines", fm_learn_room(engine->learn, "baseline"));
    add_room(h, &at, "takers", fm_learn_room(engine->learn, "taker"));
    for (unsigned i = 0; i < engine->policy->detectors; i++) {
        const struct fm_slab *slab = fm_run_slab(engine->run, i);
        add_table(h, &at, engine->policy->tuning[i].det->name, fm_slab_count(slab),
                fm_slab_cap(slab), fm_slab_evicted(slab), fm_slab_cost_bytes(slab));
    }
}

/** If every hour from now on is one that is watched. */
static fm_time learned_by(const struct fm_engine *engine)
{
    unsigned hours = fm_learn_hours(engine->learn);
    unsigned left = hours < FM_NOVEL_AFTER_HOURS ? FM_NOVEL_AFTER_HOURS - hours : 0;

    return engine->now + left * FM_HOUR;
}

static double share(double part, double other)
{
    return part + other > 0 ? part / (part + other) : FM_UNKNOWN;
}

void fm_engine_health(struct fm_engine *engine, const char *when, struct fm_health *out)
{
    struct fm_engine_counters counters;
    const struct fm_gauge *gauge = fm_world_gauge(engine->world);
    const struct fm_lua_usage *usage = fm_policy_usage(engine->policy);

    memset(out, 0, sizeof *out);
    fm_engine_counters(engine, &counters);
    out->at = engine->now;
    out->sensor = engine->config.sensor;
    out->when = when;
    memcpy(out->records, counters.records, sizeof out->records);
    memcpy(out->lost, counters.lost, sizeof out->lost);
    out->late = counters.late;
    out->early = counters.early;
    out->invalid = counters.invalid;
    out->doubles = counters.doubles;
    out->events = counters.events;
    out->coalesced = counters.coalesced;
    out->lag_s = engine->config.offline ? 0 : (double)counters.lag / (double)FM_SECOND;
    out->hours_watched = fm_learn_hours(engine->learn);
    out->active_hosts = fm_learn_hosts(engine->learn);
    out->memory_bytes = counters.memory_bytes;
    out->memory_peak_bytes = counters.memory_peak_bytes;
    out->memcap_bytes = engine->mem.limit_bytes;
    out->triage = &engine->policy->triage;
    add_tables(engine, out);
    for (unsigned i = 0; i < engine->policy->detectors; i++) {
        out->detector[i].det = engine->policy->tuning[i].det;
        out->detector[i].status = fm_ledger_status(engine->ledger, i);
        if (out->detector[i].status == FM_LEARNING)
            out->detector[i].until = learned_by(engine);
        out->detector[i].fuse = fm_ledger_fuse(engine->ledger, i);
        out->detector[i].proposal = engine->fuse[i].proposal;
        out->detector[i].blind = fm_run_blind(engine->run, i);
    }
    out->two_way_share = share(gauge->two_way, gauge->only_client + gauge->only_server);
    out->midstream_share = gauge->starts > 0 ? gauge->midstream / gauge->starts : FM_UNKNOWN;
    snprintf(out->policy_version, sizeof out->policy_version, "%016llx",
            (unsigned long long)engine->policy->hash);
    out->lua = usage && usage->version[0] ? usage->version : NULL;
}

void fm_engine_tell_health(struct fm_engine *engine, const char *when)
{
    char bytes[FM_EVENT_MAX];
    struct fm_text text;
    struct fm_health health;
    struct fm_versions versions = fm_engine_versions(engine);

    fm_engine_health(engine, when, &health);
    fm_text_init(&text, bytes, sizeof bytes);
    if (!fm_event_health(&text, &health, &versions))
        return;
    struct fm_event event = { .time = engine->now, .json = text.at, .len = text.len };
    if (fm_clerk_emit(engine->clerk, &event, true))
        engine->events++;
}

void fm_engine_tell_fuses(struct fm_engine *engine)
{
    bool gone = false;

    for (unsigned i = 0; i < engine->policy->detectors; i++) {
        const struct fm_fuse *fuse = fm_ledger_fuse(engine->ledger, i);
        fm_time at = fuse ? fuse->at : 0;
        if (at == engine->fuse[i].at)
            continue;
        engine->fuse[i].at = at;
        if (!fuse)
            continue;
        fm_engine_propose_for_fuse(engine->ledger, i, fuse, engine->fuse[i].proposal,
                sizeof engine->fuse[i].proposal);
        gone = true;
    }
    if (gone)
        fm_engine_tell_health(engine, "fuse");
}
