/* Beacon: an inside host comes back to one outside party at regular intervals.
 *
 * Programs call home on a timer; people do not.  So do honest programs, and a period alone proves
 * nothing: what separates a command channel is that few hosts here use the party (an update server,
 * a mail server, a telemetry collector is everybody's), that it is new, that it has no name or an
 * odd port, and that its visits are alike in size.  A party that a fifth of the hosts use, and one
 * that the list `familiar` names, is no beacon.  Mail is polled (IMAP, POP, submission ports),
 * clocks are set (NTP), names are asked (DNS), messengers and devices come back to their brokers
 * and jobs log in (SSH, FTP, RDP) on timers everywhere: these are not looked at, nor is UDP other
 * than QUIC, where keep-alives live.  A player fetches its film in parts on a clock, but they are
 * large; a page that is left open asks on a clock, but its requests name the page (Referer), which
 * programs that call home seldom do.
 *
 * A peer-to-peer program comes back to its peers on a clock too; a nameless party at an odd port is
 * no beacon while the host speaks with `strangers` such parties an hour.
 *
 * Decides (family rhythm) by `min_beats` where the gaps' range is small, by three times as many
 * where it is wider, by five times as many at 50 % jitter; always over at least `min_span`, because
 * a minute of polling at start-up is not coming back.  Several agents side by side have no period;
 * there it asks for five times as many alike visits without any pause, and never of an address that
 * stands for many hosts, whose users look so.
 *
 * Costs a rhythm state a (host, party) visited.  Cannot see: a channel inside one long connection
 * without HTTP, a period above the time a state survives (a day, under memory pressure less),
 * jitter above 50 %, a beat hidden in the traffic of a popular name, one that names a page or
 * brings 100 kB each time, UDP.  Methods: folding by the period; bounded statistics below 30 beats
 * (detect/rhythm.h). */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "detect/rhythm.h"

enum { MIN_BEATS, MIN_SPAN, JITTER, WIDE_JITTER, POPULAR, STRANGERS };

static const struct fm_param params[] = {
    [MIN_BEATS] = { "min_beats", FM_COUNT, 5, 40, 10,
            "visits before it decides; three and five times as many where jitter is wider" },
    [MIN_SPAN] = { "min_span", FM_SPAN, 60, 86400, 300, "from the first visit to the last" },
    [JITTER] = { "jitter", FM_SHARE, 0, 0.3, 0.12,
            "that few beats may have: half the range of the gaps over the period" },
    [WIDE_JITTER] = { "wide_jitter", FM_SHARE, 0.05, 0.5, 0.35,
            "that three times as many may have" },
    [POPULAR] = { "popular", FM_SHARE, 0.02, 1, 0.2,
            "share of the hosts from which a party is everybody's" },
    [STRANGERS] = { "strangers", FM_COUNT, 5, 200, 20,
            "outside addresses without name or service port within an hour: peer-to-peer" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "channel", FM_THREAT, FM_COUNT, { { -1, 0, 1, 3 } }, 2,
            "odd signs of the channel: no name, odd port, a tool's user agent, always refused" },
    { "bytes_out", FM_THREAT, FM_BYTES, { { 2e3, 2e4, 2e6, 1e8 } }, 1,
            "sent to the party: what its flows carried" },
    { "duration", FM_THREAT, FM_SPAN, { { 300, 3600, 86400, 604800 } }, 1,
            "how long it has lasted" },
    { "regularity", FM_CERTAINTY, FM_SHARE, { { 0.3, 0.5, 0.75, 0.95 } }, 3,
            "1 - range of the gaps over twice the period" },
    { "beats", FM_CERTAINTY, FM_COUNT, { { 5, 10, 30, 100 } }, 2, "visits measured" },
    { "size_likeness", FM_CERTAINTY, FM_SHARE, { { 0.3, 0.6, 0.9, 0.99 } }, 1,
            "how alike the visits are in bytes" },
    { "channel", FM_CERTAINTY, FM_COUNT, { { 0, 1, 2, 3 } }, 1, "odd signs of the channel" },
    { "prevalence", FM_CERTAINTY, FM_SHARE, { { 0.5, 0.2, 0.05, 0.02 } }, 3,
            "share of the hosts here that use the party" },
    { "age", FM_CERTAINTY, FM_SPAN, { { 2592000, 604800, 172800, 3600 } }, 2,
            "how long the party has been known here" },
    { .name = NULL },
};

enum { TCP = 6, UDP = 17 };

/** Timers that every network has. */
static bool is_polled(const struct fm_obs *obs)
{
    static const uint16_t ports[] = { 21, 22, 25, 53, 110, 123, 143, 465, 587, 853, 993, 995, 1883,
        3389, 5222, 5223, 5228, 8883 };
    static const uint8_t apps[] = { FM_APP_DNS, FM_APP_NTP, FM_APP_SMTP, FM_APP_IMAP, FM_APP_POP3,
        FM_APP_MQTT, FM_APP_SSH, FM_APP_FTP, FM_APP_RDP };

    for (unsigned i = 0; i < sizeof apps / sizeof *apps; i++)
        if (obs->app == apps[i])
            return true;
    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++)
        if (obs->sport == ports[i])
            return true;
    return false;
}

static bool look(const struct fm_context *ctx, const struct fm_obs *obs)
{
    (void)ctx;
    if (obs->course != FM_OUTWARD || !obs->orig_known || obs->backscatter)
        return false;
    if (obs->proto != TCP && !(obs->proto == UDP && (obs->app == FM_APP_QUIC || obs->sport == 443)))
        return false;
    return !is_polled(obs) && !fm_addr_is_group(&obs->server_addr);
}

/** Agents of tools and libraries; a browser's says Mozilla, an updater's its own name. */
static bool is_tool(const char *agent)
{
    static const char *const tools[] = { "curl", "wget", "python", "go-http", "powershell", "java/",
        "libwww", "winhttp", "okhttp", "aiohttp", "ruby", "perl" };
    char lower[FM_NAME];
    size_t len = fm_text_name(lower, sizeof lower, agent, strlen(agent));

    for (unsigned i = 0; len && i < sizeof tools / sizeof *tools; i++)
        if (strstr(lower, tools[i]))
            return true;
    return false;
}

static double channel_signs(const struct fm_rhythm_state *s)
{
    bool odd_port = s->sport != 80 && s->sport != 443;
    bool mute = s->requests && !s->agent[0];

    return !s->named + odd_port + (s->requests && (mute || is_tool(s->agent))) +
           (s->refused * 10 >= s->visits * 9);
}

/* Of gaps with 50 % jitter, a tenth of them missed; 30 gaps of chance stay below it once in
 * 2,000. */
#define VARIATION 0.55

/** Half the range over the period: what the operator of a beacon calls its jitter.  Two odd signs
 *  of the channel are a second reason, and then two thirds of the beats do. */
static bool is_regular(const struct fm_sight *in, const struct fm_rhythm_measure *m, double signs)
{
    double jitter = m->range / 2, least = in->param[MIN_BEATS];
    double missed = (double)m->missed / (m->beats + m->missed);
    double many = signs >= 2 ? 2 * least : 3 * least;

    if (m->beats < least || missed > 0.5)
        return false;
    if (jitter <= in->param[JITTER])
        return true;
    if (missed > 0.2 || m->variation > VARIATION)
        return false;
    return (m->beats >= many && jitter <= in->param[WIDE_JITTER]) ||
           (m->beats >= 5 * least && jitter <= 0.55);
}

/** Mean gaps within which the longest of so many stays by chance once in 100,000 series: those of
 *  chance are exponential, so P(longest <= b) = (1 - exp(-b))^n.  At most 2.5: agents that are more
 *  than two pause longer. */
static double no_pause(unsigned gaps)
{
    return fmin(2.5, -log(1 - pow(1e-5, 1.0 / gaps)));
}

/** Agents that beat side by side: many visits, alike in size, and never a pause. */
static bool is_crowd(const struct fm_sight *in, const struct fm_rhythm_measure *m)
{
    return m->beats >= 5 * in->param[MIN_BEATS] && m->boundedness <= no_pause(m->beats - 1) &&
           m->size_likeness >= 0.9;
}

/** A peer-to-peer program comes back to its peers on a clock, but it has many of them, without
 *  names and at ports of their own choice. */
static bool is_overlay(const struct fm_sight *in, const struct fm_rhythm_state *s)
{
    return !s->named && s->sport >= 1024 &&
           fm_entity_strangers(in->entity, in->ctx->now) >= in->param[STRANGERS];
}

/** A player, or a page that somebody has open.  The mean of all bytes stands in where those of a
 *  request are not told (beyond Suricata's depth); one large download does not move it so far. */
static bool is_page(const struct fm_rhythm_state *s, const struct fm_rhythm_measure *m)
{
    enum { LARGE = 100000, LARGE_MEAN = 250000 };

    return m->median_bytes[FM_TO_CLIENT] >= LARGE ||
           s->bytes[FM_TO_CLIENT] >= (uint64_t)LARGE_MEAN * s->visits ||
           (s->named && s->referred && s->referred * 10 >= s->visits * 9);
}

static void say(struct fm_finding *out, const struct fm_rhythm_state *s,
        const struct fm_rhythm_measure *m, bool crowd)
{
    char period[32], span[32];

    fm_text_span(period, sizeof period, (fm_time)(m->period_s * (double)FM_SECOND));
    fm_text_span(span, sizeof span, s->last - s->first);
    if (crowd)
        snprintf(out->summary, sizeof out->summary,
                "came back to %s port %u without a pause: %u visits in %s, alike in size (%.0f %%)",
                s->name, s->sport, m->beats, span, 100 * m->size_likeness);
    else
        snprintf(out->summary, sizeof out->summary,
                "came back to %s port %u every %s: %u beats over %s, %u missed, jitter %.0f %%",
                s->name, s->sport, period, m->beats, span, m->missed, 50 * m->range);
}

static void tell_facts(struct fm_finding *out, const struct fm_rhythm_state *s,
        const struct fm_rhythm_measure *m)
{
    fm_fact_span(out, "period", m->period_s);
    fm_fact_number(out, "jitter", m->range / 2);
    fm_fact_number(out, "beats", m->beats);
    fm_fact_number(out, "missed", m->missed);
    fm_fact_number(out, "visits", s->visits);
    fm_fact_number(out, "refused", s->refused);
    fm_fact_time(out, "first", s->first);
    fm_fact_time(out, "last", s->last);
    fm_fact_bytes(out, "bytes_out", (double)s->bytes[FM_TO_SERVER]);
    fm_fact_bytes(out, "bytes_in", (double)s->bytes[FM_TO_CLIENT]);
    fm_fact_text(out, "name", s->named ? s->name : "");
    fm_fact_addr(out, "address", &s->addr);
    fm_fact_number(out, "port", s->sport);
    fm_fact_text(out, "agent", s->agent);
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_rhythm_state *s = in->state;
    struct fm_rhythm_measure m;

    if (s->used < in->param[MIN_BEATS] || !fm_rhythm_measure(s, &m) ||
            (double)(s->last - s->first) / (double)FM_SECOND < in->param[MIN_SPAN])
        return false;
    double signs = channel_signs(s);
    bool shared = in->entity->flags & FM_ENTITY_SHARED;
    bool regular = is_regular(in, &m, signs), crowd = !regular && !shared && is_crowd(in, &m);
    double share = fm_learn_share(in->ctx->learn, in->key->name);
    if (is_overlay(in, s) || is_page(s, &m))
        return false;
    if ((!regular && !crowd) || fm_is_everybodys(in->ctx, in->key->name, s->name, &s->addr,
                                        s->sport, in->param[POPULAR]))
        return false;
    out->first = s->first;
    out->last = s->last;
    out->kind = crowd ? "crowd" : "regular";
    out->peer = s->addr;
    out->port = s->sport;
    out->proto = s->proto;
    fm_fact_text(out, "kind", out->kind);
    memcpy(out->name, s->name, sizeof out->name);
    out->samples = s->samples;
    double age = fm_learn_age_days(in->ctx->learn, in->key->name, in->ctx->now);
    fm_finding_term(out, "channel", signs);
    fm_finding_term(out, "bytes_out", (double)s->bytes[FM_TO_SERVER]);
    fm_finding_term(out, "duration", (double)(s->last - s->first) / (double)FM_SECOND);
    fm_finding_term(out, "regularity", fmax(0, 1 - (crowd ? 0.5 : m.range / 2)));
    fm_finding_term(out, "beats", m.beats);
    fm_finding_term(out, "size_likeness", m.size_likeness);
    fm_finding_term(out, "prevalence", share);
    fm_finding_term(out, "age", age * 86400);
    tell_facts(out, s, &m);
    say(out, s, &m, crowd);
    return true;
}

static const struct fm_rhythm_spec spec = { .look = look };

const struct fm_detector fm_beacon = {
    .name = "beacon",
    .title = "Beacon",
    .category = FM_C2,
    .tactic = { "TA0011" },
    .technique = { "T1071" },
    .help = "an inside host comes back to one outside party at regular intervals",
    .look_alikes = "software update, telemetry, mail polling, push services, monitoring",
    .next = "see which program opens the connections, and what else it fetched from there",
    .family = &fm_rhythm,
    .key = FM_BY_ENTITY_NAME,
    .rhythm = &spec,
    .needs = { { FM_FLOW_END, FM_HAS_BYTES } },
    .assumes = FM_CLIENTS_SEEN,
    .excused = 1u << FM_ROLE_PROXY | 1u << FM_ROLE_RESOLVER | 1u << FM_ROLE_MONITOR,
    .starts = FM_LIVE,
    .budget = 2.0,
    .quiet_s = 2 * 86400,
    .params = params,
    .terms = terms,
    .judge = judge,
};
