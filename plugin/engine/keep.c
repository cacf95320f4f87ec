/* What survives a restart: the hash seed (all keys are made with it), entities, what was learned,
 * the hits of triage rules, every detector's states, open detections and what their fuses have
 * counted, each in a table of its own.  The version of a row is the size of the struct it was (of a
 * state together with its family's layout, of a detection a hash of several): rows of another shape
 * are left out, and learning starts anew for them.
 *
 * An hourly save writes what was touched since the last one, for the case that it was the last; the
 * save at the end writes all.  An open detection is kept whenever it is reported, and committed
 * before its event is written, so that a crash may lose a revision but never tells one twice. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "engine/inside.h"

#define OVERLAP (5 * FM_MINUTE) /* a visit is told up to a minute after it was made */
#define DECLARED_ROWS 100000 /* kept of all declared detectors */

static const char seed_key[] = "seed", until_key[] = "until", introduced_key[] = "introduced";

uint64_t fm_engine_kept_seed(struct fm_store *store, uint64_t otherwise)
{
    uint64_t seed;
    unsigned version;

    if (!store)
        return otherwise;
    if (fm_store_get(store, "meta", seed_key, sizeof seed_key, &seed, sizeof seed, &version) ==
            (long)sizeof seed)
        return seed;
    fm_store_put(store, "meta", seed_key, sizeof seed_key, &otherwise, sizeof otherwise, 1);
    fm_store_commit(store);
    return otherwise;
}

fm_time fm_engine_kept_until(struct fm_store *store)
{
    fm_time until = 0;
    unsigned version;

    if (fm_store_get(store, "meta", until_key, sizeof until_key, &until, sizeof until, &version) !=
            (long)sizeof until)
        return 0;
    return until;
}

static bool was_introduced(struct fm_store *store)
{
    char row;
    unsigned version;

    return fm_store_get(store, "meta", introduced_key, sizeof introduced_key, &row, sizeof row,
                   &version) == (long)sizeof row;
}

/* ---- putting back ---- */

static fm_time entity_touched(const void *value, size_t len)
{
    struct fm_entity entity;

    if (len != sizeof entity)
        return 0;
    memcpy(&entity, value, sizeof entity);
    return entity.last_seen;
}

static fm_time state_touched(const void *value, size_t len)
{
    fm_time touched = 0;

    if (len >= sizeof touched)
        memcpy(&touched, value, sizeof touched);
    return touched;
}

static bool take_entity(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    struct fm_engine *engine = arg;
    struct fm_entity entity;

    (void)key;
    (void)key_len;
    if (version == sizeof entity && len == sizeof entity) {
        memcpy(&entity, value, sizeof entity);
        fm_entity_restore(fm_world_entities(engine->world), &entity);
    }
    return true;
}

struct learned {
    struct fm_engine *engine;
    const char *table;
};

static bool take_learned(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    struct learned *l = arg;

    if (version == len)
        fm_learn_restore(l->engine->learn, l->table, key, key_len, value, len);
    return true;
}

/** Sizes of states are far below the first layout's bit. */
static unsigned version_of(const struct fm_detector *det)
{
    enum { LAYOUT_BITS = 20 };

    return (unsigned)det->family->state_bytes | det->family->layout << LAYOUT_BITS;
}

static void put_back(struct fm_slab *slab, const void *key, const void *value, size_t len)
{
    struct fm_key of;
    fm_time touched;
    bool made;

    if (len != sizeof touched + fm_slab_state_bytes(slab))
        return;
    memcpy(&of, key, sizeof of);
    memcpy(&touched, value, sizeof touched);
    struct fm_state *state = fm_slab_get(slab, &of, touched, &made);
    if (state)
        memcpy(state->bytes, (const char *)value + sizeof touched, fm_slab_state_bytes(slab));
}

struct shelf {
    const struct fm_detector *det;
    struct fm_slab *slab;
};

static bool take_state(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    const struct shelf *shelf = arg;

    if (key_len == sizeof(struct fm_key) && version == version_of(shelf->det))
        put_back(shelf->slab, key, value, len);
    return true;
}

/** The states of all declared detectors share a table: those of one that is declared no more, or
 *  counts something else now, are nobody's. */
struct declared_key {
    uint64_t whose;
    struct fm_key key;
};

static const char declared_table[] = "state_declared";

static uint64_t whose(const struct fm_detector *det)
{
    return fm_hash(det->identity, det->name, strlen(det->name));
}

static bool take_declared(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    struct fm_engine *engine = arg;
    const struct fm_tuning *tuning = engine->policy->tuning;
    struct declared_key of;

    if (key_len != sizeof of)
        return true;
    memcpy(&of, key, sizeof of);
    for (unsigned i = 0; i < engine->policy->detectors; i++)
        if (tuning[i].det->identity && whose(tuning[i].det) == of.whose &&
                version == version_of(tuning[i].det))
            put_back(fm_run_slab(engine->run, i), &of.key, value, len);
    return true;
}

struct hits {
    uint64_t hits;
    fm_time last;
};

static bool take_hits(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    struct fm_engine *engine = arg;
    struct fm_triage *triage = &engine->policy->triage;
    struct hits kept;

    if (version != 1 || len != sizeof kept || key_len != sizeof triage->rule->id)
        return true;
    memcpy(&kept, value, sizeof kept);
    for (unsigned i = 0; i < triage->rules; i++)
        if (!memcmp(key, &triage->rule[i].id, key_len)) {
            triage->rule[i].hits = kept.hits;
            triage->rule[i].last_hit = kept.last;
        }
    return true;
}

/* ---- open detections ---- */

static const char ledger_table[] = "ledger", fuse_table[] = "fuse";

static fm_time detection_touched(const void *value, size_t len)
{
    fm_time last;

    if (len != sizeof(struct fm_kept_detection))
        return 0;
    memcpy(&last, (const char *)value + offsetof(struct fm_kept_detection, detection.last),
            sizeof last);
    return last;
}

static bool take_detection(void *arg, const void *key, size_t key_len, const void *value,
        size_t len, unsigned version)
{
    struct fm_engine *engine = arg;
    struct fm_kept_detection *kept = fm_alloc(&engine->mem, sizeof *kept);
    struct fm_detection *d = fm_alloc(&engine->mem, sizeof *d);

    if (kept && d && version == fm_kept_layout() && len == sizeof *kept &&
            key_len == sizeof d->id) {
        memcpy(kept, value, sizeof *kept);
        if (fm_kept_read(kept, engine->policy->tuning, engine->words, d) &&
                !memcmp(key, &d->id, key_len))
            engine->resumed |= fm_ledger_restore(engine->ledger, d, engine->floor);
    }
    fm_free(&engine->mem, kept);
    fm_free(&engine->mem, d);
    return true;
}

static void put_detection(struct fm_engine *engine, const struct fm_detection *d)
{
    struct fm_kept_detection *kept = fm_alloc(&engine->mem, sizeof *kept);

    if (!kept)
        return;
    fm_kept_write(d, kept);
    fm_clerk_put(engine->clerk, ledger_table, &d->id, sizeof d->id, kept, sizeof *kept,
            fm_kept_layout());
    fm_free(&engine->mem, kept);
}

void fm_engine_keep_detection(struct fm_engine *engine, const struct fm_detection *d)
{
    if (!engine->config.state_dir)
        return;
    if (d->state == FM_DET_CLOSED)
        fm_clerk_del(engine->clerk, ledger_table, &d->id, sizeof d->id);
    else
        put_detection(engine, d);
    fm_clerk_commit(engine->clerk);
}

/** What came since the last report; what was not reported is found again. */
static void save_detections(struct fm_engine *engine)
{
    for (const struct fm_detection *d = fm_ledger_oldest(engine->ledger); d;
            d = fm_ledger_newer(engine->ledger, d))
        if (d->rev && (d->unsettled || d->waiting))
            put_detection(engine, d);
}

/** Another policy puts new fuses in. */
struct kept_fuse {
    uint64_t policy;
    struct fm_openings openings;
};

static bool take_fuse(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    struct fm_engine *engine = arg;
    struct kept_fuse kept;

    if (version != sizeof kept || len != sizeof kept)
        return true;
    memcpy(&kept, value, sizeof kept);
    for (unsigned i = 0; i < engine->policy->detectors; i++) {
        const char *name = engine->policy->tuning[i].det->name;
        if (strlen(name) != key_len || memcmp(name, key, key_len) != 0)
            continue;
        if (kept.policy != engine->policy->hash && kept.openings.fuse.at)
            return true;
        fm_ledger_restore_openings(engine->ledger, i, &kept.openings);
        engine->fuse[i].at = kept.openings.fuse.at;
    }
    return true;
}

static void save_fuses(struct fm_engine *engine)
{
    struct kept_fuse kept;

    for (unsigned i = 0; i < engine->policy->detectors; i++) {
        const char *name = engine->policy->tuning[i].det->name;
        memset(&kept, 0, sizeof kept);
        kept.policy = engine->policy->hash;
        fm_ledger_openings(engine->ledger, i, &kept.openings);
        fm_clerk_put(engine->clerk, fuse_table, name, strlen(name), &kept, sizeof kept,
                sizeof kept);
    }
}

/** After entities and states, which it pins. */
static void restore_ledger(struct fm_engine *engine, struct fm_store *store)
{
    fm_engine_rows_back(store, ledger_table, fm_ledger_cap(engine->ledger), detection_touched,
            take_detection, engine);
    fm_store_each(store, fuse_table, take_fuse, engine);
    for (const struct fm_detection *d = fm_ledger_oldest(engine->ledger); d;
            d = fm_ledger_newer(engine->ledger, d))
        fm_engine_resume(engine, d);
    for (unsigned i = 0; i < engine->policy->detectors; i++)
        if (fm_ledger_fuse(engine->ledger, i))
            fm_engine_propose_for_fuse(engine->ledger, i, fm_ledger_fuse(engine->ledger, i),
                    engine->fuse[i].proposal, sizeof engine->fuse[i].proposal);
}

static void state_table(char *out, size_t cap, const struct fm_detector *det)
{
    snprintf(out, cap, "state_%s", det->name);
}

void fm_engine_restore(struct fm_engine *engine, struct fm_store *store)
{
    static const struct {
        const char *name;
        fm_time (*touched)(const void *value, size_t len);
    } tables[] = {
        { "coverage", fm_learn_coverage_touched },
        { "audience", fm_learn_audience_touched },
        { "baseline", fm_learn_baseline_touched },
        { "taker", fm_takers_touched },
    };
    struct fm_entities *entities = fm_world_entities(engine->world);
    char table[64];

    engine->introduced = was_introduced(store);
    fm_engine_rows_back(store, "entity", fm_entities_cap(entities), entity_touched, take_entity,
            engine);
    fm_store_each(store, "triage", take_hits, engine);
    for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++) {
        struct learned l = { engine, tables[i].name };
        fm_engine_rows_back(store, l.table, fm_learn_room(engine->learn, l.table).cap,
                tables[i].touched, take_learned, &l);
    }
    for (unsigned i = 0; i < fm_detectors_count; i++) {
        struct shelf shelf = { fm_detectors[i], fm_run_slab(engine->run, i) };
        state_table(table, sizeof table, fm_detectors[i]);
        fm_engine_rows_back(store, table, fm_slab_cap(shelf.slab), state_touched, take_state,
                &shelf);
    }
    fm_engine_rows_back(store, declared_table, DECLARED_ROWS, state_touched, take_declared, engine);
    restore_ledger(engine, store);
}

/* ---- keeping ---- */

static void put_learned(void *arg, const char *table, const void *key, size_t key_len,
        const void *value, size_t len)
{
    struct fm_engine *engine = arg;

    fm_clerk_put(engine->clerk, table, key, key_len, value, len, (unsigned)len);
}

static void put_state(struct fm_engine *engine, const struct fm_detector *det,
        const struct fm_state *s, const void *row, size_t bytes)
{
    struct declared_key of = { .whose = whose(det), .key = s->key };
    char table[64];

    state_table(table, sizeof table, det);
    if (det->identity)
        fm_clerk_put(engine->clerk, declared_table, &of, sizeof of, row, sizeof s->touched + bytes,
                version_of(det));
    else
        fm_clerk_put(engine->clerk, table, &s->key, sizeof s->key, row, sizeof s->touched + bytes,
                version_of(det));
}

static void save_states(struct fm_engine *engine, unsigned det, fm_time since)
{
    struct fm_slab *slab = fm_run_slab(engine->run, det);
    size_t bytes = fm_slab_state_bytes(slab);
    char *row = fm_alloc(&engine->mem, sizeof(fm_time) + bytes);

    for (struct fm_state *s = row ? fm_slab_oldest(slab) : NULL; s; s = fm_slab_newer(slab, s)) {
        if (s->touched < since)
            continue;
        memcpy(row, &s->touched, sizeof s->touched);
        memcpy(row + sizeof s->touched, s->bytes, bytes);
        put_state(engine, engine->policy->tuning[det].det, s, row, bytes);
    }
    fm_free(&engine->mem, row);
}

static void save_hits(struct fm_engine *engine)
{
    const struct fm_triage *triage = &engine->policy->triage;

    for (unsigned i = 0; i < triage->rules; i++) {
        const struct fm_triage_rule *rule = &triage->rule[i];
        struct hits kept = { rule->hits, rule->last_hit };
        if (rule->hits)
            fm_clerk_put(engine->clerk, "triage", &rule->id, sizeof rule->id, &kept, sizeof kept,
                    1);
    }
}

void fm_engine_keep_introduced(struct fm_engine *engine)
{
    const char row = 1;

    fm_clerk_put(engine->clerk, "meta", introduced_key, sizeof introduced_key, &row, sizeof row, 1);
}

void fm_engine_save(struct fm_engine *engine, bool whole)
{
    struct fm_entities *entities = fm_world_entities(engine->world);
    fm_time since = whole ? 0 : engine->saved;

    if (!engine->config.state_dir)
        return;
    for (struct fm_entity *e = fm_entity_oldest(entities); e; e = fm_entity_newer(entities, e))
        if (e->last_seen >= since)
            fm_clerk_put(engine->clerk, "entity", &e->id, sizeof e->id, e, sizeof *e, sizeof *e);
    fm_clerk_put(engine->clerk, "meta", until_key, sizeof until_key, &engine->newest,
            sizeof engine->newest, 1);
    fm_learn_save(engine->learn, since, put_learned, engine);
    save_hits(engine);
    save_fuses(engine);
    save_detections(engine);
    for (unsigned i = 0; i < engine->policy->detectors; i++)
        save_states(engine, i, since);
    fm_clerk_commit(engine->clerk);
    engine->saved = engine->now - OVERLAP;
}
