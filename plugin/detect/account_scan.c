/* Account Scan: one host asks for many account names.
 *
 * Kerberos says of each name whether it exists (error 6, unknown) and whether the password was
 * wrong (24): names alone are an *enumeration*, wrong passwords alone a *spray*, both a
 * *brute-sweep*.  NTLM gives one answer to both (C000006D), and so does LDAP: there the different
 * accounts and the share of failures decide, kind *logins*.
 *
 * Look-alikes: a terminal server, a mail front end or a VPN gateway logs in many people, and some
 * of them mistype: most of its logins succeed, so `fail_share` of the tries must have failed; a
 * password storm brings one or two accounts a host; a migrated application asks for one principal
 * again and again, and different accounts are counted, not tries.
 *
 * Family guess (fast and slow window); 8 KiB a host and service with a failed login.  Cannot see:
 * names asked for over LDAP or SAMR, accounts within signed binds, a scan spread over many hosts.
 * Method: RFC 4120 7.5.9 for the errors; [MS-ERREF] 2.3.1. */
#include <stdio.h>

#include "base/text.h"
#include "detect/guess.h"

enum { MIN_ACCOUNTS, WINDOW, SLOW_ACCOUNTS, SLOW_WINDOW, FAIL_SHARE };

static const struct fm_param params[] = {
    [MIN_ACCOUNTS] = { "min_accounts", FM_COUNT, 4, 65535, 10, "different accounts that failed" },
    [WINDOW] = { "window", FM_SPAN, 60, 86400, 600, "within so long" },
    [SLOW_ACCOUNTS] = { "slow_accounts", FM_COUNT, 6, 65535, 20, "over the slow window" },
    [SLOW_WINDOW] = { "slow_window", FM_SPAN, 3600, 7 * 86400, 86400, "of a slow scan" },
    [FAIL_SHARE] = { "fail_share", FM_SHARE, 0.3, 1, 0.7, "of the tries must have failed" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "accounts", FM_THREAT, FM_COUNT, { { 5, 20, 100, 1000 } }, 2, "different ones that failed" },
    { "successes", FM_THREAT, FM_COUNT, { { 0, 1, 3, 10 } }, 1, "logins that succeeded" },
    { "accounts", FM_CERTAINTY, FM_COUNT, { { 5, 15, 40, 150 } }, 2, "different ones that failed" },
    { "fail_share", FM_CERTAINTY, FM_SHARE, { { 0.5, 0.7, 0.9, 1 } }, 1,
            "share of the tries that failed" },
    { "unknown_share", FM_CERTAINTY, FM_SHARE, { { 0, 0.1, 0.5, 0.9 } }, 1,
            "share of the failures whose account does not exist; unknown for NTLM" },
    { "rate", FM_CERTAINTY, FM_RATIO, { { 0.0005, 0.01, 0.2, 3 } }, 1, "tries a second" },
    { .name = NULL },
};

static bool look(const struct fm_obs *obs, const struct fm_login *login)
{
    return obs->client && (login->app == FM_APP_KRB5 || login->app == FM_APP_SMB ||
                                  login->app == FM_APP_LDAP);
}

/** In the window that holds more accounts, where both are full. */
static const char *measure(const struct fm_sight *in, struct fm_guess_sum *sum)
{
    static const unsigned limit[FM_GUESS_TIERS] = { MIN_ACCOUNTS, SLOW_ACCOUNTS };
    static const unsigned window[FM_GUESS_TIERS] = { WINDOW, SLOW_WINDOW };
    static const char *const speeds[FM_GUESS_TIERS] = { "fast", "slow" };
    const char *speed = NULL;

    for (unsigned t = 0; t < FM_GUESS_TIERS; t++) {
        struct fm_guess_sum s = fm_guess_sum(in->state, t,
                (fm_time)(in->param[window[t]] * (double)FM_SECOND), in->ctx->now);
        bool enough = s.accounts >= in->param[limit[t]] &&
                      s.fails >= in->param[FAIL_SHARE] * s.tries;
        if (!enough || (speed && s.accounts <= sum->accounts))
            continue;
        *sum = s;
        speed = speeds[t];
    }
    return speed;
}

static const char *kind_of(enum fm_app app, const struct fm_guess_sum *sum)
{
    if (app != FM_APP_KRB5)
        return "logins";
    if (!sum->nobody)
        return "spray";
    return sum->nobody < sum->fails ? "brute-sweep" : "enumeration";
}

static const struct fm_guess_party *add_rows(const struct fm_guess_state *state,
        struct fm_finding *out)
{
    const struct fm_guess_party *worst = &state->party[0];

    for (unsigned i = 0; i < FM_GUESS_PARTIES; i++) {
        const struct fm_guess_party *party = &state->party[i];
        struct fm_peer *row = party->used ? fm_finding_row(out) : NULL;
        if (!row)
            continue;
        *row = (struct fm_peer){ .addr = party->addr, .port = party->port, .proto = party->proto,
            .inside = party->course == FM_INSIDE, .tries = party->tries, .fails = party->fails,
            .successes = party->rights, .first = party->first, .last = party->last };
        if (party->fails > worst->fails)
            worst = party;
    }
    return worst;
}

static void say(const struct fm_guess_state *state, const struct fm_guess_sum *sum,
        struct fm_finding *out)
{
    char took[32];
    struct fm_text text;

    fm_text_init(&text, out->summary, sizeof out->summary);
    fm_text_addf(&text, "asked %s of %.0f server%s for %.0f accounts in %s: ",
            fm_app_name[state->app], sum->parties, sum->parties < 1.5 ? "" : "s", sum->accounts,
            fm_text_span(took, sizeof took, state->last - state->first));
    fm_text_addf(&text, "%u of %u tries failed", sum->fails, sum->tries);
    if (sum->nobody)
        fm_text_addf(&text, ", %u of them because there is no such account", sum->nobody);
    fm_text_addf(&text, "; %u succeeded", sum->tries - sum->fails);
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_guess_state *state = in->state;
    struct fm_guess_sum sum = { 0 };
    const char *speed = measure(in, &sum);

    if (!speed)
        return false;
    const struct fm_guess_party *worst = add_rows(state, out);
    double seconds = fmax(1, (double)(state->last - state->first) / (double)FM_SECOND);
    out->first = state->first;
    out->last = state->last;
    out->kind = kind_of((enum fm_app)state->app, &sum);
    out->peer = worst->addr;
    out->port = worst->port;
    out->proto = worst->proto;
    out->samples = state->samples;
    fm_finding_term(out, "accounts", sum.accounts);
    fm_finding_term(out, "successes", sum.tries - sum.fails);
    fm_finding_term(out, "fail_share", (double)sum.fails / sum.tries);
    fm_finding_term(out, "unknown_share",
            state->app == FM_APP_KRB5 || sum.nobody ? (double)sum.nobody / sum.fails : FM_UNKNOWN);
    fm_finding_term(out, "rate", sum.tries / seconds);
    fm_fact_text(out, "protocol", fm_app_name[state->app]);
    fm_fact_text(out, "kind", out->kind);
    fm_fact_text(out, "speed", speed);
    fm_fact_number(out, "accounts", sum.accounts);
    fm_fact_number(out, "servers", sum.parties);
    fm_fact_number(out, "tries", sum.tries);
    fm_fact_number(out, "unknown_accounts", sum.nobody);
    fm_fact_number(out, "refused", sum.fails - sum.nobody);
    fm_fact_number(out, "successes", sum.tries - sum.fails);
    say(state, &sum, out);
    return true;
}

static const struct fm_guess_spec spec = {
    .look = look,
    .window = { [FM_GUESS_FAST] = WINDOW, [FM_GUESS_SLOW] = SLOW_WINDOW },
};

const struct fm_detector fm_account_scan = {
    .name = "account_scan",
    .title = "Account Scan",
    .category = FM_RECON,
    .tactic = { "TA0007", "TA0006" },
    .technique = { "T1087", "T1110.003" },
    .help = "one host asks for many account names, most of which fail",
    .look_alikes = "terminal server, mail front end, VPN gateway, single sign-on, identity audit",
    .next = "see which accounts existed or succeeded, and which program on the host asked",
    .family = &fm_guess,
    .key = FM_BY_ENTITY_SERVICE,
    .guess = &spec,
    .needs = { { FM_KRB5, FM_HAS_ACCOUNT | FM_HAS_STATUS } },
    .assumes = FM_TWO_WAY,
    .excused = 1u << FM_ROLE_SCANNER,
    .starts = FM_LIVE,
    .budget = 0.5,
    .quiet_s = 3600,
    .params = params,
    .terms = terms,
    .judge = judge,
};
