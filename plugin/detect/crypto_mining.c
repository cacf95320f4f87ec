/* Crypto Mining: an inside host works for a mining pool.
 *
 * Miners speak Stratum: lines of JSON over one TCP connection that stays open for hours.  The
 * client says `mining.subscribe` or `login`, the server sends a new job whenever it has one, both
 * in small lines with silence between.  Of the payload only the first 8 bytes each way are known
 * (`shape.head`), so a method's name is not read; what counts is that both sides speak JSON-RPC on
 * a port where no protocol was recognised, and that it goes on: a life of minutes, silences, few
 * bytes.  Further signs: a name of the list `mining_pools`, a port that pools serve, a rule of
 * Suricata that says so.  No sign is enough alone; where the payload is not known (EVE, Zeek) or
 * hidden (TLS) a pool's port needs a longer life, and where it is known and no JSON it says
 * nothing.
 *
 * Look-alikes: wallets that ask a server in the same manner (Electrum: its ports are left out),
 * devices that keep a JSON channel open to their vendor (the vendor is everybody's, or on the list
 * `familiar`), the web site of a pool (on ports 80 and 443 its name does not count), a developer's
 * own server on port 3333.
 *
 * Costs a contacts state a host with such a flow.  Cannot see: a pool behind TLS on a web port,
 * mining in a browser (WebSocket), work that stays inside. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "detect/contacts.h"

enum { MIN_LIFE, BARE_LIFE, MOST_RATE, POPULAR };

static const struct fm_param params[] = {
    [MIN_LIFE] = { "min_life", FM_SPAN, 30, 86400, 120, "of a channel of JSON lines" },
    [BARE_LIFE] = { "bare_life", FM_SPAN, 60, 86400, 1800,
            "where only a pool's port speaks for it" },
    [MOST_RATE] = { "most_rate", FM_BYTES, 10, 1e6, 1000, "a second, both ways, on the mean" },
    [POPULAR] = { "popular", FM_SHARE, 0.02, 1, 0.2,
            "share of the hosts from which a party is everybody's" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "duration", FM_THREAT, FM_SPAN, { { 300, 3600, 86400, 604800 } }, 2,
            "how long it has worked" },
    { "bytes", FM_THREAT, FM_BYTES, { { 0, 1e5, 1e7, 1e9 } }, 1, "both ways" },
    { "evidence", FM_CERTAINTY, FM_COUNT, { { 0, 2, 4, 7 } }, 4,
            "a listed pool or a rule 3, JSON both ways 2, a pool's port or lines with gaps 1" },
    { "life", FM_CERTAINTY, FM_SPAN, { { 30, 300, 1800, 14400 } }, 1,
            "from the first to the last" },
    { "prevalence", FM_CERTAINTY, FM_SHARE, { { 0.5, 0.2, 0.05, 0.02 } }, 1,
            "share of the hosts here that use the party" },
    { .name = NULL },
};

enum { SIGN_POOL = 1, SIGN_RULE = 2, SIGN_ASKS = 4, SIGN_TELLS = 8, SIGN_PORT = 16, SIGN_GAPS = 32,
    SIGN_UNLIKE = 64, SIGN_JSON = SIGN_ASKS | SIGN_TELLS };
enum { TCP = 6, HTTP_PORT = 80, HTTPS_PORT = 443 };

/* ---- what is seen ---- */

static bool is_pool_port(uint16_t port)
{
    static const uint16_t ports[] = { 1314, 3032, 3256, 3333, 3334, 3355, 3357, 4444, 5555, 5556,
        5588, 6633, 7777, 8008, 9999, 10128, 10300, 10343, 13333, 13531, 14433, 14444, 17777, 20535,
        20580, 33333, 45560, 45700 };

    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++)
        if (port == ports[i])
            return true;
    return false;
}

static bool is_wallet_port(uint16_t port)
{
    return port >= 50001 && port <= 50004;
}

/** The first bytes of a JSON-RPC line: `{"id":`, `{"jsonrpc":`, `{"method":`, `{"params":`,
 *  `{"worker":`, with or without a space. */
static bool starts_json_rpc(const uint8_t *head)
{
    static const char *const keys[] = { "id\"", "jsonr", "metho", "param", "worke", "resul",
        "error" };
    char text[FM_SHAPE_HEAD + 1] = { 0 };
    const char *at = text;

    memcpy(text, head, FM_SHAPE_HEAD);
    if (*at++ != '{')
        return false;
    at += strspn(at, " \r\n");
    if (*at++ != '"')
        return false;
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t len = strlen(keys[i]), have = strlen(at);
        if (have >= 3 && !strncmp(at, keys[i], len < have ? len : have))
            return true;
    }
    return false;
}

/** Side by side, as the two directions may travel apart. */
static uint32_t json_signs(const struct fm_flow_row *flow)
{
    if (!flow->has_shape)
        return 0;
    return (starts_json_rpc(flow->shape.head[FM_TO_SERVER]) ? SIGN_ASKS : 0) |
           (starts_json_rpc(flow->shape.head[FM_TO_CLIENT]) ? SIGN_TELLS : 0);
}

/** Payload that is readable and no line of JSON: whatever it is, it is not Stratum. */
static bool is_unlike(const struct fm_obs *obs)
{
    enum { FIRST_TLS = 20, LAST_TLS = 23, TLS_VERSION = 3 };
    bool unlike = false;

    if (!obs->flow->has_shape || obs->app == FM_APP_TLS)
        return false;
    for (unsigned way = 0; way < 2; way++) {
        const uint8_t *head = obs->flow->shape.head[way];
        if (head[0] >= FIRST_TLS && head[0] <= LAST_TLS && head[1] == TLS_VERSION)
            return false;
        unlike |= head[0] && !starts_json_rpc(head);
    }
    return unlike;
}

/** For a minute or more, with silences between, as far as a shape tells. */
static bool has_gaps(const struct fm_flow_row *flow)
{
    enum { LEAST_GAPS = 4 };

    return flow->last - flow->start >= FM_MINUTE &&
           (!flow->has_shape || flow->shape.gaps >= LEAST_GAPS);
}

static bool says_mining(const struct fm_obs *obs)
{
    static const char *const words[] = { "stratum", "coinminer", "coin miner", "coin mining",
        "cryptomin", "crypto min", "xmrig", "monero", "mining pool" };
    const struct fm_alert *alert = fm_body(obs->rec);
    const struct fm_str parts[] = { alert->signature, alert->category };
    char text[160];

    for (unsigned p = 0; p < 2; p++) {
        size_t len;
        const char *part = fm_rec_str(obs->rec, parts[p], &len);
        fm_text_name(text, sizeof text, part, len);
        for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
            if (strstr(text, words[i]))
                return true;
    }
    return false;
}

static bool is_listed(const struct fm_context *ctx, const struct fm_obs *obs)
{
    return ctx->listed(ctx->listed_arg, "mining_pools", obs->name, &obs->server_addr, obs->sport);
}

/** Where Suricata or Zeek recognised something, only TLS and WebSocket can hide a pool. */
static bool may_be_channel(const struct fm_obs *obs)
{
    return obs->app == FM_APP_UNKNOWN || obs->app == FM_APP_OTHER || obs->app == FM_APP_FAILED ||
           obs->app == FM_APP_TLS || obs->app == FM_APP_WEBSOCKET;
}

static void look_flow(const struct fm_context *ctx, const struct fm_obs *obs,
        struct fm_contact_note *out)
{
    bool web = obs->sport == HTTP_PORT || obs->sport == HTTPS_PORT;
    bool gaps = has_gaps(obs->flow);

    out->signs = json_signs(obs->flow);
    if (is_pool_port(obs->sport))
        out->signs |= SIGN_PORT;
    if (obs->what == FM_OBS_END)
        out->sessions = 1;
    if ((obs->what == FM_OBS_VISIT || obs->what == FM_OBS_END) && !web && is_listed(ctx, obs))
        out->signs |= SIGN_POOL;
    out->meets = out->signs != 0;
    if (gaps)
        out->signs |= SIGN_GAPS;
    if (is_unlike(obs))
        out->signs |= SIGN_UNLIKE;
}

static bool look(const struct fm_context *ctx, const struct fm_obs *obs,
        struct fm_contact_note *out)
{
    if (obs->course != FM_OUTWARD || obs->proto != TCP || is_wallet_port(obs->sport))
        return false;
    if (obs->what == FM_OBS_TX && obs->rec->kind == FM_ALERT) {
        const struct fm_alert *alert = fm_body(obs->rec);
        if (alert->behavior.len) /* it stands beside a detection, as with every detector */
            return false;
        out->meets = says_mining(obs);
        out->signs = SIGN_RULE;
        return out->meets;
    }
    if ((obs->what != FM_OBS_BYTES && obs->what != FM_OBS_VISIT && obs->what != FM_OBS_END) ||
            !may_be_channel(obs) || obs->backscatter)
        return false;
    look_flow(ctx, obs, out);
    out->tag = fm_learn_party(ctx->learn, obs);
    if (out->meets && obs->named)
        fm_text_name(out->name, sizeof out->name, obs->name, strlen(obs->name));
    return out->meets;
}

/* ---- what it means ---- */

static double life_of(const struct fm_contact *c)
{
    return (double)(c->last - c->first) / (double)FM_SECOND;
}

static double bytes_of(const struct fm_contact *c)
{
    return (double)(c->bytes[FM_TO_SERVER] + c->bytes[FM_TO_CLIENT]);
}

static bool speaks_json(const struct fm_contact *c)
{
    return (c->signs & SIGN_JSON) == SIGN_JSON;
}

/** Small lines both ways, with silences between. */
static bool speaks_in_lines(const struct fm_contact *c)
{
    enum { LEAST_BYTES = 200 };

    return (c->signs & SIGN_GAPS) && c->bytes[FM_TO_SERVER] >= LEAST_BYTES &&
           c->bytes[FM_TO_CLIENT] >= LEAST_BYTES;
}

static unsigned evidence(const struct fm_contact *c)
{
    return 3 * ((c->signs & SIGN_POOL) != 0) + 3 * ((c->signs & SIGN_RULE) != 0) +
           2 * speaks_json(c) + ((c->signs & SIGN_PORT) != 0) + speaks_in_lines(c);
}

/** A pool's name or a rule needs one sign more, JSON needs lines, a port needs lines for long. */
static bool is_mining(const struct fm_sight *in, const struct fm_contact *c)
{
    double life = life_of(c);
    bool named = c->signs & (SIGN_POOL | SIGN_RULE);
    bool quiet = bytes_of(c) <= in->param[MOST_RATE] * fmax(1, life);

    if (named)
        return evidence(c) > 3 && c->bytes[FM_TO_CLIENT] > 0;
    if (!speaks_in_lines(c) || !quiet || !(speaks_json(c) || (c->signs & SIGN_PORT)) ||
            (!speaks_json(c) && (c->signs & SIGN_UNLIKE)))
        return false;
    return life >= in->param[speaks_json(c) ? MIN_LIFE : BARE_LIFE];
}

static const struct fm_contact *find_pool(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_contacts_state *s = in->state;
    const struct fm_contact *worst = NULL;

    for (unsigned i = 0; i < FM_CONTACTS; i++) {
        const struct fm_contact *c = &s->contact[i];
        if (!c->used || !is_mining(in, c) ||
                fm_is_everybodys(in->ctx, c->tag, c->name, &c->addr, c->port, in->param[POPULAR]))
            continue;
        fm_contact_row(out, c);
        if (!worst || evidence(c) > evidence(worst) ||
                (evidence(c) == evidence(worst) && life_of(c) > life_of(worst)))
            worst = c;
    }
    return worst;
}

static void tell_signs(struct fm_finding *out, const struct fm_contact *c)
{
    const struct {
        bool there;
        const char *name;
    } signs[] = { { c->signs & SIGN_POOL, "listed pool" }, { c->signs & SIGN_RULE, "rule" },
        { speaks_json(c), "JSON-RPC" }, { c->signs & SIGN_PORT, "port" },
        { speaks_in_lines(c), "lines" } };
    char text[FM_NAME];
    struct fm_text list;

    fm_text_init(&list, text, sizeof text);
    for (unsigned i = 0; i < sizeof signs / sizeof *signs; i++)
        if (signs[i].there)
            fm_text_addf(&list, "%s%s", list.len ? "," : "", signs[i].name);
    fm_fact_text(out, "signs", text);
}

static void tell(const struct fm_sight *in, struct fm_finding *out, const struct fm_contact *c)
{
    const struct fm_contacts_state *s = in->state;
    char sent[32], got[32], took[32], where[FM_ADDR_TEXT];

    out->kind = c->signs & SIGN_POOL ? "pool" : speaks_json(c) ? "stratum" : "shape";
    out->first = c->first;
    out->last = c->last;
    out->peer = c->addr;
    out->port = c->port;
    out->proto = c->proto;
    out->samples = s->samples;
    memcpy(out->name, c->name, sizeof out->name);
    fm_finding_term(out, "duration", life_of(c));
    fm_finding_term(out, "life", life_of(c));
    fm_finding_term(out, "bytes", bytes_of(c));
    fm_finding_term(out, "evidence", evidence(c));
    fm_finding_term(out, "prevalence", fm_learn_share(in->ctx->learn, c->tag));
    fm_fact_text(out, "kind", out->kind);
    fm_fact_text(out, "pool", c->name);
    fm_fact_addr(out, "address", &c->addr);
    fm_fact_number(out, "port", c->port);
    fm_fact_span(out, "duration", life_of(c));
    tell_signs(out, c);
    fm_fact_number(out, "sessions", fmax(1, c->sessions));
    fm_fact_bytes(out, "bytes_out", (double)c->bytes[FM_TO_SERVER]);
    fm_fact_bytes(out, "bytes_in", (double)c->bytes[FM_TO_CLIENT]);
    snprintf(out->summary, sizeof out->summary,
            "kept a channel to %s port %u for %s%s: sent %s and received %s in small lines",
            c->name[0] ? c->name : fm_addr_print(&c->addr, where), c->port,
            fm_text_span(took, sizeof took, c->last - c->first),
            c->signs & SIGN_POOL ? ", a mining pool"
            : speaks_json(c)     ? ", JSON-RPC both ways"
                                 : ", a port that mining pools serve",
            fm_text_bytes(sent, sizeof sent, (double)c->bytes[FM_TO_SERVER]),
            fm_text_bytes(got, sizeof got, (double)c->bytes[FM_TO_CLIENT]));
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_contact *pool = find_pool(in, out);

    if (!pool)
        return false;
    tell(in, out, pool);
    return true;
}

static const struct fm_contacts_spec spec = { .look = look, .window = MIN_LIFE, .follows = true };

const struct fm_detector fm_crypto_mining = {
    .name = "crypto_mining",
    .title = "Cryptocurrency Mining",
    .category = FM_BOTNET,
    .tactic = { "TA0040" },
    .technique = { "T1496" },
    .help = "an inside host works for a mining pool",
    .look_alikes = "wallets, devices with a JSON channel to their vendor, a pool's web site",
    .next = "see which program keeps the connection and how busy the host is",
    .family = &fm_contacts,
    .key = FM_BY_ENTITY,
    .contacts = &spec,
    .sees = FM_SEES(BYTES) | FM_SEES(VISIT) | FM_SEES(END) | FM_SEES_TX(ALERT),
    .needs = { { FM_FLOW_END, FM_HAS_BYTES } },
    .assumes = FM_TWO_WAY,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 86400,
    .params = params,
    .terms = terms,
    .judge = judge,
};
