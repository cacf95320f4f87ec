#include "detect/guess.h"

#include <string.h>

#include "base/hash.h"

#define BURST (3 * FM_SECOND)
#define MIRROR FM_MS
#define CLOCK_GAPS 4
#define CLOCK_LEAST_S 15
#define CLOCK_SPREAD 0.05
#define CLOCK_SPREAD_S 1.5

/* ---- windows of two halves ---- */

/** Which half this time belongs to, after clearing what has fallen out; -1: too old. */
static int turn(struct fm_guess_window *window, fm_time length, fm_time at, void *halves,
        size_t one)
{
    int64_t now = at / (length / 2);
    bool other = window->length != length;

    if (other || now > window->number + 1)
        memset(halves, 0, 2 * one);
    else if (now == window->number + 1)
        memset((char *)halves + (size_t)(now & 1) * one, 0, one);
    if (other || now > window->number)
        *window = (struct fm_guess_window){ .length = length, .number = now };
    return now >= window->number - 1 ? (int)(now & 1) : -1;
}

/** Whether half `i` of a window of this length is within it now. */
static bool holds(const struct fm_guess_window *window, unsigned i, fm_time length, fm_time now)
{
    int64_t its = (window->number & 1) == i ? window->number : window->number - 1;

    return window->length == length && its >= now / (length / 2) - 1;
}

/* ---- counting ---- */

static bool is_failure(const struct fm_login *login)
{
    return login->end == FM_LOGIN_FAILED || login->end == FM_LOGIN_NOBODY;
}

struct seen { /* a login, with what counting needs of it */
    const struct fm_obs *obs;
    const struct fm_login *login;
    bool failed, tried;
    uint64_t account, party; /* keyed hashes; account 0: not told */
    fm_time window[FM_GUESS_TIERS];
};

static void count_total(struct fm_guess_state *state, const struct seen *s)
{
    for (unsigned t = 0; t < FM_GUESS_TIERS; t++) {
        int i = turn(&state->tier[t].window, s->window[t], s->obs->time, state->tier[t].half,
                sizeof state->tier[t].half[0]);
        if (i < 0)
            continue;
        struct fm_guess_half *half = &state->tier[t].half[i];
        half->tries += s->tried ? s->obs->weight : 0;
        half->fails += s->failed ? s->obs->weight : 0;
        half->nobody += s->login->end == FM_LOGIN_NOBODY ? s->obs->weight : 0;
        if (s->failed)
            fm_distinct_add(&half->parties, s->party);
        if (s->account && (s->failed || !s->tried))
            fm_distinct_add(&half->accounts, s->account);
    }
}

static void count_gap(struct fm_guess_party *party, fm_time at)
{
    if (party->failed && at - party->failed <= BURST) {
        if (at > party->failed)
            party->failed = at;
        return;
    }
    if (party->failed)
        fm_spread_add(&party->gaps, (double)(at - party->burst) / (double)FM_SECOND);
    party->failed = party->burst = at;
}

/** True when it is evidence: a failure, or a right guess. */
static bool count_end(struct fm_guess_party *party, const struct seen *s)
{
    bool guessed = !s->failed && party->row >= FM_GUESS_ROW;

    if (s->failed) {
        count_gap(party, s->obs->time);
        party->row++;
        return true;
    }
    if (guessed) {
        party->guesses++;
        party->guessed = s->obs->time;
        memcpy(party->guessed_account, party->account, sizeof party->guessed_account);
    }
    party->rights++;
    party->row = 0;
    return guessed;
}

static void stretch(fm_time *first, fm_time *last, fm_time at)
{
    if (at < *first)
        *first = at;
    if (at > *last)
        *last = at;
}

static bool count_party(struct fm_guess_party *party, const struct seen *s)
{
    int i = turn(&party->accounts_window, s->window[FM_GUESS_SLOW], s->obs->time,
            party->accounts, sizeof party->accounts[0]);

    if (i >= 0 && s->account && (s->failed || !s->tried))
        fm_distinct_add(&party->accounts[i], s->account);
    if (s->account || s->login->told)
        memcpy(party->account, s->login->account, sizeof party->account);
    if (!s->tried)
        return false;
    for (unsigned t = 0; t < FM_GUESS_TIERS; t++) {
        i = turn(&party->tier[t].window, s->window[t], s->obs->time, party->tier[t].half,
                sizeof party->tier[t].half[0]);
        if (i < 0)
            continue;
        party->tier[t].half[i].tries += s->obs->weight;
        party->tier[t].half[i].fails += s->failed ? s->obs->weight : 0;
    }
    party->tries += s->obs->weight;
    party->fails += s->failed ? s->obs->weight : 0;
    if (!count_end(party, s))
        return false;
    stretch(&party->first, &party->last, s->obs->time);
    return true;
}

/* ---- finding the place ---- */

static bool is_inward(const struct fm_obs *obs)
{
    return !obs->client;
}

static const struct fm_addr *party_addr(const struct fm_obs *obs)
{
    return is_inward(obs) ? &obs->client_addr : &obs->server_addr;
}

static struct fm_guess_party *find(struct fm_guess_state *state, const struct fm_obs *obs)
{
    for (unsigned i = 0; i < FM_GUESS_PARTIES; i++) {
        struct fm_guess_party *p = &state->party[i];
        if (p->used && p->port == obs->sport && fm_addr_equal(&p->addr, party_addr(obs)))
            return p;
    }
    return NULL;
}

static bool is_over(const struct fm_guess_party *party, const struct seen *s)
{
    return s->obs->time - party->last > s->window[FM_GUESS_SLOW];
}

/** A free place, or one that is over, or that of the party with the fewest failures, the older of
 *  equals, among those without a failure within the fast window; NULL: none. */
static struct fm_guess_party *make_room(struct fm_guess_state *state, const struct seen *s)
{
    struct fm_guess_party *least = NULL;

    for (unsigned i = 0; i < FM_GUESS_PARTIES; i++) {
        struct fm_guess_party *p = &state->party[i];
        if (!p->used || is_over(p, s))
            return p;
        if (s->obs->time - p->last <= s->window[FM_GUESS_FAST])
            continue;
        if (!least || p->fails < least->fails ||
                (p->fails == least->fails && p->last < least->last))
            least = p;
    }
    return least;
}

static void begin(struct fm_guess_party *party, const struct fm_obs *obs)
{
    memset(party, 0, sizeof *party);
    party->used = 1;
    party->addr = *party_addr(obs);
    party->port = obs->sport;
    party->proto = obs->proto;
    party->course = (uint8_t)obs->course;
    party->first = party->last = obs->time;
}

/** The party of this login; one that was silent for the whole slow window begins anew.  NULL: a
 *  success where nothing failed, or no room. */
static struct fm_guess_party *party_of(struct fm_guess_state *state, const struct seen *s)
{
    struct fm_guess_party *party = find(state, s->obs);

    if (party && !is_over(party, s))
        return party;
    if (s->login->end == FM_LOGIN_RIGHT)
        return NULL;
    if (!party)
        party = make_room(state, s);
    if (party)
        begin(party, s->obs);
    return party;
}

static struct fm_key key_of(const struct fm_obs *obs, enum fm_app app)
{
    struct fm_key key = { .site = obs->site, .name = app };

    key.entity = is_inward(obs) ? obs->server->id : obs->client->id;
    key.other = is_inward(obs) ? obs->server->id : 0; /* apart from what the server itself tries */
    return key;
}

/** The login that was just told, seen a second time. */
static bool is_mirror(struct fm_guess_state *state, const struct seen *s)
{
    uint64_t what[4] = { s->party, s->account, s->obs->cport, s->login->end };
    uint64_t print = fm_hash(0, what, sizeof what);
    bool mirror = print == state->print && s->obs->time - state->told <= MIRROR;

    state->print = print;
    state->told = s->obs->time;
    return mirror;
}

static struct seen seen_of(const struct fm_detector *det, const double *param,
        const struct fm_context *ctx, const struct fm_obs *obs, const struct fm_login *login)
{
    struct seen s = { .obs = obs, .login = login, .failed = is_failure(login),
        .tried = login->end != FM_LOGIN_NAMED,
        .party = fm_hash(ctx->seed, party_addr(obs), sizeof(struct fm_addr)) };

    if (login->account[0])
        s.account = fm_hash(ctx->seed, login->account, strlen(login->account));
    for (unsigned t = 0; t < FM_GUESS_TIERS; t++)
        s.window[t] = (fm_time)(param[det->guess->window[t]] * (double)FM_SECOND);
    return s;
}

/** A form's answer means what the server makes of it: where it tells refusals, this one was
 *  right. */
static void settle(struct fm_guess_state *state, const struct fm_obs *obs, struct fm_login *login)
{
    const struct fm_guess_party *party = find(state, obs);

    login->told = party && party->told;
    login->end = login->told ? FM_LOGIN_RIGHT : FM_LOGIN_FAILED;
}

static bool count(struct fm_guess_state *state, struct fm_guess_party *party,
        const struct seen *s)
{
    count_total(state, s);
    if (party ? !count_party(party, s) : !s->failed)
        return false;
    stretch(&state->first, &state->last, s->obs->time);
    struct fm_sample sample = fm_sample_of(s->obs);
    sample.peer = *party_addr(s->obs);
    if (is_inward(s->obs)) { /* told from the side of the host that the state is about */
        sample.port = s->obs->cport;
        sample.cport = s->obs->sport;
    }
    fm_samples_add(&state->samples, &sample);
    return true;
}

static struct fm_state *observe(const struct fm_detector *det, const double *param,
        const struct fm_context *ctx, struct fm_slab *slab, const struct fm_obs *obs)
{
    struct fm_login login;
    bool made = false;

    if (obs->backscatter || !fm_login_of(obs, &login) || !det->guess->look(obs, &login) ||
            (is_inward(obs) && !obs->server))
        return NULL;
    struct fm_key key = key_of(obs, login.app);
    struct fm_state *slot = login.end == FM_LOGIN_RIGHT && !login.open
                                    ? fm_slab_find(slab, &key)
                                    : fm_slab_get(slab, &key, obs->time, &made);
    if (!slot)
        return NULL;
    struct fm_guess_state *state = (void *)slot->bytes;
    if (made) {
        state->first = state->last = obs->time;
        state->app = (uint8_t)login.app;
    }
    if (login.open)
        settle(state, obs, &login);
    struct seen s = seen_of(det, param, ctx, obs, &login);
    if (is_mirror(state, &s))
        return NULL;
    struct fm_guess_party *party = party_of(state, &s);
    if (party && party->told && !login.told)
        return NULL;
    if (party)
        party->told = login.told && s.tried;
    return count(state, party, &s) ? slot : NULL;
}

/* ---- asking ---- */

struct fm_guess_sum fm_guess_sum(const struct fm_guess_state *state, unsigned tier, fm_time window,
        fm_time now)
{
    struct fm_guess_sum sum = { 0 };
    struct fm_distinct accounts, parties;

    fm_distinct_init(&accounts);
    fm_distinct_init(&parties);
    for (unsigned i = 0; i < 2; i++) {
        const struct fm_guess_half *half = &state->tier[tier].half[i];
        if (!holds(&state->tier[tier].window, i, window, now))
            continue;
        sum.tries += half->tries;
        sum.fails += half->fails;
        sum.nobody += half->nobody;
        fm_distinct_merge(&accounts, &half->accounts);
        fm_distinct_merge(&parties, &half->parties);
    }
    sum.accounts = fm_distinct_query(&accounts);
    sum.parties = fm_distinct_query(&parties);
    return sum;
}

struct fm_guess_sum fm_guess_party_sum(const struct fm_guess_party *party, unsigned tier,
        const fm_time window[FM_GUESS_TIERS], fm_time now)
{
    struct fm_guess_sum sum = { 0 };
    struct fm_distinct accounts;

    fm_distinct_init(&accounts);
    for (unsigned i = 0; i < 2; i++) {
        if (holds(&party->tier[tier].window, i, window[tier], now)) {
            sum.tries += party->tier[tier].half[i].tries;
            sum.fails += party->tier[tier].half[i].fails;
        }
        if (holds(&party->accounts_window, i, window[FM_GUESS_SLOW], now))
            fm_distinct_merge(&accounts, &party->accounts[i]);
    }
    sum.accounts = fm_distinct_query(&accounts);
    return sum;
}

bool fm_guess_on_clock(const struct fm_guess_party *party)
{
    double middle = fm_spread_query(&party->gaps, 0.5), off = fm_spread_mad(&party->gaps);

    return fm_spread_count(&party->gaps) >= CLOCK_GAPS && middle >= CLOCK_LEAST_S &&
           off <= fmax(CLOCK_SPREAD * middle, CLOCK_SPREAD_S);
}

const struct fm_family fm_guess = {
    .name = "guess",
    .state_bytes = sizeof(struct fm_guess_state),
    .share = 5,
    .sees = FM_LOGIN_SEES,
    .observe = observe,
};
