/* A ring of twelve sums by time.  Invariant: bin n is in use for last - 12 < n <= last, at n modulo
 * 12; every other number reads as zero.  add: O(1), but O(12) when time goes on; query: 12 steps.
 * Sums saturate.  Blind spot: a value before the window is dropped, so a stream that is later than
 * the window is long loses values. */
#include "sketch/bins.h"

#include <string.h>

#define NONE (INT64_MIN / 2) /* newest bin of an empty window: no time has it */

static int64_t bin_of(fm_time at, fm_time width)
{
    int64_t bin = at / width - (at % width < 0);
    if (bin < NONE / 2)
        return NONE / 2;
    return bin > -(NONE / 2) ? -(NONE / 2) : bin;
}

static uint64_t *place(struct fm_bins *bins, int64_t bin)
{
    int64_t rest = bin % FM_BINS;
    return &bins->sum[rest < 0 ? rest + FM_BINS : rest];
}

static uint64_t value_of(const struct fm_bins *bins, int64_t bin)
{
    if (bin > bins->last || bin <= bins->last - FM_BINS)
        return 0;
    int64_t rest = bin % FM_BINS;
    return bins->sum[rest < 0 ? rest + FM_BINS : rest];
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void fm_bins_init(struct fm_bins *bins, fm_time width)
{
    *bins = (struct fm_bins){ .last = NONE, .width = width };
}

static void add_to(struct fm_bins *bins, int64_t bin, uint64_t value)
{
    if (bin <= bins->last - FM_BINS)
        return;
    if (bin >= bins->last + FM_BINS) {
        memset(bins->sum, 0, sizeof(bins->sum));
        bins->last = bin;
    }
    while (bins->last < bin)
        *place(bins, ++bins->last) = 0;
    uint64_t *sum = place(bins, bin);
    *sum = plus(*sum, value);
}

void fm_bins_add(struct fm_bins *bins, fm_time at, uint64_t value)
{
    add_to(bins, bin_of(at, bins->width), value);
}

void fm_bins_merge(struct fm_bins *into, const struct fm_bins *from)
{
    if (from->width != into->width)
        return;
    for (int64_t bin = from->last - FM_BINS + 1; bin <= from->last; bin++)
        if (value_of(from, bin) != 0)
            add_to(into, bin, value_of(from, bin));
}

uint64_t fm_bins_query(const struct fm_bins *bins, fm_time now)
{
    return fm_bins_peak(bins, now, FM_BINS);
}

uint64_t fm_bins_peak(const struct fm_bins *bins, fm_time now, unsigned n)
{
    int64_t newest = bin_of(now, bins->width);
    uint64_t best = 0;
    for (int64_t end = newest; end > newest - FM_BINS; end--) {
        uint64_t sum = 0;
        for (unsigned i = 0; i < n && end - i > newest - FM_BINS; i++)
            sum = plus(sum, value_of(bins, end - i));
        best = sum > best ? sum : best;
    }
    return best;
}
