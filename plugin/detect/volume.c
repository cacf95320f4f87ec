#include "detect/volume.h"

#include <string.h>

/** The place of this server, or the least of all where there is no room. */
static struct fm_volume_place *place_of(struct fm_volume_state *state, const struct fm_obs *obs)
{
    struct fm_volume_place *least = &state->place[0];

    for (unsigned i = 0; i < state->places; i++) {
        struct fm_volume_place *p = &state->place[i];
        if (p->port == obs->sport && fm_addr_equal(&p->addr, &obs->server_addr))
            return p;
        if (p->bytes[FM_TO_SERVER] < least->bytes[FM_TO_SERVER])
            least = p;
    }
    if (state->places < FM_VOLUME_PLACES)
        least = &state->place[state->places++];
    memset(least, 0, sizeof *least);
    least->addr = obs->server_addr;
    least->port = obs->sport;
    least->proto = obs->proto;
    least->first = least->last = obs->time;
    return least;
}

static void count(struct fm_volume_state *state, const struct fm_obs *obs)
{
    struct fm_volume_place *place = place_of(state, obs);
    fm_time began = obs->flow ? obs->flow->start : obs->time;

    if (!fm_bins_query(&state->out, obs->time))
        state->burst = began;
    for (unsigned way = 0; way < 2; way++) {
        state->bytes[way] += obs->bytes[way];
        place->bytes[way] += obs->bytes[way];
    }
    fm_bins_add(&state->out, obs->time, obs->bytes[FM_TO_SERVER]);
    fm_bins_add(&state->in, obs->time, obs->bytes[FM_TO_CLIENT]);
    if (began < place->first)
        place->first = began;
    if (obs->time > place->last)
        place->last = obs->time;
    if (began < state->first)
        state->first = began;
    if (obs->time > state->last)
        state->last = obs->time;
    memcpy(state->name, obs->name, strnlen(obs->name, FM_NAME - 1) + 1);
    state->name[FM_NAME - 1] = 0;
    state->named = obs->named;
}

/** Another window, by policy, begins its bins anew. */
static void set_window(struct fm_volume_state *state, fm_time window)
{
    if (state->out.width == window / FM_BINS)
        return;
    fm_bins_init(&state->out, window / FM_BINS);
    fm_bins_init(&state->in, window / FM_BINS);
}

static struct fm_state *observe(const struct fm_detector *det, const double *param,
        const struct fm_context *ctx, struct fm_slab *slab, const struct fm_obs *obs)
{
    if (obs->what != FM_OBS_BYTES || !obs->client || !det->volume->look(ctx, obs))
        return NULL;
    struct fm_key key = { .entity = obs->client->id, .site = obs->site,
        .name = fm_learn_party(ctx->learn, obs) };
    bool made = false;
    struct fm_state *slot = obs->bytes[FM_TO_SERVER] >= FM_VOLUME_WORTH
                                    ? fm_slab_get(slab, &key, obs->time, &made)
                                    : fm_slab_find(slab, &key);
    if (!slot)
        return NULL;
    struct fm_volume_state *state = (void *)slot->bytes;
    if (made)
        state->first = state->last = obs->time;
    set_window(state, (fm_time)(param[det->volume->window] * (double)FM_SECOND));
    count(state, obs);
    if (obs->bytes[FM_TO_SERVER] < FM_VOLUME_WORTH)
        return NULL;
    struct fm_sample sample = fm_sample_of(obs);
    fm_samples_add(&state->samples, &sample);
    return slot;
}

const struct fm_family fm_volume = {
    .name = "volume",
    .state_bytes = sizeof(struct fm_volume_state),
    .share = 10,
    .sees = FM_SEES(BYTES),
    .observe = observe,
};
