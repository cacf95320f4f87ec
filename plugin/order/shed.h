/* What a producer gives up first when its ring fills (DESIGN 2): above 75 % it keeps one in N flow
 * records of flows that nobody answered (flow_new, or a flow_end without answer and close), with
 * weight N; N is 2 and doubles for each further 5 %.  Nothing else is shed until the ring is full.
 * Counted by kind.  No locks: one per producer, zeroed to begin with. */
#ifndef FM_ORDER_SHED_H
#define FM_ORDER_SHED_H

#include "record/record.h"

struct fm_shed {
    uint64_t shed[FM_KINDS];    /* given up on purpose, by kind */
    uint64_t dropped[FM_KINDS]; /* no room at all: counted by who pushes */
    uint32_t turn;              /* the generator that draws one in N */
};

/** Decides about one record at this fill; may raise its weight.  False: give it up (counted). */
bool fm_shed_keep(struct fm_shed *shed, struct fm_rec *rec, unsigned fill_pct);

#endif
