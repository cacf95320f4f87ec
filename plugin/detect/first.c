#include "detect/first.h"

#include <string.h>

#include "base/hash.h"

static int32_t day_of(fm_time at)
{
    return (int32_t)(at / FM_DAY);
}

static uint64_t shifted(uint64_t days, unsigned by)
{
    return by < FM_FIRST_DAYS ? days << by : 0;
}

static void turn_to(struct fm_first_state *state, int32_t day)
{
    unsigned by = (unsigned)(day - state->day);

    for (unsigned i = 0; i < FM_FIRST_STEPS; i++)
        state->step[i].days = shifted(state->step[i].days, by);
    state->day = day;
}

static void take_step(struct fm_first_state *state, unsigned which, fm_time at)
{
    struct fm_first_step *step = &state->step[which];
    int32_t day = day_of(at);

    if (day > state->day)
        turn_to(state, day);
    if (state->day - day < FM_FIRST_DAYS)
        step->days |= 1ull << (state->day - day);
    if (!step->count || at < step->first)
        step->first = at;
    if (at > step->last)
        step->last = at;
    step->count++;
    state->steps |= 1u << which;
}

/** The place of this target, or in place of the longest unseen where there is no room. */
static struct fm_first_place *place_of(struct fm_first_state *state, const struct fm_obs *obs)
{
    struct fm_first_place *oldest = &state->place[0];

    for (unsigned i = 0; i < state->places; i++) {
        struct fm_first_place *p = &state->place[i];
        if (fm_addr_equal(&p->addr, &obs->server_addr))
            return p;
        if (p->last < oldest->last)
            oldest = p;
    }
    if (state->places < FM_FIRST_PLACES)
        oldest = &state->place[state->places++];
    else
        state->places_dropped++;
    *oldest = (struct fm_first_place){ .addr = obs->server_addr, .first = obs->time };
    return oldest;
}

static void count_place(struct fm_first_state *state, unsigned step, const struct fm_obs *obs)
{
    struct fm_first_place *place = place_of(state, obs);

    place->port = obs->sport;
    place->proto = obs->proto;
    place->count++;
    place->steps |= 1u << step;
    if (obs->time < place->first)
        place->first = obs->time;
    if (obs->time > place->last)
        place->last = obs->time;
}

static void copy(char *to, const char *from)
{
    if (from[0])
        memcpy(to, from, FM_NAME);
}

static uint8_t worth_of(const struct fm_first_state *state)
{
    uint64_t days = 0;

    for (unsigned i = 0; i < FM_FIRST_STEPS; i++)
        days |= state->step[i].days;
    return (uint8_t)(__builtin_popcountll(days) - 1);
}

static void count(struct fm_state *slot, const struct fm_deed *deed, const struct fm_obs *obs)
{
    struct fm_first_state *state = (void *)slot->bytes;

    copy(state->label, deed->label);
    copy(state->object, deed->object);
    copy(state->account, deed->account);
    state->successes += deed->success;
    if (deed->answer)
        return;
    struct fm_sample sample = fm_sample_of(obs);
    take_step(state, deed->step, obs->time);
    count_place(state, deed->step, obs);
    fm_samples_add(&state->samples, &sample);
    fm_bins_add(&state->recent, obs->time, 1);
    state->count++;
    if (obs->time < state->first)
        state->first = obs->time;
    if (obs->time > state->last)
        state->last = obs->time;
    slot->worth = worth_of(state);
}

/** The state of that scope; a target without an entity is told by its address. */
static struct fm_key key_of(const struct fm_context *ctx, const struct fm_first_spec *spec,
        enum fm_first_scope scope, const struct fm_deed *deed, const struct fm_obs *obs)
{
    struct fm_key key = { .site = obs->site, .name = deed->thing };

    key.pad[0] = (uint8_t)scope;
    if (scope != FM_FIRST_TARGET)
        key.entity = obs->client->id;
    if (scope == FM_FIRST_HOST || spec->by_thing)
        return key;
    if (obs->server)
        key.other = obs->server->id;
    else
        key.name ^= fm_hash(ctx->seed, &obs->server_addr, sizeof obs->server_addr);
    return key;
}

static struct fm_state *slot_of(struct fm_slab *slab, const struct fm_key *key, fm_time at,
        fm_time window, bool *made)
{
    struct fm_state *slot = fm_slab_get(slab, key, at, made);

    if (slot && *made) {
        struct fm_first_state *state = (void *)slot->bytes;
        state->scope = key->pad[0];
        state->day = day_of(at);
        state->first = state->last = at;
        fm_bins_init(&state->recent, window / FM_BINS);
    }
    return slot;
}

/** Adds the deed up for its host and for its target; the state to be judged. */
static struct fm_state *count_around(const struct fm_context *ctx,
        const struct fm_first_spec *spec, struct fm_slab *slab, fm_time window,
        const struct fm_deed *deed, const struct fm_obs *obs, struct fm_state *pair, bool new_pair)
{
    struct fm_first_state *state = (void *)pair->bytes;
    struct fm_key host_key = key_of(ctx, spec, FM_FIRST_HOST, deed, obs);
    struct fm_key target_key = key_of(ctx, spec, FM_FIRST_TARGET, deed, obs);
    bool made;
    struct fm_state *target = slot_of(slab, &target_key, obs->time, window, &made);
    struct fm_state *host = slot_of(slab, &host_key, obs->time, window, &made);

    if (!host || !target)
        return pair;
    struct fm_first_state *at_host = (void *)host->bytes, *at_target = (void *)target->bytes;
    at_host->others += new_pair;
    at_target->others += new_pair;
    count(host, deed, obs);
    count(target, deed, obs);
    state->others = at_target->others;
    state->step[deed->step].host_days = fm_first_days_before(at_host, deed->step);
    at_host->step[deed->step].host_days = state->step[deed->step].host_days;
    return at_host->others > spec->wide ? host : pair;
}

static struct fm_state *observe(const struct fm_detector *det, const double *param,
        const struct fm_context *ctx, struct fm_slab *slab, const struct fm_obs *obs)
{
    const struct fm_first_spec *spec = det->first;
    fm_time window = (fm_time)(param[spec->window] * (double)FM_SECOND);
    struct fm_deed deed = { 0 };
    bool made = false;

    if (!obs->client || !spec->look(ctx, obs, &deed))
        return NULL;
    struct fm_key key = key_of(ctx, spec, FM_FIRST_PAIR, &deed, obs);
    struct fm_state *pair = deed.answer ? fm_slab_find(slab, &key)
                                        : slot_of(slab, &key, obs->time, window, &made);
    if (!pair)
        return NULL;
    count(pair, &deed, obs);
    if (!spec->wide || deed.answer)
        return pair;
    return count_around(ctx, spec, slab, window, &deed, obs, pair, made);
}

unsigned fm_first_days_before(const struct fm_first_state *state, unsigned step)
{
    return (unsigned)__builtin_popcountll(state->step[step].days & ~1ull);
}

bool fm_first_that_day(const struct fm_first_state *state, unsigned step)
{
    return state->step[step].days & 1;
}

const struct fm_family fm_first = {
    .name = "first",
    .state_bytes = sizeof(struct fm_first_state),
    .share = 5,
    .sees = ~0ull,
    .observe = observe,
};
