/* How many different things: exact up to 30, then HyperLogLog with 128 registers (Flajolet et al.
 * 2007, linear counting below 2.5 m as given there; sparse start after Heule et al. 2013).
 * 132 bytes, O(1) an add, standard error 1.04/sqrt(128) = 9 % above 30.  Plain bytes. */
#ifndef FM_SKETCH_DISTINCT_H
#define FM_SKETCH_DISTINCT_H

#include "furumai.h"

#define FM_DISTINCT_EXACT 30

struct fm_distinct {
    uint32_t count; /* of `exact` in use; above FM_DISTINCT_EXACT: registers */
    union {
        uint32_t exact[32];
        uint8_t reg[128];
    };
};

void fm_distinct_init(struct fm_distinct *set);
/** `hash` must be well mixed (fm_hash).  True when it certainly was not in the set before (exact
 *  stage) or a register rose. */
bool fm_distinct_add(struct fm_distinct *set, uint64_t hash);
void fm_distinct_merge(struct fm_distinct *into, const struct fm_distinct *from);
double fm_distinct_query(const struct fm_distinct *set);

#endif
