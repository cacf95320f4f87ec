#include "detect/rhythm.h"

#include <stdlib.h>
#include <string.h>

#define JOIN (FM_SECOND / 2)  /* visits so close are one */
#define RETRY (3 * FM_SECOND) /* a refused SYN is sent again by the same port within this */
#define FEWEST 4
#define ENOUGH_TO_TRIM 29 /* gaps, of 30 beats */
#define TRIM 0.05         /* of the gaps at either end: a start that differs, a visit by hand */

/* ---- observing ---- */

static uint32_t saturate(uint64_t bytes)
{
    return bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}

static void widen(struct fm_beat *beat, const struct fm_obs *obs)
{
    beat->at = obs->time < beat->at ? obs->time : beat->at;
    for (unsigned way = 0; way < 2; way++)
        beat->bytes[way] = saturate((uint64_t)beat->bytes[way] + obs->bytes[way]);
}

/** Keeps the beats sorted; the oldest leaves when there is no room. */
static void insert(struct fm_rhythm_state *state, const struct fm_obs *obs)
{
    unsigned at = state->used;

    while (at > 0 && state->beat[at - 1].at > obs->time)
        at--;
    if (at > 0 && obs->time - state->beat[at - 1].at < JOIN) {
        widen(&state->beat[at - 1], obs);
        return;
    }
    if (at < state->used && state->beat[at].at - obs->time < JOIN) {
        widen(&state->beat[at], obs);
        return;
    }
    if (state->used == FM_BEATS) {
        if (!at)
            return;
        memmove(&state->beat[0], &state->beat[1], (--at) * sizeof state->beat[0]);
    } else {
        memmove(&state->beat[at + 1], &state->beat[at],
                (state->used++ - at) * sizeof state->beat[0]);
    }
    state->beat[at] = (struct fm_beat){ .at = obs->time,
        .bytes = { saturate(obs->bytes[0]), saturate(obs->bytes[1]) } };
}

static void count_request(struct fm_rhythm_state *state, const struct fm_http *http)
{
    if (state->requests == UINT16_MAX)
        return;
    state->requests++;
    state->referred += http->referrer.len > 0;
}

static void describe(struct fm_rhythm_state *state, const struct fm_obs *obs)
{
    state->addr = obs->server_addr;
    state->sport = obs->sport;
    state->proto = obs->proto;
    state->named = obs->named;
    if (obs->app)
        state->app = obs->app;
    if (obs->rec && obs->rec->kind == FM_HTTP)
        count_request(state, fm_body(obs->rec));
    memcpy(state->name, obs->name, strnlen(obs->name, FM_NAME - 1) + 1);
    state->name[FM_NAME - 1] = 0;
    if (obs->agent[0]) {
        memcpy(state->agent, obs->agent, strnlen(obs->agent, FM_NAME - 1) + 1);
        state->agent[FM_NAME - 1] = 0;
    }
}

static bool is_retry(const struct fm_rhythm_state *state, const struct fm_obs *obs)
{
    return obs->answer != FM_ANSWERED && state->visits && obs->cport &&
           obs->cport == state->last_cport && obs->time - state->last < RETRY;
}

/** What flows to the party carry, whenever it is told: worth judging anew what may be rhythmic. */
static struct fm_state *carry(struct fm_slab *slab, const struct fm_key *key,
        const struct fm_obs *obs)
{
    struct fm_state *slot = fm_slab_find(slab, key);
    struct fm_rhythm_state *state = slot ? (void *)slot->bytes : NULL;

    if (!state)
        return NULL;
    for (unsigned way = 0; way < 2; way++)
        state->bytes[way] += obs->bytes[way];
    return state->used >= FEWEST ? slot : NULL;
}

static struct fm_state *observe(const struct fm_detector *det, const double *param,
        const struct fm_context *ctx, struct fm_slab *slab, const struct fm_obs *obs)
{
    (void)param;
    if ((obs->what != FM_OBS_VISIT && obs->what != FM_OBS_BYTES) || !obs->client ||
            !det->rhythm->look(ctx, obs))
        return NULL;
    struct fm_key key = { .entity = obs->client->id, .site = obs->site,
        .name = fm_learn_party(ctx->learn, obs) };
    if (obs->what == FM_OBS_BYTES)
        return carry(slab, &key, obs);
    bool made;
    struct fm_state *slot = fm_slab_get(slab, &key, obs->time, &made);
    if (!slot)
        return NULL;
    struct fm_rhythm_state *state = (void *)slot->bytes;
    if (made && obs->flow && obs->flow->requests <= 1) /* what it carried before this state was */
        memcpy(state->bytes, obs->flow->bytes, sizeof state->bytes);
    if (is_retry(state, obs))
        return NULL;
    insert(state, obs);
    describe(state, obs);
    if (made || obs->time < state->first)
        state->first = obs->time;
    if (obs->time > state->last)
        state->last = obs->time;
    state->visits++;
    slot->worth = state->visits > 1 ? (uint8_t)(state->used > 255 ? 255 : state->used) : 0;
    state->refused += obs->answer == FM_NO_ANSWER || obs->answer == FM_REFUSED ||
                      obs->answer == FM_UNREACHABLE;
    state->last_cport = obs->cport;
    struct fm_sample sample = fm_sample_of(obs);
    fm_samples_add(&state->samples, &sample);
    return slot;
}

/* ---- measuring ---- */

struct series {
    unsigned n;
    struct fm_beat beat[FM_BEATS];
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/** By linear interpolation; n > 0; sorts in place. */
static double quantile(double *value, unsigned n, double q)
{
    qsort(value, n, sizeof *value, by_value);
    double at = q * (n - 1);
    unsigned low = (unsigned)at, high = low + 1 < n ? low + 1 : low;

    return value[low] + (at - low) * (value[high] - value[low]);
}

static unsigned gaps_of(const struct series *s, double *gap)
{
    for (unsigned i = 1; i < s->n; i++)
        gap[i - 1] = (double)(s->beat[i].at - s->beat[i - 1].at) / (double)FM_SECOND;
    return s->n ? s->n - 1 : 0;
}

/** One visit of several steps counts as one: what follows its forerunner closer than `join`. */
static void joined(const struct series *s, fm_time join, struct series *out)
{
    out->n = 0;
    for (unsigned i = 0; i < s->n; i++) {
        const struct fm_beat *beat = &s->beat[i];
        if (i && beat->at - s->beat[i - 1].at < join) {
            struct fm_beat *last = &out->beat[out->n - 1];
            for (unsigned way = 0; way < 2; way++)
                last->bytes[way] = saturate((uint64_t)last->bytes[way] + beat->bytes[way]);
        } else {
            out->beat[out->n++] = *beat;
        }
    }
}

/** 1 - MAD / median, at least 0; visits without bytes that way are alike. */
static double likeness(const struct series *s, unsigned way, double *median)
{
    double value[FM_BEATS];

    for (unsigned i = 0; i < s->n; i++)
        value[i] = s->beat[i].bytes[way];
    *median = quantile(value, s->n, 0.5);
    for (unsigned i = 0; i < s->n; i++)
        value[i] = fabs(s->beat[i].bytes[way] - *median);
    double mad = quantile(value, s->n, 0.5);
    return *median > 0 ? fmax(0, 1 - mad / *median) : mad > 0 ? 0 : 1;
}

/** Folds every gap to its nearest multiple of the period (missed beats), and measures what is left
 *  as a share of one period.  What several gaps in one differ by grows with the root of their
 *  number. */
static void fold(struct fm_rhythm_measure *m, const double *gap, unsigned n)
{
    double rest[FM_BEATS];
    double trim = n >= ENOUGH_TO_TRIM ? TRIM : 0;

    m->missed = 0;
    for (unsigned i = 0; i < n; i++) {
        double times = fmax(1, round(gap[i] / m->period_s));
        double left = m->period_s + (gap[i] - times * m->period_s) / sqrt(times);
        m->missed += (unsigned)times - 1;
        rest[i] = left;
    }
    m->range = (quantile(rest, n, 1 - trim) - quantile(rest, n, trim)) / m->period_s;
}

/** Standard deviation of the gaps over the mean of what they exceed the least by. */
static double variation(const double *gap, unsigned n, double mean_s, double least_s)
{
    double sum = 0;

    for (unsigned i = 0; i < n; i++)
        sum += (gap[i] - mean_s) * (gap[i] - mean_s);
    return sqrt(sum / n) / fmax(mean_s - least_s, 1e-3);
}

/** `least_s`: no gap is shorter. */
static void measure(const struct series *s, double least_s, struct fm_rhythm_measure *m)
{
    double gap[FM_BEATS], sorted[FM_BEATS];
    unsigned n = gaps_of(s, gap);

    memset(m, 0, sizeof *m);
    m->beats = s->n;
    m->span_s = (double)(s->beat[s->n - 1].at - s->beat[0].at) / (double)FM_SECOND;
    memcpy(sorted, gap, n * sizeof *gap);
    m->period_s = fmax(quantile(sorted, n, 0.5), 1e-3);
    double mean_s = m->span_s / n;
    m->variation = variation(gap, n, mean_s, least_s);
    m->boundedness = (sorted[n - 1] - least_s) / fmax(mean_s - least_s, 1e-3);
    fold(m, gap, n);
    double up = likeness(s, FM_TO_SERVER, &m->median_bytes[FM_TO_SERVER]);
    double down = likeness(s, FM_TO_CLIENT, &m->median_bytes[FM_TO_CLIENT]);
    m->size_likeness = fmin(up, down);
}

bool fm_rhythm_measure(const struct fm_rhythm_state *state, struct fm_rhythm_measure *out)
{
    struct series plain, fewer;
    double gap[FM_BEATS];

    if (state->used < FEWEST)
        return false;
    plain.n = state->used;
    memcpy(plain.beat, state->beat, state->used * sizeof state->beat[0]);
    measure(&plain, 0, out);
    double join_s = quantile(gap, gaps_of(&plain, gap), 0.8) / 8;
    joined(&plain, (fm_time)(join_s * (double)FM_SECOND), &fewer);
    if (fewer.n >= FEWEST && fewer.n < plain.n) {
        struct fm_rhythm_measure other;
        measure(&fewer, join_s, &other);
        if (other.range < out->range)
            *out = other;
    }
    return true;
}

const struct fm_family fm_rhythm = {
    .name = "rhythm",
    .state_bytes = sizeof(struct fm_rhythm_state),
    .layout = 1, /* bytes are those that flows carried; requests that name a page are counted */
    .share = 50,
    .sees = FM_SEES(VISIT) | FM_SEES(BYTES),
    .observe = observe,
};
