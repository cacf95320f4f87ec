#include "detect/sequence.h"

#include <string.h>

/** The place of this server, or the one with the fewest bytes where there is no room. */
static struct fm_leg_place *place_of(struct fm_leg *leg, const struct fm_obs *obs)
{
    struct fm_leg_place *least = &leg->place[0];

    for (unsigned i = 0; i < leg->places; i++) {
        struct fm_leg_place *p = &leg->place[i];
        if (p->port == obs->sport && fm_addr_equal(&p->addr, &obs->server_addr))
            return p;
        if (p->bytes < least->bytes)
            least = p;
    }
    if (leg->places < FM_LEG_PLACES)
        least = &leg->place[leg->places++];
    else
        leg->places_dropped++;
    memset(least, 0, sizeof *least);
    least->addr = obs->server_addr;
    least->port = obs->sport;
    least->proto = obs->proto;
    least->first = least->last = obs->time;
    return least;
}

/** Nothing within the window before `at`: what comes now is another story, and begins anew. */
static void begin_anew(struct fm_leg *leg, struct fm_leg_place *place, fm_time at, fm_time began)
{
    fm_time window = leg->sum.width * FM_BINS;

    if (at - place->last > window) {
        place->bytes = 0;
        place->first = began;
    }
    if (at - leg->last > window)
        leg->first = began;
}

static void count(struct fm_leg *leg, const struct fm_obs *obs, uint64_t party, uint64_t bytes)
{
    struct fm_leg_place *place = place_of(leg, obs);
    fm_time began = obs->flow ? obs->flow->start : obs->time;

    begin_anew(leg, place, obs->time, began);
    place->party = party;
    place->bytes += bytes;
    fm_bins_add(&leg->sum, obs->time, bytes);
    if (began < place->first)
        place->first = began;
    if (obs->time > place->last)
        place->last = obs->time;
    if (!leg->first || began < leg->first)
        leg->first = began;
    if (obs->time > leg->last)
        leg->last = obs->time;
    memcpy(place->name, obs->name, strnlen(obs->name, FM_NAME - 1) + 1);
    place->name[FM_NAME - 1] = 0;
}

static struct fm_state *observe(const struct fm_detector *det, const double *param,
        const struct fm_context *ctx, struct fm_slab *slab, const struct fm_obs *obs)
{
    uint64_t bytes = 0;
    bool made = false;

    if (obs->what != FM_OBS_BYTES || !obs->client)
        return NULL;
    struct fm_key key = { .entity = obs->client->id, .site = obs->site };
    bool worth = obs->bytes[0] >= FM_LEG_WORTH || obs->bytes[1] >= FM_LEG_WORTH;
    if (!worth && !fm_slab_find(slab, &key)) /* cheaper than to look, and the usual case */
        return NULL;
    int which = det->sequence->look(ctx, obs, &bytes);
    if (which < 0 || !bytes)
        return NULL;
    struct fm_state *slot = bytes >= FM_LEG_WORTH ? fm_slab_get(slab, &key, obs->time, &made)
                                                  : fm_slab_find(slab, &key);
    if (!slot)
        return NULL;
    struct fm_sequence_state *state = (void *)slot->bytes;
    fm_time window = (fm_time)(param[det->sequence->window] * (double)FM_SECOND);
    for (unsigned i = 0; made && i < FM_LEGS; i++)
        fm_bins_init(&state->leg[i].sum, window / FM_BINS);
    count(&state->leg[which], obs, fm_learn_party(ctx->learn, obs), bytes);
    if (which == FM_LEG_SECOND) {
        struct fm_sample sample = fm_sample_of(obs);
        fm_samples_add(&state->samples, &sample);
    }
    return slot;
}

const struct fm_family fm_sequence = {
    .name = "sequence",
    .state_bytes = sizeof(struct fm_sequence_state),
    .share = 5,
    .sees = FM_SEES(BYTES),
    .observe = observe,
};
