#include "detect/sweep.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"

enum { ICMP = 1, TCP = 6, ICMP6 = 58 };

bool fm_sweep_look(const struct fm_context *ctx, const struct fm_obs *obs, enum fm_course course,
        struct fm_try *out)
{
    bool icmp = obs->proto == ICMP || obs->proto == ICMP6;
    bool failed = obs->answer == FM_NO_ANSWER || obs->answer == FM_REFUSED ||
                  obs->answer == FM_UNREACHABLE;
    uint16_t service[2] = { icmp ? 0 : obs->sport, obs->proto };

    if (obs->what != FM_OBS_OUTCOME || obs->course != course || (obs->proto != TCP && !icmp) ||
            (failed && fm_learn_met(ctx->learn, obs)))
        return false;
    out->group = fm_hash(ctx->seed, service, sizeof service);
    out->item = fm_hash(ctx->seed, &obs->server_addr, sizeof obs->server_addr);
    out->port = service[0];
    out->failed = failed;
    out->dark = out->failed && !obs->server;
    return true;
}

static double least_of(const struct fm_sweep_limits *limits, unsigned tier, uint16_t port)
{
    if (limits->is_service && !limits->is_service(port))
        return tier == FM_FAST ? limits->any_port : INFINITY;
    return tier == FM_FAST ? limits->fast : limits->slow;
}

/** In the window that holds more, where both do. */
static bool is_swept(const struct fm_sight *in, const struct fm_tally_group *group,
        const struct fm_sweep_limits *limits, struct fm_tally_sum *sum, struct fm_distinct *items,
        const char **kind)
{
    static const char *const kinds[FM_TIERS] = { "fast", "slow" };
    const double window[FM_TIERS] = { limits->fast_window_s, limits->slow_window_s };

    bool swept = false;

    for (unsigned t = 0; t < FM_TIERS; t++) {
        struct fm_distinct own;
        fm_distinct_init(&own);
        struct fm_tally_sum s = fm_tally_sum_items(group, t,
                (fm_time)(window[t] * (double)FM_SECOND), in->ctx->now, &own);
        bool dark = s.dark * 10 >= s.fails * 9;
        if (s.items < least_of(limits, t, group->port) || s.fails < limits->fail_share * s.tries ||
                (limits->only_dark && !dark) || (swept && s.items <= sum->items))
            continue;
        *sum = s;
        *items = own;
        *kind = kinds[t];
        swept = true;
    }
    return swept;
}

bool fm_sweep_measure(const struct fm_sight *in, const struct fm_sweep_limits *limits,
        struct fm_sweep *out, struct fm_finding *finding)
{
    const struct fm_tally_state *state = in->state;
    struct fm_distinct addresses, own;
    double most = 0, fails = 0;

    fm_distinct_init(&addresses);
    *out = (struct fm_sweep){ 0 };
    for (unsigned i = 0; i < FM_TALLY_GROUPS; i++) {
        const struct fm_tally_group *g = &state->group[i];
        struct fm_tally_sum sum = { 0 };
        if (!g->used || !is_swept(in, g, limits, &sum, &own, &out->kind))
            continue;
        struct fm_peer *row = fm_finding_row(finding);
        if (row) {
            *row = (struct fm_peer){ .port = g->port, .proto = g->proto, .tries = g->tries,
                .fails = g->fails, .successes = g->tries - g->fails,
                .items = (uint32_t)sum.items, .first = g->first, .last = g->last };
            row->addr = g->addr;
        }
        fm_distinct_merge(&addresses, &own);
        out->tries += g->tries;
        out->fails += g->fails;
        out->dark += sum.dark;
        fails += sum.fails;
        out->services++;
        if (sum.items > most) {
            most = sum.items;
            out->port = g->port;
            out->proto = g->proto;
        }
    }
    out->addresses = floor(fmin(fm_distinct_query(&addresses), fails) + 0.5);
    return out->services > 0;
}

void fm_sweep_tell(const struct fm_sight *in, const struct fm_sweep *sweep, const char *where,
        struct fm_finding *out)
{
    const struct fm_tally_state *state = in->state;
    double seconds = fmax(1, (double)(state->last - state->first) / (double)FM_SECOND);
    bool icmp = sweep->proto != TCP;
    char took[32], service[32];

    out->first = state->first;
    out->last = state->last;
    out->kind = sweep->kind;
    out->port = sweep->port;
    out->proto = sweep->proto;
    out->peer = state->samples.first[0].peer;
    out->samples = state->samples;
    fm_finding_term(out, "addresses", sweep->addresses);
    fm_finding_term(out, "successes", sweep->tries - sweep->fails);
    fm_finding_term(out, "fail_share", (double)sweep->fails / fmax(1, sweep->tries));
    fm_finding_term(out, "rate", sweep->tries / seconds);
    fm_finding_term(out, "concentration", 1.0 / sweep->services);
    fm_fact_text(out, "kind", sweep->kind);
    fm_fact_number(out, "addresses", sweep->addresses);
    fm_fact_number(out, "services", sweep->services);
    fm_fact_number(out, "tries", sweep->tries);
    fm_fact_number(out, "failures", sweep->fails);
    fm_fact_number(out, "successes", sweep->tries - sweep->fails);
    if (icmp)
        snprintf(service, sizeof service, "pinged");
    else
        snprintf(service, sizeof service, "tried port %u of", sweep->port);
    snprintf(out->summary, sizeof out->summary,
            "%s %.0f %s addresses that failed%s in %s: %u of %u tries failed", service,
            sweep->addresses, where, sweep->services > 1 ? " (and further ports)" : "",
            fm_text_span(took, sizeof took, state->last - state->first), sweep->fails,
            sweep->tries);
}
