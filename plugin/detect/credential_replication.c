/* Credential Replication: what only domain controllers do among themselves, done by something else.
 *
 * Two ways to a domain's passwords go through its controllers' own interfaces.  *Replication*:
 * drsuapi's GetNCChanges gives out every secret of the directory to whoever asks with the right
 * (DCSync); AddEntry and ReplicaAdd make a new controller known (DCShadow).  *Forced
 * authentication*: netlogon's authenticate call tried again and again from one client, since one in
 * 256 tries with a challenge of zeros passes (Zerologon, CVE-2020-1472).
 *
 * What separates the look-alikes: controllers replicate all day, and are known, declared or because
 * they answer Kerberos, netlogon or drsuapi; before a host was watched for some minutes its role is
 * not known, unless a person's ticket for the directory was given to it that day; a directory
 * synchroniser (to a cloud, say) is no controller, but does it every day, so after `normal_days` it
 * is quiet here; a member whose trust is broken authenticates a few times, not `tries` times in
 * `window`; members behind one address are many hosts.
 *
 * Family first: one state a (host, controller, way), 1.6 KiB.  How a sealed replication ended is
 * not seen: it was answered, not that it was granted.
 *
 * Cannot see: the challenge itself; who is a controller before it has answered anybody; replication
 * over encrypted SMB.  [MS-DRSR] 4.1, [MS-NRPC] 3.5; Secura 2020 (Zerologon). */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "detect/first.h"
#include "detect/rpc.h"

#define CALLS (1u << CHANGES | 1u << REGISTER)
#define ROLE_DECLARED_S (30 * 86400.0) /* a declared list of controllers is worth so long a watch */

enum { TRIES, WINDOW, NORMAL_DAYS };

static const struct fm_param params[] = {
    [TRIES] = { "tries", FM_COUNT, 3, 256, 8, "authentications of one client at a controller" },
    [WINDOW] = { "window", FM_SPAN, 5, 3600, 60, "within so long" },
    [NORMAL_DAYS] = { "normal_days", FM_COUNT, 1, 60, 7,
            "earlier days on which the host replicated: then it is its work" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "reach", FM_THREAT, FM_SHARE, { { 0, 0.3, 0.6, 1 } }, 1,
            "what is had if it succeeds: 1 the whole directory" },
    { "role", FM_CERTAINTY, FM_SPAN, { { 0, 600, 86400, 604800 } }, 2,
            "how long the host was watched and answered nobody as a controller" },
    { "person", FM_CERTAINTY, FM_COUNT, { { 0, 1, 1, 1 } }, 3,
            "a person's ticket for the directory was given to the host that day" },
    { "tries", FM_CERTAINTY, FM_COUNT, { { 2, 6, 15, 60 } }, 3,
            "authentications of one client within the window" },
    { "novelty", FM_CERTAINTY, FM_COUNT, { { 7, 4, 2, 0 } }, 2,
            "earlier days on which it did the same" },
    { .name = NULL },
};

enum { CHANGES, REGISTER, AUTHENTICATE, SET_PASSWORD, TICKET };
enum { REPLICATION = 1, NETLOGON };

enum { TGS_REP = 13 };

static const struct {
    enum fm_rpc_interface interface;
    uint16_t opnum;
    uint8_t step, thing;
    const char *label;
} calls[] = {
    { FM_RPC_REPLICATION, 3, CHANGES, REPLICATION, "drsuapi GetNCChanges" },
    { FM_RPC_REPLICATION, 5, REGISTER, REPLICATION, "drsuapi ReplicaAdd" },
    { FM_RPC_REPLICATION, 17, REGISTER, REPLICATION, "drsuapi AddEntry" },
    { FM_RPC_NETLOGON, 5, AUTHENTICATE, NETLOGON, "netlogon ServerAuthenticate" },
    { FM_RPC_NETLOGON, 15, AUTHENTICATE, NETLOGON, "netlogon ServerAuthenticate2" },
    { FM_RPC_NETLOGON, 26, AUTHENTICATE, NETLOGON, "netlogon ServerAuthenticate3" },
    { FM_RPC_NETLOGON, 6, SET_PASSWORD, NETLOGON, "netlogon ServerPasswordSet" },
    { FM_RPC_NETLOGON, 30, SET_PASSWORD, NETLOGON, "netlogon ServerPasswordSet2" },
};

static bool is_controller(const struct fm_entity *entity)
{
    return entity && (entity->roles & 1u << FM_ROLE_CONTROLLER);
}

/** A ticket for a directory service; a machine's account ends in '$'. */
static bool look_ticket(const struct fm_rec *rec, struct fm_deed *out)
{
    const struct fm_krb5 *krb5 = fm_body(rec);
    char service[FM_NAME];
    size_t len;
    const char *text = fm_rec_str(rec, krb5->service, &len);

    fm_text_name(service, sizeof service, text, len);
    text = fm_rec_str(rec, krb5->account, &len);
    if (krb5->type != TGS_REP || krb5->error || !len || text[len - 1] == '$' ||
            strncmp(service, "ldap/", 5))
        return false;
    fm_text_name(out->account, sizeof out->account, text, len);
    out->thing = REPLICATION;
    out->step = TICKET;
    return true;
}

static bool look(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_deed *out)
{
    struct fm_rpc_call call;

    (void)ctx;
    if (obs->what != FM_OBS_TX || is_controller(obs->client))
        return false;
    if (obs->rec->kind == FM_KRB5)
        return look_ticket(obs->rec, out);
    if (!fm_rpc_call_of(obs, &call))
        return false;
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (calls[i].interface != call.interface || calls[i].opnum != call.opnum)
            continue;
        out->thing = calls[i].thing;
        out->step = calls[i].step;
        out->success = call.answered;
        snprintf(out->label, sizeof out->label, "%s", calls[i].label);
        memcpy(out->account, call.account, sizeof out->account);
        return true;
    }
    return false;
}

/** How long we would know if it were a controller. */
static double role_known_s(const struct fm_sight *in)
{
    double watched = (double)(in->ctx->now - in->entity->first_seen) / (double)FM_SECOND;

    return fm_world_net(in->ctx->world)->role[FM_ROLE_CONTROLLER] ? fmax(watched, ROLE_DECLARED_S)
                                                                  : watched;
}

static unsigned days_before(const struct fm_first_state *s)
{
    unsigned changes = fm_first_days_before(s, CHANGES);
    unsigned registered = fm_first_days_before(s, REGISTER);

    return changes > registered ? changes : registered;
}

/** When the first of these steps was taken. */
static fm_time first_of(const struct fm_first_state *s, uint32_t steps)
{
    fm_time first = s->last;

    for (unsigned i = 0; i < FM_FIRST_STEPS; i++)
        if ((steps & s->steps & 1u << i) && s->step[i].first < first)
            first = s->step[i].first;
    return first;
}

static void tell(const struct fm_sight *in, const struct fm_first_state *s, const char *kind,
        uint32_t steps, struct fm_finding *out)
{
    uint32_t calls_made = s->count - s->step[TICKET].count;

    out->kind = kind;
    out->first = first_of(s, steps);
    out->last = s->last;
    out->peer = s->place[0].addr;
    out->port = s->place[0].port;
    out->proto = s->place[0].proto;
    out->samples = s->samples;
    fm_fact_text(out, "kind", kind);
    fm_fact_addr(out, "controller", &s->place[0].addr);
    fm_fact_text(out, "operation", s->label);
    fm_fact_number(out, "calls", calls_made);
    if (s->successes)
        fm_fact_number(out, "answered", s->successes);
    if (s->account[0])
        fm_fact_text(out, "account", s->account);
    struct fm_peer *row = fm_finding_row(out);
    if (!row)
        return;
    *row = (struct fm_peer){ .addr = s->place[0].addr, .port = s->place[0].port,
        .proto = s->place[0].proto, .inside = in->key->other != 0, .tries = calls_made,
        .successes = s->successes, .first = s->first, .last = s->last };
    memcpy(row->name, s->label, sizeof row->name);
}

static bool judge_replication(const struct fm_sight *in, const struct fm_first_state *s,
        struct fm_finding *out)
{
    bool changes = s->step[CHANGES].count;
    unsigned made = s->step[CHANGES].count + s->step[REGISTER].count;
    unsigned before = days_before(s);
    bool known = before || fm_learn_hours(in->ctx->learn) >= FM_NOVEL_AFTER_HOURS;
    char addr[64];

    if (before >= in->param[NORMAL_DAYS])
        return false;
    tell(in, s, changes ? "directory_replication" : "controller_registration", CALLS, out);
    out->success = s->step[REGISTER].count && s->successes;
    fm_finding_term(out, "reach", 1);
    fm_finding_term(out, "role", role_known_s(in));
    fm_finding_term(out, "person", fm_first_that_day(s, TICKET) ? 1 : FM_UNKNOWN);
    fm_finding_term(out, "novelty", known ? before : FM_UNKNOWN);
    fm_fact_number(out, "days_before", before);
    snprintf(out->summary, sizeof out->summary,
            "called %s at %s %u time%s%s; it is no domain controller", s->label,
            fm_addr_print(&s->place[0].addr, addr), made, made == 1 ? "" : "s",
            s->successes ? " and was answered" : "");
    return true;
}

static bool is_many(const struct fm_entity *entity)
{
    return (entity->roles & 1u << FM_ROLE_NAT) || (entity->flags & FM_ENTITY_SHARED);
}

static bool judge_netlogon(const struct fm_sight *in, const struct fm_first_state *s,
        struct fm_finding *out)
{
    double tries = (double)fm_bins_query(&s->recent, s->last);
    char addr[64], took[32];

    if (tries < in->param[TRIES] || is_many(in->entity))
        return false;
    tell(in, s, "forced_authentication", 1u << AUTHENTICATE, out);
    out->success = s->step[SET_PASSWORD].count &&
                   s->step[SET_PASSWORD].last >= s->step[AUTHENTICATE].first;
    fm_finding_term(out, "reach", out->success ? 1 : 0.7);
    fm_finding_term(out, "tries", tries);
    fm_fact_bool(out, "password_set", out->success);
    snprintf(out->summary, sizeof out->summary,
            "authenticated %.0f times at netlogon of %s within %s%s", tries,
            fm_addr_print(&s->place[0].addr, addr),
            fm_text_span(took, sizeof took, (fm_time)(in->param[WINDOW] * (double)FM_SECOND)),
            out->success ? ", then set the controller's password" : "");
    return true;
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_first_state *s = in->state;

    if (is_controller(in->entity))
        return false;
    return s->steps & CALLS ? judge_replication(in, s, out) : judge_netlogon(in, s, out);
}

static const struct fm_first_spec spec = { .look = look, .window = WINDOW };

const struct fm_detector fm_credential_replication = {
    .name = "credential_replication",
    .title = "Credential Replication",
    .category = FM_LATERAL,
    .tactic = { "TA0006" },
    .technique = { "T1003.006", "T1207", "T1210" },
    .help = "directory replication by what is no domain controller, or netlogon tried by force",
    .look_alikes = "a new domain controller, a directory synchroniser, a member without trust",
    .next = "declare the host if it is a controller or synchroniser; else change krbtgt's password",
    .family = &fm_first,
    .key = FM_BY_PAIR,
    .first = &spec,
    .sees = FM_SEES_TX(KRB5) | FM_SEES_TX(DCERPC),
    .needs = { { FM_DCERPC, FM_HAS_NAME | FM_HAS_OPERATION } },
    .assumes = FM_INSIDE_SEEN | FM_TWO_WAY,
    .excused = 1u << FM_ROLE_CONTROLLER,
    .starts = FM_LIVE,
    .budget = 0.5,
    .quiet_s = 86400,
    .params = params,
    .terms = terms,
    .judge = judge,
};
