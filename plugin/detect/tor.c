/* Tor: an inside host talks to relays of the Tor network.
 *
 * Either the policy's list `tor_relays` has the address, or the shape shows it: a Tor client sends
 * as server name `www.` + 4 to 25 random letters of base32 + `.com`, another one in every
 * connection, and no DNS answer ever gave that name to the address.  Up to TLS 1.2 the relay's
 * certificate is of the same make: a random .net, signed by a random .com, neither of them the
 * name that was asked for. So three things must come together: names drawn letter by letter
 * (detect/chance.h), several of them, and no look-up.  Honest names of that form exist
 * (abbreviations), but each has a DNS answer; a browser that asks its names elsewhere (DoH) or a
 * capture without DNS shows none, yet there such a name is one in a thousand, and three within a
 * day are asked for.  Names made by malware for itself (DGA) are looked up before.  QUIC is not
 * looked at: no relay speaks it.
 *
 * A relay's port (9001, 9030, ...), one TLS fingerprint over all of them and payloads of the size
 * of a cell raise certainty.  Threat is bytes, and little where little has moved.
 *
 * Costs a contacts state a host that sent such a name.  Cannot see: bridges (obfs4, meek,
 * snowflake), a client of one relay that never reconnects, relays behind a name of their own.
 * Sources: Tor's src/lib/tls/tortls.c (names), tor-spec (cells of 512 and 514 bytes). */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "detect/chance.h"
#include "detect/contacts.h"

enum { MIN_NAMES, MIN_BITS, NAME_BITS, WINDOW };

static const struct fm_param params[] = {
    [MIN_NAMES] = { "min_names", FM_COUNT, 2, 100, 3, "different random names within the window" },
    [MIN_BITS] = { "min_bits", FM_COUNT, 10, 1000, 30,
            "of evidence that they were drawn, together" },
    [NAME_BITS] = { "name_bits", FM_COUNT, 4, 40, 8,
            "of evidence that a name must bring on the mean" },
    [WINDOW] = { "window", FM_SPAN, 3600, 30 * 86400, 86400, "in which the relays were used" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "bytes", FM_THREAT, FM_BYTES, { { -3e6, 3e7, 3e8, 3e9 } }, 1, "both ways, over all relays" },
    { "listed", FM_CERTAINTY, FM_COUNT, { { -1, 0, 1, 3 } }, 4, "relays that are on the list" },
    { "shape", FM_CERTAINTY, FM_COUNT, { { 10, 30, 60, 150 } }, 3,
            "bits of evidence that the names were drawn" },
    { "names", FM_CERTAINTY, FM_COUNT, { { 1, 3, 6, 15 } }, 1, "different random names" },
    { "relays", FM_CERTAINTY, FM_COUNT, { { 0, 1, 3, 6 } }, 1, "different relays" },
    { "signs", FM_CERTAINTY, FM_COUNT, { { 0, 1, 2, 3 } }, 1,
            "of: a relay's port, one fingerprint, Tor's certificates, payloads like cells" },
    { .name = NULL },
};

enum { SIGN_LISTED = 1, SIGN_NAMED = 2, SIGN_PORT = 4, SIGN_CERTIFICATE = 8, SIGN_CELLS = 16 };
enum { TCP = 6, BASE32 = 32 };

#define WORTH_A_LOOK 4.0 /* bits of a name that make a state: one honest name in a hundred */

/* ---- names ---- */

static bool is_base32(const char *label, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = label[i];
        if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '2' && c <= '7'))
            return false;
    }
    return true;
}

/** Bits of evidence in `www.LABEL.ending`; negative when it has not that form. */
static double name_bits(const char *name, size_t len, const char *ending)
{
    enum { SHORTEST = 4, LONGEST = 25 };
    size_t tail = strlen(ending);

    if (len < 4 + SHORTEST + tail || len > 4 + LONGEST + tail || memcmp(name, "www.", 4) ||
            memcmp(name + len - tail, ending, tail) || !is_base32(name + 4, len - 4 - tail))
        return -1;
    return fm_chance_bits(name + 4, len - 4 - tail, BASE32);
}

/** The common name of a distinguished name that has nothing else. */
static double bare_name_bits(const struct fm_rec *rec, struct fm_str dn, const char *ending)
{
    size_t len;
    const char *text = fm_rec_str(rec, dn, &len);

    return len > 3 && !memcmp(text, "CN=", 3) ? name_bits(text + 3, len - 3, ending) : -1;
}

static bool is_relay_port(uint16_t port)
{
    return (port >= 9001 && port <= 9004) || port == 9030 || port == 9031;
}

/* ---- what is seen ---- */

/** A first payload that is one cell in one TLS record: 514 bytes (512 in version 1 to 3 of the link
 *  protocol) and what the usual ciphers add. */
static bool has_cell(const struct fm_flow_row *flow)
{
    static const int16_t cells[] = { 536, 543, 586 };

    for (unsigned i = 0; flow->has_shape && i < FM_SHAPE_FIRST; i++)
        for (unsigned k = 0; k < sizeof cells / sizeof *cells; k++)
            if (flow->shape.first_len[i] == cells[k] || flow->shape.first_len[i] == -cells[k])
                return true;
    return false;
}

static bool is_listed(const struct fm_context *ctx, const struct fm_obs *obs)
{
    return ctx->listed(ctx->listed_arg, "tor_relays", "", &obs->server_addr, obs->sport);
}

/** A relay by shape counts its sessions by their hellos, a listed one by its connections. */
static bool look_tls(const struct fm_context *ctx, const struct fm_obs *obs,
        struct fm_contact_note *out)
{
    const struct fm_tls *tls = fm_body(obs->rec);
    struct fm_str print = tls->ja4.len ? tls->ja4 : tls->ja3;
    size_t len, print_len;
    const char *name = fm_rec_str(obs->rec, tls->sni, &len);
    double bits = name_bits(name, len, ".com");
    double subject = bare_name_bits(obs->rec, tls->subject, ".net");
    double issuer = bare_name_bits(obs->rec, tls->issuer, ".com");

    out->sessions = !is_listed(ctx, obs);
    if (bits < WORTH_A_LOOK ||
            fm_names_of(fm_world_names(ctx->world), obs->site, &obs->server_addr))
        return true;
    if (subject >= 0 && issuer >= 0) {
        bits += fmax(0, subject + issuer);
        out->signs |= SIGN_CERTIFICATE;
    }
    out->meets = true;
    out->signs |= SIGN_NAMED;
    out->item = fm_hash_name(ctx->seed, name, len);
    out->worth = (uint32_t)(bits + 0.5);
    const char *text = fm_rec_str(obs->rec, print, &print_len);
    out->tag = print_len ? fm_hash(ctx->seed, text, print_len) : 0;
    fm_text_name(out->name, sizeof out->name, name, len);
    return true;
}

static bool look(const struct fm_context *ctx, const struct fm_obs *obs,
        struct fm_contact_note *out)
{
    if (obs->course != FM_OUTWARD || obs->proto != TCP)
        return false;
    out->signs = is_relay_port(obs->sport) ? SIGN_PORT : 0;
    if (obs->what == FM_OBS_TX && obs->rec->kind == FM_TLS)
        return look_tls(ctx, obs, out);
    if (obs->what == FM_OBS_BYTES)
        out->signs |= has_cell(obs->flow) ? SIGN_CELLS : 0;
    if (obs->what != FM_OBS_OUTCOME || !obs->orig_known || obs->answer == FM_NO_ANSWER ||
            obs->answer == FM_REFUSED || obs->answer == FM_UNREACHABLE)
        return obs->what == FM_OBS_BYTES;
    out->meets = is_listed(ctx, obs);
    out->sessions = 1;
    out->signs |= SIGN_LISTED;
    return out->meets;
}

/* ---- what it means ---- */

struct use {
    unsigned relays, listed, sessions, fingerprints;
    uint32_t signs;
    double names, bits, bytes[2];
    uint64_t tag;
    fm_time first, last;
    const struct fm_contact *busiest;
};

static double bytes_of(const struct fm_contact *c)
{
    return (double)(c->bytes[FM_TO_SERVER] + c->bytes[FM_TO_CLIENT]);
}

static void add(struct use *use, const struct fm_contact *c, struct fm_distinct *names)
{
    use->relays++;
    use->listed += (c->signs & SIGN_LISTED) != 0;
    use->sessions += c->sessions;
    use->signs |= c->signs;
    use->bits += (double)c->worth;
    use->names += fm_distinct_query(&c->items);
    fm_distinct_merge(names, &c->items);
    use->fingerprints += c->tags + (c->tag && c->tag != use->tag);
    use->tag = c->tag ? c->tag : use->tag;
    for (unsigned way = 0; way < 2; way++)
        use->bytes[way] += (double)c->bytes[way];
    if (!use->busiest || c->first < use->first)
        use->first = c->first;
    if (c->last > use->last)
        use->last = c->last;
    if (!use->busiest || bytes_of(c) > bytes_of(use->busiest))
        use->busiest = c;
}

/** Adds up the relays; a name seen at several addresses counts once, with its share of the bits. */
static struct use measure(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_contacts_state *s = in->state;
    fm_time since = in->ctx->now - (fm_time)(in->param[WINDOW] * (double)FM_SECOND);
    struct fm_distinct names;
    struct use use = { 0 };

    fm_distinct_init(&names);
    for (unsigned i = 0; i < FM_CONTACTS; i++) {
        const struct fm_contact *c = &s->contact[i];
        if (!c->used || c->last < since || !(c->signs & (SIGN_LISTED | SIGN_NAMED)))
            continue;
        add(&use, c, &names);
        fm_contact_row(out, c);
    }
    double different = fm_distinct_query(&names);
    if (use.names > different)
        use.bits *= different / use.names;
    use.names = different;
    return use;
}

static bool is_drawn(const struct fm_sight *in, const struct use *use)
{
    return use->names >= in->param[MIN_NAMES] && use->bits >= in->param[MIN_BITS] &&
           use->bits >= in->param[NAME_BITS] * use->names;
}

static unsigned count_signs(const struct use *use)
{
    return ((use->signs & SIGN_PORT) != 0) + ((use->signs & SIGN_CERTIFICATE) != 0) +
           ((use->signs & SIGN_CELLS) != 0) + (use->sessions > 1 && use->fingerprints == 1);
}

static void say(struct fm_finding *out, const struct use *use)
{
    char sent[32], got[32], why[96];

    if (use->listed)
        snprintf(why, sizeof why, "%u of them on the list of relays", use->listed);
    else
        snprintf(why, sizeof why, "%.0f random server names that no DNS answer gave", use->names);
    snprintf(out->summary, sizeof out->summary,
            "talked to %u Tor relay%s in %u session%s: %s; sent %s, received %s", use->relays,
            use->relays == 1 ? "" : "s", use->sessions, use->sessions == 1 ? "" : "s", why,
            fm_text_bytes(sent, sizeof sent, use->bytes[FM_TO_SERVER]),
            fm_text_bytes(got, sizeof got, use->bytes[FM_TO_CLIENT]));
}

static void tell(struct fm_finding *out, const struct use *use, bool drawn)
{
    const struct fm_contact *worst = use->busiest;

    out->kind = use->listed ? "listed" : "shape";
    out->first = use->first;
    out->last = use->last;
    out->peer = worst->addr;
    out->port = worst->port;
    out->proto = worst->proto;
    fm_finding_term(out, "bytes", use->bytes[FM_TO_SERVER] + use->bytes[FM_TO_CLIENT]);
    fm_finding_term(out, "listed", use->listed ? use->listed : FM_UNKNOWN);
    fm_finding_term(out, "shape", drawn ? use->bits : FM_UNKNOWN);
    fm_finding_term(out, "names", drawn ? use->names : FM_UNKNOWN);
    fm_finding_term(out, "relays", use->relays);
    fm_finding_term(out, "signs", count_signs(use));
    fm_fact_text(out, "kind", out->kind);
    fm_fact_number(out, "relays", use->relays);
    fm_fact_number(out, "listed", use->listed);
    fm_fact_number(out, "names", use->names);
    fm_fact_number(out, "sessions", use->sessions);
    fm_fact_bytes(out, "bytes_out", use->bytes[FM_TO_SERVER]);
    fm_fact_bytes(out, "bytes_in", use->bytes[FM_TO_CLIENT]);
    fm_fact_time(out, "first", use->first);
    fm_fact_time(out, "last", use->last);
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_contacts_state *s = in->state;
    struct use use = measure(in, out);

    bool drawn = is_drawn(in, &use);
    if (!use.listed && !drawn)
        return false;
    out->samples = s->samples;
    tell(out, &use, drawn);
    say(out, &use);
    return true;
}

static const struct fm_contacts_spec spec = { .look = look, .window = WINDOW, .follows = true };

const struct fm_detector fm_tor = {
    .name = "tor",
    .title = "Tor Activity",
    .category = FM_C2,
    .tactic = { "TA0011" },
    .technique = { "T1090.003" },
    .help = "an inside host talks to relays of the Tor network",
    .look_alikes = "names by abbreviation where DNS is not seen (DoH), generated names, a Tor "
                   "browser that somebody is allowed to use",
    .next = "see which program opens the connections; a browser is a person, anything else is not",
    .family = &fm_contacts,
    .key = FM_BY_ENTITY,
    .contacts = &spec,
    .sees = FM_SEES(OUTCOME) | FM_SEES(BYTES) | FM_SEES_TX(TLS),
    .needs = { { FM_TLS, FM_HAS_NAME } },
    .assumes = FM_TWO_WAY,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 86400,
    .params = params,
    .terms = terms,
    .judge = judge,
};
