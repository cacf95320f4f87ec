/* Median and spread of a stream, robust: the last 64 values in a ring, sorted at query.
 * Median and 1.4826 * MAD (Hampel 1974), any quantile.  260 bytes, add O(1), query O(n log n) for
 * n <= 64.  NaN is not added, infinity is the largest float.  Plain bytes. */
#ifndef FM_SKETCH_SPREAD_H
#define FM_SKETCH_SPREAD_H

#include "furumai.h"

#define FM_SPREAD_VALUES 64

struct fm_spread {
    uint32_t seen; /* values ever added (stays within 64 of 2^32) */
    float value[FM_SPREAD_VALUES];
};

void fm_spread_init(struct fm_spread *s);
void fm_spread_add(struct fm_spread *s, double value);
/** The newest values of both, at most 64: half of each where both have enough. */
void fm_spread_merge(struct fm_spread *into, const struct fm_spread *from);
unsigned fm_spread_count(const struct fm_spread *s);
/** 0 <= q <= 1, by linear interpolation (clamped to it); FM_UNKNOWN when empty or NaN. */
double fm_spread_query(const struct fm_spread *s, double q);
double fm_spread_mad(const struct fm_spread *s); /* 1.4826 * median |x - median|, or FM_UNKNOWN */

#endif
