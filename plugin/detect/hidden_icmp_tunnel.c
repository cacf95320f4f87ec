/* Hidden ICMP Tunnel: information is carried in the payload of echo requests and replies.
 *
 * A ping asks with one pattern and is answered with the same; only its first 16 bytes (a time) may
 * change.  A tunnel says something new each time, and the reply is not the request.  So what is
 * measured is variety: different payloads (without the first 16 bytes) over packets, both ways.  An
 * honest ping has next to none, a monitor that puts more times into its packets has half (the
 * reply repeats the request), a tunnel nearly one; half will do where replies are of other sizes
 * than requests, as behind a mirror that doubles every packet.  It will do, too, where payloads are
 * long: a host that only echoes what a thief sends it repeats every request, but no monitor puts
 * 200 bytes of news into its pings.  The sizes are the only sign where payloads are not seen (EVE,
 * Zeek) or the two directions travel apart.
 *
 * Look-alikes that stay quiet by it: monitoring by ping, pings of all sizes by hand, path MTU
 * probing, traceroute (its answers are errors, no echoes).  What nobody answers does not count.
 *
 * Costs a contacts state a host with varied pings.  Cannot see: fewer than min_packets, a tunnel
 * that only echoes what it is sent in short payloads (half the variety), one that nobody answers,
 * other ICMP types. */
#include <stdio.h>

#include "base/text.h"
#include "detect/contacts.h"

enum { MIN_PACKETS, MIN_BYTES, VARIETY, UNLIKE_VARIETY, DIFFERENCE, WINDOW, BARE_BYTES };

static const struct fm_param params[] = {
    [MIN_PACKETS] = { "min_packets", FM_COUNT, 10, 1e6, 40, "with a payload, both ways" },
    [MIN_BYTES] = { "min_bytes", FM_BYTES, 500, 1e9, 3000, "of payload, both ways" },
    [VARIETY] = { "variety", FM_SHARE, 0.5, 1, 0.62, "different payloads over packets" },
    [UNLIKE_VARIETY] = { "unlike_variety", FM_SHARE, 0.1, 1, 0.35,
            "the same where requests and replies differ in size" },
    [DIFFERENCE] = { "difference", FM_SHARE, 0.01, 1, 0.05, "between their mean sizes, for that" },
    [WINDOW] = { "window", FM_SPAN, 60, 86400, 3600, "of the rate" },
    [BARE_BYTES] = { "bare_bytes", FM_BYTES, 1e3, 1e9, 20000,
            "where payloads are not seen and requests and replies differ in size, or are echoed" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "bytes_out", FM_THREAT, FM_BYTES, { { 500, 1e5, 1e7, 1e9 } }, 2, "carried out" },
    { "bytes_in", FM_THREAT, FM_BYTES, { { 500, 1e5, 1e7, 1e9 } }, 1, "carried in" },
    { "variety", FM_CERTAINTY, FM_SHARE, { { 0.4, 0.6, 0.8, 0.95 } }, 3,
            "different payloads over packets" },
    { "difference", FM_CERTAINTY, FM_SHARE, { { 0, 0.05, 0.2, 0.5 } }, 1,
            "between the mean sizes of requests and replies" },
    { "packets", FM_CERTAINTY, FM_COUNT, { { 20, 60, 300, 2000 } }, 1, "with a payload" },
    { "size", FM_CERTAINTY, FM_BYTES, { { 32, 64, 200, 800 } }, 1, "of a payload on the mean" },
    { "rate", FM_CERTAINTY, FM_BYTES, { { 1e3, 1e4, 1e5, 1e6 } }, 1, "within the window" },
    { .name = NULL },
};

/** What stands in a contact's sums; the last four of records that saw both directions. */
enum { PACKETS_OUT, PACKETS_IN, BOTH_PACKETS, BOTH_BYTES, PAYLOADS, UNLIKE_BYTES };
enum { ICMP = 1, ICMP6 = 58, ECHO = 8, ECHO6 = 128 };

static uint32_t saturated(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static double difference(double out, double in)
{
    return fabs(out - in) / fmax(1, fmax(out, in));
}

/** Payloads as the packet path saw them. */
static bool look_payloads(const struct fm_obs *obs, struct fm_contact_note *out)
{
    const struct fm_icmp *icmp = fm_body(obs->rec);

    out->meets = icmp->payloads >= 2;
    out->sum[PACKETS_OUT] = icmp->packets[FM_TO_SERVER];
    out->sum[PACKETS_IN] = icmp->packets[FM_TO_CLIENT];
    if (icmp->packets[0] && icmp->packets[1]) {
        double sent = (double)icmp->bytes[0] / icmp->packets[0];
        double got = (double)icmp->bytes[1] / icmp->packets[1];
        out->sum[BOTH_PACKETS] = icmp->packets[0] + icmp->packets[1];
        out->sum[BOTH_BYTES] = saturated(icmp->bytes[0] + icmp->bytes[1]);
        out->sum[PAYLOADS] = icmp->payloads;
        out->sum[UNLIKE_BYTES] = (uint32_t)(difference(sent, got) * out->sum[BOTH_BYTES]);
    }
    out->bytes[FM_TO_SERVER] = icmp->bytes[FM_TO_SERVER];
    out->bytes[FM_TO_CLIENT] = icmp->bytes[FM_TO_CLIENT];
    out->load = saturated(icmp->bytes[0] + icmp->bytes[1]);
    return true;
}

/** A flow of which only counts are known, and which no ping can be. */
static bool look_counts(const struct fm_obs *obs, struct fm_contact_note *out)
{
    enum { LEAST_PACKETS = 20 };
    const struct fm_flow_row *flow = obs->flow;
    const uint64_t *packets = flow->packets, *bytes = flow->bytes;

    if (flow->has_shape || packets[0] < LEAST_PACKETS || packets[1] < LEAST_PACKETS ||
            difference((double)bytes[0] / (double)packets[0],
                    (double)bytes[1] / (double)packets[1]) < 0.1)
        return false;
    out->meets = true;
    for (unsigned way = 0; way < 2; way++) {
        out->sum[PACKETS_OUT + way] = saturated(packets[way]);
        out->bytes[way] = bytes[way];
    }
    out->load = saturated(bytes[0] + bytes[1]);
    return true;
}

static bool look(const struct fm_context *ctx, const struct fm_obs *obs,
        struct fm_contact_note *out)
{
    (void)ctx;
    if ((obs->proto != ICMP && obs->proto != ICMP6) || fm_addr_is_group(&obs->server_addr))
        return false;
    if (obs->what == FM_OBS_TX && obs->rec->kind == FM_ICMP)
        return look_payloads(obs, out);
    return obs->what == FM_OBS_END && (obs->cport == ECHO || obs->cport == ECHO6) &&
           look_counts(obs, out);
}

/* ---- what it means ---- */

struct echoes {
    const struct fm_contact *peer;
    double packets, bytes, variety, difference, rate;
};

static struct echoes measure(const struct fm_sight *in, const struct fm_contact *c)
{
    double out = (double)c->sum[PACKETS_OUT], back = (double)c->sum[PACKETS_IN];
    double sent = (double)c->bytes[FM_TO_SERVER], got = (double)c->bytes[FM_TO_CLIENT];
    double both = (double)c->sum[BOTH_PACKETS];
    bool together = both >= (out + back) / 2;

    return (struct echoes){
        .peer = c,
        .packets = out + back,
        .bytes = sent + got,
        .variety = together ? (double)c->sum[PAYLOADS] / fmax(1, both) : FM_UNKNOWN,
        .difference = together ? (double)c->sum[UNLIKE_BYTES] / fmax(1, (double)c->sum[BOTH_BYTES])
                               : difference(sent / fmax(1, out), got / fmax(1, back)),
        .rate = (double)fm_bins_query(&c->load, in->ctx->now),
    };
}

/** Every request long and new, every reply its echo: nearly half the packets bring news. */
static bool is_echoed(const struct fm_sight *in, const struct echoes *m)
{
    enum { LONG = 200 };

    return m->variety >= 0.45 && m->bytes >= LONG * m->packets && m->bytes >= in->param[BARE_BYTES];
}

static bool is_tunnel(const struct fm_sight *in, const struct echoes *m)
{
    if (!m->peer->sum[PACKETS_OUT] || !m->peer->sum[PACKETS_IN] ||
            m->packets < in->param[MIN_PACKETS])
        return false;
    if (!fm_known(m->variety))
        return m->bytes >= in->param[BARE_BYTES] && m->difference >= 2 * in->param[DIFFERENCE];
    bool unlike = m->difference >= in->param[DIFFERENCE];
    return is_echoed(in, m) || (m->bytes >= in->param[MIN_BYTES] &&
                                       m->variety >= in->param[unlike ? UNLIKE_VARIETY : VARIETY]);
}

static void tell(struct fm_finding *out, const struct echoes *m)
{
    const struct fm_contact *c = m->peer;
    char sent[32], got[32], took[32], variety[64] = "";

    out->first = c->first;
    out->last = c->last;
    out->peer = c->addr;
    out->proto = c->proto;
    fm_finding_term(out, "bytes_out", (double)c->bytes[FM_TO_SERVER]);
    fm_finding_term(out, "bytes_in", (double)c->bytes[FM_TO_CLIENT]);
    fm_finding_term(out, "variety", m->variety);
    fm_finding_term(out, "difference", m->difference);
    fm_finding_term(out, "packets", m->packets);
    fm_finding_term(out, "size", m->bytes / m->packets);
    fm_finding_term(out, "rate", m->rate);
    fm_fact_addr(out, "address", &c->addr);
    fm_fact_number(out, "packets", m->packets);
    fm_fact_number(out, "payloads", (double)c->sum[PAYLOADS]);
    fm_fact_bytes(out, "bytes_out", (double)c->bytes[FM_TO_SERVER]);
    fm_fact_bytes(out, "bytes_in", (double)c->bytes[FM_TO_CLIENT]);
    if (fm_known(m->variety))
        snprintf(variety, sizeof variety, ", %.0f %% of them with a payload of their own",
                100 * m->variety);
    snprintf(out->summary, sizeof out->summary,
            "exchanged %.0f echo packets in %s%s: sent %s, received %s", m->packets,
            fm_text_span(took, sizeof took, c->last - c->first), variety,
            fm_text_bytes(sent, sizeof sent, (double)c->bytes[FM_TO_SERVER]),
            fm_text_bytes(got, sizeof got, (double)c->bytes[FM_TO_CLIENT]));
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_contacts_state *s = in->state;
    struct echoes worst = { 0 };

    for (unsigned i = 0; i < FM_CONTACTS; i++) {
        if (!s->contact[i].used)
            continue;
        struct echoes m = measure(in, &s->contact[i]);
        if (!is_tunnel(in, &m))
            continue;
        fm_contact_row(out, m.peer);
        if (!worst.peer || m.bytes > worst.bytes)
            worst = m;
    }
    if (!worst.peer)
        return false;
    out->samples = s->samples;
    tell(out, &worst);
    return true;
}

static const struct fm_contacts_spec spec = { .look = look, .window = WINDOW };

const struct fm_detector fm_hidden_icmp_tunnel = {
    .name = "hidden_icmp_tunnel",
    .title = "Hidden ICMP Tunnel",
    .category = FM_C2,
    .tactic = { "TA0011", "TA0010" },
    .technique = { "T1095", "T1048" },
    .help = "information is carried in the payload of echo requests and replies",
    .look_alikes = "monitoring by ping, path MTU probing, pings by hand",
    .next = "look at the payloads, and who owns the peer",
    .family = &fm_contacts,
    .key = FM_BY_ENTITY,
    .contacts = &spec,
    .sees = FM_SEES(END) | FM_SEES_TX(ICMP),
    .needs = { { FM_FLOW_END, FM_HAS_BYTES | FM_HAS_PACKETS } },
    .assumes = FM_TWO_WAY,
    .excused = 1u << FM_ROLE_MONITOR | 1u << FM_ROLE_SCANNER,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 7200,
    .params = params,
    .terms = terms,
    .judge = judge,
};
