#include "detect/first.h"

#include <string.h>

static void mark_day(struct fm_first_state *state, fm_time at)
{
    int32_t day = (int32_t)(at / FM_DAY);

    if (day > state->day) {
        unsigned by = (unsigned)(day - state->day);
        state->days = by < FM_FIRST_DAYS ? state->days << by : 0;
        state->day = day;
    }
    if (state->day - day < FM_FIRST_DAYS)
        state->days |= 1ull << (state->day - day);
}

static void copy(char *to, const char *from)
{
    if (from[0])
        memcpy(to, from, FM_NAME);
}

static void count(struct fm_first_state *state, const struct fm_deed *deed,
        const struct fm_obs *obs)
{
    state->successes += deed->success;
    if (deed->answer)
        return;
    mark_day(state, obs->time);
    state->count++;
    state->steps |= 1u << deed->step;
    state->step_count[deed->step]++;
    state->target = obs->server_addr;
    state->port = obs->sport;
    state->proto = obs->proto;
    copy(state->label, deed->label);
    if (obs->time < state->first)
        state->first = obs->time;
    if (obs->time > state->last)
        state->last = obs->time;
    struct fm_sample sample = fm_sample_of(obs);
    fm_samples_add(&state->samples, &sample);
}

static struct fm_state *observe(const struct fm_detector *det, const double *param,
        const struct fm_context *ctx, struct fm_slab *slab, const struct fm_obs *obs)
{
    struct fm_deed deed = { 0 };
    bool made = false;

    (void)param;
    if (!obs->client || !det->first->look(ctx, obs, &deed))
        return NULL;
    struct fm_key key = { .entity = obs->client->id, .site = obs->site, .name = deed.thing,
        .other = obs->server ? obs->server->id : 0 };
    struct fm_state *slot = deed.answer ? fm_slab_find(slab, &key)
                                        : fm_slab_get(slab, &key, obs->time, &made);
    if (!slot)
        return NULL;
    struct fm_first_state *state = (void *)slot->bytes;
    if (made) {
        state->first = state->last = obs->time;
        state->day = (int32_t)(obs->time / FM_DAY);
    }
    copy(state->account, deed.account);
    count(state, &deed, obs);
    return slot;
}

unsigned fm_first_days_before(const struct fm_first_state *state, fm_time now)
{
    int32_t ago = (int32_t)(now / FM_DAY) - state->day;
    uint64_t before = ago > 0 ? state->days : state->days & ~1ull;

    return (unsigned)__builtin_popcountll(before);
}

const struct fm_family fm_first = {
    .name = "first",
    .state_bytes = sizeof(struct fm_first_state),
    .share_pct = 5,
    .observe = observe,
};
