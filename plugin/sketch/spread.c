/* The last 64 values in a ring, oldest overwritten: value n stands at n modulo 64, so `seen` alone
 * tells how many there are and which is next.  Every query copies and sorts at most 64 floats, a
 * few us.  Floats keep 7 digits; what does not fit into one is kept as the largest.
 * Blind spot: a burst of 64 values forgets all before it. */
#include "sketch/spread.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct fm_spread) == 260, "the header says 260 bytes");

/* What a normal distribution's MAD is multiplied with to give its standard deviation. */
#define MAD_TO_SIGMA 1.4826
/* Where `seen` stays: full, and at the ring's first place. */
#define SEEN_FULL (UINT32_MAX - FM_SPREAD_VALUES + 1)

void fm_spread_init(struct fm_spread *s)
{
    memset(s, 0, sizeof(*s));
}

void fm_spread_add(struct fm_spread *s, double value)
{
    if (isnan(value))
        return;
    if (value > FLT_MAX)
        value = FLT_MAX;
    else if (value < -FLT_MAX)
        value = -FLT_MAX;
    s->value[s->seen % FM_SPREAD_VALUES] = (float)value;
    s->seen++;
    if (s->seen == 0)
        s->seen = SEEN_FULL;
}

unsigned fm_spread_count(const struct fm_spread *s)
{
    return s->seen < FM_SPREAD_VALUES ? s->seen : FM_SPREAD_VALUES;
}

/* The newest `n` values, oldest of them first. */
static void newest(const struct fm_spread *s, unsigned n, float *out)
{
    for (unsigned i = 0; i < n; i++)
        out[i] = s->value[(s->seen - n + i) % FM_SPREAD_VALUES];
}

void fm_spread_merge(struct fm_spread *into, const struct fm_spread *from)
{
    unsigned a = fm_spread_count(into), b = fm_spread_count(from);
    const unsigned half = FM_SPREAD_VALUES / 2;
    if (a + b > FM_SPREAD_VALUES) {
        if (a > half)
            a = b < half ? FM_SPREAD_VALUES - b : half;
        b = FM_SPREAD_VALUES - a;
    }
    float mine[FM_SPREAD_VALUES], theirs[FM_SPREAD_VALUES];
    newest(into, a, mine);
    newest(from, b, theirs);
    uint64_t seen = (uint64_t)into->seen + from->seen;
    into->seen = seen < SEEN_FULL ? (uint32_t)seen : SEEN_FULL;
    /* Alternating, the newest of both last, so that what comes later pushes out both alike. */
    for (uint32_t at = into->seen; a + b > 0;)
        into->value[--at % FM_SPREAD_VALUES] = a >= b ? mine[--a] : theirs[--b];
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Of n > 0 values, which it sorts. */
static double quantile(float *values, unsigned n, double q)
{
    qsort(values, n, sizeof(*values), by_value);
    double at = fmin(fmax(q, 0), 1) * (n - 1);
    unsigned low = (unsigned)at, high = low + 1 < n ? low + 1 : low;
    return values[low] + (at - low) * ((double)values[high] - values[low]);
}

double fm_spread_query(const struct fm_spread *s, double q)
{
    unsigned n = fm_spread_count(s);
    if (n == 0 || isnan(q))
        return FM_UNKNOWN;
    float sorted[FM_SPREAD_VALUES];
    memcpy(sorted, s->value, n * sizeof(*sorted));
    return quantile(sorted, n, q);
}

double fm_spread_mad(const struct fm_spread *s)
{
    unsigned n = fm_spread_count(s);
    double median = fm_spread_query(s, 0.5);
    if (!fm_known(median))
        return FM_UNKNOWN;
    float away[FM_SPREAD_VALUES];
    for (unsigned i = 0; i < n; i++)
        away[i] = (float)fmin(fabs(s->value[i] - median), FLT_MAX);
    return MAD_TO_SIGMA * quantile(away, n, 0.5);
}
