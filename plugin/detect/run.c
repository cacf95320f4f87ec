#include "detect/run.h"

#include <string.h>

#include "base/table.h"

struct fm_run {
    struct fm_mem *mem;
    struct fm_context ctx;
    const struct fm_tuning *tuning;
    unsigned count; /* of it */
    enum fm_source source;
    uint64_t state_bytes, seed;
    bool pending;
    /* whom an observation is for, by its bit: indices of detectors */
    uint8_t for_bit[FM_OBS_BITS][FM_DETECTORS], for_count[FM_OBS_BITS];
    struct fm_slab *slab[FM_DETECTORS];
    /* what is to take their place: of this many, where `prepared` */
    const struct fm_tuning *prepared;
    struct fm_slab *fresh[FM_DETECTORS];
};

enum { LEAST_STATES = 16, DECLARED_SHARES = 40 };

/** A slab never holds more than its part of the whole, so that one that is filled late finds its
 *  memory.  NULL also when that part is too little to see anything. */
static struct fm_slab *slab_new(const struct fm_run *run, const struct fm_detector *det)
{
    size_t one = fm_table_cost_bytes(sizeof(struct fm_state) + det->family->state_bytes);
    unsigned shares = DECLARED_SHARES; /* kept for detectors that the policy declares */

    for (unsigned i = 0; i < fm_detectors_count; i++)
        shares += fm_detectors[i]->family->share;
    uint64_t cap = run->state_bytes * det->family->share / shares / one;
    if (cap < LEAST_STATES)
        return NULL;
    return fm_slab_new(run->mem, det->family->state_bytes, (uint32_t)cap, run->seed);
}

struct fm_run *fm_run_new(struct fm_mem *mem, const struct fm_context *ctx,
        const struct fm_tuning *tuning, uint64_t state_bytes, enum fm_source source,
        uint64_t seed)
{
    struct fm_run *run = fm_alloc(mem, sizeof *run);

    if (!run)
        return NULL;
    run->mem = mem;
    run->ctx = *ctx;
    run->source = source;
    run->state_bytes = state_bytes;
    run->seed = seed;
    if (!fm_run_prepare(run, tuning)) {
        fm_run_free(run);
        return NULL;
    }
    fm_run_tune(run);
    return run;
}

void fm_run_free(struct fm_run *run)
{
    if (!run)
        return;
    for (unsigned i = 0; i < run->count; i++)
        fm_slab_free(run->slab[i]);
    fm_free(run->mem, run);
}

/** The slab that is kept for it, or NULL. */
static struct fm_slab *kept(const struct fm_run *run, const struct fm_detector *det)
{
    unsigned at = run->tuning ? fm_tuning_find(run->tuning, det) : FM_DETECTORS;

    return at < FM_DETECTORS ? run->slab[at] : NULL;
}

bool fm_run_prepare(struct fm_run *run, const struct fm_tuning *tuning)
{
    unsigned count = fm_tuning_count(tuning);

    for (unsigned i = 0; i < count; i++) {
        struct fm_slab *slab = kept(run, tuning[i].det);
        run->fresh[i] = slab ? slab : slab_new(run, tuning[i].det);
        if (run->fresh[i])
            continue;
        while (i--)
            if (run->fresh[i] != kept(run, tuning[i].det))
                fm_slab_free(run->fresh[i]);
        return false;
    }
    run->prepared = tuning;
    return true;
}

static void sort_by_bit(struct fm_run *run)
{
    memset(run->for_count, 0, sizeof run->for_count);
    for (unsigned i = 0; i < run->count; i++) {
        const struct fm_detector *det = run->tuning[i].det;
        uint64_t sees = det->sees ? det->sees & det->family->sees : det->family->sees;
        for (unsigned bit = 0; bit < FM_OBS_BITS; bit++)
            if (sees >> bit & 1)
                run->for_bit[bit][run->for_count[bit]++] = (uint8_t)i;
    }
}

void fm_run_tune(struct fm_run *run)
{
    for (unsigned i = 0; i < run->count; i++)
        if (fm_tuning_find(run->prepared, run->tuning[i].det) == FM_DETECTORS)
            fm_slab_free(run->slab[i]);
    memcpy(run->slab, run->fresh, sizeof run->slab);
    run->tuning = run->prepared;
    run->count = fm_tuning_count(run->tuning);
    sort_by_bit(run);
}

void fm_run_see(struct fm_run *run, const struct fm_obs *obs)
{
    unsigned bit = fm_obs_bit(obs);

    run->ctx.now = obs->time;
    for (unsigned n = 0; n < run->for_count[bit]; n++) {
        unsigned i = run->for_bit[bit][n];
        const struct fm_detector *det = run->tuning[i].det;
        if (run->tuning[i].status == FM_OFF)
            continue;
        run->ctx.det = det;
        struct fm_state *state =
                det->family->observe(det, run->tuning[i].param, &run->ctx, run->slab[i], obs);
        if (state) {
            fm_slab_mark(run->slab[i], state);
            run->pending = true;
        }
    }
}

bool fm_run_pending(const struct fm_run *run)
{
    return run->pending;
}

static void judge(struct fm_run *run, unsigned i, struct fm_state *state,
        void (*found)(void *arg, unsigned det, const struct fm_finding *finding), void *arg)
{
    const struct fm_detector *det = run->tuning[i].det;
    struct fm_finding finding;
    struct fm_sight sight = {
        .ctx = &run->ctx,
        .det = det,
        .param = run->tuning[i].param,
        .key = &state->key,
        .state = state->bytes,
        .entity = fm_entity_find(fm_world_entities(run->ctx.world), state->key.entity),
    };

    if (!sight.entity || fm_run_blind(run, i))
        return;
    fm_finding_init(&finding, det, &state->key);
    if (det->judge(&sight, &finding))
        found(arg, i, &finding);
}

void fm_run_judge(struct fm_run *run, fm_time now,
        void (*found)(void *arg, unsigned det, const struct fm_finding *finding), void *arg)
{
    struct fm_state *state;

    run->ctx.now = now;
    run->pending = false;
    for (unsigned i = 0; i < run->count; i++)
        while ((state = fm_slab_marked(run->slab[i])))
            judge(run, i, state, found, arg);
}

void fm_run_pin(struct fm_run *run, unsigned det, const struct fm_key *key, bool pinned)
{
    struct fm_state *state = fm_slab_find(run->slab[det], key);

    if (state)
        fm_slab_pin(run->slab[det], state, pinned);
}

static bool has_fields(const struct fm_run *run, const struct fm_detector *det)
{
    const struct fm_need *need = det->needs;

    for (unsigned i = 0; i < sizeof det->needs / sizeof *det->needs; i++)
        if ((fm_source_fields(run->source, need[i].kind) & need[i].fields) != need[i].fields)
            return false;
    return true;
}

const struct fm_blindness *fm_run_blind(const struct fm_run *run, unsigned det)
{
    static const struct fm_blindness why[] = {
        { "most conversations are seen one way only",
                "mirror both directions to the sensor's interface" },
        { "clients' DNS does not pass the sensor", "mirror the path to the resolver" },
        { "traffic between inside hosts does not pass the sensor",
                "mirror the switch that joins them, or declare networks.internal" },
        { "this source does not carry the fields it needs",
                "run the plugin in Suricata, or enable the log that has them" },
        { "of most conversations only the servers' side is seen",
                "mirror both directions to the sensor's interface" },
    };
    const struct fm_detector *d = run->tuning[det].det;
    const struct fm_gauge *gauge = fm_world_gauge(run->ctx.world);

    if (!has_fields(run, d))
        return &why[3];
    if ((d->assumes & FM_TWO_WAY) && !fm_gauge_two_way(gauge))
        return &why[0];
    if ((d->assumes & FM_CLIENTS_SEEN) && !fm_gauge_clients_seen(gauge))
        return &why[4];
    if ((d->assumes & FM_DNS_SEEN) && !fm_gauge_dns_seen(gauge))
        return &why[1];
    if ((d->assumes & FM_INSIDE_SEEN) && !fm_gauge_inside_seen(gauge))
        return &why[2];
    return NULL;
}

struct fm_slab *fm_run_slab(const struct fm_run *run, unsigned det)
{
    return run->slab[det];
}
