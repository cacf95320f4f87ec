/* Port Scan: one host tries many ports of one or a few others, and most tries fail.
 *
 * What separates it from its look-alikes is that the *ports* are many at *one* target and do not
 * answer: a client that retries a dead server has one port, a poller has few and they answer, a
 * peer-to-peer start-up has many hosts with one port each, an FTP or RPC client's many ports
 * answer.  So it counts different failed ports a target (family tally, group = target, item =
 * port), fast within `window` and slow within `slow_window`, and asks for half of the tries to have
 * failed.  A target that nobody has been seen using needs half as many.
 *
 * A second form is the survey: few ports on several inside targets within seconds, nearly all of
 * which fail; there the different (target, port) pairs decide.  By the sequential test of Jung et
 * al. each pair that fails makes a scanner four times as likely and each that answers a quarter, so
 * that eight are plenty.  (Outside targets look so when a peer-to-peer program starts, and so do
 * inside ones to a machine whose servers have moved; but it waits for each.)
 *
 * A service inside that has answered this host within days is an old acquaintance that is away:
 * when the controllers are down, every member tries each of them, service by service.  Only failed
 * first contacts count, as in both.
 *
 * UDP ports of traceroute (33434 to 33534, RFC 1393's usage) are not counted.  Costs a tally state
 * a host that has failed tries.  Cannot see: scans of which only the answers pass the sensor, ACK
 * scans (like a connection under way), scans whose source is forged, and a scan slower than
 * min_ports in slow_window.  Method: failed-connection counting as in Jung et al. 2004 and Snort's
 * port_scan. */
#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"
#include "detect/tally.h"

enum { MIN_PORTS, WINDOW, SLOW_PORTS, SLOW_WINDOW, FAIL_SHARE, SURVEY_PAIRS };

static const struct fm_param params[] = {
    [MIN_PORTS] = { "min_ports", FM_COUNT, 4, 65535, 20,
            "different failed ports of one target; half of it where nobody uses the target" },
    [WINDOW] = { "window", FM_SPAN, 60, 86400, 900, "within so long" },
    [SLOW_PORTS] = { "slow_ports", FM_COUNT, 8, 65535, 40,
            "different failed ports of one target over the slow window" },
    [SLOW_WINDOW] = { "slow_window", FM_SPAN, 3600, 7 * 86400, 86400, "of a slow scan" },
    [FAIL_SHARE] = { "fail_share", FM_SHARE, 0.1, 1, 0.5, "of the tries must have failed" },
    [SURVEY_PAIRS] = { "survey_pairs", FM_COUNT, 6, 65535, 8,
            "different failed (target, port) pairs of a survey over three targets or more" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "ports", FM_THREAT, FM_COUNT, { { 5, 20, 200, 1000 } }, 2, "different ports tried" },
    { "successes", FM_THREAT, FM_COUNT, { { 0, 1, 5, 20 } }, 1, "tries that were answered" },
    { "ports", FM_CERTAINTY, FM_COUNT, { { 5, 20, 50, 200 } }, 2, "different ports tried" },
    { "fail_share", FM_CERTAINTY, FM_SHARE, { { 0.3, 0.5, 0.8, 0.95 } }, 2,
            "share of the tries that failed" },
    { "rate", FM_CERTAINTY, FM_RATIO, { { 0.002, 0.02, 0.5, 5 } }, 1, "tries a second" },
    { .name = NULL },
};

#define BREATH (15 * FM_SECOND)

enum { TCP = 6, UDP = 17, TRACEROUTE_FIRST = 33434, TRACEROUTE_LAST = 33534 };

static bool look(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_try *out)
{
    uint16_t item[2] = { obs->sport, obs->proto };
    bool traceroute = obs->proto == UDP && obs->sport >= TRACEROUTE_FIRST &&
                      obs->sport <= TRACEROUTE_LAST;

    if (obs->what != FM_OBS_OUTCOME || (obs->proto != TCP && obs->proto != UDP) || traceroute)
        return false;
    if (obs->course != FM_INSIDE && obs->course != FM_OUTWARD)
        return false;
    out->group = fm_hash(ctx->seed, &obs->server_addr, sizeof obs->server_addr);
    out->item = fm_hash(ctx->seed, item, sizeof item);
    out->failed = obs->answer == FM_NO_ANSWER || obs->answer == FM_REFUSED ||
                  obs->answer == FM_UNREACHABLE;
    if (out->failed && obs->course == FM_INSIDE && fm_learn_met(ctx->learn, obs))
        return false;
    out->dark = obs->course == FM_INSIDE && !obs->server;
    return true;
}

/** Whether this target's ports were scanned; then `sum` is of the window that says so, of the
 *  fuller one where both do. */
static bool is_scanned(const struct fm_sight *in, const struct fm_tally_group *group,
        struct fm_tally_sum *sum, const char **kind)
{
    static const char *const kinds[FM_TIERS] = { "fast", "slow" };
    static const unsigned limit[FM_TIERS] = { MIN_PORTS, SLOW_PORTS };
    static const unsigned window[FM_TIERS] = { WINDOW, SLOW_WINDOW };
    bool scanned = false;

    for (unsigned t = 0; t < FM_TIERS; t++) {
        struct fm_tally_sum s = fm_tally_sum(group, t,
                (fm_time)(in->param[window[t]] * (double)FM_SECOND), in->ctx->now);
        double least = in->param[limit[t]];
        if (s.dark * 2 > s.fails)
            least /= 2;
        if (s.items < least || s.fails < in->param[FAIL_SHARE] * s.tries ||
                (scanned && s.items <= sum->items))
            continue;
        *sum = s;
        *kind = kinds[t];
        scanned = true;
    }
    return scanned;
}

struct totals {
    double ports, failed; /* different ones */
    double most;          /* of these failed, at the worst target */
    uint32_t tries, fails;
    unsigned targets;
    fm_time first, last;
    struct fm_addr worst;
};

/** Different ports that failed.  Above 30 they are estimated within 9 %; where two such errors
 *  allow that no port was tried twice, which is how scanners go about it, then none was. */
static double failed_ports(const struct fm_tally_sum *sum)
{
    return sum->items > 30 && sum->items >= (1 - 2 * 0.09) * sum->fails
                   ? sum->fails
                   : round(sum->items);
}

/** Different ports that were tried there: those that failed and those that answered. */
static double tried(const struct fm_tally_group *g, double failed)
{
    return fmin(failed + round(fm_distinct_query(&g->answered)), g->tries);
}

static void add_target(struct totals *t, const struct fm_tally_group *g, double items)
{
    if (!t->targets || g->first < t->first)
        t->first = g->first;
    if (g->last > t->last)
        t->last = g->last;
    t->ports += tried(g, items);
    t->failed += items;
    t->tries += g->tries;
    t->fails += g->fails;
    t->targets++;
    if (items > t->most) {
        t->most = items;
        t->worst = g->addr;
    }
}

static void add_row(const struct fm_sight *in, struct fm_finding *out,
        const struct fm_tally_group *group, double items)
{
    struct fm_peer *row = fm_finding_row(out);

    if (!row)
        return;
    row->addr = group->addr;
    row->proto = group->proto;
    row->inside = fm_inside(fm_world_net(in->ctx->world), &group->addr);
    row->tries = group->tries;
    row->fails = group->fails;
    row->successes = group->tries - group->fails;
    row->items = (uint32_t)tried(group, items);
    row->first = group->first;
    row->last = group->last;
}

static bool find_scanned(const struct fm_sight *in, struct totals *all, struct fm_finding *out)
{
    const struct fm_tally_state *state = in->state;

    for (unsigned i = 0; i < FM_TALLY_GROUPS; i++) {
        const struct fm_tally_group *g = &state->group[i];
        struct fm_tally_sum sum = { 0 };
        if (!g->used || !is_scanned(in, g, &sum, &out->kind))
            continue;
        add_target(all, g, failed_ports(&sum));
        add_row(in, out, g, failed_ports(&sum));
    }
    return all->targets > 0;
}

/** Few ports on several inside targets, nearly all in vain, in one breath. */
static bool find_survey(const struct fm_sight *in, struct totals *all, struct fm_finding *out)
{
    const struct fm_tally_state *state = in->state;
    fm_time window = (fm_time)(in->param[WINDOW] * (double)FM_SECOND);

    if (fm_distinct_query(&state->groups) > 2 * FM_TALLY_GROUPS)
        return false;
    for (unsigned i = 0; i < FM_TALLY_GROUPS; i++) {
        const struct fm_tally_group *g = &state->group[i];
        if (!g->used || state->last - g->first > BREATH ||
                !fm_inside(fm_world_net(in->ctx->world), &g->addr))
            continue;
        struct fm_tally_sum sum = fm_tally_sum(g, FM_FAST, window, in->ctx->now);
        add_target(all, g, failed_ports(&sum));
        add_row(in, out, g, failed_ports(&sum));
    }
    out->kind = "survey";
    return all->targets >= 3 && all->most >= 2 && all->failed >= in->param[SURVEY_PAIRS] &&
           all->fails * 4 >= all->tries * 3;
}

static void say(struct fm_finding *out, const struct totals *t)
{
    char worst[FM_ADDR_TEXT], took[32];

    snprintf(out->summary, sizeof out->summary,
            "tried %.0f ports of %u host%s (most at %s) in %s: %u of %u tries failed, %u answered",
            t->ports, t->targets, t->targets == 1 ? "" : "s", fm_addr_print(&t->worst, worst),
            fm_text_span(took, sizeof took, t->last - t->first), t->fails, t->tries,
            t->tries - t->fails);
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_tally_state *state = in->state;
    struct totals all = { 0 };

    if (!find_scanned(in, &all, out) && !find_survey(in, &all, out))
        return false;
    double seconds = fmax(1, (double)(all.last - all.first) / (double)FM_SECOND);
    out->first = all.first;
    out->last = all.last;
    out->peer = all.worst;
    out->samples = state->samples;
    fm_finding_term(out, "ports", all.ports);
    fm_finding_term(out, "successes", all.tries - all.fails);
    fm_finding_term(out, "fail_share", (double)all.fails / all.tries);
    fm_finding_term(out, "rate", all.tries / seconds);
    fm_fact_number(out, "targets", all.targets);
    fm_fact_number(out, "ports", all.ports);
    fm_fact_number(out, "ports_failed", all.failed);
    fm_fact_number(out, "tries", all.tries);
    fm_fact_number(out, "successes", all.tries - all.fails);
    fm_fact_number(out, "failures", all.fails);
    say(out, &all);
    return true;
}

static const struct fm_tally_spec spec = {
    .look = look,
    .window = { [FM_FAST] = WINDOW, [FM_SLOW] = SLOW_WINDOW },
};

const struct fm_detector fm_port_scan = {
    .name = "port_scan",
    .title = "Port Scan",
    .category = FM_RECON,
    .tactic = { "TA0007" },
    .technique = { "T1046" },
    .help = "one host tries many ports of one or a few others, and most tries fail",
    .look_alikes = "vulnerability scanner, monitoring, peer-to-peer start-up",
    .next = "see which of the answered ports the host came back to, and which program opened them",
    .family = &fm_tally,
    .key = FM_BY_ENTITY,
    .tally = &spec,
    .needs = { { FM_FLOW_ANSWER, FM_HAS_ANSWER } },
    .assumes = FM_CLIENTS_SEEN,
    .excused = 1u << FM_ROLE_SCANNER | 1u << FM_ROLE_MONITOR,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 3600,
    .params = params,
    .terms = terms,
    .judge = judge,
};
