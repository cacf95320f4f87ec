/* Median and spread of a stream, robust: the last 64 values in a ring, sorted at query.
 * Median and 1.4826 * MAD (Hampel 1974), any quantile.  268 bytes, add O(1), query O(n log n) for
 * n <= 64.  NaN is not added.  Plain bytes. */
#ifndef FM_SKETCH_SPREAD_H
#define FM_SKETCH_SPREAD_H

#include "furumai.h"

#define FM_SPREAD_VALUES 64

struct fm_spread {
    uint32_t seen; /* values ever added (saturates) */
    float value[FM_SPREAD_VALUES];
};

void fm_spread_init(struct fm_spread *s);
void fm_spread_add(struct fm_spread *s, double value);
/** The newest values of both, at most 64. */
void fm_spread_merge(struct fm_spread *into, const struct fm_spread *from);
unsigned fm_spread_count(const struct fm_spread *s);
/** 0 <= q <= 1, by linear interpolation; FM_UNKNOWN when empty. */
double fm_spread_query(const struct fm_spread *s, double q);
double fm_spread_mad(const struct fm_spread *s); /* 1.4826 * median |x - median| */

#endif
