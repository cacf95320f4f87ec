/* See producer.h for what is promised.  A push costs one copy and one release store; waiting first
 * yields, then sleeps 50 us a turn. */
#include "suricata/common/producer.h"

#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define KEPT_SHARE 4 /* the ring that is never shed has a quarter of the main ring's size */
#define TURNS_TO_YIELD 64
#define SLEEP_NS 50000

static const bool kept[FM_KINDS] = {
    [FM_SMB] = true,
    [FM_DCERPC] = true,
    [FM_KRB5] = true,
    [FM_LDAP] = true,
    [FM_DHCP] = true,
    [FM_ALERT] = true,
};

struct fm_producer *fm_producer_new(size_t ring_bytes, bool waits, bool clocked,
        const atomic_bool *alive)
{
    struct fm_producer *producer = calloc(1, sizeof(*producer));

    if (producer == NULL)
        return NULL;
    producer->ring_bytes = ring_bytes;
    producer->waits = waits;
    producer->clocked = clocked;
    producer->alive = alive;
    return producer;
}

void fm_producer_free(struct fm_producer *producer)
{
    if (producer == NULL)
        return;
    for (int i = 0; i < FM_RINGS; i++) {
        struct fm_ring *ring = atomic_load(&producer->ring[i]);
        if (ring != NULL)
            fm_ring_free(ring);
    }
    free(producer);
}

struct fm_ring *fm_producer_ring(struct fm_producer *producer, int which)
{
    return atomic_load_explicit(&producer->ring[which], memory_order_acquire);
}

static struct fm_ring *own_ring(struct fm_producer *producer, int which)
{
    struct fm_ring *ring = atomic_load_explicit(&producer->ring[which], memory_order_relaxed);

    if (ring != NULL || producer->no_memory)
        return ring;
    ring = fm_ring_new(which == FM_RING_KEPT ? producer->ring_bytes / KEPT_SHARE
                                             : producer->ring_bytes);
    producer->no_memory = ring == NULL;
    atomic_store_explicit(&producer->ring[which], ring, memory_order_release);
    return ring;
}

/* One, whatever its weight: those that it stands for were counted when they were shed. */
void fm_producer_lose(struct fm_producer *producer, enum fm_kind kind)
{
    atomic_fetch_add_explicit(&producer->lost[kind], 1, memory_order_relaxed);
}

static bool wait_for_room(struct fm_producer *producer, struct fm_ring *ring,
        const struct fm_rec *rec)
{
    const struct timespec nap = { .tv_nsec = SLEEP_NS };

    for (unsigned turn = 0; atomic_load_explicit(producer->alive, memory_order_acquire); turn++) {
        if (fm_ring_push(ring, rec))
            return true;
        if (turn < TURNS_TO_YIELD)
            sched_yield();
        else
            nanosleep(&nap, NULL);
    }
    return false;
}

enum fm_pushed fm_producer_push(struct fm_producer *producer, struct fm_rec *rec)
{
    int which = kept[rec->kind] ? FM_RING_KEPT : FM_RING_MAIN;
    bool alive = atomic_load_explicit(producer->alive, memory_order_acquire);
    struct fm_ring *ring = alive ? own_ring(producer, which) : NULL;

    if (ring != NULL && which == FM_RING_MAIN && !producer->waits
            && !fm_shed_keep(&producer->shed, rec, fm_ring_fill_pct(ring))) {
        fm_producer_lose(producer, (enum fm_kind)rec->kind);
        return FM_SHED;
    }
    if (ring != NULL && fm_ring_push(ring, rec))
        return FM_PUSHED;
    if (ring != NULL && producer->waits && wait_for_room(producer, ring, rec))
        return FM_PUSHED_LATE;
    fm_producer_lose(producer, (enum fm_kind)rec->kind);
    return FM_DROPPED;
}

void fm_producer_clock(struct fm_producer *producer, fm_time now)
{
    struct fm_ring *ring;

    if (producer->clocked && (ring = own_ring(producer, FM_RING_MAIN)) != NULL)
        fm_ring_set_clock(ring, now);
}
