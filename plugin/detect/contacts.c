#include "detect/contacts.h"

#include <string.h>

#include "base/hash.h"

#define ITEM_WORTH (10 * FM_SECOND)
#define ITEMS_WORTH_MOST FM_HOUR

static uint64_t party_of(const struct fm_context *ctx, const struct fm_obs *obs)
{
    struct fm_key place = { .port = obs->sport, .proto = obs->proto,
        .name = fm_hash(ctx->seed, &obs->server_addr, sizeof obs->server_addr) };

    return fm_hash(ctx->seed, &place, sizeof place);
}

static struct fm_contact *find(struct fm_contacts_state *state, uint64_t party)
{
    for (unsigned i = 0; i < FM_CONTACTS; i++)
        if (state->contact[i].used && state->contact[i].party == party)
            return &state->contact[i];
    return NULL;
}

static fm_time staying(const struct fm_contact *c)
{
    fm_time items = (fm_time)fm_distinct_query(&c->items) * ITEM_WORTH;

    return c->last + (items < ITEMS_WORTH_MOST ? items : ITEMS_WORTH_MOST);
}

static struct fm_contact *make_room(struct fm_contacts_state *state)
{
    struct fm_contact *least = &state->contact[0];

    for (unsigned i = 0; i < FM_CONTACTS; i++) {
        struct fm_contact *c = &state->contact[i];
        if (!c->used)
            return c;
        if (staying(c) < staying(least))
            least = c;
    }
    state->dropped++;
    return least;
}

static struct fm_contact *begin(struct fm_contacts_state *state, uint64_t party,
        const struct fm_contacts_spec *spec, const double *param, const struct fm_obs *obs)
{
    struct fm_contact *c = make_room(state);

    memset(c, 0, sizeof *c);
    c->used = 1;
    c->party = party;
    c->addr = obs->server_addr;
    c->port = obs->sport;
    c->proto = obs->proto;
    c->first = c->last = obs->time;
    fm_distinct_init(&c->items);
    fm_bins_init(&c->load, (fm_time)(param[spec->window] * (double)FM_SECOND) / FM_BINS);
    if (!spec->follows || !obs->flow)
        return c;
    memcpy(c->bytes, obs->flow->bytes, sizeof c->bytes);
    if (obs->flow->start < c->first)
        c->first = obs->flow->start;
    return c;
}

static void count(struct fm_contact *c, const struct fm_contact_note *note,
        const struct fm_obs *obs)
{
    for (unsigned way = 0; way < 2; way++)
        c->bytes[way] += note->bytes[way];
    for (unsigned i = 0; i < FM_CONTACT_SUMS; i++)
        c->sum[i] += note->sum[i];
    c->sessions += note->sessions;
    c->signs |= note->signs;
    if (note->load)
        fm_bins_add(&c->load, obs->time, note->load);
    if (note->item && fm_distinct_add(&c->items, note->item))
        c->worth += note->worth;
    c->tags |= note->tag && c->tag && c->tag != note->tag;
    if (note->tag && (!c->tag || note->tag < c->tag))
        c->tag = note->tag;
    if (note->name[0])
        memcpy(c->name, note->name, sizeof c->name);
}

static void span(struct fm_contacts_state *state, struct fm_contact *c, fm_time at)
{
    if (at < c->first)
        c->first = at;
    if (at > c->last)
        c->last = at;
    if (c->first < state->first)
        state->first = c->first;
    if (at > state->last)
        state->last = at;
}

/** The bytes of a flow to a party that is a contact already. */
static bool follow(const struct fm_contacts_spec *spec, const struct fm_obs *obs,
        struct fm_contact_note *note)
{
    if (!spec->follows || obs->what != FM_OBS_BYTES)
        return false;
    memcpy(note->bytes, obs->bytes, sizeof note->bytes);
    return true;
}

static struct fm_state *observe(const struct fm_detector *det, const double *param,
        const struct fm_context *ctx, struct fm_slab *slab, const struct fm_obs *obs)
{
    const struct fm_contacts_spec *spec = det->contacts;
    struct fm_contact_note note = { 0 };

    bool follows = follow(spec, obs, &note);
    if (!obs->client || (!spec->look(ctx, obs, &note) && !follows))
        return NULL;
    struct fm_key key = { .entity = obs->client->id, .site = obs->site };
    bool made = false;
    struct fm_state *slot = note.meets ? fm_slab_get(slab, &key, obs->time, &made)
                                       : fm_slab_find(slab, &key);
    if (!slot)
        return NULL;
    struct fm_contacts_state *state = (void *)slot->bytes;
    if (made)
        state->first = state->last = obs->time;
    uint64_t party = note.party ? note.party : party_of(ctx, obs);
    struct fm_contact *c = find(state, party);
    if (!c && !note.meets)
        return NULL;
    if (!c) {
        c = begin(state, party, spec, param, obs);
        if (follows) /* they are among the flow's */
            memset(note.bytes, 0, sizeof note.bytes);
    }
    count(c, &note, obs);
    span(state, c, obs->time);
    if (note.meets) {
        struct fm_sample sample = fm_sample_of(obs);
        fm_samples_add(&state->samples, &sample);
    }
    return slot;
}

void fm_contact_row(struct fm_finding *out, const struct fm_contact *contact)
{
    struct fm_peer *row = fm_finding_row(out);

    if (!row)
        return;
    row->addr = contact->addr;
    row->port = contact->port;
    row->proto = contact->proto;
    row->tries = contact->sessions;
    row->items = (uint32_t)fm_distinct_query(&contact->items);
    memcpy(row->bytes, contact->bytes, sizeof row->bytes);
    row->first = contact->first;
    row->last = contact->last;
    memcpy(row->name, contact->name, sizeof row->name);
}

const struct fm_family fm_contacts = {
    .name = "contacts",
    .state_bytes = sizeof(struct fm_contacts_state),
    .share = 5,
    .sees = ~0ull,
    .observe = observe,
};
