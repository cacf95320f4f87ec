/* One producer, one consumer, records as bytes.  The producer never waits and never allocates; the
 * consumer sees whole records in order.  Capacity is in bytes, so a ring of short records holds
 * many.  Read-only fields, producer's, consumer's and the two shared counters stand on cache lines
 * of their own.  Beside it stands the producer's clock: the last packet time it has reached. */
#ifndef FM_ORDER_RING_H
#define FM_ORDER_RING_H

#include "record/record.h"

struct fm_ring;

/** `bytes` is rounded up to a power of two, at least 64 KiB.  Plain malloc: a ring belongs to the
 *  packet path, not to an engine.  NULL when memory is out. */
struct fm_ring *fm_ring_new(size_t bytes);
void fm_ring_free(struct fm_ring *ring);

/** Producer: false when there is no room (nothing is written). */
bool fm_ring_push(struct fm_ring *ring, const struct fm_rec *rec);
/** Producer: how full, 0 to 100; up to 50 it may be told too high, never too low. */
unsigned fm_ring_fill_pct(const struct fm_ring *ring);
/** Producer: packet time has reached `now` (never moves back). */
void fm_ring_set_clock(struct fm_ring *ring, fm_time now);

/** Consumer: the oldest record, or NULL; it stays valid until the next fm_ring_pop. */
const struct fm_rec *fm_ring_peek(struct fm_ring *ring);
void fm_ring_pop(struct fm_ring *ring);
/** Consumer: the producer's clock; INT64_MIN before its first packet. Read it before the records:
 *  what is peeked until NULL then holds all that the producer pushed before it set this clock. */
fm_time fm_ring_clock(const struct fm_ring *ring);

#endif
