/* The same flow told twice: a mirror port that copies both directions, or one direction, onto a
 * second VLAN or MAC, so that the sensor keeps two flows with one five-tuple.
 *
 * Each direction of a five-tuple belongs to the first flow_id that told packets of it within a
 * second of the flow's start; counts of that direction from another flow_id are zeroed, so that a
 * twin adds nothing and two halves make one whole.  Transactions belong to the first flow_id that
 * told one of that kind, and to its other half.  A record that has nothing left to say is dropped.
 * A new start later than a second after the old one's last record begins a new flow.
 *
 * A half that guessed its client wrongly is turned round, its first record becomes the flow's
 * answer, and its outcome and totals are filled in from the other half.
 *
 * One table row (some 200 bytes) a recent five-tuple, cap rows, the oldest leaves first. */
#ifndef FM_ORDER_DOUBLES_H
#define FM_ORDER_DOUBLES_H

#include "base/mem.h"
#include "record/record.h"

struct fm_doubles;

struct fm_doubles *fm_doubles_new(struct fm_mem *mem, uint32_t cap, uint64_t seed);
void fm_doubles_free(struct fm_doubles *doubles);
/** May take a doubled direction out of the record, shorten it (`size`), change its kind or turn it
 *  round; false: nothing is left, drop it.  A flow_id of 0 is unknown and never a twin. */
bool fm_doubles_keep(struct fm_doubles *doubles, struct fm_rec *rec);
/** Records dropped, records changed. */
void fm_doubles_counts(const struct fm_doubles *doubles, uint64_t *dropped, uint64_t *changed);

#endif
