#include "detect/declared.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

const char *const fm_thing_name[FM_THINGS] = {
    [FM_THING_ALL] = "all",
    [FM_THING_SERVER] = "server",
    [FM_THING_PORT] = "port",
    [FM_THING_SERVICE] = "service",
    [FM_THING_NETWORK] = "network",
};

const char *const fm_counted_name[FM_COUNTED] = {
    [FM_COUNT_ALL] = "all",
    [FM_COUNT_FAILED] = "failed",
    [FM_COUNT_UNANSWERED] = "unanswered",
    [FM_COUNT_REFUSED] = "refused",
    [FM_COUNT_ANSWERED] = "answered",
};

const char *const fm_way_name[FM_WAYS] = {
    [FM_WAY_INSIDE] = "inside",
    [FM_WAY_OUTWARD] = "outward",
    [FM_WAY_BOTH] = "both",
};

const char *const fm_carrier_name[FM_CARRIERS] = {
    [FM_CARRIER_TCP] = "tcp",
    [FM_CARRIER_UDP] = "udp",
    [FM_CARRIER_ICMP] = "icmp",
};

enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58 };
enum { NETWORK4_BITS = 96 + 24, NETWORK6_BITS = 64 };

static const struct fm_param params[FM_DECLARED_PARAMS + 1] = {
    [FM_DECLARED_LEAST] = { "least", FM_COUNT, 2, 65535, 0, "different items of one group" },
    [FM_DECLARED_WINDOW] = { "window", FM_SPAN, 60, 7 * 86400, 0, "within so long" },
    [FM_DECLARED_SHARE] = { "share", FM_SHARE, 0, 1, 0, "of the tries must be of those counted" },
    { .name = NULL },
};

/* ---- looking --------------------------------------------------------------------------------- */

static bool is_way(enum fm_way way, enum fm_course course)
{
    return (course == FM_INSIDE && way != FM_WAY_OUTWARD) ||
           (course == FM_OUTWARD && way != FM_WAY_INSIDE);
}

static bool is_carrier(enum fm_carrier carrier, uint8_t proto)
{
    switch (carrier) {
    case FM_CARRIER_UDP:
        return proto == UDP;
    case FM_CARRIER_ICMP:
        return proto == ICMP || proto == ICMP6;
    default:
        return proto == TCP;
    }
}

static bool is_port(const struct fm_declared *declared, uint16_t port)
{
    for (unsigned i = 0; i < declared->ports; i++)
        if (port >= declared->port[i].first && port <= declared->port[i].last)
            return true;
    return !declared->ports;
}

static bool is_counted(enum fm_counted counts, enum fm_answer answer)
{
    bool refused = answer == FM_REFUSED || answer == FM_UNREACHABLE;

    switch (counts) {
    case FM_COUNT_FAILED:
        return refused || answer == FM_NO_ANSWER;
    case FM_COUNT_UNANSWERED:
        return answer == FM_NO_ANSWER;
    case FM_COUNT_REFUSED:
        return refused;
    case FM_COUNT_ANSWERED:
        return answer == FM_ANSWERED;
    default:
        return true;
    }
}

static struct fm_addr network_of(const struct fm_addr *addr)
{
    return fm_addr_mask(addr, fm_addr_is4(addr) ? NETWORK4_BITS : NETWORK6_BITS);
}

static uint64_t hash_of(uint64_t seed, enum fm_thing thing, const struct fm_obs *obs)
{
    struct {
        struct fm_addr addr;
        uint16_t port;
        uint16_t proto;
    } of = { .proto = obs->proto };

    if (thing == FM_THING_SERVER || thing == FM_THING_SERVICE)
        of.addr = obs->server_addr;
    else if (thing == FM_THING_NETWORK)
        of.addr = network_of(&obs->server_addr);
    if (thing == FM_THING_PORT || thing == FM_THING_SERVICE)
        of.port = obs->sport;
    else
        of.proto = 0;
    return fm_hash(seed, &of, sizeof of);
}

/** The group's address and port are told only where they are the group's own. */
static bool look(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_try *out)
{
    const struct fm_declared *declared = (const struct fm_declared *)ctx->det;

    if (obs->what != FM_OBS_OUTCOME || !is_way(declared->way, obs->course) ||
            !is_carrier(declared->carrier, obs->proto) || !is_port(declared, obs->sport) ||
            fm_addr_is_group(&obs->server_addr))
        return false;
    out->group = hash_of(ctx->seed, declared->group, obs);
    out->item = hash_of(ctx->seed, declared->item, obs);
    out->failed = is_counted(declared->counts, obs->answer);
    if (declared->group == FM_THING_NETWORK)
        out->addr = network_of(&obs->server_addr);
    else if (declared->group != FM_THING_SERVER)
        memset(&out->addr, 0, sizeof out->addr);
    if (declared->group != FM_THING_PORT)
        out->port = 0;
    return true;
}

/* ---- judging --------------------------------------------------------------------------------- */

struct totals {
    double items, most;
    uint32_t tries, counted;
    unsigned groups;
    fm_time first, last;
    const struct fm_tally_group *worst;
};

static void add_group(struct totals *t, const struct fm_tally_group *g,
        const struct fm_tally_sum *sum)
{
    if (!t->groups || g->first < t->first)
        t->first = g->first;
    if (g->last > t->last)
        t->last = g->last;
    t->groups++;
    t->items += sum->items;
    t->tries += sum->tries;
    t->counted += sum->fails;
    if (sum->items > t->most) {
        t->most = sum->items;
        t->worst = g;
    }
}

static void add_row(const struct fm_sight *in, const struct fm_tally_group *g, double items,
        struct fm_finding *out)
{
    struct fm_peer *row = fm_finding_row(out);

    if (row)
        *row = (struct fm_peer){ .addr = g->addr, .port = g->port, .proto = g->proto,
            .inside = fm_inside(fm_world_net(in->ctx->world), &g->addr), .tries = g->tries,
            .items = (uint32_t)items, .first = g->first, .last = g->last };
}

static void name_group(const struct fm_declared *declared, const struct totals *t,
        struct fm_text *out)
{
    char addr[FM_ADDR_TEXT];

    fm_addr_print(&t->worst->addr, addr);
    if (declared->group == FM_THING_SERVER)
        fm_text_addf(out, " of %s", addr);
    else if (declared->group == FM_THING_NETWORK)
        fm_text_addf(out, " in %s/%d", addr, fm_addr_is4(&t->worst->addr) ? 24 : NETWORK6_BITS);
    else if (declared->group == FM_THING_PORT)
        fm_text_addf(out, " on port %u", t->worst->port);
    if (t->groups > 1)
        fm_text_addf(out, " (and of %u more)", t->groups - 1);
}

static void say(const struct fm_declared *declared, const struct totals *t, double window_s,
        struct fm_finding *out)
{
    static const char *const items[FM_THINGS] = { "", "hosts", "ports", "services", "networks" };
    static const char *const went[FM_COUNTED] = { "", "failed", "were not answered",
        "were refused", "were answered" };
    char span[32];
    struct fm_text text;

    fm_text_init(&text, out->summary, sizeof out->summary);
    fm_text_addf(&text, "%s %.0f %s", declared->counts == FM_COUNT_ANSWERED ? "reached" : "tried",
            t->most, items[declared->item]);
    name_group(declared, t, &text);
    fm_text_addf(&text, " within %s: ",
            fm_text_span(span, sizeof span, (fm_time)(window_s * (double)FM_SECOND)));
    if (declared->counts == FM_COUNT_ALL)
        fm_text_addf(&text, "%u tries", t->tries);
    else
        fm_text_addf(&text, "%u of %u tries %s", t->counted, t->tries, went[declared->counts]);
}

static void tell(const struct fm_sight *in, const struct fm_declared *declared,
        const struct totals *t, struct fm_finding *out)
{
    const struct fm_tally_state *state = in->state;
    double window_s = in->param[FM_DECLARED_WINDOW];

    out->first = t->first;
    out->last = t->last;
    out->samples = state->samples;
    out->peer = declared->group == FM_THING_SERVER ? t->worst->addr : state->samples.first[0].peer;
    out->port = t->worst->port;
    out->proto = t->worst->proto;
    fm_finding_term(out, "items", t->most);
    if (declared->group != FM_THING_ALL)
        fm_finding_term(out, "groups", t->groups);
    if (declared->counts != FM_COUNT_ALL)
        fm_finding_term(out, "share", (double)t->counted / fmax(1, t->tries));
    fm_finding_term(out, "rate", t->tries / window_s);
    fm_fact_number(out, "items", t->most);
    fm_fact_number(out, "groups", t->groups);
    fm_fact_number(out, "tries", t->tries);
    fm_fact_number(out, "counted", t->counted);
    fm_fact_span(out, "window_s", window_s);
    say(declared, t, window_s, out);
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_declared *declared = (const struct fm_declared *)in->det;
    const struct fm_tally_state *state = in->state;
    fm_time window = (fm_time)(in->param[FM_DECLARED_WINDOW] * (double)FM_SECOND);
    struct totals t = { 0 };

    for (unsigned i = 0; i < FM_TALLY_GROUPS; i++) {
        const struct fm_tally_group *g = &state->group[i];
        if (!g->used)
            continue;
        struct fm_tally_sum sum = fm_tally_sum(g, FM_FAST, window, in->ctx->now);
        if (sum.items < in->param[FM_DECLARED_LEAST] ||
                sum.fails < in->param[FM_DECLARED_SHARE] * sum.tries)
            continue;
        add_group(&t, g, &sum);
        if (declared->group != FM_THING_ALL)
            add_row(in, g, sum.items, out);
    }
    if (!t.groups)
        return false;
    tell(in, declared, &t, out);
    return true;
}

/* ---- making ---------------------------------------------------------------------------------- */

static void add_term(struct fm_declared *declared, struct fm_term term)
{
    unsigned n = 0;

    while (declared->term[n].name)
        n++;
    declared->term[n] = term;
}

/** At the declared limit a finding is worth some 40 points: it counts, and more counts more. */
static void make_terms(struct fm_declared *d)
{
    double least = d->least, rate = least / d->window_s;

    memset(d->term, 0, sizeof d->term);
    add_term(d, (struct fm_term){ "items", FM_THREAT, FM_COUNT,
            { { 0, least, 5 * least, 50 * least } }, 2, "different items of the worst group" });
    if (d->group != FM_THING_ALL)
        add_term(d, (struct fm_term){ "groups", FM_THREAT, FM_COUNT, { { 0, 1, 3, 8 } }, 1,
                "groups with so many" });
    add_term(d, (struct fm_term){ "items", FM_CERTAINTY, FM_COUNT,
            { { 0, least / 2, 2 * least, 10 * least } }, 2, "different items of the worst group" });
    if (d->counts != FM_COUNT_ALL)
        add_term(d, (struct fm_term){ "share", FM_CERTAINTY, FM_SHARE, { { 0, 0.4, 0.8, 1 } }, 1,
                "of the tries that were of those counted" });
    add_term(d, (struct fm_term){ "rate", FM_CERTAINTY, FM_RATIO,
            { { 0, rate / 2, 4 * rate, 100 * rate } }, 1, "tries a second of the window" });
}

static uint64_t identity_of(const struct fm_declared *d)
{
    uint64_t id = fm_hash(1, d->port, d->ports * sizeof d->port[0]);
    const int kinds[] = { (int)d->group, (int)d->item, (int)d->counts, (int)d->way,
        (int)d->carrier };

    id = fm_hash(id, kinds, sizeof kinds);
    return id ? id : 1;
}

void fm_declared_make(struct fm_declared *d)
{
    const double preset[FM_DECLARED_PARAMS] = { d->least, d->window_s, d->share };
    struct fm_detector *det = &d->det;

    memcpy(d->param, params, sizeof d->param);
    for (unsigned i = 0; i < FM_DECLARED_PARAMS; i++)
        d->param[i].preset = preset[i];
    make_terms(d);
    d->spec = (struct fm_tally_spec){ .look = look,
        .window = { FM_DECLARED_WINDOW, FM_DECLARED_WINDOW } };
    det->identity = identity_of(d);
    det->name = d->name;
    det->title = d->title;
    det->help = d->help;
    det->look_alikes = d->look_alikes;
    det->next = d->next;
    for (unsigned i = 0; i < 4 && d->technique[i][0]; i++)
        det->technique[i] = d->technique[i];
    for (unsigned i = 0; i < 3 && d->tactic[i][0]; i++)
        det->tactic[i] = d->tactic[i];
    det->family = &fm_tally;
    det->key = FM_BY_ENTITY;
    det->tally = &d->spec;
    if (d->counts != FM_COUNT_ALL) {
        det->needs[0] = (struct fm_need){ FM_FLOW_ANSWER, FM_HAS_ANSWER };
        det->assumes = FM_TWO_WAY;
    }
    det->starts = FM_LIVE;
    det->budget = 1;
    det->quiet_s = 3600;
    det->params = d->param;
    det->terms = d->term;
    det->judge = judge;
}
