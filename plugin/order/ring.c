/* A ring of records between one producer and one consumer.
 *
 * `head` and `tail` count bytes ever written and ever read; both only grow.  Invariants:
 * 0 <= head - tail <= capacity; bytes from tail to head are whole records and fillers; a record
 * never wraps: where it does not fit before the end, the rest is filler.  A filler shorter than a
 * header needs no mark, a longer one is a header with size 0.
 *
 * The producer publishes with release and the consumer reads with acquire, and the other way round
 * for room, so that each sees whole records.  Each keeps the other's counter as it last saw it and
 * looks again only when that does not suffice: a push is a memcpy and one store.
 *
 * The clock is stored after the records it speaks of: who reads the clock first and the records
 * then has all records up to that clock. */
#include "order/ring.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define LINE        64
#define LEAST_BYTES (64 * 1024)
#define MOST_BYTES  (SIZE_MAX / 256)
_Static_assert(LEAST_BYTES >= 4 * FM_REC_MAX,
        "the largest record must fit, wherever the ring stands");

struct fm_ring {
    char *data;
    uint64_t bytes; /* capacity, a power of two */

    _Alignas(LINE) _Atomic uint64_t head; /* written by the producer */
    _Alignas(LINE) _Atomic uint64_t tail; /* written by the consumer */
    _Alignas(LINE) _Atomic fm_time clock; /* written by the producer */

    _Alignas(LINE) uint64_t written; /* the producer's own: head, the last tail seen, the clock */
    uint64_t tail_seen;
    fm_time clock_set;

    _Alignas(LINE) uint64_t read; /* the consumer's own: tail, the last head seen */
    uint64_t head_seen;
};

struct fm_ring *fm_ring_new(size_t bytes)
{
    uint64_t capacity = LEAST_BYTES;
    if (bytes > MOST_BYTES)
        return NULL;
    while (capacity < bytes)
        capacity *= 2;
    struct fm_ring *ring = aligned_alloc(LINE, sizeof(*ring));
    if (ring == NULL)
        return NULL;
    memset(ring, 0, sizeof(*ring));
    ring->bytes = capacity;
    ring->data = aligned_alloc(LINE, capacity);
    if (ring->data == NULL) {
        free(ring);
        return NULL;
    }
    ring->clock_set = INT64_MIN;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    atomic_init(&ring->clock, INT64_MIN);
    return ring;
}

void fm_ring_free(struct fm_ring *ring)
{
    if (ring == NULL)
        return;
    free(ring->data);
    free(ring);
}

/* Bytes that cannot hold a record of this size before the ring's end. */
static uint64_t filler(const struct fm_ring *ring, uint64_t at, uint64_t size)
{
    uint64_t left = ring->bytes - (at & (ring->bytes - 1));
    return left < size ? left : 0;
}

static bool has_room(struct fm_ring *ring, uint64_t need)
{
    if (need <= ring->bytes - (ring->written - ring->tail_seen))
        return true;
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return need <= ring->bytes - (ring->written - ring->tail_seen);
}

static struct fm_rec *place(const struct fm_ring *ring, uint64_t at)
{
    return (struct fm_rec *)(void *)(ring->data + (at & (ring->bytes - 1)));
}

bool fm_ring_push(struct fm_ring *ring, const struct fm_rec *rec)
{
    uint64_t size = rec->size;
    if (size < sizeof(*rec) || size > FM_REC_MAX || size % 8 != 0)
        return false;
    uint64_t skip = filler(ring, ring->written, size);
    if (!has_room(ring, skip + size))
        return false;
    if (skip >= sizeof(*rec))
        place(ring, ring->written)->size = 0;
    ring->written += skip;
    memcpy(place(ring, ring->written), rec, size);
    ring->written += size;
    atomic_store_explicit(&ring->head, ring->written, memory_order_release);
    return true;
}

unsigned fm_ring_fill_pct(const struct fm_ring *ring)
{
    /* The tail last seen can only be behind: while that says "half empty", it is. */
    uint64_t used = ring->written - ring->tail_seen;
    if (used > ring->bytes / 2)
        used = ring->written - atomic_load_explicit(&ring->tail, memory_order_acquire);
    return (unsigned)(used * 100 / ring->bytes);
}

void fm_ring_set_clock(struct fm_ring *ring, fm_time now)
{
    if (now <= ring->clock_set)
        return;
    ring->clock_set = now;
    atomic_store_explicit(&ring->clock, now, memory_order_release);
}

const struct fm_rec *fm_ring_peek(struct fm_ring *ring)
{
    for (;;) {
        if (ring->read == ring->head_seen) {
            ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
            if (ring->read == ring->head_seen)
                return NULL;
        }
        uint64_t left = filler(ring, ring->read, sizeof(struct fm_rec));
        const struct fm_rec *rec = place(ring, ring->read);
        if (left == 0 && rec->size != 0)
            return rec;
        ring->read += left != 0 ? left : ring->bytes - (ring->read & (ring->bytes - 1));
    }
}

void fm_ring_pop(struct fm_ring *ring)
{
    const struct fm_rec *rec = fm_ring_peek(ring);
    if (rec == NULL)
        return;
    ring->read += rec->size;
    atomic_store_explicit(&ring->tail, ring->read, memory_order_release);
}

fm_time fm_ring_clock(const struct fm_ring *ring)
{
    return atomic_load_explicit(&ring->clock, memory_order_acquire);
}
