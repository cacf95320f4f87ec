/* Hidden DNS Tunnel: information is carried in the names that an inside host asks for.
 *
 * What separates it from look-ups: the part of a name left of the registered domain says something
 * new every time, it is long, and it is drawn letter by letter (hex, base32, base64), not chosen
 * (detect/chance.h).  Counted is, under one domain and within `window`, how many different names
 * and how many bytes of such labels there were; names of TXT, NULL, CNAME and MX, whose answers
 * can carry much back, weigh more, and so do few repeats.  A domain without a top level (dnscat's
 * `dnscat.<hex>`) is named by its first label.
 *
 * Look-alikes, and why they stay quiet: a browser's prefetch and a content network's names are
 * many but short, of many domains, or asked again; questions to block lists have an address in
 * front; reverse look-ups (in-addr.arpa) and service discovery (labels with `_`) are not looked
 * at; virus scanners and reputation services carry digests in names by design: they answer with
 * addresses of 127/8 or "no such name", and the list `names_with_data` names those that do not.
 * Measurements that ask one random name a page stay below `plain_bytes`, which names of A and AAAA
 * alone must reach.  A resolver asks for everybody: excused, and where only its questions are
 * seen, it is `via`.
 *
 * Costs a contacts state a host that asks such names.  Cannot see: DNS over HTTPS or TLS, words
 * used as code, less than min_bytes an hour, a new domain for every few names, questions for
 * addresses whose answers are not seen.
 * Cf. Born and Gustafson 2010 (n-gram analysis of DNS tunnels), Paxson et al. 2013 (information in
 * query streams); the estimate here is simpler: different names times drawn bytes. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "detect/chance.h"
#include "detect/contacts.h"

enum { MIN_NAMES, MIN_BYTES, PLAIN_BYTES, WINDOW, DRAWN, REPEATS };

static const struct fm_param params[] = {
    [MIN_NAMES] = { "min_names", FM_COUNT, 10, 10000, 25, "different names under one domain" },
    [MIN_BYTES] = { "min_bytes", FM_BYTES, 200, 1e6, 800,
            "of drawn labels within the window, where some names are of TXT, NULL, CNAME or MX" },
    [PLAIN_BYTES] = { "plain_bytes", FM_BYTES, 500, 1e7, 5000,
            "the same where all ask for addresses" },
    [WINDOW] = { "window", FM_SPAN, 60, 86400, 3600, "in which they were asked" },
    [DRAWN] = { "drawn", FM_SHARE, 0.1, 1, 0.6, "share of the labels' bytes that must look drawn" },
    [REPEATS] = { "repeats", FM_RATIO, 1, 100, 2.5, "times that a name may be asked on the mean" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "bytes_out", FM_THREAT, FM_BYTES, { { 500, 2e4, 1e6, 5e7 } }, 2, "carried in names" },
    { "bytes_in", FM_THREAT, FM_BYTES, { { 500, 5e4, 2e6, 1e8 } }, 1, "carried in answers" },
    { "rate", FM_CERTAINTY, FM_BYTES, { { 400, 2e3, 1e4, 1e5 } }, 2,
            "bytes of labels within the window" },
    { "names", FM_CERTAINTY, FM_COUNT, { { 10, 40, 150, 600 } }, 2, "different names" },
    { "drawn", FM_CERTAINTY, FM_SHARE, { { 0.4, 0.6, 0.8, 0.95 } }, 2,
            "share of the bytes that look drawn" },
    { "carriers", FM_CERTAINTY, FM_SHARE, { { 0, 0.1, 0.3, 0.7 } }, 2,
            "share of the questions for TXT, NULL, CNAME or MX" },
    { "novelty", FM_CERTAINTY, FM_SHARE, { { 0.1, 0.3, 0.6, 0.9 } }, 1,
            "different names over questions" },
    { "length", FM_CERTAINTY, FM_BYTES, { { 10, 20, 40, 100 } }, 1, "of the labels, on the mean" },
    { .name = NULL },
};

enum { QUESTIONS, LABEL_BYTES, DRAWN_BYTES, CARRIERS, ANSWERS, REFERENCES };

/** Record types that are told apart: bit n of the signs. */
static const struct {
    uint16_t type;
    bool carries; /* its answers can hold much, and hosts seldom ask for it */
    const char *name;
} types[] = { { 1, false, "A" }, { 28, false, "AAAA" }, { 16, true, "TXT" }, { 5, true, "CNAME" },
    { 15, true, "MX" }, { 10, true, "NULL" }, { 33, false, "SRV" }, { 65, false, "HTTPS" } };
enum { TYPES = sizeof types / sizeof *types, SIGN_OTHER = 1 << TYPES };

/* ---- a name's parts ---- */

enum { LABELS = 32, NAME_MAX = 255 };

struct parts {
    const char *label[LABELS];
    uint8_t len[LABELS];
    unsigned labels;
    const char *domain; /* the registered one, or the first label */
    size_t domain_len;
    unsigned from, to; /* labels that may carry data */
};

static bool split_labels(const char *name, size_t len, struct parts *out)
{
    size_t start = 0;

    out->labels = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && name[i] != '.')
            continue;
        if (i == start || i - start > 63 || out->labels == LABELS)
            return false;
        out->label[out->labels] = name + start;
        out->len[out->labels++] = (uint8_t)(i - start);
        start = i + 1;
    }
    return out->labels >= 2;
}

static bool is_label(const struct parts *p, unsigned n, const char *text)
{
    return p->len[n] == strlen(text) && !strncasecmp(p->label[n], text, p->len[n]);
}

/** No top level domain has a digit (but those in Punycode) or more than 18 letters. */
static bool is_top_level(const struct parts *p)
{
    const char *label = p->label[p->labels - 1];
    unsigned len = p->len[p->labels - 1];

    if (len > 4 && !strncasecmp(label, "xn--", 4))
        return true;
    for (unsigned i = 0; i < len; i++)
        if ((label[i] | 0x20) < 'a' || (label[i] | 0x20) > 'z')
            return false;
    return len >= 2 && len <= 18;
}

/** Under a country's two letters names are often registered below one of these. */
static bool is_second_level(const struct parts *p)
{
    static const char *const seconds[] = { "com", "net", "org", "gov", "edu", "mil", "ac", "co",
        "or", "ne", "go", "gob", "gen", "nom", "ltd", "plc", "sch", "nhs", "asn", "id", "info" };

    if (p->labels < 3 || p->len[p->labels - 1] != 2)
        return false;
    for (unsigned i = 0; i < sizeof seconds / sizeof *seconds; i++)
        if (is_label(p, p->labels - 2, seconds[i]))
            return true;
    return false;
}

static bool split(const char *name, size_t len, struct parts *out)
{
    if (len && name[len - 1] == '.')
        len--;
    if (!len || len > NAME_MAX || !split_labels(name, len, out))
        return false;
    if (!is_top_level(out)) {
        out->domain = out->label[0];
        out->domain_len = out->len[0];
        out->from = 1;
        out->to = out->labels;
        return true;
    }
    unsigned own = is_second_level(out) ? 3 : 2;
    out->from = 0;
    out->to = out->labels > own ? out->labels - own : 0;
    out->domain = out->label[out->to];
    out->domain_len = (size_t)(name + len - out->domain);
    return out->to > 0;
}

/** Names that carry what they are for: addresses, services, this segment's hosts. */
static bool is_by_design(const struct parts *p)
{
    unsigned numbers = 0, last = p->labels - 1;

    if (is_label(p, last, "arpa") || is_label(p, last, "local"))
        return true;
    for (unsigned i = p->from; i < p->to; i++) {
        if (p->label[i][0] == '_')
            return true;
        bool number = p->len[i] <= 3;
        for (unsigned k = 0; k < p->len[i]; k++)
            number = number && p->label[i][k] >= '0' && p->label[i][k] <= '9';
        bool nibble = p->len[i] == 1;
        numbers += number || nibble;
    }
    return numbers >= 4;
}

/* ---- what a label holds ---- */

/** How many letters the label seems to be drawn from: hex, base32 or more. */
static unsigned alphabet_of(const char *label, size_t len)
{
    bool hex = true, base32 = true;

    for (size_t i = 0; i < len; i++) {
        char c = label[i], lower = (char)(c | 0x20);
        bool letter = lower >= 'a' && lower <= 'z';
        hex = hex && ((c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f'));
        base32 = base32 && (letter || (c >= '2' && c <= '7'));
    }
    return hex ? 16 : base32 ? 32 : 36;
}

/** Word by word, where hyphens join some. */
static bool is_drawn(const char *label, size_t len)
{
    double bits = 0;

    for (size_t start = 0, end; start < len; start = end + 1) {
        const char *hyphen = memchr(label + start, '-', len - start);
        end = hyphen ? (size_t)(hyphen - label) : len;
        bits += fm_chance_bits(label + start, end - start, alphabet_of(label + start, end - start));
    }
    return bits > 0;
}

static void weigh(const struct parts *p, struct fm_contact_note *out)
{
    enum { SHORTEST = 8 };

    for (unsigned i = p->from; i < p->to; i++) {
        out->sum[LABEL_BYTES] += p->len[i];
        if (p->len[i] >= SHORTEST && is_drawn(p->label[i], p->len[i]))
            out->sum[DRAWN_BYTES] += p->len[i];
    }
}

static void note_type(uint16_t type, struct fm_contact_note *out)
{
    for (unsigned i = 0; i < TYPES; i++)
        if (types[i].type == type) {
            out->signs |= 1u << i;
            out->sum[CARRIERS] += types[i].carries;
            return;
        }
    out->signs |= SIGN_OTHER;
}

/** An answer as from a block list or a reputation service: 127/8, or no such name. */
static bool is_reference(const struct fm_rec *rec, const struct fm_dns *dns)
{
    enum { NXDOMAIN = 3 };

    if ((rec->has & FM_HAS_STATUS) && dns->rcode == NXDOMAIN)
        return true;
    return dns->kept > 0 && fm_addr_is_loopback(&dns->addr[0]);
}

enum { DNS_PORT = 53, WORTH_A_LOOK = 12 /* drawn bytes of a name that make a state */ };

static bool look(const struct fm_context *ctx, const struct fm_obs *obs,
        struct fm_contact_note *out)
{
    struct parts p;
    size_t len;

    if (obs->what != FM_OBS_TX || obs->rec->kind != FM_DNS || obs->sport != DNS_PORT)
        return false;
    const struct fm_dns *dns = fm_body(obs->rec);
    const char *name = fm_rec_str(obs->rec, dns->query, &len);
    if (!split(name, len, &p) || is_by_design(&p))
        return false;
    out->party = fm_hash_name(ctx->seed, p.domain, p.domain_len);
    out->item = fm_hash_name(ctx->seed, name, len);
    fm_text_name(out->name, sizeof out->name, p.domain, p.domain_len);
    weigh(&p, out);
    if (dns->response) {
        out->bytes[FM_TO_CLIENT] = dns->answer_bytes;
        out->sum[ANSWERS] = 1;
        out->sum[REFERENCES] = is_reference(obs->rec, dns);
        out->meets = out->sum[DRAWN_BYTES] >= WORTH_A_LOOK;
        out->sum[LABEL_BYTES] = out->sum[DRAWN_BYTES] = 0;
        return true;
    }
    note_type(dns->type, out);
    out->meets = out->sum[DRAWN_BYTES] >= WORTH_A_LOOK;
    out->bytes[FM_TO_SERVER] = out->sum[LABEL_BYTES];
    out->load = out->sum[LABEL_BYTES];
    out->sum[QUESTIONS] = 1;
    return true;
}

/* ---- what it means ---- */

#define CARRIERS_COUNT 0.1 /* share of carrying types from which a domain is asked for more */

struct carried {
    const struct fm_contact *domain;
    double names, rate, drawn, carriers, novelty, length;
};

static struct carried measure(const struct fm_sight *in, const struct fm_contact *c)
{
    double questions = fmax(1, (double)c->sum[QUESTIONS]);

    return (struct carried){
        .domain = c,
        .names = fm_distinct_query(&c->items),
        .rate = (double)fm_bins_query(&c->load, in->ctx->now),
        .drawn = (double)c->sum[DRAWN_BYTES] / fmax(1, (double)c->sum[LABEL_BYTES]),
        .carriers = (double)c->sum[CARRIERS] / questions,
        .novelty = fmin(1, fm_distinct_query(&c->items) / questions),
        .length = (double)c->sum[LABEL_BYTES] / questions,
    };
}

/** A service that is asked about things and answers by a code, or whose answers are not seen; never
 *  where names could fetch much. */
static bool is_reputation(const struct carried *m)
{
    return m->carriers < CARRIERS_COUNT &&
           (double)m->domain->sum[REFERENCES] >= 0.7 * (double)m->domain->sum[ANSWERS];
}

static bool is_tunnel(const struct fm_sight *in, const struct carried *m)
{
    double least = in->param[m->carriers >= CARRIERS_COUNT ? MIN_BYTES : PLAIN_BYTES];

    return m->names >= in->param[MIN_NAMES] && m->rate * m->drawn >= least &&
           m->drawn >= in->param[DRAWN] && m->novelty * in->param[REPEATS] >= 1 &&
           !is_reputation(m) &&
           !in->ctx->listed(in->ctx->listed_arg, "names_with_data", m->domain->name,
                   &m->domain->addr, DNS_PORT) &&
           !in->ctx->listed(in->ctx->listed_arg, "familiar", m->domain->name, &m->domain->addr,
                   DNS_PORT);
}

static void tell_types(struct fm_finding *out, const struct fm_contact *c)
{
    char text[FM_NAME];
    struct fm_text list;

    fm_text_init(&list, text, sizeof text);
    for (unsigned i = 0; i <= TYPES; i++)
        if (c->signs & 1u << i)
            fm_text_addf(&list, "%s%s", list.len ? "," : "", i < TYPES ? types[i].name : "other");
    fm_fact_text(out, "types", text);
}

static void tell(const struct fm_sight *in, struct fm_finding *out, const struct carried *m)
{
    const struct fm_contact *c = m->domain;
    const struct fm_contacts_state *s = in->state;
    double seconds = fmax(1, (double)(c->last - c->first) / (double)FM_SECOND);

    out->first = c->first;
    out->last = c->last;
    out->peer = c->addr;
    out->port = c->port;
    out->proto = c->proto;
    out->samples = s->samples;
    memcpy(out->name, c->name, sizeof out->name);
    fm_finding_term(out, "bytes_out", (double)c->bytes[FM_TO_SERVER]);
    fm_finding_term(out, "bytes_in", (double)c->bytes[FM_TO_CLIENT]);
    fm_finding_term(out, "rate", m->rate);
    fm_finding_term(out, "names", m->names);
    fm_finding_term(out, "drawn", m->drawn);
    fm_finding_term(out, "carriers", m->carriers);
    fm_finding_term(out, "novelty", m->novelty);
    fm_finding_term(out, "length", m->length);
    fm_fact_text(out, "domain", c->name);
    fm_fact_addr(out, "resolver", &c->addr);
    fm_fact_bool(out, "via_resolver", in->entity->roles & 1u << FM_ROLE_RESOLVER);
    fm_fact_number(out, "queries", (double)c->sum[QUESTIONS]);
    fm_fact_number(out, "names", m->names);
    fm_fact_bytes(out, "bytes_out", (double)c->bytes[FM_TO_SERVER]);
    fm_fact_bytes(out, "bytes_in", (double)c->bytes[FM_TO_CLIENT]);
    fm_fact_number(out, "bytes_a_second", (double)c->bytes[FM_TO_SERVER] / seconds);
    tell_types(out, c);
}

static void say(struct fm_finding *out, const struct carried *m)
{
    char sent[32], got[32], took[32];
    const struct fm_contact *c = m->domain;

    snprintf(out->summary, sizeof out->summary,
            "asked for %.0f different names under %s in %s: %s in their labels, %.0f %% of it "
            "drawn letter by letter, %s in the answers", m->names, c->name,
            fm_text_span(took, sizeof took, c->last - c->first),
            fm_text_bytes(sent, sizeof sent, (double)c->bytes[FM_TO_SERVER]), 100 * m->drawn,
            fm_text_bytes(got, sizeof got, (double)c->bytes[FM_TO_CLIENT]));
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_contacts_state *s = in->state;
    struct carried worst = { 0 };

    for (unsigned i = 0; i < FM_CONTACTS; i++) {
        struct carried m;
        if (!s->contact[i].used)
            continue;
        m = measure(in, &s->contact[i]);
        if (!is_tunnel(in, &m))
            continue;
        fm_contact_row(out, m.domain);
        if (!worst.domain || m.rate > worst.rate)
            worst = m;
    }
    if (!worst.domain)
        return false;
    tell(in, out, &worst);
    say(out, &worst);
    return true;
}

static const struct fm_contacts_spec spec = { .look = look, .window = WINDOW };

const struct fm_detector fm_hidden_dns_tunnel = {
    .name = "hidden_dns_tunnel",
    .title = "Hidden DNS Tunnel",
    .category = FM_C2,
    .tactic = { "TA0011", "TA0010" },
    .technique = { "T1071.004", "T1048" },
    .help = "information is carried in the names that an inside host asks for",
    .look_alikes = "virus scanners and reputation services that ask by digest, block lists, "
                   "content networks, measurements of the web",
    .next = "see who registered the domain, and which program asks",
    .family = &fm_contacts,
    .key = FM_BY_ENTITY,
    .contacts = &spec,
    .sees = FM_SEES_TX(DNS),
    .needs = { { FM_DNS, FM_HAS_NAME } },
    .assumes = FM_DNS_SEEN | FM_TWO_WAY,
    .excused = 1u << FM_ROLE_RESOLVER | 1u << FM_ROLE_MAIL,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 7200,
    .params = params,
    .terms = terms,
    .judge = judge,
};
