/* A sum over a sliding window: 12 bins of equal width; the oldest falls out as time goes on.
 * A late value within the window goes to its own bin, so adds commute.  Error: the window's edge
 * is known to one bin (1/12 of the window).  112 bytes.  Plain bytes. */
#ifndef FM_SKETCH_BINS_H
#define FM_SKETCH_BINS_H

#include "furumai.h"

#define FM_BINS 12

struct fm_bins {
    int64_t last;          /* number of the newest bin: time / width */
    fm_time width;         /* of one bin, in microseconds */
    uint64_t sum[FM_BINS]; /* ring: bin n stands at n modulo FM_BINS */
};

/** Window = 12 * width; width > 0. */
void fm_bins_init(struct fm_bins *bins, fm_time width);
/** A value older than the window is dropped. */
void fm_bins_add(struct fm_bins *bins, fm_time at, uint64_t value);
/** Both must have one width; `from` is ignored otherwise. */
void fm_bins_merge(struct fm_bins *into, const struct fm_bins *from);
/** Sum of the bins whose time is within the window that ends at `now`. */
uint64_t fm_bins_query(const struct fm_bins *bins, fm_time now);
/** The largest sum of `n` consecutive bins (1 <= n <= 12) of the window: the burst. */
uint64_t fm_bins_peak(const struct fm_bins *bins, fm_time now, unsigned n);

#endif
