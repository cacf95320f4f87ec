/* Brute Force: many failed logins at a service, and whether one of them succeeded.
 *
 * What separates a guesser from its look-alikes:
 *   who mistypes           a handful of failures, not `min_tries`;
 *   a login storm          after a password change many hosts fail a little each: a state is one
 *                          host's, so none reaches the limit;
 *   a stale password       one or two accounts, from one host, on a clock (a service that tries
 *                          again every N minutes, whatever the answer): a server whose failures
 *                          come at even gaps of 15 s or more and that names two accounts at most is
 *                          left out, unless the host fails a hundred times within the window in
 *                          all; without a clock, one account alone needs twice as many over the
 *                          slow window;
 *   work and monitoring    they succeed: `fail_share` of the tries must have failed; a check that
 *                          only reads SSH's banner comes on a clock.
 * Where the size of a session stands for its end (SSH), twice as many tries are asked for, unless
 * they come faster than one in five seconds: no program tries again at such a pace.  Services
 * whose refusals are known by their shape alone (Telnet, mail, databases, VNC) need twice as many
 * within the fast window, and a clock of any number excuses them: short right sessions look the
 * same, and come again all day.  Forms that never say whether a login was right need four times as
 * many, and so do outside web servers that refuse: there it is mostly a program's expired token.
 *
 * Three forms: `fast` and `slow` are many tries at one server; `spray` is a few tries at each of
 * many servers with many accounts.  A success after eight failures in a row is told as a right
 * guess, with its account, at once.
 *
 * The suspect is the client.  Where it is outside and the server here, exposed services are guessed
 * at all day, and that is the signatures' and the firewall's job: it is told only when a guess was
 * right, and the host is then the server, which is what a person must look at.
 *
 * Family guess: 8 KiB a host and service with a failed login.  Cannot see: guesses spread over so
 * many hosts that none tries often (Kerberos and NTLM: see account_scan), guesses on an even clock
 * with one account, slower than `slow_tries` in `slow_window`, and what login.h names.  Method:
 * counted failures as in Zeek's detect-bruteforcing (30 a host), with rhythm and share against its
 * false alarms. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "detect/guess.h"

#define STALE_ACCOUNTS 2
#define STALE_TIMES 5 /* min_tries within the window, in all: more is no program's retry */
#define FLAT_OUT 0.2  /* failures a second of who waits for nothing */
#define FRESH FM_MINUTE /* what is new must be news of a server that is guessed at */

enum { MIN_TRIES, WINDOW, SLOW_TRIES, SLOW_WINDOW, FAIL_SHARE, SPRAY_ACCOUNTS, SPRAY_SERVERS };

static const struct fm_param params[] = {
    [MIN_TRIES] = { "min_tries", FM_COUNT, 8, 100000, 20,
            "failed logins at one server, or of a spray; twice as many where only sizes tell" },
    [WINDOW] = { "window", FM_SPAN, 60, 86400, 600, "within so long" },
    [SLOW_TRIES] = { "slow_tries", FM_COUNT, 10, 100000, 30,
            "failed logins at one server over the slow window" },
    [SLOW_WINDOW] = { "slow_window", FM_SPAN, 3600, 7 * 86400, 86400, "of slow guessing" },
    [FAIL_SHARE] = { "fail_share", FM_SHARE, 0.5, 1, 0.8, "of the tries must have failed" },
    [SPRAY_ACCOUNTS] = { "spray_accounts", FM_COUNT, 4, 65535, 10,
            "different accounts of a spray" },
    [SPRAY_SERVERS] = { "spray_servers", FM_COUNT, 3, 65535, 5, "different servers of a spray" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "guesses", FM_THREAT, FM_COUNT, { { 0, 0.5, 1, 10 } }, 4, "logins that were guessed right" },
    { "failures", FM_THREAT, FM_COUNT, { { 10, 50, 500, 5000 } }, 2, "failed logins" },
    { "ours", FM_THREAT, FM_COUNT, { { 0, 0.33, 0.67, 1 } }, 2,
            "1: the guesser is a host of ours" },
    { "failures", FM_CERTAINTY, FM_COUNT, { { 10, 30, 100, 1000 } }, 2, "failed logins" },
    { "fail_share", FM_CERTAINTY, FM_SHARE, { { 0.7, 0.85, 0.95, 1 } }, 1,
            "share of the tries that failed or were guesses" },
    { "rate", FM_CERTAINTY, FM_RATIO, { { 0.0005, 0.005, 0.1, 2 } }, 1, "tries a second" },
    { "accounts", FM_CERTAINTY, FM_COUNT, { { 0, 1, 5, 20 } }, 1,
            "different accounts; unknown where they are hidden" },
    { .name = NULL },
};

/** An account that Kerberos does not know is asked for, not guessed at. */
static bool look(const struct fm_obs *obs, const struct fm_login *login)
{
    (void)obs;
    return login->app != FM_APP_KRB5 || login->end != FM_LOGIN_NOBODY;
}

struct found {
    const char *kind;
    const struct fm_guess_party *worst, *guessed; /* the latest right guess */
    uint32_t tries, fails, rights, guesses;
    double accounts; /* at the worst; of a spray in all */
    unsigned parties;
    fm_time first, last;
};

static void windows_of(const struct fm_sight *in, fm_time window[FM_GUESS_TIERS])
{
    window[FM_GUESS_FAST] = (fm_time)(in->param[WINDOW] * (double)FM_SECOND);
    window[FM_GUESS_SLOW] = (fm_time)(in->param[SLOW_WINDOW] * (double)FM_SECOND);
}

/** A program that tries again on its clock: few accounts, and not much in all. */
static bool is_stale(const struct fm_sight *in, const struct fm_guess_party *party,
        double accounts, bool by_shape, fm_time window)
{
    struct fm_guess_sum all = fm_guess_sum(in->state, FM_GUESS_FAST, window, in->ctx->now);

    return accounts <= STALE_ACCOUNTS && fm_guess_on_clock(party) &&
           (by_shape || all.fails < STALE_TIMES * in->param[MIN_TRIES]);
}

/** No word, and no size that is a refusal's alone. */
static bool is_by_shape(const struct fm_guess_party *party, enum fm_app app)
{
    return !party->told && app != FM_APP_SSH && app != FM_APP_RDP;
}

/** How many times as much is asked for where less is known. */
static double caution(const struct fm_guess_party *party, enum fm_app app)
{
    double seconds = fmax(1, (double)(party->last - party->first) / (double)FM_SECOND);

    if (app == FM_APP_HTTP)
        return !party->told || party->course == FM_OUTWARD ? 4 : 1;
    if (app == FM_APP_SSH && !party->told)
        return party->fails < FLAT_OUT * seconds ? 2 : 1;
    return is_by_shape(party, app) ? 2 : 1;
}

/** How this party is guessed at, or NULL; the accounts seen there in any case. */
static const char *kind_of(const struct fm_sight *in, const struct fm_guess_party *party,
        enum fm_app app, double *accounts)
{
    static const char *const kinds[FM_GUESS_TIERS] = { "fast", "slow" };
    fm_time window[FM_GUESS_TIERS];
    const char *kind = NULL;
    bool by_shape = is_by_shape(party, app);

    windows_of(in, window);
    for (unsigned t = 0; t < FM_GUESS_TIERS && !kind; t++) {
        struct fm_guess_sum sum = fm_guess_party_sum(party, t, window, in->ctx->now);
        bool alone = sum.accounts == 1 && !party->guesses;
        double least = in->param[t == FM_GUESS_FAST ? MIN_TRIES : SLOW_TRIES];
        least *= caution(party, app);
        if (t == FM_GUESS_SLOW && alone)
            least *= 2;
        *accounts = sum.accounts;
        bool counts = t == FM_GUESS_FAST || !by_shape;
        if (counts && sum.fails >= least && sum.fails >= in->param[FAIL_SHARE] * sum.tries)
            kind = kinds[t];
    }
    bool noise = party->course == FM_INWARD && !party->guesses;
    if (noise || (kind && is_stale(in, party, *accounts, by_shape, window[FM_GUESS_FAST])))
        return NULL;
    return kind;
}

static bool is_spray(const struct fm_sight *in, struct fm_guess_sum *sum)
{
    fm_time window[FM_GUESS_TIERS];

    windows_of(in, window);
    *sum = fm_guess_sum(in->state, FM_GUESS_SLOW, window[FM_GUESS_SLOW], in->ctx->now);
    return sum->fails >= in->param[MIN_TRIES] && sum->accounts >= in->param[SPRAY_ACCOUNTS] &&
           sum->parties >= in->param[SPRAY_SERVERS] &&
           sum->fails >= in->param[FAIL_SHARE] * sum->tries;
}

static void add_row(struct fm_finding *out, const struct fm_guess_party *party, double accounts)
{
    struct fm_peer *row = fm_finding_row(out);

    if (!row)
        return;
    row->addr = party->addr;
    row->port = party->port;
    row->proto = party->proto;
    row->inside = party->course == FM_INSIDE;
    row->tries = party->tries;
    row->fails = party->fails;
    row->successes = party->rights;
    row->items = (uint32_t)accounts;
    row->first = party->first;
    row->last = party->last;
}

static void add_party(struct found *f, const struct fm_guess_party *party, double accounts)
{
    if (!f->worst || party->fails > f->worst->fails) {
        f->worst = party;
        f->accounts = accounts;
    }
    if (party->guesses && (!f->guessed || party->guessed > f->guessed->guessed))
        f->guessed = party;
    f->tries += party->tries;
    f->fails += party->fails;
    f->rights += party->rights;
    f->guesses += party->guesses;
    f->parties++;
    f->first = f->first && f->first < party->first ? f->first : party->first;
    f->last = f->last > party->last ? f->last : party->last;
}

static void find(const struct fm_sight *in, struct found *f, struct fm_finding *out)
{
    const struct fm_guess_state *state = in->state;

    for (unsigned i = 0; i < FM_GUESS_PARTIES; i++) {
        const struct fm_guess_party *party = &state->party[i];
        double accounts = 0;
        const char *kind = party->used ? kind_of(in, party, (enum fm_app)state->app, &accounts)
                                       : NULL;
        if (!kind)
            continue;
        add_party(f, party, accounts);
        add_row(out, party, accounts);
        f->kind = !f->kind || f->worst == party ? kind : f->kind;
    }
}

/** All of the window's tries are the spray's, whether their server is still kept or not. */
static void find_spray(const struct fm_sight *in, struct found *f, struct fm_finding *out)
{
    const struct fm_guess_state *state = in->state;
    struct fm_guess_sum sum;

    if (in->key->other || !is_spray(in, &sum)) /* from outside many come, each on its own */
        return;
    for (unsigned i = 0; i < FM_GUESS_PARTIES; i++) {
        if (!state->party[i].used)
            continue;
        add_party(f, &state->party[i], 0);
        add_row(out, &state->party[i], 0);
    }
    f->kind = "spray";
    f->tries = sum.tries;
    f->fails = sum.fails;
    f->accounts = sum.accounts;
    f->parties = (unsigned)sum.parties;
    f->first = state->first;
    f->last = state->last;
}

static const char *const direction[] = {
    [FM_INSIDE] = "inside",
    [FM_OUTWARD] = "outward",
    [FM_INWARD] = "inward",
    [FM_TRANSIT] = "transit",
};

static void tell_facts(const struct fm_sight *in, const struct found *f, struct fm_finding *out)
{
    const struct fm_guess_state *state = in->state;
    bool inward = f->worst->course == FM_INWARD;

    fm_fact_text(out, "service", fm_app_name[state->app]);
    fm_fact_text(out, "direction", direction[f->worst->course]);
    fm_fact_addr(out, inward ? "client" : "server", &f->worst->addr);
    fm_fact_number(out, inward ? "clients" : "servers", f->parties);
    fm_fact_number(out, "tries", f->tries);
    fm_fact_number(out, "failures", f->fails);
    fm_fact_number(out, "successes", f->rights);
    if (f->accounts > 0)
        fm_fact_number(out, "accounts", f->accounts);
    if (f->worst->account[0])
        fm_fact_text(out, "account_last", f->worst->account);
    if (!f->worst->told)
        fm_fact_text(out, "judged_by", "size of the sessions");
    if (!f->guessed)
        return;
    fm_fact_number(out, "guesses", f->guesses);
    fm_fact_time(out, "succeeded_at", f->guessed->guessed);
    if (f->guessed->guessed_account[0])
        fm_fact_text(out, "account_succeeded", f->guessed->guessed_account);
}

static void say(const struct fm_sight *in, const struct found *f, struct fm_finding *out)
{
    const struct fm_guess_state *state = in->state;
    bool inward = f->worst->course == FM_INWARD;
    char worst[FM_ADDR_TEXT], took[32];
    struct fm_text text;

    fm_addr_print(&f->worst->addr, worst);
    fm_text_init(&text, out->summary, sizeof out->summary);
    fm_text_addf(&text, "%s %s port %u", fm_app_name[state->app],
            inward ? "logins guessed here on" : "logins guessed at", f->worst->port);
    fm_text_addf(&text, " %s %s", inward ? "from" : "of", worst);
    if (f->parties > 1)
        fm_text_addf(&text, " and %u other%s", f->parties - 1, f->parties == 2 ? "" : "s");
    fm_text_addf(&text, ": %u of %u tries failed in %s", f->fails, f->tries,
            fm_text_span(took, sizeof took, f->last - f->first));
    if (f->accounts > 0)
        fm_text_addf(&text, " as %.0f account%s", f->accounts, f->accounts < 1.5 ? "" : "s");
    if (!f->guessed)
        fm_text_adds(&text, "; none was right");
    else if (f->guessed->guessed_account[0])
        fm_text_addf(&text, "; %u succeeded, the last as %s", f->guesses,
                f->guessed->guessed_account);
    else
        fm_text_addf(&text, "; then %u session%s that worked", f->guesses,
                f->guesses == 1 ? "" : "s");
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_guess_state *state = in->state;
    struct found f = { 0 };

    find(in, &f, out);
    if (!f.kind)
        find_spray(in, &f, out);
    if (!f.kind || state->last - f.last > FRESH)
        return false;
    bool inward = f.worst->course == FM_INWARD;
    out->first = f.first;
    out->last = f.last;
    out->kind = f.kind;
    out->peer = f.worst->addr;
    out->port = inward ? 0 : f.worst->port;
    out->proto = f.worst->proto;
    out->success = f.guessed != NULL;
    out->samples = state->samples;
    fm_finding_term(out, "guesses", f.guesses);
    fm_finding_term(out, "failures", f.fails);
    fm_finding_term(out, "ours", !inward);
    fm_finding_term(out, "fail_share", (double)(f.fails + f.guesses) / f.tries);
    fm_finding_term(out, "rate",
            f.tries / fmax(1, (double)(f.last - f.first) / (double)FM_SECOND));
    fm_finding_term(out, "accounts", f.accounts > 0 ? f.accounts : FM_UNKNOWN);
    tell_facts(in, &f, out);
    say(in, &f, out);
    return true;
}

static const struct fm_guess_spec spec = {
    .look = look,
    .window = { [FM_GUESS_FAST] = WINDOW, [FM_GUESS_SLOW] = SLOW_WINDOW },
};

const struct fm_detector fm_brute_force = {
    .name = "brute_force",
    .title = "Brute Force",
    .category = FM_LATERAL,
    .tactic = { "TA0006" },
    .technique = { "T1110" },
    .help = "many failed logins at a service, and whether one of them succeeded",
    .look_alikes = "a stale password in a service, a login storm after a password change, "
                   "monitoring, a penetration test",
    .next = "see whether the account that succeeded was used since, and from where; lock it",
    .family = &fm_guess,
    .key = FM_BY_ENTITY_SERVICE,
    .guess = &spec,
    .needs = { { FM_FLOW_END, FM_HAS_BYTES } },
    .assumes = FM_TWO_WAY,
    .excused = 1u << FM_ROLE_SCANNER,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 6 * 3600,
    .params = params,
    .terms = terms,
    .judge = judge,
};
