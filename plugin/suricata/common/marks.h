/* What rules may ask of a host, as a small table in front of the packet path: (address, name) ->
 * threat, certainty and the time of the last evidence.  A name is a number: a category or a type.
 *
 * One writer, any number of readers, no lock and no wait on either side.  A reader that meets a
 * slot while it is being given to another host finds nothing there, which is right for the host
 * that loses it and early by an instant for the one that gets it.
 *
 * Fixed size: 32 bytes a slot and 8 for the writer alone.  A mark lies within FM_MARKS_WINDOW slots
 * of its hash (half full, some 1 in 200 of them found no room; quarter full, 1 in 20,000).  A full
 * window gives up its mark of the lowest threat, then certainty, then of the oldest evidence;
 * counted.  A look-up reads two cache lines at most times; of an address that has no mark, mostly
 * one.
 *
 * Several detections of one name: the threat and certainty are those of the strongest, the evidence
 * is the newest of any; where the strongest is withdrawn the others come back with their next
 * report.  Blind spot: a mark stays with its address, also where the host moves on to another. */
#ifndef FM_SURICATA_MARKS_H
#define FM_SURICATA_MARKS_H

#include "furumai.h"

#define FM_MARKS_WINDOW 8

struct fm_marks;

/** What stands under a name; the time is kept to the millisecond. */
struct fm_standing {
    uint8_t threat, certainty;
    fm_time last; /* evidence */
};

/** `slots` is rounded up to a power of two; names are below `names`; a mark stands for so long
 *  after its last evidence.  NULL: no memory. */
struct fm_marks *fm_marks_new(uint32_t slots, unsigned names, fm_time stands, uint64_t seed);
/** When no reader is left; NULL is fine. */
void fm_marks_free(struct fm_marks *marks);

/** Any thread.  False: nothing stands there (any more). */
bool fm_marks_find(const struct fm_marks *marks, const struct fm_addr *addr, unsigned name,
        fm_time now, struct fm_standing *out);
/** Any thread: whether nothing was ever set, so that nothing need be looked up. */
bool fm_marks_none(const struct fm_marks *marks);

/* ---- the writer's ---- */

/** What this detection found; the time of its evidence is the table's "now". */
void fm_marks_set(struct fm_marks *marks, const struct fm_addr *addr, unsigned name,
        uint64_t detection, const struct fm_standing *found);
/** Does nothing unless the scores that stand are this detection's. */
void fm_marks_withdraw(struct fm_marks *marks, const struct fm_addr *addr, unsigned name,
        uint64_t detection);
/** Every name of the address. */
void fm_marks_forget(struct fm_marks *marks, const struct fm_addr *addr);

struct fm_marks_counters {
    uint64_t set, evicted;
};
/** The writer's thread. */
struct fm_marks_counters fm_marks_counters(const struct fm_marks *marks);

#endif
