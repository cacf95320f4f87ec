/* A hierarchical timer wheel (Varghese and Lauck 1987): 1-second ticks of packet time, four wheels
 * of 64 slots (a turn of 194 days; deadlines of later turns wait in a list and are put again).
 * Timers are intrusive and doubly linked: add and cancel are O(1), nothing is allocated.
 * Timers of one tick fire in order of their deadline, then of their insertion, so that equal input
 * gives equal output. */
#ifndef FM_BASE_WHEEL_H
#define FM_BASE_WHEEL_H

#include "furumai.h"

struct fm_timer {
    struct fm_timer *prev, *next; /* both NULL: not set */
    fm_time due;
};

#define FM_WHEEL_LEVELS 4
#define FM_WHEEL_SLOTS  64

struct fm_wheel {
    fm_time now;
    struct fm_timer slot[FM_WHEEL_LEVELS][FM_WHEEL_SLOTS];
    struct fm_timer far;            /* due in a later turn */
    struct fm_timer ready;          /* due in this tick, by deadline */
    uint64_t busy[FM_WHEEL_LEVELS]; /* a bit a slot that may hold timers */
    uint64_t set;                   /* timers now in the wheel */
};

/** The wheel keeps pointers into itself: it must not be moved. */
void fm_wheel_init(struct fm_wheel *wheel, fm_time now);
/** (Re)sets the timer; a deadline that has passed fires at the next advance. */
void fm_wheel_add(struct fm_wheel *wheel, struct fm_timer *timer, fm_time due);
void fm_wheel_cancel(struct fm_wheel *wheel, struct fm_timer *timer);
bool fm_timer_is_set(const struct fm_timer *timer);
/** Moves to `now` (an earlier one counts as the wheel's own) and calls `fire` for every timer due
 *  at or before it, each unset first, so that it may be set again (also in the past of `now`: it
 *  then fires in the same call). A jump over an empty span costs no more than the slots passed
 *  (bounded by one turn a level).  While it fires, `wheel->now` is the tick reached; the order does
 *  not depend on how far one call goes. */
void fm_wheel_advance(struct fm_wheel *wheel, fm_time now,
        void (*fire)(void *arg, struct fm_timer *timer, fm_time due), void *arg);

#endif
