/* One packet thread's way to the engine: two byte rings, what is shed when they fill, and the wait
 * where nothing may be lost.  Rings are made at the first push, because many threads that Suricata
 * initialises never tell anything.
 *
 * Live: cheap flow records are shed as the main ring fills (order/shed.h); what no longer fits is
 * dropped and counted.  Logins, leases and alerts go to a small ring of their own that is never
 * shed.  A producer that `waits` (a file is read; the flow recycler) loses nothing while `alive`.
 */
#ifndef FM_SURICATA_PRODUCER_H
#define FM_SURICATA_PRODUCER_H

#include <stdatomic.h>

#include "order/ring.h"
#include "order/shed.h"

enum { FM_RING_MAIN, FM_RING_KEPT, FM_RINGS };

struct fm_producer {
    _Atomic(struct fm_ring *) ring[FM_RINGS]; /* NULL: not yet */
    const atomic_bool *alive;                 /* somebody takes what is pushed */
    size_t ring_bytes;
    bool waits;
    bool clocked;  /* its packets move the watermark */
    bool no_memory; /* a ring could not be made: everything is dropped */
    struct fm_shed shed;
    _Atomic uint64_t lost[FM_KINDS]; /* records given up: shed or dropped */
};

enum fm_pushed { FM_PUSHED, FM_PUSHED_LATE, FM_SHED, FM_DROPPED };

struct fm_producer *fm_producer_new(size_t ring_bytes, bool waits, bool clocked,
        const atomic_bool *alive);
/** Only when its thread and the engine's are done. */
void fm_producer_free(struct fm_producer *producer);

/** Its own thread: copies the record. FM_PUSHED_LATE: had to wait for room. */
enum fm_pushed fm_producer_push(struct fm_producer *producer, struct fm_rec *rec);
/** Its own thread: counts a record of this kind that could not even be made. */
void fm_producer_lose(struct fm_producer *producer, enum fm_kind kind);
/** Its own thread: packet time has reached `now`. */
void fm_producer_clock(struct fm_producer *producer, fm_time now);

/** Engine's thread: its rings (NULL where there is none yet). */
struct fm_ring *fm_producer_ring(struct fm_producer *producer, int which);

#endif
