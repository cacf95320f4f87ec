/* Data Smuggler: much pulled from inside servers, then much pushed outside by the same host.
 *
 * Either half alone is everyday work: people open large files, and people upload.  Together, in
 * this order and close in time, by one host, they are a relay of data (the study's experiment).
 * What separates the look-alikes: a backup server does it by role (excused), a proxy or resolver
 * passes others' data (excused), what goes to a party that is everybody's (list `familiar`, a fifth
 * of the hosts) does not count as pushed, nor does what was pushed before pulling began, or to
 * where things went before; a server that nobody declared is quiet once it is its usual day to pull
 * so much and to push so much to the same party (three days).  Pictures of a screen are no data
 * that one takes along.  A meeting sends much, but gets as much: only what is sent in reports of
 * three times as much out as in counts.
 *
 * Family sequence: the first leg is what inside hosts sent to it, the second what it sent outward.
 * Answers to look-ups, clocks and addresses (DNS, NTP, DHCP, NetBIOS names) are no data that one
 * pulls.  A *source* gave a hundredth of it or more; from the last of these on the delay counts, so
 * that a late glance at another share does not hide that the theft was over.  Fires when within
 * `window` it collected `min_pull`, began to push after it had begun to pull, and pushed `min_push`
 * and `fraction` of what it collected.  The first stage alone (kind `gathering`) is told when the
 * host collected ten times `min_pull` and ten times its own usual day, which must be known.
 *
 * Costs a sequence state a host that moved 64 KiB at once.  Cannot see: what was collected before
 * the sensor watched, data that was on the host already, a push through a popular service. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "detect/sequence.h"

#define POPULAR_SHARE 0.2
#define PUSHED_OVER_GOT 3 /* in one report: seconds of a flow */

enum { MIN_PULL, MIN_PUSH, FRACTION, WINDOW, OVER_NORMAL };

static const struct fm_param params[] = {
    [MIN_PULL] = { "min_pull", FM_BYTES, 1e6, 1e13, 1e8, "collected from inside hosts" },
    [MIN_PUSH] = { "min_push", FM_BYTES, 1e6, 1e13, 2e7, "sent outside afterwards" },
    [FRACTION] = { "fraction", FM_SHARE, 0.001, 1, 0.05, "of what was collected must be sent" },
    [WINDOW] = { "window", FM_SPAN, 3600, 7 * 86400, 86400, "in which both happen" },
    [OVER_NORMAL] = { "over_normal", FM_RATIO, 1, 1000, 3,
            "times the usual day's pull, or push to the party, where both are known" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "bytes_out", FM_THREAT, FM_BYTES, { { 2e7, 1e8, 3e8, 1e9 } }, 3, "sent outside" },
    { "collected", FM_THREAT, FM_BYTES, { { 1e8, 5e8, 1e9, 5e9 } }, 2, "collected inside" },
    { "ratio", FM_CERTAINTY, FM_RATIO, { { 0.01, 0.1, 0.3, 0.6 } }, 2, "sent over collected" },
    { "delay", FM_CERTAINTY, FM_SPAN, { { 86400, 14400, 3600, 600 } }, 2,
            "from the last of the pull to the first of the push" },
    { "excess", FM_CERTAINTY, FM_RATIO, { { 0.5, 1, 4, 20 } }, 1, "collected over min_pull" },
    { "out_over_normal", FM_CERTAINTY, FM_RATIO, { { 1, 3, 10, 50 } }, 2,
            "over the host's usual day outward" },
    { "pull_over_normal", FM_CERTAINTY, FM_RATIO, { { 1, 3, 10, 50 } }, 1,
            "over the host's usual day of taking from inside" },
    { .name = NULL },
};

/** Services by which a host finds others. */
static bool is_lookup(const struct fm_obs *obs)
{
    static const uint16_t ports[] = { 53, 67, 68, 123, 137, 138, 547, 853, 1900, 5353, 5355 };

    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++)
        if (obs->sport == ports[i])
            return true;
    return obs->app == FM_APP_DNS || obs->app == FM_APP_NTP || obs->app == FM_APP_DHCP;
}

/** Somebody works on another machine: RDP, VNC, X11, Citrix, PCoIP. */
static bool is_screen(const struct fm_obs *obs)
{
    static const uint16_t ports[] = { 1494, 2598, 3389, 4172, 5900, 5901, 6000 };

    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++)
        if (obs->sport == ports[i])
            return true;
    return obs->app == FM_APP_RDP || obs->app == FM_APP_RFB;
}

/** Where the beginning of a conversation was missed, a service's port tells the server. */
static bool is_sure(const struct fm_obs *obs)
{
    enum { SERVICES = 1024 };

    return obs->orig_known || (obs->sport < SERVICES && obs->cport >= SERVICES);
}

/** Where the directions travel apart a report has one of them: there the whole flow tells. */
static bool is_push(const struct fm_obs *obs)
{
    bool whole = !obs->bytes[FM_TO_CLIENT] && obs->flow;
    const uint64_t *bytes = whole ? obs->flow->bytes : obs->bytes;

    return bytes[FM_TO_SERVER] >= PUSHED_OVER_GOT * bytes[FM_TO_CLIENT];
}

static int look(const struct fm_context *ctx, const struct fm_obs *obs, uint64_t *bytes)
{
    if (!is_sure(obs) || fm_addr_is_group(&obs->server_addr))
        return -1;
    if (obs->course == FM_INSIDE && (is_lookup(obs) || is_screen(obs)))
        return -1;
    if (obs->course == FM_INSIDE) {
        *bytes = obs->bytes[FM_TO_CLIENT];
        return FM_LEG_FIRST;
    }
    if (obs->course != FM_OUTWARD || !is_push(obs) ||
            fm_is_everybodys(ctx, fm_learn_party(ctx->learn, obs), obs->name, &obs->server_addr,
                    obs->sport, POPULAR_SHARE))
        return -1;
    *bytes = obs->bytes[FM_TO_SERVER];
    return FM_LEG_SECOND;
}

struct moved {
    double pulled, pushed, usual_pull, usual_push;
    unsigned sources;
    fm_time began; /* the first of what was sent afterwards */
    fm_time delay; /* from the last of the sources to the push; 0: they overlap */
};

#define SOURCE_SHARE 0.01 /* of what was collected within the window */

/** What rested for a window belongs to another story. */
static bool is_recent(const struct fm_leg *leg, const struct fm_leg_place *place)
{
    return leg->last - place->last <= leg->sum.width * FM_BINS;
}

static bool is_source(const struct fm_leg *pull, const struct fm_leg_place *place)
{
    uint64_t collected = fm_bins_query(&pull->sum, pull->last);

    return is_recent(pull, place) && (double)place->bytes >= SOURCE_SHARE * (double)collected;
}

/** Whether an earlier place is the same host by another port. */
static bool is_again(const struct fm_leg *pull, unsigned at)
{
    for (unsigned i = 0; i < at; i++)
        if (is_source(pull, &pull->place[i]) &&
                fm_addr_equal(&pull->place[i].addr, &pull->place[at].addr))
            return true;
    return false;
}

/** What was sent afterwards.  Who sent things to others before is no less a thief for it: then it
 *  is what the new places got, as far as they are remembered. */
static void measure_push(const struct fm_leg *pull, const struct fm_leg *push, struct moved *m)
{
    double later = 0;

    m->began = push->first;
    if (push->first > pull->first)
        return;
    m->began = push->last;
    for (unsigned i = 0; i < push->places; i++) {
        const struct fm_leg_place *p = &push->place[i];
        if (p->first <= pull->first)
            continue;
        later += (double)p->bytes;
        m->began = p->first < m->began ? p->first : m->began;
    }
    m->pushed = fmin(m->pushed, later);
}

static void measure_sources(const struct fm_leg *pull, struct moved *m)
{
    fm_time last = pull->first;

    for (unsigned i = 0; i < pull->places; i++) {
        const struct fm_leg_place *p = &pull->place[i];
        if (!is_source(pull, p))
            continue;
        m->sources += !is_again(pull, i);
        last = p->last > last ? p->last : last;
    }
    m->delay = m->began > last ? m->began - last : 0;
}

static struct moved measure(const struct fm_sight *in)
{
    const struct fm_sequence_state *s = in->state;
    const struct fm_leg *pull = &s->leg[FM_LEG_FIRST], *push = &s->leg[FM_LEG_SECOND];
    struct fm_key out = fm_learn_host_day(in->key), took = fm_learn_pull_day(in->key);
    struct moved m = {
        .pulled = (double)fm_bins_query(&pull->sum, in->ctx->now),
        .pushed = (double)fm_bins_query(&push->sum, in->ctx->now),
        .usual_pull = fm_learn_normal(in->ctx->learn, &took, in->ctx->now).value,
        .usual_push = fm_learn_normal(in->ctx->learn, &out, in->ctx->now).value,
    };

    measure_push(pull, push, &m);
    measure_sources(pull, &m);
    return m;
}

/** Whether an earlier place is of the same party. */
static bool is_counted(const struct fm_leg *push, unsigned at)
{
    for (unsigned i = 0; i < at; i++)
        if (push->place[i].party == push->place[at].party)
            return true;
    return false;
}

/** Within the window, to parties without a known usual day; `usual`: those of the others. */
static double sent_elsewhere(const struct fm_sight *in, double *usual)
{
    const struct fm_leg *push = &((const struct fm_sequence_state *)in->state)->leg[FM_LEG_SECOND];
    fm_time since = in->ctx->now - push->sum.width * FM_BINS;
    double elsewhere = 0;

    *usual = 0;
    for (unsigned i = 0; i < push->places; i++) {
        const struct fm_leg_place *p = &push->place[i];
        struct fm_key party = { .entity = in->key->entity, .site = in->key->site,
            .name = p->party };
        struct fm_key pair = fm_learn_pair_day(&party);
        double day = fm_learn_normal(in->ctx->learn, &pair, in->ctx->now).value;
        if (p->last < since)
            continue;
        *usual += fm_known(day) && !is_counted(push, i) ? day : 0;
        elsewhere += fm_known(day) ? 0 : (double)p->bytes;
    }
    return elsewhere;
}

/** What the host does on its usual day: as much from inside, as much to these parties. */
static bool is_usual(const struct fm_sight *in, const struct moved *m)
{
    double usual;

    return sent_elsewhere(in, &usual) < in->param[MIN_PUSH] && fm_known(m->usual_pull) &&
           m->pushed < in->param[OVER_NORMAL] * usual &&
           m->pulled < in->param[OVER_NORMAL] * m->usual_pull;
}

static bool is_smuggled(const struct fm_sight *in, const struct moved *m)
{
    const struct fm_sequence_state *s = in->state;

    return m->pulled >= in->param[MIN_PULL] && m->pushed >= in->param[MIN_PUSH] &&
           m->pushed >= in->param[FRACTION] * m->pulled &&
           s->leg[FM_LEG_SECOND].last > s->leg[FM_LEG_FIRST].first && !is_usual(in, m);
}

static bool is_gathered(const struct fm_sight *in, const struct moved *m)
{
    return fm_known(m->usual_pull) && m->pulled >= 10 * in->param[MIN_PULL] &&
           m->pulled >= 10 * m->usual_pull;
}

static void add_rows(struct fm_finding *out, const struct fm_leg *leg, bool inside)
{
    for (unsigned i = 0; i < leg->places; i++) {
        const struct fm_leg_place *p = &leg->place[i];
        bool told = inside ? is_source(leg, p) : is_recent(leg, p);
        struct fm_peer *row = told ? fm_finding_row(out) : NULL;
        if (!row)
            continue;
        row->addr = p->addr;
        row->port = p->port;
        row->proto = p->proto;
        row->inside = inside;
        row->bytes[inside ? FM_TO_CLIENT : FM_TO_SERVER] = p->bytes;
        row->first = p->first;
        row->last = p->last;
        memcpy(row->name, p->name, sizeof row->name);
    }
}

static const struct fm_leg_place *busiest(const struct fm_leg *leg)
{
    const struct fm_leg_place *most = &leg->place[0];

    for (unsigned i = 1; i < leg->places; i++) {
        const struct fm_leg_place *p = &leg->place[i];
        bool recent = is_recent(leg, p), was = is_recent(leg, most);
        if (recent != was ? recent : p->bytes > most->bytes)
            most = p;
    }
    return most;
}

static void say_sent(struct fm_text *line, const struct moved *m, const struct fm_leg *push)
{
    char sent[32], later[32];
    const struct fm_leg_place *to = busiest(push);

    fm_text_addf(line, "%s sent %s to %s port %u", m->delay ? ", then" : " and at the same time",
            fm_text_bytes(sent, sizeof sent, m->pushed), to->name, to->port);
    if (m->delay >= FM_SECOND)
        fm_text_addf(line, ", %s later", fm_text_span(later, sizeof later, m->delay));
    else if (m->delay)
        fm_text_adds(line, ", at once");
}

static void say(struct fm_finding *out, const struct moved *m, const struct fm_leg *pull,
        const struct fm_leg *push)
{
    char got[32];
    const struct fm_leg_place *from = busiest(pull);
    struct fm_text line;

    fm_text_init(&line, out->summary, sizeof out->summary);
    fm_text_addf(&line, "collected %s from %u inside host%s (most from %s port %u)",
            fm_text_bytes(got, sizeof got, m->pulled), m->sources, m->sources == 1 ? "" : "s",
            from->name, from->port);
    if (push->places)
        say_sent(&line, m, push);
    else
        fm_text_adds(&line, ", ten times its usual day");
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_sequence_state *s = in->state;
    const struct fm_leg *pull = &s->leg[FM_LEG_FIRST], *push = &s->leg[FM_LEG_SECOND];
    struct moved m = measure(in);
    bool smuggled = is_smuggled(in, &m);

    if (!smuggled && !is_gathered(in, &m))
        return false;
    const struct fm_leg_place *worst = busiest(smuggled ? push : pull);
    out->kind = smuggled ? "smuggled" : "gathering";
    out->success = smuggled;
    out->first = pull->first;
    out->last = push->last > pull->last ? push->last : pull->last;
    out->peer = worst->addr;
    out->port = worst->port;
    out->proto = worst->proto;
    memcpy(out->name, worst->name, sizeof out->name);
    out->samples = s->samples;
    fm_finding_term(out, "bytes_out", m.pushed);
    fm_finding_term(out, "collected", m.pulled);
    fm_finding_term(out, "ratio", m.pushed / fmax(m.pulled, 1));
    fm_finding_term(out, "delay", smuggled ? (double)m.delay / (double)FM_SECOND : FM_UNKNOWN);
    fm_finding_term(out, "excess", m.pulled / in->param[MIN_PULL]);
    fm_finding_term(out, "out_over_normal", m.pushed / m.usual_push);
    fm_finding_normal(out, "out_over_normal", m.usual_push);
    fm_finding_term(out, "pull_over_normal", m.pulled / m.usual_pull);
    fm_finding_normal(out, "pull_over_normal", m.usual_pull);
    fm_fact_text(out, "kind", out->kind);
    fm_fact_bytes(out, "collected", m.pulled);
    fm_fact_bytes(out, "sent", m.pushed);
    fm_fact_number(out, "sources", m.sources);
    if (smuggled)
        fm_fact_span(out, "delay", (double)m.delay / (double)FM_SECOND);
    add_rows(out, pull, true);
    add_rows(out, push, false);
    say(out, &m, pull, push);
    return true;
}

static const struct fm_sequence_spec spec = { .look = look, .window = WINDOW };

const struct fm_detector fm_data_smuggler = {
    .name = "data_smuggler",
    .title = "Data Smuggler",
    .category = FM_EXFIL,
    .tactic = { "TA0009", "TA0010" },
    .technique = { "T1074", "T1041" },
    .help = "much pulled from inside servers, then much pushed outside by the same host",
    .look_alikes = "backup server, file synchronisation, an administrator who moves an archive",
    .next = "ask who was at the host; compare the file server's log with the time of the push",
    .family = &fm_sequence,
    .key = FM_BY_ENTITY,
    .sequence = &spec,
    .needs = { { FM_FLOW_END, FM_HAS_BYTES } },
    .assumes = FM_INSIDE_SEEN | FM_TWO_WAY,
    .excused = 1u << FM_ROLE_PROXY | 1u << FM_ROLE_BACKUP | 1u << FM_ROLE_RESOLVER |
               1u << FM_ROLE_NAT,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 7200,
    .params = params,
    .terms = terms,
    .judge = judge,
};
