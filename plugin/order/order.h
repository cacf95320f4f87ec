/* Many sources, one stream.  Records come in any order within the lateness bound; they leave in the
 * total order of fm_rec_compare as soon as the watermark has passed their time by the bound.  What
 * comes later than that leaves at once with FM_REC_LATE and is counted: detectors still count it
 * (their bins are by event time), but it moves no clock.
 *
 * A heap over one byte arena with a cap (at least 64 KiB): above three quarters of it the oldest
 * records leave early, counted.  O(log n) a record. */
#ifndef FM_ORDER_ORDER_H
#define FM_ORDER_ORDER_H

#include "base/mem.h"
#include "record/record.h"

struct fm_order;

struct fm_order_counts {
    uint64_t in, out, late, early; /* early: pushed out by the cap */
};

struct fm_order *fm_order_new(struct fm_mem *mem, fm_time lateness, size_t cap_bytes);
void fm_order_free(struct fm_order *order);
/** Copies the record.  False when memory is out, or when the arena is full because nobody took what
 *  may leave (the record is lost, the caller counts it). */
bool fm_order_put(struct fm_order *order, const struct fm_rec *rec);
/** The watermark: no source will tell of anything earlier, but for late records. Never moves back.
 *  FM_NEVER lets everything out. */
void fm_order_watermark(struct fm_order *order, fm_time watermark);
/** watermark - lateness; INT64_MIN before the first. What is older than this has left. */
fm_time fm_order_now(const struct fm_order *order);
/** The next record that may leave, or NULL; valid until the next call; may be changed in place. */
struct fm_rec *fm_order_next(struct fm_order *order);
const struct fm_order_counts *fm_order_counts(const struct fm_order *order);

#endif
