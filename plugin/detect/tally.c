#include "detect/tally.h"

#include <string.h>

#define SETTLED FM_SECOND /* a group that began so recently is fresh and keeps its place */
#define FRESH (FM_TALLY_GROUPS / 2) /* groups that may be */
#define EPISODE FM_HOUR   /* after so long without a new group, groups are counted anew */

static int64_t half_of(fm_time at, fm_time window)
{
    return at / (window / 2);
}

/** The half that this time belongs to, turned on if it is newer than both; NULL: too old. */
static struct fm_tally_half *half_at(struct fm_tally_tier *tier, fm_time at, fm_time window)
{
    int64_t number = half_of(at, window);

    if (tier->window != window)
        *tier = (struct fm_tally_tier){ .window = window, .number = number };
    if (number > tier->number + 1)
        memset(tier->half, 0, sizeof tier->half);
    else if (number == tier->number + 1)
        memset(&tier->half[number & 1], 0, sizeof tier->half[0]);
    if (number > tier->number)
        tier->number = number;
    return number >= tier->number - 1 ? &tier->half[number & 1] : NULL;
}

static void count(struct fm_tally_group *group, const struct fm_tally_spec *spec,
        const double *param, const struct fm_try *try, const struct fm_obs *obs)
{
    for (unsigned t = 0; t < FM_TIERS; t++) {
        fm_time window = (fm_time)(param[spec->window[t]] * (double)FM_SECOND);
        struct fm_tally_half *half = half_at(&group->tier[t], obs->time, window);
        if (!half)
            continue;
        half->tries += obs->weight;
        if (!try->failed)
            continue;
        half->fails += obs->weight;
        half->dark += try->dark ? obs->weight : 0;
        fm_distinct_add(&half->failed, try->item);
    }
    group->tries += obs->weight;
    group->fails += try->failed ? obs->weight : 0;
    if (!try->failed)
        fm_distinct_add(&group->answered, try->item);
    group->amount += try->amount;
    if (obs->time < group->first)
        group->first = obs->time;
    if (obs->time > group->last)
        group->last = obs->time;
}

static struct fm_tally_group *find(struct fm_tally_state *state, uint64_t group)
{
    for (unsigned i = 0; i < FM_TALLY_GROUPS; i++)
        if (state->group[i].used && state->group[i].group == group)
            return &state->group[i];
    return NULL;
}

static bool is_settled(const struct fm_tally_group *group, fm_time at)
{
    fm_time age = at - group->first;

    return age >= SETTLED || age <= -SETTLED;
}

/** A free group, or the settled one with the fewest failed items, the older of equals; NULL while
 *  too many are fresh. */
static struct fm_tally_group *make_room(struct fm_tally_state *state,
        const struct fm_tally_spec *spec, const double *param, fm_time at)
{
    fm_time window = (fm_time)(param[spec->window[FM_SLOW]] * (double)FM_SECOND);
    struct fm_tally_group *least = NULL;
    double fewest = INFINITY;
    unsigned fresh = 0;

    for (unsigned i = 0; i < FM_TALLY_GROUPS; i++) {
        struct fm_tally_group *g = &state->group[i];
        if (!g->used)
            return g;
        if (!is_settled(g, at)) {
            fresh++;
            continue;
        }
        double items = fm_tally_sum(g, FM_SLOW, window, at).items;
        if (items > fewest || (least && items == fewest && g->last >= least->last))
            continue;
        least = g;
        fewest = items;
    }
    return fresh < FRESH ? least : NULL;
}

static void count_group(struct fm_tally_state *state, const struct fm_try *try, fm_time at)
{
    if (at - state->grouped > EPISODE)
        fm_distinct_init(&state->groups);
    if (fm_distinct_add(&state->groups, try->group) && at > state->grouped)
        state->grouped = at;
}

/** NULL: there is no room for it now. */
static struct fm_tally_group *begin(struct fm_tally_state *state, const struct fm_tally_spec *spec,
        const double *param, const struct fm_try *try, const struct fm_obs *obs)
{
    struct fm_tally_group *group = make_room(state, spec, param, obs->time);

    if (!group)
        return NULL;
    memset(group, 0, sizeof *group);
    group->used = 1;
    group->group = try->group;
    group->addr = try->addr;
    group->port = try->port;
    memcpy(group->label, try->label, sizeof group->label);
    group->proto = obs->proto;
    group->first = group->last = obs->time;
    fm_distinct_init(&group->answered);
    return group;
}

static struct fm_key key_of(const struct fm_detector *det, const struct fm_obs *obs)
{
    struct fm_key key = { .entity = obs->client->id, .site = obs->site };

    if (det->key == FM_BY_ENTITY_SERVICE)
        key.port = obs->sport;
    else if (det->key == FM_BY_PAIR)
        key.other = obs->server ? obs->server->id : 0;
    return key;
}

static struct fm_state *observe(const struct fm_detector *det, const double *param,
        const struct fm_context *ctx, struct fm_slab *slab, const struct fm_obs *obs)
{
    struct fm_try try = { .port = obs->sport, .addr = obs->server_addr };

    if (!obs->client || !obs->orig_known || obs->backscatter ||
            !det->tally->look(ctx, obs, &try))
        return NULL;
    struct fm_key key = key_of(det, obs);
    bool made = false;
    struct fm_state *slot = try.failed ? fm_slab_get(slab, &key, obs->time, &made)
                                       : fm_slab_find(slab, &key);
    if (!slot)
        return NULL;
    struct fm_tally_state *state = (void *)slot->bytes;
    if (made)
        state->first = state->last = obs->time;
    struct fm_tally_group *group = find(state, try.group);
    if (!group && !try.failed)
        return NULL;
    if (!group) {
        count_group(state, &try, obs->time);
        group = begin(state, det->tally, param, &try, obs);
        if (!group)
            return NULL;
    }
    count(group, det->tally, param, &try, obs);
    if (obs->time < state->first)
        state->first = obs->time;
    if (obs->time > state->last)
        state->last = obs->time;
    slot->worth = (uint8_t)(state->samples.count > 255 ? 255 : state->samples.count);
    if (try.failed) {
        struct fm_sample sample = fm_sample_of(obs);
        fm_samples_add(&state->samples, &sample);
    }
    return slot;
}

struct fm_tally_sum fm_tally_sum(const struct fm_tally_group *group, unsigned tier, fm_time window,
        fm_time now)
{
    struct fm_distinct items;

    fm_distinct_init(&items);
    return fm_tally_sum_items(group, tier, window, now, &items);
}

struct fm_tally_sum fm_tally_sum_items(const struct fm_tally_group *group, unsigned tier,
        fm_time window, fm_time now, struct fm_distinct *all)
{
    const struct fm_tally_tier *t = &group->tier[tier];
    struct fm_distinct items;
    struct fm_tally_sum sum = { 0 };

    fm_distinct_init(&items);
    for (unsigned i = 0; i < 2; i++) {
        int64_t number = (t->number & 1) == i ? t->number : t->number - 1;
        if (!group->used || number < half_of(now, window) - 1)
            continue;
        sum.tries += t->half[i].tries;
        sum.fails += t->half[i].fails;
        sum.dark += t->half[i].dark;
        fm_distinct_merge(&items, &t->half[i].failed);
    }
    sum.items = fmin(fm_distinct_query(&items), sum.fails);
    fm_distinct_merge(all, &items);
    return sum;
}

const struct fm_family fm_tally = {
    .name = "tally",
    .state_bytes = sizeof(struct fm_tally_state),
    .share = 12,
    .sees = FM_SEES(OUTCOME),
    .observe = observe,
};
