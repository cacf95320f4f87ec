/* Smash and Grab: unusually much data in a short time to an outside party that is not normal here.
 *
 * Theft is sent, not fetched: the bytes go outward, many times what comes back, and to a party that
 * the host does not usually send so much to.  Its look-alikes differ in just that: the nightly
 * backup sends as much every night to the same store (baseline of the pair), the video upload goes
 * to a site that many here use (prevalence, list `familiar`), a call or a meeting is as large both
 * ways, a backup server is declared as one.
 *
 * Measures (family volume) the bytes outward to one party within `window`; asks for `min_bytes`,
 * for `asymmetry` times what came back, and for `over_normal` times what the pair's usual day is
 * where that is known.  What is not yet known is said to be unknown and lowers certainty;
 * `min_bytes` is an absolute ceiling and is never learned away by the host's own history alone.
 *
 * Costs a volume state a (host, party) that was sent 64 KiB at once.  Cannot see: theft in small
 * parts over days, theft to the store that the backup uses, in the backup's amount. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "detect/volume.h"

enum { MIN_BYTES, WINDOW, ASYMMETRY, OVER_NORMAL, POPULAR };

static const struct fm_param params[] = {
    [MIN_BYTES] = { "min_bytes", FM_BYTES, 1e6, 1e13, 1e8, "sent outward within the window" },
    [WINDOW] = { "window", FM_SPAN, 60, 86400, 3600, "in which it was sent" },
    [ASYMMETRY] = { "asymmetry", FM_RATIO, 1, 100, 3, "times as much sent as received" },
    [OVER_NORMAL] = { "over_normal", FM_RATIO, 1, 1000, 3,
            "times the usual day of this host and party, where that is known" },
    [POPULAR] = { "popular", FM_SHARE, 0.02, 1, 0.2,
            "share of the hosts from which a party is everybody's" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "bytes_out", FM_THREAT, FM_BYTES, { { 1e8, 3e8, 6e8, 2e9 } }, 3, "sent within the window" },
    { "raw_address", FM_THREAT, FM_COUNT, { { 0, 1, 1, 1 } }, 1, "the party has no name" },
    { "over_normal", FM_CERTAINTY, FM_RATIO, { { 1, 3, 10, 50 } }, 3,
            "over the host's usual day outward" },
    { "excess", FM_CERTAINTY, FM_RATIO, { { 0.5, 1, 4, 20 } }, 2, "over min_bytes" },
    { "asymmetry", FM_CERTAINTY, FM_RATIO, { { 1, 3, 10, 50 } }, 1, "sent over received" },
    { "prevalence", FM_CERTAINTY, FM_SHARE, { { 0.5, 0.2, 0.05, 0.02 } }, 2,
            "share of the hosts here that use the party" },
    { "age", FM_CERTAINTY, FM_SPAN, { { 2592000, 604800, 172800, 3600 } }, 2,
            "how long the party has been known here" },
    { .name = NULL },
};

static bool look(const struct fm_context *ctx, const struct fm_obs *obs)
{
    (void)ctx;
    return obs->course == FM_OUTWARD && obs->orig_known && !fm_addr_is_group(&obs->server_addr);
}

/** How long the burst took: at most the window. */
static fm_time burst_span(const struct fm_volume_state *s, fm_time window)
{
    fm_time span = s->last - s->burst;

    return span < window ? span : window;
}

static void add_rows(struct fm_finding *out, const struct fm_volume_state *s)
{
    for (unsigned i = 0; i < s->places; i++) {
        const struct fm_volume_place *p = &s->place[i];
        struct fm_peer *row = fm_finding_row(out);
        if (!row)
            return;
        row->addr = p->addr;
        row->port = p->port;
        row->proto = p->proto;
        memcpy(row->bytes, p->bytes, sizeof row->bytes);
        row->first = p->first;
        row->last = p->last;
        memcpy(row->name, s->name, sizeof row->name);
    }
}

static const struct fm_volume_place *busiest(const struct fm_volume_state *s)
{
    const struct fm_volume_place *most = &s->place[0];

    for (unsigned i = 1; i < s->places; i++)
        if (s->place[i].bytes[FM_TO_SERVER] > most->bytes[FM_TO_SERVER])
            most = &s->place[i];
    return most;
}

static bool is_normal(const struct fm_sight *in, const struct fm_volume_state *s, double out)
{
    struct fm_key pair = fm_learn_pair_day(in->key);
    struct fm_normal usual = fm_learn_normal(in->ctx->learn, &pair, in->ctx->now);

    if (fm_known(usual.value) && out < in->param[OVER_NORMAL] * usual.value)
        return true;
    return fm_is_everybodys(in->ctx, in->key->name, s->name, &s->place[0].addr, s->place[0].port,
            in->param[POPULAR]);
}

static void say(struct fm_finding *out, const struct fm_volume_state *s, double bytes, double in,
        fm_time span, double normal)
{
    char sent[32], got[32], took[32], usual[32], rest[96] = "";
    const struct fm_volume_place *most = busiest(s);

    if (fm_known(normal))
        snprintf(rest, sizeof rest, "; its usual day outward is %s",
                fm_text_bytes(usual, sizeof usual, normal));
    snprintf(out->summary, sizeof out->summary, "sent %s to %s port %u in %s and received %s%s",
            fm_text_bytes(sent, sizeof sent, bytes), s->name, most->port,
            fm_text_span(took, sizeof took, span), fm_text_bytes(got, sizeof got, in), rest);
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_volume_state *s = in->state;
    fm_time window = (fm_time)(in->param[WINDOW] * (double)FM_SECOND);
    double sent = (double)fm_bins_query(&s->out, in->ctx->now);
    double got = (double)fm_bins_query(&s->in, in->ctx->now);
    double share = fm_learn_share(in->ctx->learn, in->key->name);

    if (sent < in->param[MIN_BYTES] || sent < in->param[ASYMMETRY] * got ||
            is_normal(in, s, sent))
        return false;
    const struct fm_volume_place *most = busiest(s);
    struct fm_key host = fm_learn_host_day(in->key);
    double usual = fm_learn_normal(in->ctx->learn, &host, in->ctx->now).value;
    double age = fm_learn_age_days(in->ctx->learn, in->key->name, in->ctx->now);
    fm_time span = burst_span(s, window);

    out->first = s->burst;
    out->last = s->last;
    out->peer = most->addr;
    out->port = most->port;
    out->proto = most->proto;
    memcpy(out->name, s->name, sizeof out->name);
    out->samples = s->samples;
    fm_finding_term(out, "bytes_out", sent);
    fm_finding_term(out, "raw_address", !s->named);
    fm_finding_term(out, "over_normal", sent / usual);
    fm_finding_normal(out, "over_normal", usual);
    fm_finding_term(out, "excess", sent / in->param[MIN_BYTES]);
    fm_finding_term(out, "asymmetry", sent / fmax(got, 1));
    fm_finding_term(out, "prevalence", share);
    fm_finding_term(out, "age", age * 86400);
    fm_fact_bytes(out, "bytes_out", (double)s->bytes[FM_TO_SERVER]);
    fm_fact_bytes(out, "bytes_in", (double)s->bytes[FM_TO_CLIENT]);
    fm_fact_bytes(out, "burst_bytes", sent);
    fm_fact_span(out, "interval", (double)span / (double)FM_SECOND);
    fm_fact_text(out, "name", s->named ? s->name : "");
    fm_fact_addr(out, "address", &most->addr);
    fm_fact_number(out, "port", most->port);
    add_rows(out, s);
    say(out, s, sent, got, span, usual);
    return true;
}

static const struct fm_volume_spec spec = { .look = look, .window = WINDOW };

const struct fm_detector fm_smash_and_grab = {
    .name = "smash_and_grab",
    .title = "Smash and Grab",
    .category = FM_EXFIL,
    .tactic = { "TA0010" },
    .technique = { "T1048", "T1567" },
    .help = "unusually much data in a short time to an outside party that is not normal here",
    .look_alikes =
            "backup to a new store, video upload, large mail, a first use of a cloud service",
    .next = "ask who was at the host, and see what it collected inside before",
    .family = &fm_volume,
    .key = FM_BY_ENTITY_NAME,
    .volume = &spec,
    .needs = { { FM_FLOW_END, FM_HAS_BYTES } },
    .assumes = FM_CLIENTS_SEEN,
    .excused = 1u << FM_ROLE_PROXY | 1u << FM_ROLE_BACKUP,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 3600,
    .params = params,
    .terms = terms,
    .judge = judge,
};
