/* Honeypot Touch: any contact with an address or an account that the operator declared as bait.
 *
 * Nobody has business there, so one packet is enough and nothing need be learned: the policy's role
 * `honeypot` (addresses, used or dark) and list `bait_accounts` decide.  What separates the
 * look-alikes: scanners and monitors have business everywhere (excused by role); an answer that
 * nobody asked for is no contact; a bait that talks to another bait is not judged.
 *
 * Family first: one state a (host, bait), 1.6 KiB, made by the first packet.  How deep it went is
 * told as it goes: touched, answered, spoke, login, entered.  A sender that was only ever seen one
 * way may be forged: then certainty is lower.
 *
 * Cannot see: outside parties (they have no entity); accounts within encryption, or where one
 * direction alone is seen; an account of bait that is only named in a ticket got elsewhere. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "detect/first.h"
#include "detect/login.h"

enum { WINDOW };

static const struct fm_param params[] = {
    [WINDOW] = { "window", FM_SPAN, 60, 86400, 3600, "over which contacts are counted together" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "depth", FM_THREAT, FM_SHARE, { { 0, 0.3, 0.6, 1 } }, 4,
            "0.25 touched, 0.4 answered, 0.6 spoke, 0.8 tried to log in, 1 entered" },
    { "contacts", FM_THREAT, FM_COUNT, { { 0, 5, 50, 500 } }, 1, "within the window" },
    { "declared", FM_CERTAINTY, FM_COUNT, { { 0, 1, 1, 1 } }, 3, "the policy says it is bait" },
    { "two_way", FM_CERTAINTY, FM_COUNT, { { 0, 1, 1, 1 } }, 1, "the sender was seen to converse" },
    { .name = NULL },
};

enum step { TOUCHED, ANSWERED, SPOKE, LOGIN, ENTERED, STEPS };

static const struct {
    double value;
    const char *name, *what;
} depths[STEPS] = {
    [TOUCHED] = { 0.25, "touched", "touched" },
    [ANSWERED] = { 0.4, "answered", "was answered by" },
    [SPOKE] = { 0.6, "spoke", "spoke with" },
    [LOGIN] = { 0.8, "login", "tried to log in at" },
    [ENTERED] = { 1, "entered", "logged in at" },
};

/* ---- is it bait? ---- */

static bool is_bait(const struct fm_context *ctx, const struct fm_addr *addr)
{
    const struct fm_prefixes *baits = fm_world_net(ctx->world)->role[FM_ROLE_HONEYPOT];

    return baits && fm_prefixes_has(baits, addr);
}

/** "DOMAIN\name", "name@realm" and "name" are one account. */
static void bare_account(char out[FM_NAME], const char *account)
{
    const char *slash = strrchr(account, '\\');
    const char *name = slash ? slash + 1 : account;

    snprintf(out, FM_NAME, "%.*s", (int)strcspn(name, "@"), name);
}

static void say_service(char out[FM_NAME], const struct fm_obs *obs, enum fm_app app)
{
    const char *name = app > FM_APP_FAILED && app != FM_APP_OTHER ? fm_app_name[app] : "";

    snprintf(out, FM_NAME, "port %u%s%s%s", obs->sport, name[0] ? " (" : "", name,
            name[0] ? ")" : "");
}

static bool look_account(const struct fm_context *ctx, const struct fm_obs *obs,
        const struct fm_login *login, struct fm_deed *out)
{
    char name[FM_NAME];

    bare_account(name, login->account);
    if (!name[0] || !ctx->listed(ctx->listed_arg, "bait_accounts", name, &obs->server_addr, 0))
        return false;
    out->thing = fm_hash_name(ctx->seed, name, strlen(name));
    out->step = login->end == FM_LOGIN_RIGHT ? ENTERED : LOGIN;
    out->success = out->step == ENTERED;
    memcpy(out->object, name, sizeof out->object);
    memcpy(out->account, name, sizeof out->account);
    say_service(out->label, obs, login->app);
    return true;
}

static bool look_address(const struct fm_context *ctx, const struct fm_obs *obs,
        const struct fm_login *login, struct fm_deed *out)
{
    bool answered = obs->answer == FM_ANSWERED || obs->answer == FM_ANSWER_INFERRED;

    if (login)
        out->step = login->end == FM_LOGIN_RIGHT ? ENTERED : LOGIN;
    else if (obs->what == FM_OBS_START && obs->orig_known)
        out->step = TOUCHED;
    else if (obs->what == FM_OBS_OUTCOME && obs->orig_known && answered)
        out->step = ANSWERED;
    else if (obs->what == FM_OBS_TX && obs->rec->kind != FM_ALERT)
        out->step = SPOKE;
    else
        return false;
    out->thing = fm_hash(ctx->seed, &obs->server_addr, sizeof obs->server_addr);
    out->success = out->step == ENTERED;
    if (login)
        memcpy(out->account, login->account, sizeof out->account);
    say_service(out->label, obs, login ? login->app : (enum fm_app)obs->app);
    return true;
}

/** Other protocols tell no account: their logins need not be read. */
static bool names_accounts(const struct fm_obs *obs)
{
    static const uint32_t kinds = 1u << FM_SMB | 1u << FM_KRB5 | 1u << FM_LDAP | 1u << FM_FTP |
                                  1u << FM_RDP;

    return obs->what == FM_OBS_TX && (kinds & 1u << obs->rec->kind);
}

static bool look(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_deed *out)
{
    struct fm_login login;

    if (obs->backscatter || is_bait(ctx, &obs->client_addr))
        return false;
    if (is_bait(ctx, &obs->server_addr))
        return look_address(ctx, obs, fm_login_of(obs, &login) ? &login : NULL, out);
    return names_accounts(obs) && fm_login_of(obs, &login) && look_account(ctx, obs, &login, out);
}

/* ---- judging ---- */

static enum step deepest(const struct fm_first_state *s)
{
    enum step depth = STEPS - 1;

    while (depth && !(s->steps & 1u << depth))
        depth--;
    return depth;
}

static void add_row(struct fm_finding *out, const struct fm_first_state *s, bool inside)
{
    struct fm_peer *row = fm_finding_row(out);

    if (!row)
        return;
    *row = (struct fm_peer){ .addr = s->place[0].addr, .port = s->place[0].port,
        .proto = s->place[0].proto, .inside = inside, .tries = s->step[TOUCHED].count,
        .successes = s->successes, .first = s->first, .last = s->last };
    memcpy(row->name, s->label, sizeof row->name);
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_first_state *s = in->state;
    enum step depth = deepest(s);
    double contacts = (double)fm_bins_query(&s->recent, s->last);
    char addr[64];

    fm_addr_print(&s->place[0].addr, addr);
    out->kind = s->object[0] ? "account" : "address";
    out->success = depth == ENTERED;
    out->first = s->first;
    out->last = s->last;
    out->peer = s->place[0].addr;
    out->port = s->place[0].port;
    out->proto = s->place[0].proto;
    out->samples = s->samples;
    fm_finding_term(out, "depth", depths[depth].value);
    fm_finding_term(out, "contacts", contacts);
    fm_finding_term(out, "declared", 1);
    fm_finding_term(out, "two_way", !(in->entity->flags & FM_ENTITY_PROBATION));
    fm_fact_text(out, "kind", out->kind);
    fm_fact_text(out, "bait", s->object[0] ? s->object : addr);
    fm_fact_text(out, "service", s->label);
    fm_fact_text(out, "depth", depths[depth].name);
    fm_fact_number(out, "contacts", s->count);
    if (s->account[0])
        fm_fact_text(out, "account", s->account);
    add_row(out, s, fm_inside(fm_world_net(in->ctx->world), &s->place[0].addr));
    if (s->object[0])
        snprintf(out->summary, sizeof out->summary, "%s %s %s as the bait account %s",
                depths[depth].what, addr, s->label, s->object);
    else
        snprintf(out->summary, sizeof out->summary, "%s the bait %s %s%s%s", depths[depth].what,
                addr, s->label, s->account[0] ? " as " : "", s->account);
    return true;
}

static const struct fm_first_spec spec = { .look = look, .window = WINDOW, .by_thing = true };

const struct fm_detector fm_honeypot_touch = {
    .name = "honeypot_touch",
    .title = "Honeypot Touch",
    .category = FM_LATERAL,
    .tactic = { "TA0007", "TA0008" },
    .technique = { "T1046", "T1078" },
    .help = "any contact with an address or an account that the policy declares as bait",
    .look_alikes = "a scanner that is not declared, a forgotten shortcut, a broadcast mistyped",
    .next = "see what else the host looked for; a bait was not found by chance",
    .family = &fm_first,
    .key = FM_BY_ENTITY_NAME,
    .first = &spec,
    .sees = FM_SEES(START) | FM_SEES(OUTCOME) | FM_SEES(END) | FM_SEES_EVERY_TX,
    .needs = { { FM_FLOW_ANSWER, FM_HAS_ANSWER } },
    .assumes = FM_CLIENTS_SEEN,
    .excused = 1u << FM_ROLE_SCANNER | 1u << FM_ROLE_MONITOR,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 86400,
    .params = params,
    .terms = terms,
    .judge = judge,
};
