/* Whether a thing was met before, lately: two Bloom filters (Bloom 1970) that take turns.
 *
 * Time is counted in turns; what was added in this turn or the last is remembered, what is older is
 * forgotten.  No "never" is wrong while a filter has room.  A filter takes FM_BLOOM_MOST things and
 * leaves out the rest, so that at most (1 - exp(-4 * MOST / BITS))^4 = 2.4 % of the strangers a
 * filter are taken for known ones.  Adding commutes up to that.  256 KiB, O(1) a call. */
#ifndef FM_SKETCH_BLOOM_H
#define FM_SKETCH_BLOOM_H

#include "furumai.h"

#define FM_BLOOM_BITS (1u << 20)
#define FM_BLOOM_MOST (1u << 17)

struct fm_bloom {
    int64_t turn; /* of the newer filter */
    uint32_t count[2]; /* by turn modulo 2 */
    uint64_t bits[2][FM_BLOOM_BITS / 64];
};

/** `hash` must be well mixed (fm_hash).  A turn before the last one is not counted.  All zero bytes
 *  are an empty set. */
void fm_bloom_add(struct fm_bloom *set, uint64_t hash, int64_t turn);
/** In the turn before `turn`, in it or later. */
bool fm_bloom_has(const struct fm_bloom *set, uint64_t hash, int64_t turn);

#endif
