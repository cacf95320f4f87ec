#include "engine/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/eve.h"

#define MEMCAP (256ull << 20)
#define LATENESS FM_SECOND
#define TICK FM_SECOND
/* After a record it takes so long until every deadline of its flow has passed (world/world.h): a
 * gap in the traffic is walked second by second so far, then jumped. */
#define WALK (FM_VISIT_WAIT + FM_ANSWER_WAIT + 5 * FM_SECOND)
#define HEALTH_EVERY FM_HOUR
#define SAVE_EVERY FM_HOUR
#define OFFLINE_SEED 0x66757275u

/** How the memory is shared out, in hundredths of memcap.  What is left is for the policy and for
 *  indices while they grow: a table that is not yet used must never find that the others have it
 *  all. */
enum { FLOWS_PCT = 20, ENTITIES_PCT = 13, NAMES_PCT = 3, AUDIENCE_PCT = 6, BASELINES_PCT = 6,
    STATES_PCT = 33, LEDGER_PCT = 7, ALERTS_PCT = 1, HOSTS_PCT = 2, ORDER_PCT = 4,
    DOUBLES_PCT = 2 };

enum { DOUBLE_ROW_BYTES = 208, LEAST_ROWS = 256, LEAST_LEDGER = 64 };

static uint32_t rows(const struct fm_engine *engine, unsigned pct, size_t one, uint32_t least)
{
    uint64_t n = engine->mem.limit_bytes / 100 * pct / one;

    return n < least ? least : n > UINT32_MAX / 4 ? UINT32_MAX / 4 : (uint32_t)n;
}

/* ---- making ---- */

static bool listed(void *arg, const char *list, const char *name, const struct fm_addr *addr,
        uint16_t port)
{
    struct fm_engine *engine = arg;
    const struct fm_list *found = fm_policy_list(engine->policy, list);

    return found && (fm_list_has_name(found, name, strlen(name), port) ||
                            fm_list_has_addr(found, addr, port));
}

static void see(void *arg, const struct fm_obs *obs)
{
    struct fm_engine *engine = arg;

    fm_learn_see(engine->learn, obs);
    fm_run_see(engine->run, obs);
    if (obs->what != FM_OBS_TX)
        return;
    if (obs->rec->kind == FM_ALERT)
        fm_engine_alert(engine, obs);
    else
        fm_engine_user(obs);
}

static void pin(void *arg, unsigned det, const struct fm_key *key, bool pinned)
{
    struct fm_engine *engine = arg;

    fm_run_pin(engine->run, det, key, pinned);
    fm_entity_pin(fm_world_entities(engine->world), key->entity, pinned);
}

static bool make_brain(struct fm_engine *engine)
{
    struct fm_mem *mem = &engine->mem;
    struct fm_world_sizes world = {
        .entities = rows(engine, ENTITIES_PCT, fm_entity_cost_bytes(), LEAST_ROWS),
        .flows = rows(engine, FLOWS_PCT, fm_world_flow_cost_bytes(), LEAST_ROWS),
        .names = rows(engine, NAMES_PCT, fm_names_cost_bytes(), LEAST_ROWS),
    };
    struct fm_learn_sizes learn = {
        .names = rows(engine, AUDIENCE_PCT, fm_learn_name_cost_bytes(), LEAST_ROWS),
        .baselines = rows(engine, BASELINES_PCT, fm_learn_baseline_cost_bytes(), LEAST_ROWS),
    };

    engine->world = fm_world_new(mem, &engine->policy->networks, &world, engine->seed);
    engine->learn = fm_learn_new(mem, &learn, engine->seed);
    engine->doubles = fm_doubles_new(mem, rows(engine, DOUBLES_PCT, DOUBLE_ROW_BYTES, LEAST_ROWS),
            engine->seed);
    engine->recall = fm_recall_new(mem);
    engine->words = fm_words_new(mem);
    engine->ledger = fm_ledger_new(mem,
            rows(engine, LEDGER_PCT, fm_table_cost_bytes(sizeof(struct fm_detection)),
                    LEAST_LEDGER),
            engine->seed);
    engine->alerts = fm_alerts_new(mem,
            rows(engine, ALERTS_PCT, fm_alerts_cost_bytes(), LEAST_LEDGER), engine->seed);
    if (!engine->world || !engine->learn || !engine->doubles || !engine->recall ||
            !engine->ledger || !engine->alerts || !engine->words)
        return false;
    struct fm_context ctx = { .world = engine->world, .learn = engine->learn,
        .seed = engine->seed, .listed = listed, .listed_arg = engine };
    engine->run = fm_run_new(mem, &ctx, engine->policy->tuning,
            mem->limit_bytes / 100 * STATES_PCT, engine->config.source, engine->seed);
    return engine->run != NULL;
}

static bool make_stream(struct fm_engine *engine)
{
    size_t bytes = (size_t)(engine->mem.limit_bytes / 100 * ORDER_PCT);

    if (engine->config.offline)
        engine->sort = fm_sort_new(&engine->mem, bytes, NULL);
    else
        engine->order = fm_order_new(&engine->mem, LATENESS, bytes);
    return engine->sort || engine->order;
}

static void say(void *arg, const char *line)
{
    struct fm_engine *engine = arg;

    engine->outside.say(engine->outside.arg, FM_SAY_WARNING, line);
}

static void say_sizes(struct fm_engine *engine)
{
    char line[160];
    uint32_t cap = fm_entities_cap(fm_world_entities(engine->world));

    snprintf(line, sizeof line,
            "%zu bytes an entity, memcap %llu MiB allows for %u; %u detectors",
            fm_entity_cost_bytes(), (unsigned long long)(engine->mem.limit_bytes >> 20), cap,
            engine->policy->detectors);
    engine->outside.say(engine->outside.arg, FM_SAY_NOTICE, line);
}

static void connect_rooms(struct fm_engine *engine)
{
    fm_world_listen(engine->world, see, engine);
    fm_ledger_on_pin(engine->ledger, pin, engine);
    fm_ledger_tune(engine->ledger, engine->policy->tuning, engine->policy->report_certainty);
    fm_ledger_triage(engine->ledger, &engine->policy->triage);
    fm_ledger_alerts(engine->ledger, engine->alerts);
    fm_engine_reports(engine);
}

static bool make_tape(struct fm_engine *engine, char *error, size_t error_cap)
{
    if (!engine->config.tape)
        return true;
    int problem = 0;
    engine->tape = fm_tape_create(&engine->mem, engine->config.tape, engine->config.tape_bytes,
            &problem);
    if (!engine->tape)
        snprintf(error, error_cap, "%s: %s; the tape needs a folder that can be written to",
                engine->config.tape, strerror(problem));
    return engine->tape != NULL;
}

struct fm_engine *fm_engine_new(const struct fm_engine_config *config,
        const struct fm_outside *outside, char *error, size_t error_cap)
{
    struct fm_engine *engine = calloc(1, sizeof *engine);

    if (!engine) {
        snprintf(error, error_cap, "no memory for an engine");
        return NULL;
    }
    engine->config = *config;
    engine->outside = *outside;
    engine->mem.limit_bytes = config->memcap_bytes ? config->memcap_bytes : MEMCAP;
    struct fm_store *store =
            config->state_dir ? fm_store_open(config->state_dir, false, say, engine) : NULL;
    engine->seed = fm_engine_kept_seed(store, config->seed ? config->seed : OFFLINE_SEED);
    engine->clerk = fm_clerk_new(outside, store, config->offline);
    if (!engine->clerk) {
        snprintf(error, error_cap, "no memory for an engine");
        fm_store_close(store);
        fm_engine_free(engine);
        return NULL;
    }
    engine->policy = fm_policy_load(&engine->mem, config->policy, config->internal, error,
            error_cap);
    if (!engine->policy || !make_tape(engine, error, error_cap)) {
        fm_engine_free(engine);
        return NULL;
    }
    engine->hosts = fm_table_new(&engine->mem, sizeof(fm_entity_id), sizeof(struct fm_host),
            rows(engine, HOSTS_PCT, fm_table_cost_bytes(sizeof(struct fm_host)), LEAST_LEDGER),
            engine->seed);
    if (!engine->hosts || !make_brain(engine) || !make_stream(engine)) {
        snprintf(error, error_cap, "memcap of %llu MiB is too small: raise behavior.memcap",
                (unsigned long long)(engine->mem.limit_bytes >> 20));
        fm_engine_free(engine);
        return NULL;
    }
    connect_rooms(engine);
    if (store) {
        engine->floor = fm_engine_kept_until(store);
        fm_engine_restore(engine, store);
    }
    say_sizes(engine);
    return engine;
}

void fm_engine_free(struct fm_engine *engine)
{
    if (!engine)
        return;
    fm_clerk_free(engine->clerk);
    if (engine->tape)
        fm_tape_close(engine->tape);
    fm_table_free(engine->hosts);
    fm_run_free(engine->run);
    fm_ledger_free(engine->ledger);
    fm_alerts_free(engine->alerts);
    fm_words_free(engine->words);
    fm_learn_free(engine->learn);
    fm_world_free(engine->world);
    fm_doubles_free(engine->doubles);
    fm_recall_free(engine->recall);
    fm_sort_free(engine->sort);
    fm_order_free(engine->order);
    fm_policy_free(engine->policy);
    free(engine);
}

/* ---- time ---- */

static void found(void *arg, unsigned det, const struct fm_finding *finding)
{
    struct fm_engine *engine = arg;
    const struct fm_entity *entity =
            fm_entity_find(fm_world_entities(engine->world), finding->key.entity);

    if (entity)
        fm_ledger_take(engine->ledger, det, finding, entity, engine->now);
}

static void tick(struct fm_engine *engine, fm_time now)
{
    engine->now = now;
    fm_world_advance(engine->world, now);
    fm_ledger_watched(engine->ledger, fm_learn_hours(engine->learn));
    if (engine->resumed)
        fm_engine_rejudge(engine);
    engine->resumed = false;
    if (fm_run_pending(engine->run)) {
        fm_ledger_hosts(engine->ledger, fm_learn_hosts(engine->learn));
        fm_run_judge(engine->run, now, found, engine);
    }
    fm_ledger_advance(engine->ledger, now);
    fm_engine_tell_fuses(engine);
    fm_engine_introduce(engine);
    if (now >= engine->next_health) {
        fm_engine_tell_health(engine, engine->next_health ? "hourly" : "start");
        engine->next_health = now + HEALTH_EVERY;
    }
    if (now >= engine->next_save) {
        if (engine->next_save)
            fm_engine_save(engine, false);
        engine->next_save = now + SAVE_EVERY;
    }
}

/** Goes to the last whole second at or before `time`, judging on the way. */
static void advance(struct fm_engine *engine, fm_time time)
{
    fm_time to = time - time % TICK;

    if (!engine->now) {
        tick(engine, to);
        return;
    }
    for (fm_time walked = 0; engine->now < to; walked += TICK)
        tick(engine, walked < WALK ? engine->now + TICK : to);
}

/* ---- records ---- */

/** What is older than the kept state was counted then.  Live packets are of now: when they seem a
 *  day older than what was kept, it is the clock of then that was wrong. */
static bool is_stale(struct fm_engine *engine, const struct fm_rec *rec)
{
    if (rec->time > engine->floor)
        return false;
    if (engine->order && engine->floor - rec->time > FM_DAY) {
        say(engine, "the kept state is from the future: the clock was wrong then, or is now");
        engine->floor = 0;
        return false;
    }
    return true;
}

/** A record in its kind's own form. */
static void work(struct fm_engine *engine, struct fm_rec *rec)
{
    _Alignas(8) char bytes[FM_REC_MAX];

    if (is_stale(engine, rec)) {
        engine->stale++;
        return;
    }
    engine->records[rec->kind]++;
    if (rec->kind == FM_GAP) {
        const struct fm_gap *gap = fm_body(rec);
        if (gap->of_kind < FM_KINDS)
            fm_engine_lost(engine, (enum fm_kind)gap->of_kind, gap->lost);
    }
    if (!fm_doubles_keep(engine->doubles, rec)) {
        engine->doubled++;
        return;
    }
    if (!(rec->flags & FM_REC_LATE))
        advance(engine, rec->time);
    fm_world_take(engine->world, fm_recall_fill(engine->recall, rec, (struct fm_rec *)bytes));
}

static void process(struct fm_engine *engine, struct fm_rec *rec)
{
    _Alignas(8) char bytes[FM_REC_MAX];
    struct fm_rec *told = (struct fm_rec *)bytes;

    if (!(rec->flags & FM_REC_TEXT)) {
        work(engine, rec);
        return;
    }
    if (!fm_eve_tx(rec, told)) {
        engine->invalid++;
        return;
    }
    work(engine, told);
    if (fm_eve_inner(rec, told))
        work(engine, told);
}

static void drain(struct fm_engine *engine)
{
    struct fm_rec *rec;

    while ((rec = fm_order_next(engine->order)))
        process(engine, rec);
}

/** A tape that cannot go on ends, with one line; what is on it stays. */
static void tape(struct fm_engine *engine, const struct fm_rec *rec)
{
    char line[256];
    int problem = engine->tape ? fm_tape_append(engine->tape, rec) : 0;

    if (!problem)
        return;
    snprintf(line, sizeof line, "%s: %s; the tape ends here", engine->config.tape,
            strerror(problem));
    say(engine, line);
    fm_tape_close(engine->tape);
    engine->tape = NULL;
}

void fm_engine_take(struct fm_engine *engine, const struct fm_rec *rec)
{
    if (!fm_rec_valid(rec, rec->size)) {
        engine->invalid++;
        return;
    }
    engine->taken++;
    if (rec->time > engine->newest)
        engine->newest = rec->time;
    tape(engine, rec);
    if (engine->order) {
        if (fm_order_put(engine->order, rec))
            return;
        drain(engine); /* full: the oldest leave before their time */
        if (!fm_order_put(engine->order, rec))
            engine->lost[rec->kind]++;
        return;
    }
    int problem = fm_sort_put(engine->sort, rec);
    if (problem)
        engine->lost[rec->kind]++;
    if (problem && !engine->sort_error) {
        char line[160];
        snprintf(line, sizeof line, "records cannot be sorted: %s; make room in $TMPDIR",
                strerror(problem));
        say(engine, line);
        engine->sort_error = problem;
    }
}

void fm_engine_watermark(struct fm_engine *engine, fm_time watermark)
{
    if (!engine->order)
        return;
    fm_order_watermark(engine->order, watermark);
    drain(engine);
    if (engine->now && fm_order_now(engine->order) > engine->now)
        advance(engine, fm_order_now(engine->order));
}

void fm_engine_lost(struct fm_engine *engine, enum fm_kind kind, uint64_t records)
{
    engine->lost[kind] += records;
}

static void run_sorted(struct fm_engine *engine, void (*progress)(void *arg, unsigned pct),
        void *arg)
{
    uint64_t all = engine->taken, done = 0;
    struct fm_rec *rec;

    if (fm_sort_finish(engine->sort))
        say(engine, "records cannot be read back from $TMPDIR: what follows is incomplete");
    while ((rec = fm_sort_next(engine->sort))) {
        if (progress && done % 65536 == 0)
            progress(arg, (unsigned)(done * 100 / (all ? all : 1)));
        process(engine, rec);
        done++;
    }
    if (fm_sort_error(engine->sort))
        say(engine, "records cannot be read back from $TMPDIR: the rest is missing");
    if (progress)
        progress(arg, 100);
}

void fm_engine_finish(struct fm_engine *engine, void (*progress)(void *arg, unsigned pct),
        void *arg)
{
    if (engine->sort) {
        run_sorted(engine, progress, arg);
    } else {
        fm_order_watermark(engine->order, FM_NEVER);
        drain(engine);
    }
    if (engine->now)
        advance(engine, engine->now + WALK);
    fm_ledger_settle(engine->ledger, engine->now);
    fm_engine_tell_health(engine, "end");
    fm_engine_save(engine, true);
}

struct fm_clerk *fm_engine_clerk(struct fm_engine *engine)
{
    return engine->clerk;
}

void fm_engine_counters(const struct fm_engine *engine, struct fm_engine_counters *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->records, engine->records, sizeof out->records);
    memcpy(out->lost, engine->lost, sizeof out->lost);
    if (engine->order) {
        out->late = fm_order_counts(engine->order)->late;
        out->early = fm_order_counts(engine->order)->early;
    }
    out->late += engine->stale;
    out->invalid = engine->invalid;
    out->doubles = engine->doubled;
    out->events = engine->events;
    out->coalesced = fm_clerk_coalesced(engine->clerk);
    out->entities = fm_entities_count(fm_world_entities(engine->world));
    out->flows = fm_world_flows(engine->world);
    for (unsigned i = 0; i < engine->policy->detectors; i++)
        out->states += fm_slab_count(fm_run_slab(engine->run, i));
    out->detections = fm_ledger_count(engine->ledger);
    out->memory_bytes = engine->mem.used_bytes;
    out->memory_peak_bytes = engine->mem.peak_bytes;
    out->lag = engine->now && engine->newest > engine->now ? engine->newest - engine->now : 0;
}
